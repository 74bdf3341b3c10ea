/**
 * rate, increase, delta, irate and idelta.
 *
 * Model: the difference of last and first sample of the window, plus what counter resets hid, extrapolated to the bounds of the window.
 */
import { type Column, FLOAT } from '../eval-column.ts';
import type { RangeSeries } from '../eval-range.ts';
import { quote } from '../go-quote.ts';
import {
  extrapolationFactor,
  floatFactor,
  isStartReset,
  type RateKind,
  startsWithin,
} from './extrapolate.ts';
import { extendedRate } from './rate-extended.ts';
import { histogramInstant, histogramRate } from './rate-histogram.ts';
import { noteOverlap } from './rate-notes.ts';
import { perStep, type RangeCall, type RangeFunction, type SeriesKernel } from './types.ts';

/** What the floats of the window lost by resets. */
function resetLoss(series: RangeSeries, lo: number, hi: number): number {
  const { v, t, st } = series;
  let loss = 0;
  let previous = v[lo] ?? 0;
  for (let i = lo + 1; i < hi; i++) {
    const value = v[i] ?? 0;
    if (
      value < previous ||
      (st !== null && isStartReset(st[i - 1] ?? 0, t[i - 1] ?? 0, st[i] ?? 0, t[i] ?? 0))
    ) {
      loss += previous;
    }
    previous = value;
  }
  return loss;
}

/** Whether any sample of the series is below the one before: without, windows need no scan. */
function everResets({ v, n }: RangeSeries): boolean {
  for (let i = 1; i < n; i++) if ((v[i] ?? 0) < (v[i - 1] ?? 0)) return true;
  return false;
}

/** A first value so many times the change: zero lies further back than any extrapolation (REACH of extrapolate.ts) goes. */
const FAR_FROM_ZERO = 1.2;

/**
 * Series of floats only: the indexes move in this loop, without a call per window. Scrapes come at even intervals, so that most windows
 * lie around their samples as the one before did, and have its factor.
 */
function floatSeries(call: RangeCall, kind: RateKind, series: RangeSeries, out: Column): void {
  const { times, rangeMs } = call.windows;
  const { t, v, n } = series;
  const resets = kind.isCounter && everResets(series);
  if (resets) call.ctx.run.worked(n * call.steps);
  const seconds = rangeMs / 1000;
  let lo = 0;
  let hi = 0;
  let end = times.firstMs;
  let knownFactor = 0;
  let knownSamples = 0;
  let knownStart = 0;
  let knownEnd = 0;
  let knownSpan = 0;
  for (let step = 0; step < call.steps; step++, end += times.stepMs) {
    const start = end - rangeMs;
    while (hi < n && (t[hi] ?? 0) <= end) hi++;
    while (lo < hi && (t[lo] ?? 0) <= start) lo++;
    if (hi - lo < 2) continue;
    const first = v[lo] ?? 0;
    const firstT = t[lo] ?? 0;
    const lastT = t[hi - 1] ?? 0;
    let change = (v[hi - 1] ?? 0) - first;
    if (resets) change += resetLoss(series, lo, hi);
    const nearZero = kind.isCounter && change > 0 && first >= 0 && first < FAR_FROM_ZERO * change;
    let factor = knownFactor;
    if (
      nearZero ||
      hi - lo !== knownSamples ||
      firstT - start !== knownStart ||
      end - lastT !== knownEnd ||
      lastT - firstT !== knownSpan
    ) {
      const share = nearZero ? first / change : Number.POSITIVE_INFINITY;
      factor = floatFactor(firstT, lastT, hi - lo, start, end, share);
      if (kind.perSecond) factor /= seconds;
      if (!nearZero) {
        knownFactor = factor;
        knownSamples = hi - lo;
        knownStart = firstT - start;
        knownEnd = end - lastT;
        knownSpan = lastT - firstT;
      }
    }
    out.v[step] = change * factor;
    out.k[step] = FLOAT;
  }
}

/** One window of floats that carry start times, or of a series that also has histograms. */
function floatWindow(
  call: RangeCall,
  kind: RateKind,
  series: RangeSeries,
  step: number,
  out: Column,
): void {
  const { lo, hi, v, t, st } = series;
  const first = v[lo] ?? 0;
  const firstT = t[lo] ?? 0;
  const startT = st?.[lo] ?? 0;
  let change = (v[hi - 1] ?? 0) - first;
  if (kind.isCounter) {
    change += resetLoss(series, lo, hi);
    noteOverlap(call, series, series.st, t, lo, hi);
  }
  const zeroT = kind.isCounter && startsWithin(startT, firstT, series) ? startT : null;
  let factor = extrapolationFactor(series, {
    firstT,
    lastT: t[hi - 1] ?? 0,
    samples: hi - lo,
    zeroT,
    toZeroS: (sampledS) =>
      kind.isCounter && change > 0 && first >= 0
        ? sampledS * (first / change)
        : Number.POSITIVE_INFINITY,
  });
  if (factor === null) return;
  if (kind.perSecond) factor /= (series.endMs - series.startMs) / 1000;
  out.setFloat(step, (zeroT === null ? change : change + first) * factor);
}

const COUNTER_SUFFIX = /_(?:total|sum|count|bucket)$/;

function notesNonCounters(call: RangeCall, kernel: SeriesKernel): SeriesKernel {
  return (series, out) => {
    kernel(series, out);
    const name = series.labels.metricName;
    if (name === '' || COUNTER_SUFFIX.test(name)) return;
    if (!out.k.includes(FLOAT)) return;
    call.notes.info(
      `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(name)}`,
      call.firstArgPosition,
    );
  };
}

function rateFunction(kind: RateKind): RangeFunction {
  return {
    prepare: (call) => {
      const kernel = extrapolatingKernel(call, kind);
      return kind.isCounter ? notesNonCounters(call, kernel) : kernel;
    },
  };
}

function extrapolatingKernel(call: RangeCall, kind: RateKind): SeriesKernel {
  if (call.windows.modifier !== null) return extendedRate(call, kind);
  const general = perStep(call, (series, step, out) => {
    if (series.hhi === series.hlo) floatWindow(call, kind, series, step, out);
    else if (series.hi === series.lo) histogramRate(call, kind, series, step, out);
    else call.notes.mixedFloatsHistograms(series.labels.metricName, call.firstArgPosition);
  });
  return (series, out) => {
    if (series.h.length === 0 && series.st === null) floatSeries(call, kind, series, out);
    else general(series, out);
  };
}

/** irate, idelta: the last two samples of the window. */
function instantFunction(perSecond: boolean): RangeFunction {
  return {
    prepare: (call) =>
      perStep(call, (series, step, out) => {
        const { lo, hi, hlo, hhi } = series;
        if (hi - lo + hhi - hlo < 2) return;
        const lastFloat = hi > lo ? (series.t[hi - 1] ?? 0) : Number.NEGATIVE_INFINITY;
        const lastHistogram = hhi > hlo ? (series.ht[hhi - 1] ?? 0) : Number.NEGATIVE_INFINITY;
        const floats = hi - lo > 1 && (series.t[hi - 2] ?? 0) > lastHistogram;
        const histograms = hhi - hlo > 1 && (series.ht[hhi - 2] ?? 0) > lastFloat;
        if (floats) floatInstant(series, step, out, perSecond);
        else if (histograms) histogramInstant(call, perSecond, series, step, out);
        else call.notes.mixedFloatsHistograms(series.labels.metricName, call.firstArgPosition);
      }),
  };
}

function floatInstant(series: RangeSeries, step: number, out: Column, perSecond: boolean): void {
  const last = series.hi - 1;
  const { v, t, st } = series;
  const before = v[last - 1] ?? 0;
  const beforeT = t[last - 1] ?? 0;
  let value = v[last] ?? 0;
  const time = t[last] ?? 0;
  const reset =
    value < before ||
    (st !== null && isStartReset(st[last - 1] ?? 0, beforeT, st[last] ?? 0, time));
  if (!perSecond || !reset) value -= before;
  out.setFloat(step, perSecond ? value / ((time - beforeT) / 1000) : value);
}

export const rateFunctions: Record<string, RangeFunction> = {
  rate: rateFunction({ isCounter: true, perSecond: true }),
  increase: rateFunction({ isCounter: true, perSecond: false }),
  delta: rateFunction({ isCounter: false, perSecond: false }),
  irate: instantFunction(true),
  idelta: instantFunction(false),
};
