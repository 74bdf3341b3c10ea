/** The answer to an instant query for a range vector: the samples themselves. */
import { Labels } from '@sightline/store';
import type { Histogram } from '@sightline/wire';
import type { Expr } from './ast.ts';
import { type EvalContext, POINT_BYTES, SERIES_BYTES } from './eval-context.ts';
import { PromqlEvalError, SAME_LABELSET } from './eval-error.ts';
import { asRange, eachRangeSeries, eachWindow, type RangeSeries, windowsOf } from './eval-range.ts';
import { floatBoundaries, withinRange } from './functions/rate-extended.ts';
import { LabelsIndex, withoutMetadata } from './label-index.ts';
import type { ResultSeries } from './result.ts';

/** The samples of a range selector or subquery at one time. */
export function rangeVector(ctx: EvalContext, root: Expr): ResultSeries[] {
  const range = asRange(root);
  if (range === null) return [];
  const windows = windowsOf(ctx, range);
  const series: ResultSeries[] = [];
  const index = new LabelsIndex();
  eachRangeSeries(ctx, range, windows, (samples, dropName) => {
    const labels = dropName ? withoutMetadata(samples.labels) : samples.labels;
    eachWindow(ctx.run, samples, windows, 1, () => {
      const { modifier } = windows;
      const one =
        modifier === null
          ? windowSamples(labels, samples)
          : extendedSamples(labels, samples, modifier === 'smoothed');
      if (one === null) return;
      const known = index.size;
      if (index.ordinal(labels) < known) throw new PromqlEvalError(SAME_LABELSET);
      const count = one.t.length;
      ctx.run.hold(count, count * POINT_BYTES + SERIES_BYTES);
      series.push(one);
    });
  });
  return series.sort((a, b) => Labels.compare(a.labels, b.labels));
}

function windowSamples(labels: Labels, samples: RangeSeries): ResultSeries {
  const { lo, hi, hlo, hhi } = samples;
  if (hhi === hlo) {
    return { labels, t: samples.t.slice(lo, hi), v: samples.v.slice(lo, hi), h: null };
  }
  const count = hi - lo + hhi - hlo;
  const t = new Float64Array(count);
  const v = new Float64Array(count);
  const h: (Histogram | undefined)[] = new Array(count);
  let f = lo;
  let g = hlo;
  for (let i = 0; i < count; i++) {
    const float = g >= hhi || (f < hi && (samples.t[f] ?? 0) < (samples.ht[g] ?? 0));
    t[i] = (float ? samples.t[f] : samples.ht[g]) ?? 0;
    if (float) v[i] = samples.v[f++] ?? 0;
    else h[i] = samples.h[g++];
  }
  return { labels, t, v, h };
}

/** The floats of an `anchored` or `smoothed` range, with a point at either end of it. */
function extendedSamples(
  labels: Labels,
  samples: RangeSeries,
  smoothed: boolean,
): ResultSeries | null {
  if (samples.hhi > samples.hlo) {
    throw new PromqlEvalError('anchored modifier is not supported with histograms');
  }
  const found = floatBoundaries(samples, smoothed, false);
  if (found === null) return null;
  const { from, to } = withinRange(samples, found);
  const inner = Math.max(0, to - from);
  const t = new Float64Array(inner + 2);
  const v = new Float64Array(inner + 2);
  t[0] = samples.startMs;
  v[0] = found.left;
  t.set(samples.t.subarray(from, from + inner), 1);
  v.set(samples.v.subarray(from, from + inner), 1);
  t[inner + 1] = samples.endMs;
  v[inner + 1] = found.right;
  return { labels, t, v, h: null };
}
