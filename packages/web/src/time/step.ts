import type { Interval } from './range.ts';

/** Prometheus' limit of points a series in one range query. */
export const maxPoints = 11_000;

const niceSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
  172_800, 604_800,
];

/** The smallest readable step, in seconds, that draws at most one point per 3 pixels of `widthPx` and never below `leastS`. */
export function autoStep(interval: Interval, widthPx: number, leastS = 1): number {
  const spanS = (interval.toMs - interval.fromMs) / 1000;
  const wanted = Math.max(leastS, spanS / Math.max(60, widthPx / 3));
  return niceSteps.find((step) => step >= wanted) ?? Math.ceil(wanted / 604_800) * 604_800;
}

/**
 * The instants of a range query in seconds. With `align` both ends fall on multiples of the step, so that
 * points keep their places from one refresh to the next instead of dancing with the clock.
 */
export function gridOf(
  interval: Interval,
  stepS: number,
  align: boolean,
): { startS: number; endS: number } {
  const startS = interval.fromMs / 1000;
  const endS = interval.toMs / 1000;
  if (!align) return { startS, endS };
  return { startS: Math.floor(startS / stepS) * stepS, endS: Math.floor(endS / stepS) * stepS };
}
