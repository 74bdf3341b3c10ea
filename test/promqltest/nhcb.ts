/**
 * `load_with_nhcb`: classic histograms that were loaded as floats, once more as native histograms with custom buckets.
 *
 * Per label set without `le` and time: the `_bucket` series give cumulative counts by upper bound, `_count` and `_sum` the rest.
 */
import { CUSTOM_SCHEMA, type Histogram, RESET_UNKNOWN } from '@sightline/wire';
import { type LoadedSeries, labelKey } from './format.ts';
import { parseFloatText } from './number-text.ts';

interface Family {
  labels: string[];
  /** By index of the sample. */
  points: Map<number, Point>;
}

interface Point {
  cumulative: Map<number, number>;
  count: number | null;
  sum: number | null;
}

/** The native histograms that go with the classic ones among these series. */
export function classicToNative(series: readonly LoadedSeries[]): LoadedSeries[] {
  const families = new Map<string, Family>();
  for (const one of series) addSeries(families, one);
  return [...families.values()].map(({ labels, points }) => {
    const values: LoadedSeries['values'] = [];
    for (const [index, point] of points) {
      while (values.length <= index) values.push(null);
      values[index] = { v: 0, stale: false, h: toHistogram(point), hintSet: false };
    }
    return { labels, values, startOffsets: [] };
  });
}

function addSeries(families: Map<string, Family>, { labels, values }: LoadedSeries): void {
  const at = labels.indexOf('__name__');
  const name = labels[at + 1] ?? '';
  const suffix = /^(.+)_(bucket|count|sum)$/.exec(name);
  if (at < 0 || suffix === null) return;
  const rest: string[] = [];
  let bound = Number.NaN;
  for (let i = 0; i < labels.length; i += 2) {
    if (labels[i] === '__name__') rest.push('__name__', suffix[1] ?? '');
    else if (labels[i] === 'le') bound = boundOf(labels[i + 1] ?? '');
    else rest.push(labels[i] ?? '', labels[i + 1] ?? '');
  }
  if (suffix[2] === 'bucket' && Number.isNaN(bound)) return;
  const key = labelKey(rest);
  const family: Family = families.get(key) ?? { labels: rest, points: new Map() };
  families.set(key, family);
  values.forEach((value, index) => {
    if (value === null || value.stale || value.h !== null) return;
    const point = family.points.get(index) ?? { cumulative: new Map(), count: null, sum: null };
    family.points.set(index, point);
    if (suffix[2] === 'bucket') point.cumulative.set(bound, value.v);
    else if (suffix[2] === 'count') point.count = value.v;
    else point.sum = value.v;
  });
}

function boundOf(text: string): number {
  try {
    return parseFloatText(text);
  } catch {
    return Number.NaN;
  }
}

function toHistogram({ cumulative, count, sum }: Point): Histogram {
  const bounds = [...cumulative.keys()].sort((a, b) => a - b);
  const buckets: number[] = [];
  let before = 0;
  for (const bound of bounds) {
    const upTo = cumulative.get(bound) ?? 0;
    buckets.push(upTo - before);
    before = upTo;
  }
  const total = count ?? before;
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY) buckets.push(total - before);
  return {
    schema: CUSTOM_SCHEMA,
    resetHint: RESET_UNKNOWN,
    zeroThreshold: 0,
    zeroCount: 0,
    count: total,
    sum: sum ?? 0,
    positiveSpans: buckets.length === 0 ? [] : [{ offset: 0, length: buckets.length }],
    negativeSpans: [],
    positiveBuckets: buckets,
    negativeBuckets: [],
    customValues: bounds.filter((bound) => bound !== Number.POSITIVE_INFINITY),
  };
}
