/** `/status/tsdb`: how many series there are, by metric, label and pair. */
import { METRIC_NAME } from '@sightline/store';
import { successAnswer } from './answers.ts';
import type { ExecuteContext } from './context.ts';
import { forEachSeries } from './matches.ts';
import type { QueryAnswer } from './requests.ts';

/** Memory of one entry of a counting map, about. */
const ENTRY_BYTES = 100;

/** Of the series with samples in the range; `limit` is the length of each list. */
export function answerCardinality(
  request: { startMs: number; endMs: number; limit: number },
  context: ExecuteContext,
): QueryAnswer {
  const byMetric = new Map<string, number>();
  const byPair = new Map<string, number>();
  const values = new Map<string, Set<string>>();
  let series = 0;
  const count = (map: Map<string, number>, key: string): void => {
    const known = map.get(key);
    if (known === undefined) context.budget.addBytes(ENTRY_BYTES + key.length * 2);
    map.set(key, (known ?? 0) + 1);
  };
  const named = [[{ name: METRIC_NAME, op: '!=', value: '' } as const]];
  forEachSeries(named, request.startMs, request.endMs, context, (labels) => {
    series++;
    const pairs = labels.toPairs();
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] ?? '';
      const value = pairs[i + 1] ?? '';
      if (name === METRIC_NAME) count(byMetric, value);
      count(byPair, `${name}=${value}`);
      const known = values.get(name) ?? new Set();
      if (known.size === 0) values.set(name, known);
      known.add(value);
    }
  });
  const distinct = new Map([...values].map(([name, set]) => [name, set.size]));
  const bytes = new Map([...values].map(([name, set]) => [name, sumLength(set)]));
  return successAnswer({
    headStats: {
      numSeries: series,
      numLabelPairs: byPair.size,
      chunkCount: 0,
      minTime: request.startMs,
      maxTime: request.endMs,
    },
    seriesCountByMetricName: largest(byMetric, request.limit),
    labelValueCountByLabelName: largest(distinct, request.limit),
    memoryInBytesByLabelName: largest(bytes, request.limit),
    seriesCountByLabelValuePair: largest(byPair, request.limit),
  });
}

function sumLength(texts: Iterable<string>): number {
  let sum = 0;
  for (const text of texts) sum += text.length;
  return sum;
}

function largest(map: ReadonlyMap<string, number>, limit: number) {
  const sorted = [...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted.slice(0, limit).map(([name, value]) => ({ name, value }));
}
