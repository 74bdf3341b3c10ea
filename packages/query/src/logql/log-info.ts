/**
 * What Loki's API tells beside lines: labels, series, fields, volumes and statistics, over a store's records.
 *
 * Model: labels and series come from streams alone. Volumes and statistics count records by stream, severity and interval without
 * reading their texts; their bytes are estimated from samples of lines. Fields are looked for in the newest lines of a query.
 */
import {
  compareBytes,
  Labels,
  type Matcher,
  type QueryBudget,
  type RecordQuerier,
} from '@sightline/store';
import { floorMs, type TimeNs } from '@sightline/wire';
import { compileMatcher } from './pipeline/label-filter.ts';
import { StreamNames, shownStreams } from './stream-names.ts';

export interface TimeSpan {
  /** Inclusive. */
  start: TimeNs;
  /** Exclusive. */
  end: TimeNs;
}

/** Labels of all streams that satisfy one of the matcher sets (none: all streams), sorted. */
export function logSeries(
  querier: RecordQuerier,
  { start, end }: TimeSpan,
  matcherSets: readonly (readonly Matcher[])[],
): Labels[] {
  const sets = matcherSets.map(matcherTests);
  const streams = shownStreams(querier, floorMs(start.hi, start.lo), floorMs(end.hi, end.lo));
  return streams
    .filter((labels) => sets.length === 0 || sets.some((test) => test(labels)))
    .sort(Labels.compare);
}

/** Whether labels satisfy all matchers. */
export function matcherTests(matchers: readonly Matcher[]): (labels: Labels) => boolean {
  const tests = matchers.map((matcher) => {
    return { name: matcher.name, test: compileMatcher(matcher) };
  });
  return (labels) => tests.every(({ name, test }) => test(labels.get(name)));
}

/** Names of the labels of the streams that satisfy the matchers, sorted. */
export function labelNames(
  querier: RecordQuerier,
  start: TimeNs,
  end: TimeNs,
  matchers: readonly Matcher[],
): string[] {
  const names = new Set<string>();
  for (const labels of logSeries(querier, { start, end }, [matchers])) {
    const pairs = labels.toPairs();
    for (let i = 0; i < pairs.length; i += 2) names.add(pairs[i] ?? '');
  }
  return [...names].sort(compareBytes);
}

/** Values of a label of the streams that satisfy the matchers, sorted. */
export function labelValues(
  querier: RecordQuerier,
  name: string,
  start: TimeNs,
  end: TimeNs,
  matchers: readonly Matcher[],
): string[] {
  const values = new Set<string>();
  for (const labels of logSeries(querier, { start, end }, [matchers])) values.add(labels.get(name));
  values.delete('');
  return [...values].sort(compareBytes);
}

export interface LogStats {
  streams: number;
  /** Nothing here is a chunk: streams once more, so that nobody divides by zero. */
  chunks: number;
  entries: number;
  bytes: number;
}

/** How much there is of the streams that satisfy the matchers; bytes are estimated. Throws the budget's errors. */
export function logStats(
  querier: RecordQuerier,
  span: TimeSpan,
  matchers: readonly Matcher[],
  budget: QueryBudget,
): LogStats {
  const streams = new Set<Labels>();
  let entries = 0;
  let bytes = 0;
  for (const { labels, records, bodyBytes } of countStreams(querier, span, matchers, 0, budget)) {
    streams.add(labels);
    for (const count of records) {
      entries += count;
      bytes += count * bodyBytes;
    }
  }
  return { streams: streams.size, chunks: streams.size, entries, bytes: Math.round(bytes) };
}

export interface VolumeRequest extends TimeSpan {
  matchers: readonly Matcher[];
  /** Labels to sum by; empty: those that the matchers name. */
  targetLabels: readonly string[];
  /** `series`: by all target labels at once; `labels`: by name, the values of each taken together. */
  aggregateBy: 'series' | 'labels';
  /** Width of the intervals from `start`; 0 for all of the range. */
  stepMs: number;
  budget: QueryBudget;
}

export interface LogVolume {
  /** Target labels and their values; by name, the name with an empty value. */
  pairs: readonly string[];
  /** By interval. */
  bytes: Float64Array;
  total: number;
}

/** Estimated bytes of lines, the largest volume first, ties by labels. Throws the budget's errors. */
export function logVolume(querier: RecordQuerier, request: VolumeRequest): LogVolume[] {
  const { matchers, targetLabels, aggregateBy, stepMs, budget } = request;
  const targets =
    targetLabels.length > 0 ? targetLabels : [...new Set(matchers.map(({ name }) => name))];
  const volumes = new Map<string, LogVolume>();
  for (const counts of countStreams(querier, request, matchers, stepMs, budget)) {
    for (const pairs of volumePairs(counts.labels, targets, aggregateBy)) {
      const key = pairs.join('\0');
      let volume = volumes.get(key);
      if (volume === undefined) {
        volume = { pairs, bytes: new Float64Array(counts.records.length), total: 0 };
        volumes.set(key, volume);
      }
      for (let i = 0; i < counts.records.length; i++) {
        const bytes = (counts.records[i] ?? 0) * counts.bodyBytes;
        volume.bytes[i] = (volume.bytes[i] ?? 0) + bytes;
        volume.total += bytes;
      }
    }
  }
  return [...volumes]
    .sort(([a, x], [b, y]) => y.total - x.total || compareBytes(a, b))
    .map(([, volume]) => volume);
}

function volumePairs(
  labels: Labels,
  targets: readonly string[],
  aggregateBy: 'series' | 'labels',
): string[][] {
  const present = targets.filter((name) => labels.get(name) !== '');
  if (aggregateBy === 'labels') return present.map((name) => [name, '']);
  return present.length === 0 ? [] : [present.flatMap((name) => [name, labels.get(name)])];
}

interface StreamCounts {
  labels: Labels;
  records: Uint32Array;
  bodyBytes: number;
}

const NS_PER_MS = 1e6;

/** Counts by the labels that are shown; without a step all of the range is one interval. */
function countStreams(
  querier: RecordQuerier,
  { start, end }: TimeSpan,
  matchers: readonly Matcher[],
  stepMs: number,
  budget: QueryBudget,
): StreamCounts[] {
  const names = new StreamNames();
  const tests = matcherTests(matchers);
  const groups: Labels[] = [];
  const numbers = new Map<Labels, number>();
  const rangeMs = ((end.hi - start.hi) * 2 ** 32 + (end.lo - start.lo)) / NS_PER_MS;
  const counts = querier.countLogs({
    wants: (stream) => tests(names.of(stream).labels),
    from: start,
    to: end,
    backward: false,
    texts: [],
    fields: [],
    budget,
    intervalMs: stepMs > 0 ? stepMs : Math.max(1, Math.ceil(rangeMs)),
    sizes: true,
    groupOf: (stream) => {
      const { labels } = names.of(stream);
      const number = numbers.get(labels) ?? groups.push(labels) - 1;
      numbers.set(labels, number);
      return number;
    },
  });
  return counts.map(({ group, records, bodyBytes }) => {
    return { labels: groups[group] ?? Labels.empty, records, bodyBytes };
  });
}
