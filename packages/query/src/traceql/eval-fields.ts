/**
 * Field expressions compiled into functions from a trace to a vector.
 *
 * Model: an expression is compiled once a query; regular expressions (RE2, anchored at both ends, `.` matches every character) are compiled then, and what has been
 * decided about shared dictionaries is kept with the comparison.
 */
import { RE2JS } from 're2js';
import type { ArithmeticOp, BinaryExpr, FieldExpr } from './ast.ts';
import { comparedWith } from './intrinsics.ts';
import type { TraceView } from './trace-view.ts';
import type { ComparisonOp } from './value.ts';
import {
  type Comparison,
  calculateVectors,
  compareVectors,
  Decisions,
  missingRows,
  toFlags,
  toNumbers,
  type Vector,
} from './vectors.ts';

export type FieldFunction = (view: TraceView) => Vector;

/** A condition: 1 for every row that meets it. */
export type Condition = (view: TraceView) => Uint8Array;

export function compileCondition(expr: FieldExpr): Condition {
  const evaluate = compileField(expr);
  return (view) => toFlags(evaluate(view), view.spans.n, true);
}

export function compileField(expr: FieldExpr): FieldFunction {
  switch (expr.kind) {
    case 'literal': {
      const vector: Vector = { form: 'constant', value: expr.value };
      return () => vector;
    }
    case 'attribute':
    case 'intrinsic':
      return (view) => view.field(expr);
    case 'unary': {
      const operand = compileField(expr.operand);
      if (expr.op === '!') {
        return (view) => ({ form: 'flags', flags: toFlags(operand(view), view.spans.n, false) });
      }
      return (view) => negated(operand(view), view.spans.n);
    }
    case 'binary':
      return compileBinary(expr);
  }
}

function negated(vector: Vector, n: number): Vector {
  const numbers = toNumbers(vector, n);
  return { ...numbers, data: Float64Array.from(numbers.data, (value) => -value) };
}

function compileBinary(expr: BinaryExpr): FieldFunction {
  const { op } = expr;
  switch (op) {
    case '&&':
    case '||':
      return compileLogic(expr, op === '&&');
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return compileArithmetic(expr, op);
    default:
      return compileComparison(expr, op);
  }
}

function compileLogic({ left, right }: BinaryExpr, both: boolean): FieldFunction {
  const first = compileCondition(left);
  const second = compileCondition(right);
  return (view) => {
    const a = first(view);
    // Most traces are decided by the first condition alone.
    if (!a.includes(both ? 1 : 0)) return { form: 'flags', flags: a };
    const b = second(view);
    const flags = new Uint8Array(a.length);
    if (both) for (let row = 0; row < flags.length; row++) flags[row] = a[row] & b[row];
    else for (let row = 0; row < flags.length; row++) flags[row] = a[row] | b[row];
    return { form: 'flags', flags };
  };
}

function compileArithmetic({ left, right }: BinaryExpr, op: ArithmeticOp): FieldFunction {
  const first = compileField(left);
  const second = compileField(right);
  return (view) => calculateVectors(op, first(view), second(view), view.spans.n);
}

function compileSide(side: FieldExpr, other: FieldExpr): FieldFunction {
  if (side.kind !== 'literal') return compileField(side);
  return compileField({ ...side, value: comparedWith(other, side.value) });
}

function isNil(expr: FieldExpr): boolean {
  return expr.kind === 'literal' && expr.value.type === 'nil';
}

function compileComparison({ left, right }: BinaryExpr, op: ComparisonOp): FieldFunction {
  if (isNil(left) || isNil(right)) {
    const asked = compileField(isNil(right) ? left : right);
    return (view) => {
      return { form: 'flags', flags: missingRows(asked(view), op === '=', view.spans.n) };
    };
  }
  const first = compileSide(left, right);
  const second = compileSide(right, left);
  const comparison: Comparison = { op, matches: null, decisions: new Decisions() };
  if ((op === '=~' || op === '!~') && right.kind === 'literal' && right.value.type === 'string') {
    const pattern = RE2JS.compile(right.value.value, RE2JS.DOTALL);
    comparison.matches = (text) => pattern.testExact(text);
  }
  return (view) => {
    const { n } = view.spans;
    return { form: 'flags', flags: compareVectors(comparison, first(view), second(view), n) };
  };
}
