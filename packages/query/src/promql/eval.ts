/**
 * Evaluation of a tree over a grid of steps.
 *
 * Model: vectors stream series by series, each with its values at all steps (`Column`); scalars are one array over the steps. Parts that are the
 * same at every step are evaluated once and repeated.
 */
import { multiply } from '../histogram/arithmetic.ts';
import { evalAggregate } from './aggregate.ts';
import type { Expr } from './ast.ts';
import { scalarBinary, vectorBinary } from './binary.ts';
import { evalCall } from './eval-call.ts';
import { FLOAT, HISTOGRAM, type Sink } from './eval-column.ts';
import { type Dispatch, type EvalContext, Grid } from './eval-context.ts';
import { PromqlEvalError } from './eval-error.ts';
import { isStepInvariant } from './eval-invariant.ts';
import { scalarFunctions } from './functions/registry.ts';
import { broadcast, evalSelector } from './selectors.ts';

function firstStep(ctx: EvalContext): EvalContext {
  return ctx.withGrid(new Grid(ctx.grid.startMs, ctx.grid.stepMs, 1));
}

function repeats(ctx: EvalContext, expr: Expr): boolean {
  return ctx.grid.steps > 1 && expr.kind !== 'number' && isStepInvariant(expr);
}

function evalVector(ctx: EvalContext, expr: Expr, sink: Sink): void {
  if (repeats(ctx, expr)) {
    const column = ctx.newColumn();
    evalVector(firstStep(ctx), expr, (labels, dropName, first) => {
      column.clear();
      column.k[0] = first.k[0] ?? 0;
      column.v[0] = first.v[0] ?? 0;
      if (first.h[0] !== undefined) column.h[0] = first.h[0];
      broadcast(column);
      sink(labels, dropName, column);
    });
    return;
  }
  switch (expr.kind) {
    case 'selector':
      evalSelector(ctx, expr, 'value', sink);
      return;
    case 'call':
      evalCall(ctx, expr, sink);
      return;
    case 'aggregate':
      evalAggregate(ctx, expr, sink);
      return;
    case 'binary':
      vectorBinary(ctx, expr, sink);
      return;
    case 'paren':
      evalVector(ctx, expr.expr, sink);
      return;
    case 'unary':
      if (expr.op === '+') evalVector(ctx, expr.expr, sink);
      else negate(ctx, expr.expr, sink);
      return;
    default:
      throw new PromqlEvalError(`a ${expr.kind} cannot stand for an instant vector`, 'bad_data');
  }
}

function negate(ctx: EvalContext, expr: Expr, sink: Sink): void {
  evalVector(ctx, expr, (labels, _, column) => {
    for (let i = 0; i < column.k.length; i++) {
      const h = column.h[i];
      if (column.k[i] === FLOAT) column.v[i] = -(column.v[i] ?? 0);
      else if (column.k[i] === HISTOGRAM && h !== undefined) column.h[i] = multiply(h, -1);
    }
    sink(labels, true, column);
  });
}

function evalScalar(ctx: EvalContext, expr: Expr): Float64Array {
  if (repeats(ctx, expr)) {
    return new Float64Array(ctx.grid.steps).fill(evalScalar(firstStep(ctx), expr)[0] ?? 0);
  }
  switch (expr.kind) {
    case 'number':
      return new Float64Array(ctx.grid.steps).fill(expr.value);
    case 'paren':
      return evalScalar(ctx, expr.expr);
    case 'unary': {
      const values = evalScalar(ctx, expr.expr);
      return expr.op === '-' ? values.map((value) => -value) : values;
    }
    case 'binary':
      return scalarBinary(ctx, expr);
    case 'call': {
      const implementation = scalarFunctions.get(expr.func);
      if (implementation !== undefined) return implementation(ctx, expr);
      throw new PromqlEvalError(`unknown function with name "${expr.func}"`, 'bad_data');
    }
    default:
      throw new PromqlEvalError(`a ${expr.kind} cannot stand for a scalar`, 'bad_data');
  }
}

export const dispatch: Dispatch = { vector: evalVector, scalar: evalScalar };
