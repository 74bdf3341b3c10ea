/** Naming, choosing and measuring the series of an answer. */
import type { Labels } from '../api/prometheus.ts';
import type { AlignedSeries, Column } from '../chart/align.ts';

/** `metric{a="1",b="2"}` with sorted labels and escaped values, as PromQL would read it. */
export function formatSeries(labels: Labels): string {
  const pairs = Object.entries(labels)
    .filter(([name]) => name !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${labelName(name)}=${JSON.stringify(value)}`);
  const metric = labels.__name__ ?? '';
  if (pairs.length === 0) return metric === '' ? '{}' : metric;
  return `${metric}{${pairs.join(', ')}}`;
}

function labelName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}

/** Splits labels into those that all series share and, for each series, the rest. One series alone keeps everything. */
export function splitCommon(all: readonly Labels[]): { common: Labels; own: readonly Labels[] } {
  const first = all[0];
  if (first === undefined || all.length === 1) return { common: {}, own: all };
  const shared = Object.entries(first).filter(([name, value]) =>
    all.every((labels) => labels[name] === value),
  );
  const names = new Set(shared.map(([name]) => name));
  const own = all.map((labels) =>
    Object.fromEntries(Object.entries(labels).filter(([name]) => !names.has(name))),
  );
  return { common: Object.fromEntries(shared), own };
}

export interface SeriesSummary {
  readonly last: number | null;
  readonly min: number | null;
  readonly mean: number | null;
  readonly max: number | null;
}

/** Last, least, mean and greatest of what is there. */
export function summarize(values: Column): SeriesSummary {
  let last: number | null = null;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    last = value;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    count += 1;
  }
  return count === 0
    ? { last: null, min: null, mean: null, max: null }
    : { last, min, mean: sum / count, max };
}

/** Lines that a chart can show before it says nothing any more. */
export const maxSeries = 100;

/** The `limit` series with the highest peaks, in their former order. */
export function highestPeaks(
  series: readonly AlignedSeries[],
  limit: number,
): readonly AlignedSeries[] {
  if (series.length <= limit) return series;
  const peaks = series.map((one, index) => ({
    index,
    peak: summarize(one.values).max ?? Number.NEGATIVE_INFINITY,
  }));
  const kept = new Set(
    peaks
      .sort((a, b) => b.peak - a.peak || a.index - b.index)
      .slice(0, limit)
      .map((one) => one.index),
  );
  return series.filter((_, index) => kept.has(index));
}
