/** `/index/stats`, `/index/volume` and `/index/volume_range`: how much there is, in bytes that are estimated. */
import { floorMs, logStats, logVolume } from '@sightline/query';
import type { QueryBudget, RecordQuerier } from '@sightline/store';
import { jsonAnswer, successAnswer } from '../answers.ts';
import type { QueryAnswer } from '../requests.ts';
import type { LokiRequest } from './requests.ts';
import { matchersOf } from './selectors.ts';
import { NO_WORK, statsOf } from './stats.ts';

export function answerLogStats(
  ask: Extract<LokiRequest, { kind: 'stats' }>,
  records: RecordQuerier,
  budget: QueryBudget,
): QueryAnswer {
  return jsonAnswer(200, JSON.stringify(logStats(records, ask, matchersOf(ask.query), budget)));
}

export function answerVolume(
  ask: Extract<LokiRequest, { kind: 'volume' }>,
  records: RecordQuerier,
  budget: QueryBudget,
): QueryAnswer {
  const matchers = matchersOf(ask.query);
  const volumes = logVolume(records, { ...ask, matchers, budget }).slice(0, ask.limit);
  const stats = statsOf(NO_WORK);
  const startMs = floorMs(ask.start.hi, ask.start.lo);
  const endMs = floorMs(ask.end.hi, ask.end.lo);
  if (ask.stepMs === 0) {
    const result = volumes.map(({ pairs, total }) => {
      return { metric: metricOf(pairs), value: [endMs / 1000, bytesText(total)] };
    });
    return successAnswer({ resultType: 'vector', result, stats });
  }
  const result = volumes.map(({ pairs, bytes }) => {
    const values: [number, string][] = [];
    bytes.forEach((count, i) => {
      if (count > 0) values.push([(startMs + i * ask.stepMs) / 1000, bytesText(count)]);
    });
    return { metric: metricOf(pairs), values };
  });
  return successAnswer({ resultType: 'matrix', result, stats });
}

function bytesText(bytes: number): string {
  return String(Math.round(bytes));
}

function metricOf(pairs: readonly string[]): Record<string, string> {
  const names: [string, string][] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) names.push([pairs[i] ?? '', pairs[i + 1] ?? '']);
  return Object.fromEntries(names);
}
