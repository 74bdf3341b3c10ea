/** Shapes of function implementations; each family exports a table of them for the registry. */
import type { Annotations } from '../annotations.ts';
import type { Call } from '../ast.ts';
import type { Column, Sink } from '../eval-column.ts';
import type { EvalContext } from '../eval-context.ts';
import { eachWindow, type RangeSeries, type Windows } from '../eval-range.ts';

/** A function of vectors (or of nothing) that yields a vector. */
export type VectorFunction = (ctx: EvalContext, call: Call, sink: Sink) => void;

/** A function that yields a scalar at every step. */
export type ScalarFunction = (ctx: EvalContext, call: Call) => Float64Array;

/** Float in, float out; histograms are left out. */
export type FloatFunction = (value: number) => number;

/** What a range function knows of its call. */
export interface RangeCall {
  ctx: EvalContext;
  windows: Windows;
  notes: Annotations;
  /** Where annotations point to. */
  firstArgPosition: number;
  /** Values of the scalar arguments per step, in order. */
  scalars: Float64Array[];
  steps: number;
}

/** Computes all steps of one series; `out` comes cleared. */
export type SeriesKernel = (series: RangeSeries, out: Column) => void;

export interface RangeFunction {
  /** The result is still the same metric: the name stays. */
  keepsName?: true;
  prepare(call: RangeCall): SeriesKernel;
}

/** A series kernel from what happens at one step. */
export function perStep(
  call: RangeCall,
  atStep: (series: RangeSeries, step: number, out: Column) => void,
): SeriesKernel {
  return (series, out) => {
    eachWindow(call.ctx.run, series, call.windows, call.steps, (step) => atStep(series, step, out));
  };
}
