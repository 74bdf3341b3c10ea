/**
 * The values of TraceQL: literals of queries, attributes and intrinsics of spans.
 *
 * Model: a value carries its type, because the comparison of two values depends on both. Durations are nanoseconds as doubles (exact up
 * to 104 days), integers are doubles, beyond
 * 2^53 with their digits beside. An array stands for several values of one attribute, of one span's events or
 * of its links.
 *
 * Invariants (Tempo's documentation, "Comparison operators" and "Find traces with arrays"): values of different types never match, not
 * even by `!=`, except that all numbers compare with each other; what is missing matches nothing (asking for it by `= nil` is no
 * comparison); with an array, `!=` and `!~` hold when no element equals or matches, every other operator when any element does.
 */

export type Value =
  | { readonly type: 'nil' }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | NumberValue
  /** 0 unset, 1 ok, 2 error, as in OTLP. */
  | { readonly type: 'status'; readonly value: number }
  /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer, as in OTLP. */
  | { readonly type: 'kind'; readonly value: number }
  | { readonly type: 'array'; readonly items: readonly Value[] };

export type NumberType = 'int' | 'float' | 'duration';

export interface NumberValue {
  readonly type: NumberType;
  readonly value: number;
  /** Of an integer beyond 2^53: its decimal digits, with the sign. Arithmetic goes without them. */
  readonly digits?: string;
}

/** An integer of 64 bits from its decimal text. */
export function integer(digits: string): NumberValue {
  const value = Number(digits);
  if (Number.isSafeInteger(value)) return { type: 'int', value };
  return { type: 'int', value, digits: BigInt(digits).toString() };
}

export const NIL: Value = { type: 'nil' };

export const STATUS_NAMES = ['unset', 'ok', 'error'] as const;
export const KIND_NAMES = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
] as const;

export type ComparisonOp = '=' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~';

export function isNumber(value: Value): value is NumberValue {
  return value.type === 'int' || value.type === 'float' || value.type === 'duration';
}

/** The order of two numbers or texts under an operator that is no regular expression. */
export function holds(op: ComparisonOp, order: number): boolean {
  switch (op) {
    case '=':
      return order === 0;
    case '!=':
      // NaN differs from everything, itself included.
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return false;
  }
}

/** Whether `left op right`. Regular expressions are compiled by the caller: for them `matches` is called with each text. */
export function compareValues(
  op: ComparisonOp,
  left: Value,
  right: Value,
  matches: ((text: string) => boolean) | null = null,
): boolean {
  if (left.type === 'array') return compareItems(op, left.items, right, matches);
  if (right.type === 'array') {
    return right.items.some((item) => compareValues(op, left, item, matches));
  }
  if (op === '=~' || op === '!~') {
    if (left.type !== 'string' || matches === null) return false;
    return matches(left.value) === (op === '=~');
  }
  if (isNumber(left)) return isNumber(right) && holds(op, orderOf(left, right));
  switch (left.type) {
    case 'nil':
      return false;
    case 'string':
      return right.type === 'string' && holds(op, compareText(left.value, right.value));
    case 'bool':
      return right.type === 'bool' && holds(op, Number(left.value) - Number(right.value));
    default:
      return right.type === left.type && holds(op, left.value - right.value);
  }
}

function orderOf(left: NumberValue, right: NumberValue): number {
  if (left.digits === undefined || right.digits === undefined) return left.value - right.value;
  const [a, b] = [BigInt(left.digits), BigInt(right.digits)];
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareItems(
  op: ComparisonOp,
  items: readonly Value[],
  right: Value,
  matches: ((text: string) => boolean) | null,
): boolean {
  if (op !== '!=' && op !== '!~') {
    return items.some((item) => compareValues(op, item, right, matches));
  }
  // None may equal; yet one must be comparable at all, as with a single value.
  const positive = op === '!=' ? '=' : '=~';
  return (
    items.some((item) => compareValues(op, item, right, matches)) &&
    !items.some((item) => compareValues(positive, item, right, matches))
  );
}

/** Order of code units: what `<` does, as a number. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A value as a label of a series and as text of an answer: no quotes, nil as `nil`. */
export function valueText(value: Value): string {
  switch (value.type) {
    case 'nil':
      return 'nil';
    case 'string':
      return value.value;
    case 'bool':
      return String(value.value);
    case 'status':
      return STATUS_NAMES[value.value] ?? `status(${value.value})`;
    case 'kind':
      return KIND_NAMES[value.value] ?? `kind(${value.value})`;
    case 'array':
      return `[${value.items.map(valueText).join(', ')}]`;
    case 'duration':
      return durationText(value.value);
    default:
      return value.digits ?? String(value.value);
  }
}

const UNITS: readonly (readonly [string, number])[] = [
  ['h', 3_600_000_000_000],
  ['m', 60_000_000_000],
  ['s', 1_000_000_000],
  ['ms', 1_000_000],
  ['us', 1000],
  ['ns', 1],
];

/** Nanoseconds as a literal that TraceQL reads back: `1h30m`, `1s500ms`, `0s`. */
export function durationText(ns: number): string {
  let rest = Math.round(Math.abs(ns));
  if (!Number.isFinite(rest)) return String(ns);
  let text = ns < 0 ? '-' : '';
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' || text === '-' ? '0s' : text;
}
