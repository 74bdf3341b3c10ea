/**
 * Scalars of spansets: `count() > 2`, `max(duration) - min(duration) > 1s`.
 *
 * Model: an aggregate takes the spans of a spanset that have a number; without any it has no value, and no comparison with it holds.
 * What aggregates said is added to the spanset.
 */
import type { ScalarExpr, ScalarFilter, SpansetAggregate } from './ast.ts';
import { compileField } from './eval-fields.ts';
import type { Spanset, SpansetAttribute, StageFunction } from './eval-stages.ts';
import { printScalar } from './print.ts';
import type { TraceView } from './trace-view.ts';
import { holds, isNumber, type NumberType, type Value } from './value.ts';
import { arithmeticType, calculate, type Numbers, toNumbers } from './vectors.ts';

type Scalar = { readonly type: NumberType; readonly value: number } | null;
type ScalarFunction = (view: TraceView, spanset: Spanset, said: SpansetAttribute[]) => Scalar;

export function compileScalarFilter({ op, left, right }: ScalarFilter): StageFunction {
  const first = compileScalar(left);
  const second = compileScalar(right);
  return (view, spansets) => {
    const kept: Spanset[] = [];
    for (const spanset of spansets) {
      const said: SpansetAttribute[] = [];
      const a = first(view, spanset, said);
      const b = second(view, spanset, said);
      if (a === null || b === null || !holds(op, a.value - b.value)) continue;
      kept.push({ rows: spanset.rows, attributes: [...spanset.attributes, ...said] });
    }
    return kept;
  };
}

function compileScalar(expr: ScalarExpr): ScalarFunction {
  switch (expr.kind) {
    case 'literal': {
      const scalar = scalarOf(expr.value);
      return () => scalar;
    }
    case 'arithmetic': {
      const left = compileScalar(expr.left);
      const right = compileScalar(expr.right);
      return (view, spanset, said) => {
        const a = left(view, spanset, said);
        const b = right(view, spanset, said);
        if (a === null || b === null) return null;
        const type = arithmeticType(expr.op, a.type, b.type);
        return { type, value: calculate(expr.op, a.value, b.value) };
      };
    }
    case 'aggregate':
      return compileAggregate(expr);
  }
}

function scalarOf(value: Value): Scalar {
  return isNumber(value) ? { type: value.type, value: value.value } : null;
}

function compileAggregate(expr: SpansetAggregate): ScalarFunction {
  const { func, of } = expr;
  const key = printScalar(expr);
  const evaluate = of === null ? null : compileField(of);
  let last: TraceView | null = null;
  let numbers: Numbers | null = null;
  return (view, { rows }, said) => {
    if (evaluate !== null && view !== last) {
      numbers = toNumbers(evaluate(view), view.spans.n);
      last = view;
    }
    const scalar: Scalar =
      numbers === null ? { type: 'int', value: rows.length } : aggregate(func, numbers, rows);
    if (scalar !== null) said.push({ key, value: scalar });
    return scalar;
  };
}

function aggregate(
  func: SpansetAggregate['func'],
  { type, data, missing }: Numbers,
  rows: Uint32Array,
): Scalar {
  let count = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    if (missing !== null && missing[row] === 1) continue;
    const value = data[row];
    count++;
    sum += value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (count === 0) return null;
  switch (func) {
    case 'count':
      return { type: 'int', value: count };
    case 'avg':
      return { type: type === 'duration' ? type : 'float', value: sum / count };
    case 'sum':
      return { type, value: sum };
    case 'min':
      return { type, value: min };
    case 'max':
      return { type, value: max };
  }
}
