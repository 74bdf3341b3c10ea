/** Binary operators: scalars with scalars, vectors with scalars; vectors with vectors are joined elsewhere. */
import type { Binary } from './ast.ts';
import { joinVectors } from './binary-join.ts';
import { elementOp, elementResult, floatOp, isComparison, keepsMetric } from './binary-ops.ts';
import { combineSets } from './binary-sets.ts';
import { ABSENT, type Column, FLOAT, HISTOGRAM, type Sink } from './eval-column.ts';
import type { EvalContext } from './eval-context.ts';
import { isScalarExpr } from './eval-range.ts';

/** scalar op scalar: comparisons yield 1 or 0. */
export function scalarBinary(ctx: EvalContext, expr: Binary): Float64Array {
  const left = ctx.scalar(expr.lhs);
  const right = ctx.scalar(expr.rhs);
  const out = new Float64Array(left.length);
  for (let i = 0; i < out.length; i++) out[i] = floatOp(expr.op, left[i] ?? 0, right[i] ?? 0);
  return out;
}

/** Streams the result of an operator with at least one vector. */
export function vectorBinary(ctx: EvalContext, expr: Binary, sink: Sink): void {
  const leftScalar = isScalarExpr(expr.lhs);
  if (leftScalar || isScalarExpr(expr.rhs)) withScalar(ctx, expr, leftScalar, sink);
  else if (expr.op === 'and' || expr.op === 'or' || expr.op === 'unless')
    combineSets(ctx, expr, sink);
  else joinVectors(ctx, expr, sink);
}

function withScalar(ctx: EvalContext, expr: Binary, swapped: boolean, sink: Sink): void {
  const scalars = ctx.scalar(swapped ? expr.lhs : expr.rhs);
  const filters = isComparison(expr.op) && !expr.bool;
  const drops = !keepsMetric(expr.op) || expr.bool;
  const trims = expr.op === '</' || expr.op === '>/';
  ctx.vector(swapped ? expr.rhs : expr.lhs, (labels, dropName, column) => {
    if (column.h.length === 0 && !trims) floatsWithScalar(expr, column, scalars, swapped, filters);
    else mixedWithScalar(ctx, expr, column, scalars, swapped);
    if (anyPresent(column)) sink(labels, dropName || drops, column);
  });
}

function anyPresent({ k }: Column): boolean {
  for (let i = 0; i < k.length; i++) if (k[i] !== ABSENT) return true;
  return false;
}

function floatsWithScalar(
  expr: Binary,
  column: Column,
  scalars: Float64Array,
  swapped: boolean,
  filters: boolean,
): void {
  const { k, v } = column;
  const { op } = expr;
  for (let i = 0; i < k.length; i++) {
    if (k[i] !== FLOAT) continue;
    const value = v[i] ?? 0;
    const scalar = scalars[i] ?? 0;
    const result = swapped ? floatOp(op, scalar, value) : floatOp(op, value, scalar);
    if (!filters) v[i] = result;
    else if (result === 0) k[i] = ABSENT;
  }
}

function mixedWithScalar(
  ctx: EvalContext,
  expr: Binary,
  column: Column,
  scalars: Float64Array,
  swapped: boolean,
): void {
  const { k, v } = column;
  for (let i = 0; i < k.length; i++) {
    if (k[i] === ABSENT) continue;
    const h = k[i] === HISTOGRAM ? column.h[i] : undefined;
    const value = v[i] ?? 0;
    const scalar = scalars[i] ?? 0;
    const done = swapped
      ? elementOp(expr.op, scalar, value, undefined, h, ctx.run.notes, expr.range.start)
      : elementOp(expr.op, value, scalar, h, undefined, ctx.run.notes, expr.range.start);
    if (!done) k[i] = ABSENT;
    else if (expr.bool) column.setFloat(i, elementResult.keep ? 1 : 0);
    else if (!elementResult.keep) k[i] = ABSENT;
    else if (isComparison(expr.op)) continue;
    else if (elementResult.h === undefined) column.setFloat(i, elementResult.value);
    else column.setHistogram(i, elementResult.h);
  }
}
