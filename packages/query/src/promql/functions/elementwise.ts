/** Functions that work on each value of a vector by itself. */

import { Labels } from '@sightline/store';
import type { Histogram } from '@sightline/wire';
import { histogramVariance } from '../../histogram/quantile.ts';
import type { Expr } from '../ast.ts';
import { ABSENT, type Column, FLOAT, HISTOGRAM, type Sink } from '../eval-column.ts';
import type { EvalContext } from '../eval-context.ts';
import { dateFunctions } from './dates.ts';
import { floatFunctions, goMax, goMin } from './math.ts';
import type { FloatFunction, VectorFunction } from './types.ts';

/** Changes floats in place, drops histograms; false when nothing is left. */
function mapFloats(column: Column, change: (value: number, step: number) => number): boolean {
  const { k, v } = column;
  let any = false;
  for (let i = 0; i < k.length; i++) {
    if (k[i] === FLOAT) {
      v[i] = change(v[i] ?? 0, i);
      any = true;
    } else k[i] = ABSENT;
  }
  return any;
}

function mapVector(
  ctx: EvalContext,
  arg: Expr | undefined,
  change: (value: number, step: number) => number,
  sink: Sink,
): void {
  if (arg === undefined) return;
  ctx.vector(arg, (labels, _, column) => {
    if (mapFloats(column, change)) sink(labels, true, column);
  });
}

function elementwise(change: FloatFunction): VectorFunction {
  return (ctx, call, sink) => mapVector(ctx, call.args[0], change, sink);
}

/** Without an argument: of the evaluation time. */
function dateFunction(change: FloatFunction): VectorFunction {
  return (ctx, call, sink) => {
    if (call.args.length > 0) {
      mapVector(ctx, call.args[0], change, sink);
      return;
    }
    const column = ctx.newColumn();
    for (let i = 0; i < ctx.grid.steps; i++) {
      column.setFloat(i, change(Math.trunc(ctx.grid.at(i) / 1000)));
    }
    sink(Labels.empty, false, column);
  };
}

function histogramFunction(take: (h: Histogram) => number): VectorFunction {
  return (ctx, call, sink) => {
    const arg = call.args[0];
    if (arg === undefined) return;
    ctx.vector(arg, (labels, _, column) => {
      let any = false;
      for (let i = 0; i < column.k.length; i++) {
        const h = column.k[i] === HISTOGRAM ? column.h[i] : undefined;
        if (h === undefined) column.k[i] = ABSENT;
        else {
          column.setFloat(i, take(h));
          any = true;
        }
      }
      column.h = [];
      if (any) sink(labels, true, column);
    });
  };
}

function scalarArg(ctx: EvalContext, args: readonly Expr[], index: number): Float64Array {
  const arg = args[index];
  return arg === undefined ? new Float64Array(ctx.grid.steps) : ctx.scalar(arg);
}

function clampBetween(
  ctx: EvalContext,
  arg: Expr | undefined,
  min: Float64Array | null,
  max: Float64Array | null,
  sink: Sink,
): void {
  if (arg === undefined) return;
  ctx.vector(arg, (labels, _, column) => {
    let any = false;
    for (let i = 0; i < column.k.length; i++) {
      const low = min === null ? Number.NEGATIVE_INFINITY : (min[i] ?? 0);
      const high = max === null ? Number.POSITIVE_INFINITY : (max[i] ?? 0);
      if (column.k[i] !== FLOAT || high < low) column.k[i] = ABSENT;
      else {
        column.v[i] = goMax(low, goMin(high, column.v[i] ?? 0));
        any = true;
      }
    }
    if (any) sink(labels, true, column);
  });
}

function round(ctx: EvalContext, args: readonly Expr[], sink: Sink): void {
  const inverse = args.length > 1 ? scalarArg(ctx, args, 1).map((to) => 1 / to) : null;
  mapVector(
    ctx,
    args[0],
    (value, step) => {
      // Multiplying by the inverse is what Prometheus does; dividing would round some values otherwise.
      const factor = inverse === null ? 1 : (inverse[step] ?? 1);
      return Math.floor(value * factor + 0.5) / factor;
    },
    sink,
  );
}

const simple = Object.entries(floatFunctions).map(
  ([name, change]) => [name, elementwise(change)] as const,
);
const dates = Object.entries(dateFunctions).map(
  ([name, change]) => [name, dateFunction(change)] as const,
);

export const elementwiseFunctions: Record<string, VectorFunction> = {
  ...Object.fromEntries(simple),
  ...Object.fromEntries(dates),
  clamp: (ctx, { args }, sink) => {
    clampBetween(ctx, args[0], scalarArg(ctx, args, 1), scalarArg(ctx, args, 2), sink);
  },
  clamp_min: (ctx, { args }, sink) => {
    clampBetween(ctx, args[0], scalarArg(ctx, args, 1), null, sink);
  },
  clamp_max: (ctx, { args }, sink) => {
    clampBetween(ctx, args[0], null, scalarArg(ctx, args, 1), sink);
  },
  round: (ctx, { args }, sink) => round(ctx, args, sink),
  histogram_count: histogramFunction((h) => h.count),
  histogram_sum: histogramFunction((h) => h.sum),
  histogram_avg: histogramFunction((h) => h.sum / h.count),
  histogram_stdvar: histogramFunction(histogramVariance),
  histogram_stddev: histogramFunction((h) => Math.sqrt(histogramVariance(h))),
};
