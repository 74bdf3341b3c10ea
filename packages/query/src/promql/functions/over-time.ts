/** Aggregations over the samples of a window: *_over_time. */
import { HistogramAccumulator } from '../../histogram/accumulate.ts';
import type { Column } from '../eval-column.ts';
import type { RangeSeries } from '../eval-range.ts';
import { addCompensated, compensation } from '../kahan.ts';
import { quantile } from './quantiles.ts';
import { perStep, type RangeCall, type RangeFunction } from './types.ts';

type FloatWindow = (v: Float64Array, lo: number, hi: number, t: Float64Array) => number;

/** Functions of floats only: histograms in the window are left out, with an info when there are both. */
function floatsOnly(compute: FloatWindow): RangeFunction {
  return {
    prepare: (call) =>
      perStep(call, (series, step, out) => {
        if (series.hi === series.lo) return;
        noteIgnored(call, series);
        out.setFloat(step, compute(series.v, series.lo, series.hi, series.t));
      }),
  };
}

export function noteIgnored(call: RangeCall, series: RangeSeries): void {
  if (series.hhi > series.hlo) {
    call.notes.histogramsIgnoredInRange(series.labels.metricName, call.firstArgPosition);
  }
}

/** Compensated as `addCompensated` does it, written out because this is the innermost loop of range queries. */
function sumFloats(v: Float64Array, lo: number, hi: number): number {
  let sum = 0;
  let lost = 0;
  for (let i = lo; i < hi; i++) {
    const value = v[i] ?? 0;
    const total = sum + value;
    if (total - total !== 0) lost = Number.isNaN(total) ? Number.NaN : 0;
    else if (Math.abs(sum) >= Math.abs(value)) lost += sum - total + value;
    else lost += value - total + sum;
    sum = total;
  }
  return Math.abs(sum) === Number.POSITIVE_INFINITY ? sum : sum + lost;
}

/** The direct mean; where the sum does not fit a double, the incremental one. */
function meanFloats(v: Float64Array, lo: number, hi: number): number {
  let sum = v[lo] ?? 0;
  let lost = 0;
  for (let i = lo + 1; i < hi; i++) {
    const value = v[i] ?? 0;
    const total = sum + value;
    if (total - total !== 0) return overflowingMean(v, lo, hi);
    if (Math.abs(sum) >= Math.abs(value)) lost += sum - total + value;
    else lost += value - total + sum;
    sum = total;
  }
  return sum / (hi - lo) + lost / (hi - lo);
}

/** The mean of values that are infinite or NaN, or of which the sum is infinite. */
function overflowingMean(v: Float64Array, lo: number, hi: number): number {
  let sum = v[lo] ?? 0;
  let lost = 0;
  let incremental = false;
  for (let i = lo + 1; i < hi; i++) {
    const count = i - lo + 1;
    const value = v[i] ?? 0;
    if (!incremental) {
      const next = addCompensated(value, sum, lost);
      if (Math.abs(next) !== Number.POSITIVE_INFINITY) {
        sum = next;
        lost = compensation;
        continue;
      }
      incremental = true;
      sum /= count - 1;
      lost /= count - 1;
    }
    const share = (count - 1) / count;
    sum = addCompensated(value / count, share * sum, share * lost);
    lost = compensation;
  }
  return incremental ? sum + lost : sum / (hi - lo) + lost / (hi - lo);
}

function variance(v: Float64Array, lo: number, hi: number): number {
  let count = 0;
  let mean = 0;
  let meanLost = 0;
  let sum = 0;
  let sumLost = 0;
  for (let i = lo; i < hi; i++) {
    count++;
    const value = v[i] ?? 0;
    const delta = value - (mean + meanLost);
    mean = addCompensated(delta / count, mean, meanLost);
    meanLost = compensation;
    sum = addCompensated(delta * (value - (mean + meanLost)), sum, sumLost);
    sumLost = compensation;
  }
  return (sum + sumLost) / count;
}

/** Index of the extreme; of equal ones the first, or the last with `last`. Leading NaN gives way to any number. */
function extreme(v: Float64Array, lo: number, hi: number, sign: 1 | -1, last: boolean): number {
  let best = lo;
  for (let i = lo; i < hi; i++) {
    const difference = sign * ((v[i] ?? 0) - (v[best] ?? 0));
    const better = last ? difference >= 0 || v[i] === v[best] : difference > 0;
    if (better || Number.isNaN(v[best])) best = i;
  }
  return best;
}

function medianDeviation(v: Float64Array, lo: number, hi: number): number {
  const values = v.slice(lo, hi);
  if (values.some(Number.isNaN)) return Number.NaN;
  const median = quantile(0.5, values);
  const deviations = v.slice(lo, hi);
  for (let i = 0; i < deviations.length; i++)
    deviations[i] = Math.abs((deviations[i] ?? 0) - median);
  return quantile(0.5, deviations);
}

function histogramTotal(
  call: RangeCall,
  series: RangeSeries,
  step: number,
  out: Column,
  mean: boolean,
): void {
  const total = new HistogramAccumulator(mean);
  for (let i = series.hlo; i < series.hhi; i++) {
    const h = series.h[i];
    if (h !== undefined) total.add(h);
  }
  const position = call.firstArgPosition;
  if (total.failed) {
    call.notes.mixedSchemas(series.labels.metricName, position);
    return;
  }
  if (total.resetSeen && total.noResetSeen) call.notes.resetCollision('aggregation', position);
  if (total.boundsReconciled) call.notes.boundsReconciled('aggregation', position);
  const h = mean ? total.mean() : total.sum();
  if (h !== null) out.setHistogram(step, h);
}

function total(mean: boolean): RangeFunction {
  const ofFloats = mean ? meanFloats : sumFloats;
  return {
    prepare: (call) =>
      perStep(call, (series, step, out) => {
        if (series.hhi === series.hlo) out.setFloat(step, ofFloats(series.v, series.lo, series.hi));
        else if (series.hi > series.lo) {
          call.notes.mixedFloatsHistograms(series.labels.metricName, call.firstArgPosition);
        } else histogramTotal(call, series, step, out, mean);
      }),
  };
}

/** The first or last sample of the window, of either kind. */
function endSample(
  last: boolean,
  keep: (series: RangeSeries, step: number, out: Column, float: boolean) => void,
): RangeFunction['prepare'] {
  return (call) =>
    perStep(call, (series, step, out) => {
      const { lo, hi, hlo, hhi, t, ht } = series;
      let float = hi > lo;
      if (float && hhi > hlo) {
        const ofFloat = t[last ? hi - 1 : lo] ?? 0;
        const ofHistogram = ht[last ? hhi - 1 : hlo] ?? 0;
        float = last ? ofFloat > ofHistogram : ofFloat < ofHistogram;
      }
      keep(series, step, out, float);
    });
}

function valueOfEnd(last: boolean): RangeFunction {
  return {
    keepsName: true,
    prepare: endSample(last, (series, step, out, float) => {
      const h = series.h[last ? series.hhi - 1 : series.hlo];
      if (float) out.setFloat(step, series.v[last ? series.hi - 1 : series.lo] ?? 0);
      else if (h !== undefined) out.setHistogram(step, h);
    }),
  };
}

function timeOfEnd(last: boolean): RangeFunction {
  return {
    prepare: endSample(last, (series, step, out, float) => {
      const time = float
        ? series.t[last ? series.hi - 1 : series.lo]
        : series.ht[last ? series.hhi - 1 : series.hlo];
      out.setFloat(step, (time ?? 0) / 1000);
    }),
  };
}

function quantileOverTime(call: RangeCall): ReturnType<RangeFunction['prepare']> {
  const q = call.scalars[0] ?? new Float64Array(call.steps);
  return perStep(call, (series, step, out) => {
    if (series.hi === series.lo) return;
    const at = q[step] ?? 0;
    if (!(at >= 0 && at <= 1)) call.notes.invalidQuantile(at, call.firstArgPosition);
    noteIgnored(call, series);
    out.setFloat(step, quantile(at, series.v.slice(series.lo, series.hi)));
  });
}

function constantOne(call: RangeCall): ReturnType<RangeFunction['prepare']> {
  return perStep(call, (_, step, out) => out.setFloat(step, 1));
}

export const overTimeFunctions: Record<string, RangeFunction> = {
  sum_over_time: total(false),
  avg_over_time: total(true),
  count_over_time: {
    prepare: (call) =>
      perStep(call, (s, step, out) => out.setFloat(step, s.hi - s.lo + s.hhi - s.hlo)),
  },
  min_over_time: floatsOnly((v, lo, hi) => v[extreme(v, lo, hi, -1, false)] ?? 0),
  max_over_time: floatsOnly((v, lo, hi) => v[extreme(v, lo, hi, 1, false)] ?? 0),
  ts_of_min_over_time: floatsOnly((v, lo, hi, t) => (t[extreme(v, lo, hi, -1, true)] ?? 0) / 1000),
  ts_of_max_over_time: floatsOnly((v, lo, hi, t) => (t[extreme(v, lo, hi, 1, true)] ?? 0) / 1000),
  stddev_over_time: floatsOnly((v, lo, hi) => Math.sqrt(variance(v, lo, hi))),
  stdvar_over_time: floatsOnly(variance),
  mad_over_time: floatsOnly(medianDeviation),
  quantile_over_time: { prepare: quantileOverTime },
  first_over_time: valueOfEnd(false),
  last_over_time: valueOfEnd(true),
  ts_of_first_over_time: timeOfEnd(false),
  ts_of_last_over_time: timeOfEnd(true),
  present_over_time: { prepare: constantOne },
  absent_over_time: { prepare: constantOne },
};
