/**
 * Values of one expression for every span of a trace.
 *
 * Model: the cheapest of four forms: one constant, codes into a dictionary, numbers, truth values. Operators pick a loop by the forms
 * of their operands; what no loop covers goes value by value.
 */
import type { ArithmeticOp } from './ast.ts';
import type { Column } from './source.ts';
import {
  type ComparisonOp,
  compareValues,
  holds,
  isNumber,
  NIL,
  type NumberType,
  type Value,
} from './value.ts';

export type Vector =
  | { readonly form: 'constant'; readonly value: Value }
  | { readonly form: 'codes'; readonly codes: Column['codes']; readonly values: readonly Value[] }
  | Numbers
  | { readonly form: 'flags'; readonly flags: Uint8Array };

export interface Numbers {
  readonly form: 'numbers';
  readonly type: NumberType;
  readonly data: Float64Array | Int32Array | Uint32Array;
  /** 1 where there is no number; null when there always is one. */
  readonly missing: Uint8Array | null;
}

export const NIL_VECTOR: Vector = { form: 'constant', value: NIL };
const TRUE: Value = { type: 'bool', value: true };
const FALSE: Value = { type: 'bool', value: false };

export function valueAt(vector: Vector, row: number): Value {
  switch (vector.form) {
    case 'constant':
      return vector.value;
    case 'codes':
      return vector.values[vector.codes[row]];
    case 'numbers':
      if (vector.missing !== null && vector.missing[row] === 1) return NIL;
      return { type: vector.type, value: vector.data[row] };
    case 'flags':
      return vector.flags[row] === 1 ? TRUE : FALSE;
  }
}

/** What is known of a dictionary: 0 not yet asked, 1 no, 2 yes, by code. Shared dictionaries are asked once. */
export class Decisions {
  readonly #known = new WeakMap<readonly Value[], Uint8Array>();

  /** Rows whose value passes the test. */
  flags({ codes, values }: Column, n: number, test: (value: Value) => boolean): Uint8Array {
    let known = this.#known.get(values);
    if (known === undefined) {
      known = new Uint8Array(values.length);
      this.#known.set(values, known);
    }
    const flags = new Uint8Array(n);
    for (let row = 0; row < n; row++) {
      const code = codes[row];
      let answer = known[code];
      if (answer === 0) {
        answer = test(values[code]) ? 2 : 1;
        known[code] = answer;
      }
      flags[row] = answer - 1;
    }
    return flags;
  }
}

const MIRRORED: Readonly<Record<ComparisonOp, ComparisonOp>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=~': '=~',
  '!~': '!~',
};

export interface Comparison {
  op: ComparisonOp;
  /** Of a regular expression. */
  matches: ((text: string) => boolean) | null;
  /** Of the dictionary of one side against a constant. */
  decisions: Decisions;
}

export function compareVectors(
  comparison: Comparison,
  left: Vector,
  right: Vector,
  n: number,
): Uint8Array {
  const { op, matches, decisions } = comparison;
  if (left.form === 'constant' && right.form !== 'constant' && matches === null) {
    return compareVectors({ ...comparison, op: MIRRORED[op] }, right, left, n);
  }
  if (right.form === 'constant') {
    const { value } = right;
    const test = (each: Value) => compareValues(op, each, value, matches);
    if (left.form === 'codes') return decisions.flags(left, n, test);
    if (left.form === 'numbers' && isNumber(value)) return compareNumbers(op, left, value.value, n);
    const flags = new Uint8Array(n);
    for (let row = 0; row < n; row++) if (test(valueAt(left, row))) flags[row] = 1;
    return flags;
  }
  const flags = new Uint8Array(n);
  for (let row = 0; row < n; row++) {
    if (compareValues(op, valueAt(left, row), valueAt(right, row), matches)) flags[row] = 1;
  }
  return flags;
}

/** Rows without a value, or with one: `= nil`, `!= nil`. */
export function missingRows(vector: Vector, want: boolean, n: number): Uint8Array {
  const flags = new Uint8Array(n);
  for (let row = 0; row < n; row++) {
    if ((valueAt(vector, row).type === 'nil') === want) flags[row] = 1;
  }
  return flags;
}

function compareNumbers(op: ComparisonOp, left: Numbers, right: number, n: number): Uint8Array {
  const flags = new Uint8Array(n);
  const { data, missing } = left;
  const [less, equal, greater] = [holds(op, -1), holds(op, 0), holds(op, 1)].map(Number);
  const unordered = holds(op, Number.NaN) ? 1 : 0;
  for (let row = 0; row < n; row++) {
    const value = data[row];
    flags[row] =
      value < right ? less : value > right ? greater : value === right ? equal : unordered;
  }
  if (missing !== null) for (let row = 0; row < n; row++) if (missing[row] === 1) flags[row] = 0;
  return flags;
}

/** The numbers of a vector; whatever is no number is missing. */
export function toNumbers(vector: Vector, n: number): Numbers {
  if (vector.form === 'numbers') return vector;
  const data = new Float64Array(n);
  const missing = new Uint8Array(n);
  let type: NumberType = 'int';
  for (let row = 0; row < n; row++) {
    const value = valueAt(vector, row);
    if (!isNumber(value)) missing[row] = 1;
    else {
      data[row] = value.value;
      type = wider(type, value.type);
    }
  }
  return { form: 'numbers', type, data, missing };
}

function wider(a: NumberType, b: NumberType): NumberType {
  if (a === 'duration' || b === 'duration') return 'duration';
  return a === 'float' || b === 'float' ? 'float' : 'int';
}

/** The type of a result: a ratio is no duration any more, and no integer. */
export function arithmeticType(op: ArithmeticOp, left: NumberType, right: NumberType): NumberType {
  if (op === '/') return left === 'duration' && right !== 'duration' ? 'duration' : 'float';
  return wider(left, right);
}

export function calculate(op: ArithmeticOp, left: number, right: number): number {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
    case '^':
      return left ** right;
  }
}

export function calculateVectors(
  op: ArithmeticOp,
  left: Vector,
  right: Vector,
  n: number,
): Numbers {
  const a = toNumbers(left, n);
  const b = toNumbers(right, n);
  const data = new Float64Array(n);
  const missing = new Uint8Array(n);
  for (let row = 0; row < n; row++) {
    data[row] = calculate(op, a.data[row], b.data[row]);
    if (a.missing?.[row] === 1 || b.missing?.[row] === 1) missing[row] = 1;
  }
  return { form: 'numbers', type: arithmeticType(op, a.type, b.type), data, missing };
}

/** Rows where the vector is this truth value; what is no truth value is neither. */
export function toFlags(vector: Vector, n: number, want: boolean): Uint8Array {
  if (vector.form === 'flags') {
    if (want) return vector.flags;
    return vector.flags.map((flag) => 1 - flag);
  }
  const flags = new Uint8Array(n);
  for (let row = 0; row < n; row++) {
    const value = valueAt(vector, row);
    if (value.type === 'bool' && value.value === want) flags[row] = 1;
  }
  return flags;
}
