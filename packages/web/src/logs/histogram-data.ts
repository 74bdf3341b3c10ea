/** Lines over time by level: the question, and its answer as stacked bars. */
import type { CountSeries } from '../api/loki.ts';
import type { Interval } from '../time/range.ts';
import { type Level, levelNames, levelOfText } from './levels.ts';

/** Bars are at least this wide, in pixels. */
const leastBarPx = 7;
const mostBars = 200;
const niceStepsMs = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000],
  ...[60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map(
    (seconds) => seconds * 1000,
  ),
  ...[2, 7, 14, 28].map((days) => days * 86_400_000),
];

/** Bars of `stepMs`: the first begins at `startMs`, and there are `count`. */
export interface BarGrid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

export interface LevelBars {
  readonly level: Level;
  readonly counts: readonly number[];
  readonly total: number;
}

export interface Histogram {
  readonly grid: BarGrid;
  /** The gravest last, as it is stacked. Only levels that occur. */
  readonly levels: readonly LevelBars[];
  readonly totals: readonly number[];
  readonly total: number;
}

/** The shortest round step of at least `leastMs`. */
export function roundStep(leastMs: number): number {
  return (
    niceStepsMs.find((step) => step >= leastMs) ?? Math.ceil(leastMs / 86_400_000) * 86_400_000
  );
}

/** Multiples of `stepMs` in the reader's zone, from one time to another. */
export function timeTicks(fromMs: number, toMs: number, stepMs: number): number[] {
  const offsetMs = new Date(fromMs).getTimezoneOffset() * 60_000;
  const first = Math.ceil((fromMs - offsetMs) / stepMs) * stepMs + offsetMs;
  const count = Math.max(0, Math.floor((toMs - first) / stepMs) + 1);
  return Array.from({ length: count }, (_, index) => first + index * stepMs);
}

/** Bars that fit `widthPx`, on round times. */
export function barGrid(interval: Interval, widthPx: number): BarGrid {
  const bars = Math.min(mostBars, Math.max(20, widthPx / leastBarPx));
  const wanted = (interval.toMs - interval.fromMs) / bars;
  const stepMs = roundStep(wanted);
  const startMs = Math.floor(interval.fromMs / stepMs) * stepMs;
  const count = Math.max(1, Math.ceil((interval.toMs - startMs) / stepMs));
  return { startMs, stepMs, count };
}

/**
 * Counts a log query's lines by level; a bar is the window that ends where the next bar begins. Lines that a parser of the query could not
 * read are in the list, so they count too, where a metric query would fail over them.
 */
export function countQuery(query: string, stepMs: number): string {
  const safe = /\|\s*[a-z_]/.test(query) ? `${query} | drop __error__, __error_details__` : query;
  return `sum by (detected_level) (count_over_time(${safe} [${stepMs}ms]))`;
}

/** The answer as bars. */
export function histogramOf(answer: readonly CountSeries[], grid: BarGrid): Histogram {
  const byLevel = new Map<Level, number[]>();
  const totals: number[] = new Array(grid.count).fill(0);
  for (const { metric, values } of answer) {
    const level = levelOfText(metric.detected_level);
    const counts = byLevel.get(level) ?? new Array<number>(grid.count).fill(0);
    byLevel.set(level, counts);
    for (const [timeS, text] of values) {
      const index = Math.round((timeS * 1000 - grid.startMs) / grid.stepMs) - 1;
      const value = Number(text);
      if (index < 0 || index >= grid.count || !Number.isFinite(value)) continue;
      counts[index] = (counts[index] ?? 0) + value;
      totals[index] = (totals[index] ?? 0) + value;
    }
  }
  const levels = levelNames.toReversed().flatMap((level) => {
    const counts = byLevel.get(level);
    return counts === undefined ? [] : [{ level, counts, total: sum(counts) }];
  });
  return { grid, levels, totals, total: sum(totals) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Round values for the axis: at most three above zero. */
export function ticksOf(max: number): number[] {
  if (max <= 0) return [];
  const power = 10 ** Math.floor(Math.log10(max));
  const step =
    [0.2, 0.5, 1, 2, 5].map((one) => one * power).find((one) => max / one <= 3.5) ?? power;
  const whole = Math.max(1, step);
  return Array.from({ length: Math.floor(max / whole) }, (_, index) => (index + 1) * whole);
}
