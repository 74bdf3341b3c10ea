/**
 * Extrapolation of a counter's or gauge's change to the bounds of its window, and what start times say about it.
 *
 * Model: the change is scaled as if the series went on to a bound when the next sample would have been about due there, else for half
 * an average interval more, and for counters never to before they were zero. A first sample whose start time lies within the window
 * has a sample of value 0 at its start time instead.
 */
import type { RangeSeries } from '../eval-range.ts';

export interface RateKind {
  isCounter: boolean;
  perSecond: boolean;
}

/** How far beyond the average interval a gap to the bound may be for extrapolation to reach the bound. */
const REACH = 1.1;

/**
 * Whether a start time says that the counter began anew between two samples. A start at the former sample is a new one for deltas, of
 * which each starts where the last ended; not when the start is unknown or equals its own sample's time.
 */
export function isStartReset(
  previousSt: number,
  previousT: number,
  st: number,
  t: number,
): boolean {
  if (st === 0 || st >= t || st < previousT) return false;
  if (st > previousT) return true;
  return previousSt <= previousT && previousSt !== 0 && previousSt !== previousT;
}

/** Whether a start time reaches back before the former sample although it is not the same start. */
export function startsOverlap(previousSt: number, previousT: number, st: number): boolean {
  return st !== 0 && st < previousT && st !== previousSt;
}

/** Whether the first sample of a window carries a start time within the window. */
export function startsWithin(st: number, firstT: number, series: { startMs: number }): boolean {
  return st !== 0 && st > series.startMs && st < firstT;
}

export interface Span {
  firstT: number;
  lastT: number;
  samples: number;
  /** Start time of the first sample when it counts as a sample of value 0, else null. */
  zeroT: number | null;
  /** Seconds back from the first sample to where the counter was 0, given the seconds between first and last. */
  toZeroS(sampledS: number): number;
}

/** Factor from the raw change to the extrapolated one; null when a single sample tells nothing. */
export function extrapolationFactor(series: RangeSeries, span: Span): number | null {
  const { firstT, lastT, samples, zeroT } = span;
  if (samples < 2 && zeroT === null) return null;
  let sampled = (lastT - firstT) / 1000;
  const average = samples > 1 ? sampled / (samples - 1) : 0;
  const threshold = average * REACH;
  let toStart = 0;
  if (zeroT !== null) sampled = (lastT - zeroT) / 1000;
  else {
    toStart = (firstT - series.startMs) / 1000;
    if (toStart >= threshold) toStart = average / 2;
    toStart = Math.min(toStart, span.toZeroS(sampled));
  }
  let toEnd = (series.endMs - lastT) / 1000;
  if (toEnd >= threshold) toEnd = average / 2;
  return sampled === 0 ? 1 : (sampled + toStart + toEnd) / sampled;
}

/** As `extrapolationFactor` for floats without start times, in plain numbers for the hot loop. */
export function floatFactor(
  firstT: number,
  lastT: number,
  samples: number,
  startMs: number,
  endMs: number,
  /** First value over the change, for counters that rose from no less than 0; else Infinity. */
  firstShare: number,
): number {
  let toStart = (firstT - startMs) / 1000;
  let toEnd = (endMs - lastT) / 1000;
  const sampled = (lastT - firstT) / 1000;
  const average = sampled / (samples - 1);
  const threshold = average * REACH;
  if (toStart >= threshold) toStart = average / 2;
  const toZero = sampled * firstShare;
  if (toZero < toStart) toStart = toZero;
  if (toEnd >= threshold) toEnd = average / 2;
  return (sampled + toStart + toEnd) / sampled;
}
