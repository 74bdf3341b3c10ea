/** Exemplars: single measurements that carry the id of the trace they were made in. */
import type { ExemplarSeries } from '../api/exemplars.ts';
import type { Labels } from '../api/prometheus.ts';
import type { Grid } from '../chart/align.ts';

export interface Exemplar {
  readonly traceId: string;
  /** Empty when only the trace is known. */
  readonly spanId: string;
  readonly timeS: number;
  readonly value: number;
  readonly series: Labels;
}

function labelOf(labels: Labels, ...names: readonly string[]): string {
  for (const name of names) {
    const value = labels[name];
    if (value !== undefined) return value;
  }
  return '';
}

/** The exemplars that name a trace, whatever their senders call its id. */
export function exemplarsOf(answer: readonly ExemplarSeries[]): readonly Exemplar[] {
  return answer.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.flatMap(({ labels, value, timestamp }) => {
      const traceId = labelOf(labels, 'trace_id', 'traceID', 'traceId').toLowerCase();
      if (!/^[0-9a-f]{1,32}$/.test(traceId) || !Number.isFinite(Number(value))) return [];
      const spanId = labelOf(labels, 'span_id', 'spanID', 'spanId').toLowerCase();
      return [{ traceId, spanId, timeS: timestamp, value: Number(value), series: seriesLabels }];
    }),
  );
}

const columns = 80;
const mostInColumn = 4;

/** The exemplars within the grid, of those close together in time the greatest, each trace once; in the order of their times. */
export function thinExemplars(all: readonly Exemplar[], grid: Grid): readonly Exemplar[] {
  const span = Math.max(1e-9, grid.endS - grid.startS);
  const counts = new Map<number, number>();
  const seen = new Set<string>();
  const kept: Exemplar[] = [];
  for (const one of all.toSorted((a, b) => b.value - a.value)) {
    const place = (one.timeS - grid.startS) / span;
    if (place < 0 || place > 1 || seen.has(one.traceId)) continue;
    const column = Math.floor(place * columns);
    const count = counts.get(column) ?? 0;
    if (count >= mostInColumn) continue;
    counts.set(column, count + 1);
    seen.add(one.traceId);
    kept.push(one);
  }
  return kept.sort((a, b) => a.timeS - b.timeS);
}

/** Whether the values of exemplars are what the graph's axis shows: a graph of durations, not of rates. */
export function isOnAxis(expression: string): boolean {
  return /\bhistogram_(quantile|avg)\s*\(/.test(expression);
}

/** How high the axis reaches for exemplars above the lines; beyond that they stand at its edge. */
const stretch = 3;

/** The height of the axis that shows most exemplars, without making the lines flat; undefined for their own. */
export function exemplarCeiling(
  values: readonly number[],
  highestLine: number,
): number | undefined {
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  return highest > highestLine && highestLine > 0
    ? Math.min(highest, highestLine * stretch)
    : undefined;
}
