/** Function calls with a vector result: by range, or through the function's own implementation. */
import type { Call } from './ast.ts';
import { ABSENT, type Column, type Sink } from './eval-column.ts';
import type { EvalContext } from './eval-context.ts';
import { PromqlEvalError } from './eval-error.ts';
import { asRange, eachRangeSeries, type RangeExpr, unwrap, windowsOf } from './eval-range.ts';
import { rangeFunctions, vectorFunctions } from './functions/registry.ts';
import { absentColumn, absentLabels } from './functions/sources.ts';
import type { RangeCall } from './functions/types.ts';

const MODIFIER_FUNCTIONS = {
  anchored: ['changes', 'delta', 'increase', 'rate', 'resets'],
  smoothed: ['delta', 'increase', 'rate'],
} as const;

/** Streams the result of a call. */
export function evalCall(ctx: EvalContext, call: Call, sink: Sink): void {
  const vectorFunction = vectorFunctions.get(call.func);
  if (vectorFunction !== undefined) {
    vectorFunction(ctx, call, sink);
    return;
  }
  for (const arg of call.args) {
    const range = asRange(arg);
    if (range !== null) {
      overRange(ctx, call, range, sink);
      return;
    }
  }
  throw new PromqlEvalError(`unknown function with name "${call.func}"`, 'bad_data');
}

function checkModifier(call: Call, range: RangeExpr): void {
  if (range.kind !== 'matrix' || range.selector.modifier === null) return;
  const { modifier } = range.selector;
  const allowed: readonly string[] = MODIFIER_FUNCTIONS[modifier];
  if (allowed.includes(call.func)) return;
  throw new PromqlEvalError(
    `${modifier} modifier can only be used with: ${allowed.join(', ')} - not with ${call.func}`,
  );
}

function prepare(ctx: EvalContext, call: Call, range: RangeExpr): RangeCall {
  const scalars = call.args.filter((arg) => asRange(arg) === null).map((arg) => ctx.scalar(arg));
  return {
    ctx,
    windows: windowsOf(ctx, range),
    notes: ctx.run.notes,
    firstArgPosition: call.args[0] === undefined ? 0 : unwrap(call.args[0]).range.start,
    scalars,
    steps: ctx.grid.steps,
  };
}

function overRange(ctx: EvalContext, call: Call, range: RangeExpr, sink: Sink): void {
  const implementation = rangeFunctions.get(call.func);
  if (implementation === undefined) {
    throw new PromqlEvalError(`unknown function with name "${call.func}"`, 'bad_data');
  }
  checkModifier(call, range);
  const prepared = prepare(ctx, call, range);
  const kernel = implementation.prepare(prepared);
  const column = ctx.newColumn();
  if (call.func === 'absent_over_time') {
    absentOverTime(ctx, range, prepared, kernel, column, sink);
    return;
  }
  eachRangeSeries(ctx, range, prepared.windows, (series, dropName) => {
    column.clear();
    kernel(series, column);
    if (!column.hasAny()) return;
    sink(series.labels, dropName || implementation.keepsName !== true, column);
  });
}

function absentOverTime(
  ctx: EvalContext,
  range: RangeExpr,
  prepared: RangeCall,
  kernel: (series: Parameters<Parameters<typeof eachRangeSeries>[3]>[0], column: Column) => void,
  column: Column,
  sink: Sink,
): void {
  const seen = new Uint8Array(ctx.grid.steps);
  eachRangeSeries(ctx, range, prepared.windows, (series) => {
    column.clear();
    kernel(series, column);
    for (let i = 0; i < seen.length; i++) if (column.k[i] !== ABSENT) seen[i] = 1;
  });
  const absent = absentColumn(ctx, seen);
  if (absent !== null) sink(absentLabels(range), true, absent);
}
