/** deriv, predict_linear (least squares), double_exponential_smoothing, resets and changes. */
import { equals } from '../../histogram/arithmetic.ts';
import { detectReset } from '../../histogram/reset.ts';
import { PromqlEvalError } from '../eval-error.ts';
import type { RangeSeries } from '../eval-range.ts';
import { addCompensated, compensation } from '../kahan.ts';
import { isStartReset } from './extrapolate.ts';
import { noteIgnored } from './over-time.ts';
import { perStep, type RangeCall, type RangeFunction, type SeriesKernel } from './types.ts';

/** Results of the last `regress`: slope per second, and the value at `originMs`. */
let slope = 0;
let intercept = 0;

function regress(series: RangeSeries, originMs: number): void {
  const { t, v, lo, hi } = series;
  const first = v[lo] ?? 0;
  let constant = true;
  let sumX = 0;
  let lostX = 0;
  let sumY = 0;
  let lostY = 0;
  let sumXY = 0;
  let lostXY = 0;
  let sumX2 = 0;
  let lostX2 = 0;
  for (let i = lo; i < hi; i++) {
    const y = v[i] ?? 0;
    if (i > lo && y !== first) constant = false;
    const x = ((t[i] ?? 0) - originMs) / 1000;
    sumX = addCompensated(x, sumX, lostX);
    lostX = compensation;
    sumY = addCompensated(y, sumY, lostY);
    lostY = compensation;
    sumXY = addCompensated(x * y, sumXY, lostXY);
    lostXY = compensation;
    sumX2 = addCompensated(x * x, sumX2, lostX2);
    lostX2 = compensation;
  }
  if (constant) {
    const infinite = Math.abs(first) === Number.POSITIVE_INFINITY;
    slope = infinite ? Number.NaN : 0;
    intercept = infinite ? Number.NaN : first;
    return;
  }
  const n = hi - lo;
  const x = sumX + lostX;
  const y = sumY + lostY;
  const covariance = sumXY + lostXY - (x * y) / n;
  const varianceX = sumX2 + lostX2 - (x * x) / n;
  slope = covariance / varianceX;
  intercept = y / n - (slope * x) / n;
}

/** At least two floats; an info when histograms are left out. */
function enoughFloats(call: RangeCall, series: RangeSeries): boolean {
  if (series.hi === series.lo) return false;
  noteIgnored(call, series);
  return series.hi - series.lo > 1;
}

function deriv(call: RangeCall): SeriesKernel {
  return perStep(call, (series, step, out) => {
    if (!enoughFloats(call, series)) return;
    regress(series, series.t[series.lo] ?? 0);
    out.setFloat(step, slope);
  });
}

function predictLinear(call: RangeCall): SeriesKernel {
  const ahead = call.scalars[0] ?? new Float64Array(call.steps);
  return perStep(call, (series, step, out) => {
    if (!enoughFloats(call, series)) return;
    regress(series, call.ctx.grid.at(step));
    out.setFloat(step, slope * (ahead[step] ?? 0) + intercept);
  });
}

function checkFactor(name: string, symbol: string, value: number): void {
  if (value > 0 && value < 1) return;
  if (Number.isNaN(value)) return;
  throw new PromqlEvalError(
    `invalid ${name} factor. Expected: 0 < ${symbol} < 1, got: ${value.toFixed(6)}`,
  );
}

function smoothing(call: RangeCall): SeriesKernel {
  const smoothingFactors = call.scalars[0] ?? new Float64Array(call.steps);
  const trendFactors = call.scalars[1] ?? new Float64Array(call.steps);
  return perStep(call, (series, step, out) => {
    const sf = smoothingFactors[step] ?? 0;
    const tf = trendFactors[step] ?? 0;
    checkFactor('smoothing', 'sf', sf);
    checkFactor('trend', 'tf', tf);
    if (!enoughFloats(call, series)) return;
    const { v, lo, hi } = series;
    let before = 0;
    let smoothed = v[lo] ?? 0;
    let trend = (v[lo + 1] ?? 0) - smoothed;
    for (let i = lo + 1; i < hi; i++) {
      if (i > lo + 1) trend = tf * (smoothed - before) + (1 - tf) * trend;
      const next = sf * (v[i] ?? 0) + (1 - sf) * (smoothed + trend);
      before = smoothed;
      smoothed = next;
    }
    out.setFloat(step, smoothed);
  });
}

/** Whether sample `i` differs from sample `before` of the same kind. */
type Differs = (series: RangeSeries, i: number, before: number) => boolean;

/** Where counting begins: under `anchored` at the last sample at or before the start of the range; null when none follows. */
function countFrom(series: RangeSeries, anchored: boolean): { lo: number; hlo: number } | null {
  const { lo, hi, hlo, hhi, t, ht, startMs } = series;
  if (!anchored) return { lo, hlo };
  let float = lo;
  let histogram = hlo;
  while (float < hi && (t[float] ?? 0) <= startMs) float++;
  while (histogram < hhi && (ht[histogram] ?? 0) <= startMs) histogram++;
  if (float === hi && histogram === hhi) return null;
  const floatT = float > lo ? (t[float - 1] ?? 0) : Number.NEGATIVE_INFINITY;
  const histogramT = histogram > hlo ? (ht[histogram - 1] ?? 0) : Number.NEGATIVE_INFINITY;
  if (float > lo && floatT >= histogramT) float--;
  else if (histogram > hlo) histogram--;
  return { lo: float, hlo: histogram };
}

/** Counts neighbours that differ, floats and histograms in the order of their times. */
function countSteps(floats: Differs, histograms: Differs): RangeFunction['prepare'] {
  return (call) => {
    const anchored = call.windows.modifier === 'anchored';
    return perStep(call, (series, step, out) => {
      const from = countFrom(series, anchored);
      if (from === null) return;
      const { hi, hhi, t, ht } = series;
      let count = 0;
      let f = from.lo;
      let g = from.hlo;
      let before: 'none' | 'float' | 'histogram' = 'none';
      while (f < hi || g < hhi) {
        const float = g >= hhi || (f < hi && (t[f] ?? 0) < (ht[g] ?? 0));
        if (float) {
          if (before === 'histogram' || (before === 'float' && floats(series, f, f - 1))) count++;
          before = 'float';
          f++;
        } else {
          if (before === 'float' || (before === 'histogram' && histograms(series, g, g - 1)))
            count++;
          before = 'histogram';
          g++;
        }
      }
      out.setFloat(step, count);
    });
  };
}

function floatReset({ v, t, st }: RangeSeries, i: number, before: number): boolean {
  if ((v[i] ?? 0) < (v[before] ?? 0)) return true;
  return st !== null && isStartReset(st[before] ?? 0, t[before] ?? 0, st[i] ?? 0, t[i] ?? 0);
}

function floatChange({ v }: RangeSeries, i: number, before: number): boolean {
  const value = v[i] ?? 0;
  const previous = v[before] ?? 0;
  return value !== previous && !(Number.isNaN(value) && Number.isNaN(previous));
}

function histogramReset(series: RangeSeries, i: number, before: number): boolean {
  const current = series.h[i];
  const previous = series.h[before];
  if (current === undefined || previous === undefined) return false;
  const { hst, ht } = series;
  if (hst !== null && isStartReset(hst[before] ?? 0, ht[before] ?? 0, hst[i] ?? 0, ht[i] ?? 0)) {
    return true;
  }
  return detectReset(current, previous);
}

function histogramChange(series: RangeSeries, i: number, before: number): boolean {
  const current = series.h[i];
  const previous = series.h[before];
  return current !== undefined && previous !== undefined && !equals(current, previous);
}

export const regressionFunctions: Record<string, RangeFunction> = {
  deriv: { prepare: deriv },
  predict_linear: { prepare: predictLinear },
  double_exponential_smoothing: { prepare: smoothing },
  resets: { prepare: countSteps(floatReset, histogramReset) },
  changes: { prepare: countSteps(floatChange, histogramChange) },
};
