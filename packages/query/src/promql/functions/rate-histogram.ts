/** rate, increase, delta, irate and idelta of native histograms. */
import { type Histogram, RESET_GAUGE } from '@sightline/wire';
import { add, compact, divide, emptyLike, multiply, subtract } from '../../histogram/arithmetic.ts';
import { usesCustomBuckets } from '../../histogram/buckets.ts';
import { detectReset } from '../../histogram/reset.ts';
import type { Column } from '../eval-column.ts';
import type { RangeSeries } from '../eval-range.ts';
import { extrapolationFactor, isStartReset, type RateKind, startsWithin } from './extrapolate.ts';
import { noted, noteOverlap } from './rate-notes.ts';
import type { RangeCall } from './types.ts';

function resetAt(series: RangeSeries, i: number, previous: Histogram): boolean {
  const { hst, ht } = series;
  const current = series.h[i];
  if (current === undefined) return false;
  if (hst !== null && isStartReset(hst[i - 1] ?? 0, ht[i - 1] ?? 0, hst[i] ?? 0, ht[i] ?? 0))
    return true;
  return detectReset(current, previous);
}

/** Gauges where counters are due, and the other way round. */
function noteKind(call: RangeCall, series: RangeSeries, isCounter: boolean): void {
  const name = series.labels.metricName;
  const window = series.h.slice(series.hlo, series.hhi);
  if (isCounter) {
    if (window.some((h) => h.resetHint === RESET_GAUGE))
      call.notes.notCounter(name, call.firstArgPosition);
    return;
  }
  const ends = [window[0], window[window.length - 1]];
  if (ends.some((h) => h?.resetHint !== RESET_GAUGE))
    call.notes.notGauge(name, call.firstArgPosition);
}

/** Last minus first, with what resets hid; null (and a warning) when exponential and custom buckets meet. */
function difference(call: RangeCall, series: RangeSeries, isCounter: boolean): Histogram | null {
  const { h, hlo, hhi } = series;
  const first = h[hlo];
  const second = h[hlo + 1];
  const last = h[hhi - 1];
  if (first === undefined || second === undefined || last === undefined) return null;
  let previous = first;
  if (isCounter && resetAt(series, hlo + 1, first)) previous = emptyLike(second);
  const custom = usesCustomBuckets(previous);
  const checked = isCounter ? h.slice(hlo + 1, hhi) : [last];
  if (checked.some((one) => usesCustomBuckets(one) !== custom)) {
    call.notes.mixedSchemas(series.labels.metricName, call.firstArgPosition);
    return null;
  }
  let result = noted(call, series, 'subtraction', subtract(last, previous));
  if (!isCounter) return result;
  for (let i = hlo + 1; i < hhi && result !== null; i++) {
    const current = h[i] ?? last;
    if (resetAt(series, i, previous)) {
      result = noted(call, series, 'addition', add(result, previous));
    }
    previous = current;
  }
  return result;
}

export function histogramRate(
  call: RangeCall,
  kind: RateKind,
  series: RangeSeries,
  step: number,
  out: Column,
): void {
  const { hlo, hhi, ht, hst } = series;
  const first = series.h[hlo];
  if (first === undefined) return;
  const firstT = ht[hlo] ?? 0;
  const startT = hst?.[hlo] ?? 0;
  const zeroT = kind.isCounter && startsWithin(startT, firstT, series) ? startT : null;
  if (hhi - hlo < 2 && zeroT === null) return;
  let change: Histogram | null = null;
  if (hhi - hlo > 1) {
    noteKind(call, series, kind.isCounter);
    change = difference(call, series, kind.isCounter);
    if (change === null) return;
    if (kind.isCounter) noteOverlap(call, series, hst, ht, hlo, hhi);
  }
  const count = change?.count ?? 0;
  let factor = extrapolationFactor(series, {
    firstT,
    lastT: ht[hhi - 1] ?? 0,
    samples: hhi - hlo,
    zeroT,
    toZeroS: (sampledS) =>
      kind.isCounter && count > 0 && first.count >= 0
        ? sampledS * (first.count / count)
        : Number.POSITIVE_INFINITY,
  });
  if (factor === null) return;
  if (zeroT !== null) {
    change = change === null ? first : noted(call, series, 'addition', add(change, first));
  }
  if (change === null) return;
  if (kind.perSecond) factor /= (series.endMs - series.startMs) / 1000;
  out.setHistogram(step, { ...compact(multiply(change, factor)), resetHint: RESET_GAUGE });
}

/** irate and idelta of the last two histograms of the window. */
export function histogramInstant(
  call: RangeCall,
  isRate: boolean,
  series: RangeSeries,
  step: number,
  out: Column,
): void {
  const last = series.hhi - 1;
  const before = series.h[last - 1];
  const current = series.h[last];
  const interval = (series.ht[last] ?? 0) - (series.ht[last - 1] ?? 0);
  if (before === undefined || current === undefined || interval === 0) return;
  const name = series.labels.metricName;
  const gauges = [before, current].filter((h) => h.resetHint === RESET_GAUGE).length;
  if (isRate && gauges > 0) call.notes.notCounter(name, call.firstArgPosition);
  if (!isRate && gauges < 2) call.notes.notGauge(name, call.firstArgPosition);
  let result: Histogram | null = current;
  if (!isRate || !resetAt(series, last, before)) {
    result = noted(call, series, 'subtraction', subtract(current, before));
  }
  if (result === null) return;
  result = { ...compact(result), resetHint: RESET_GAUGE };
  out.setHistogram(step, isRate ? divide(result, interval / 1000) : result);
}
