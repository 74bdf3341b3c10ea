/**
 * rate, increase and delta over `anchored` and `smoothed` ranges: no extrapolation.
 *
 * Model: `anchored` takes the last sample at or before the start of the range as its left end; `smoothed` interpolates the values at both
 * ends of the range. The window handed in reaches further by the lookback, to find the neighbours.
 */
import { type Histogram, RESET_GAUGE } from '@sightline/wire';
import { add, compact, divide, subtract } from '../../histogram/arithmetic.ts';
import { usesCustomBuckets } from '../../histogram/buckets.ts';
import { detectReset } from '../../histogram/reset.ts';
import type { Column } from '../eval-column.ts';
import type { RangeSeries } from '../eval-range.ts';
import type { RateKind } from './extrapolate.ts';
import { interpolateFloat, interpolateHistogram } from './interpolate.ts';
import { noted } from './rate-notes.ts';
import { perStep, type RangeCall, type SeriesKernel } from './types.ts';

/** First index in [lo, hi) where the time is past `at` (or reaches it, with `inclusive`); `hi` when none. */
function firstPast(
  times: Float64Array | readonly number[],
  lo: number,
  hi: number,
  at: number,
  inclusive: boolean,
): number {
  for (let i = lo; i < hi; i++) {
    const time = times[i] ?? 0;
    if (inclusive ? time >= at : time > at) return i;
  }
  return hi;
}

/** The samples that stand for the ends of the range, or null when no sample lies within or around it. */
function ends(
  times: Float64Array | readonly number[],
  lo: number,
  hi: number,
  series: RangeSeries,
  smoothed: boolean,
): { first: number; last: number } | null {
  const newest = hi - 1;
  const first = Math.max(lo, firstPast(times, lo, newest, series.startMs, false) - 1);
  const last = smoothed ? firstPast(times, lo, newest, series.endMs, true) : newest;
  if ((times[last] ?? 0) <= series.startMs) return null;
  if (smoothed && (times[first] ?? 0) > series.endMs) return null;
  return { first, last };
}

function shareAt(times: Float64Array | readonly number[], i: number, at: number): number {
  const from = times[i] ?? 0;
  return (at - from) / ((times[i + 1] ?? 0) - from);
}

interface FloatBoundaries {
  /** Indexes of the samples that stand for the ends. */
  first: number;
  last: number;
  /** Values at the ends of the range. */
  left: number;
  right: number;
}

/** Values at the ends of the range of a window of floats; null when no sample lies within or around it. */
export function floatBoundaries(
  series: RangeSeries,
  smoothed: boolean,
  isCounter: boolean,
): FloatBoundaries | null {
  const { t, v, startMs, endMs } = series;
  if (series.hi === series.lo) return null;
  const found = ends(t, series.lo, series.hi, series, smoothed);
  if (found === null) return null;
  const { first, last } = found;
  let left = v[first] ?? 0;
  if (smoothed && (t[first] ?? 0) < startMs) {
    left = interpolateFloat(left, v[first + 1] ?? 0, shareAt(t, first, startMs), isCounter);
  }
  let right = v[last] ?? 0;
  if (smoothed && last > series.lo && (t[last] ?? 0) > endMs) {
    const before = v[last - 1] ?? 0;
    right = interpolateFloat(before, right, shareAt(t, last - 1, endMs), isCounter);
  }
  return { first, last, left, right };
}

/** Indexes of the samples strictly within the range, ends exclusive. */
export function withinRange(
  { t, startMs, endMs }: RangeSeries,
  { first, last }: FloatBoundaries,
): { from: number; to: number } {
  return {
    from: (t[first] ?? 0) <= startMs ? first + 1 : first,
    to: (t[last] ?? 0) >= endMs ? last : last + 1,
  };
}

function floats(series: RangeSeries, kind: RateKind, smoothed: boolean): number | null {
  const found = floatBoundaries(series, smoothed, kind.isCounter);
  if (found === null) return null;
  const { left, right } = found;
  let result = right - left;
  if (kind.isCounter) {
    const { from, to } = withinRange(series, found);
    let previous = left;
    for (let i = from; i < to; i++) {
      const value = series.v[i] ?? 0;
      if (value < previous) result += previous;
      previous = value;
    }
    if (right < previous) result += previous;
  }
  return kind.perSecond ? result / ((series.endMs - series.startMs) / 1000) : result;
}

/** Histograms of one kind only; gauges in a counter's place are noted. */
function checkWindow(
  call: RangeCall,
  kind: RateKind,
  series: RangeSeries,
  window: Histogram[],
): boolean {
  const name = series.labels.metricName;
  const custom = window[0] !== undefined && usesCustomBuckets(window[0]);
  for (const h of window) {
    if (usesCustomBuckets(h) !== custom) {
      call.notes.mixedSchemas(name, call.firstArgPosition);
      return false;
    }
    if (kind.isCounter && h.resetHint === RESET_GAUGE)
      call.notes.notCounter(name, call.firstArgPosition);
  }
  return true;
}

interface Boundaries {
  first: number;
  last: number;
  left: Histogram;
  right: Histogram;
}

function boundaries(
  call: RangeCall,
  kind: RateKind,
  series: RangeSeries,
  smoothed: boolean,
): Boundaries | null {
  const { h, ht, startMs, endMs } = series;
  const found = ends(ht, series.hlo, series.hhi, series, smoothed);
  if (found === null) return null;
  const { first, last } = found;
  if (!checkWindow(call, kind, series, h.slice(first, last + 1))) return null;
  let left: Histogram | null | undefined = h[first];
  let right: Histogram | null | undefined = h[last];
  const between = (i: number, at: number): Histogram | null => {
    const from = h[i];
    const to = h[i + 1];
    if (from === undefined || to === undefined) return null;
    const { notes, firstArgPosition } = call;
    return interpolateHistogram(
      from,
      to,
      shareAt(ht, i, at),
      kind.isCounter,
      notes,
      firstArgPosition,
    );
  };
  if (smoothed && (ht[first] ?? 0) < startMs) left = between(first, startMs);
  if (smoothed && last > series.hlo && (ht[last] ?? 0) > endMs) right = between(last - 1, endMs);
  if (left === undefined || left === null || right === undefined || right === null) return null;
  return { first, last, left, right };
}

/** Adds what the counter had before each reset within the window. */
function withResets(
  call: RangeCall,
  series: RangeSeries,
  found: Boundaries,
  smoothed: boolean,
  difference: Histogram,
): Histogram | null {
  const { h, ht } = series;
  const { first, last, left, right } = found;
  let from = first + 1;
  let previous = left;
  const anchor = h[first];
  const after = h[first + 1];
  // A reset within the left interpolation is already in `left`: go on from the sample after it.
  if (
    smoothed &&
    (ht[first] ?? 0) < series.startMs &&
    anchor !== undefined &&
    after !== undefined &&
    detectReset(after, anchor)
  ) {
    previous = after;
    from++;
  }
  // The last sample is `right` itself, or in it; its own hint must not be counted twice.
  if (from > last) return difference;
  let result: Histogram | null = difference;
  for (let i = from; i < last && result !== null; i++) {
    const current = h[i];
    if (current === undefined) continue;
    if (detectReset(current, previous)) {
      result = noted(call, series, 'addition', add(result, previous));
    }
    previous = current;
  }
  if (result !== null && detectReset(right, previous)) {
    result = noted(call, series, 'addition', add(result, previous));
  }
  return result;
}

function histograms(
  call: RangeCall,
  kind: RateKind,
  series: RangeSeries,
  step: number,
  out: Column,
): void {
  const smoothed = call.windows.modifier === 'smoothed';
  const found = boundaries(call, kind, series, smoothed);
  if (found === null) return;
  const { left, right } = found;
  if (!kind.isCounter && (left.resetHint !== RESET_GAUGE || right.resetHint !== RESET_GAUGE)) {
    call.notes.notGauge(series.labels.metricName, call.firstArgPosition);
  }
  let result = noted(call, series, 'subtraction', subtract(right, left));
  if (result !== null && kind.isCounter) result = withResets(call, series, found, smoothed, result);
  if (result === null) return;
  if (kind.perSecond) result = divide(result, (series.endMs - series.startMs) / 1000);
  out.setHistogram(step, { ...compact(result), resetHint: RESET_GAUGE });
}

/** The kernel of a rate function over an `anchored` or `smoothed` range. */
export function extendedRate(call: RangeCall, kind: RateKind): SeriesKernel {
  const smoothed = call.windows.modifier === 'smoothed';
  return perStep(call, (series, step, out) => {
    const hasFloats = series.hi > series.lo;
    const hasHistograms = series.hhi > series.hlo;
    if (hasFloats && hasHistograms) {
      call.notes.mixedFloatsHistograms(series.labels.metricName, call.firstArgPosition);
    } else if (hasHistograms) histograms(call, kind, series, step, out);
    else {
      const value = floats(series, kind, smoothed);
      if (value !== null) out.setFloat(step, value);
    }
  });
}
