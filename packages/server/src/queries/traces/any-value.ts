/**
 * The JSON text of a field (an array or a list of keys and values, as wire's decoders write it) as a tree of OTLP's AnyValue.
 *
 * Model: a value is a scalar (a FIELD_ type and its text), a list, or entries. What is no JSON stays a string. Numbers without a
 * fraction are integers, their digits kept as they stand.
 */
import { FIELD_BOOL, FIELD_DOUBLE, FIELD_INT, FIELD_STRING } from '@sightline/wire';

export type AnyValue =
  | { kind: 'scalar'; type: number; value: string }
  | { kind: 'list'; items: AnyValue[] }
  | { kind: 'entries'; entries: [string, AnyValue][] }
  | { kind: 'nothing' };

const MAX_DEPTH = 64;

export function valueOfJson(json: string): AnyValue {
  try {
    // Innermost first: what a list or an object holds has been turned into values before itself.
    const parsed: unknown = JSON.parse(json, (_key, value: unknown, ...rest: unknown[]) =>
      wrap(value, rest[0]),
    );
    if (parsed instanceof Wrapped) return tree(parsed, 0);
  } catch {
    // Falls through: not JSON, or nested too deep.
  }
  return { kind: 'scalar', type: FIELD_STRING, value: json };
}

/** A parsed value; of scalars also the text it was read from, which keeps the digits of numbers. */
class Wrapped {
  readonly value: unknown;
  readonly source: string;
  constructor(value: unknown, source: string) {
    this.value = value;
    this.source = source;
  }
}

function wrap(value: unknown, context: unknown): Wrapped {
  // Lists and objects have no source, and must not be asked for their text: `toString` may be one of their keys.
  const hasSource = typeof context === 'object' && context !== null && 'source' in context;
  return new Wrapped(value, hasSource && typeof context.source === 'string' ? context.source : '');
}

function tree(wrapped: unknown, depth: number): AnyValue {
  if (!(wrapped instanceof Wrapped)) return { kind: 'nothing' };
  if (depth > MAX_DEPTH) throw new RangeError('nested too deep');
  const { value, source } = wrapped;
  switch (typeof value) {
    case 'string':
      return { kind: 'scalar', type: FIELD_STRING, value };
    case 'boolean':
      return { kind: 'scalar', type: FIELD_BOOL, value: String(value) };
    case 'number':
      return isInt64(source)
        ? { kind: 'scalar', type: FIELD_INT, value: source }
        : { kind: 'scalar', type: FIELD_DOUBLE, value: source };
    default:
      break;
  }
  if (typeof value !== 'object' || value === null) return { kind: 'nothing' };
  if (Array.isArray(value)) {
    return { kind: 'list', items: value.map((item) => tree(item, depth + 1)) };
  }
  const entries = Object.entries(value).map(([key, item]): [string, AnyValue] => [
    key,
    tree(item, depth + 1),
  ]);
  return { kind: 'entries', entries };
}

function isInt64(digits: string): boolean {
  if (!/^-?\d+$/.test(digits)) return false;
  return digits.length < 19 || BigInt.asIntN(64, BigInt(digits)) === BigInt(digits);
}

/** The number that `fieldText` wrote. */
export function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
