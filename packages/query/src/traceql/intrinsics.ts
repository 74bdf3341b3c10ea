/**
 * The spellings of intrinsics and their types (Tempo's documentation, "Intrinsic fields"; the spellings without a scope are the
 * older ones and stay valid).
 */
import type { FieldExpr, Intrinsic } from './ast.ts';
import type { Value } from './value.ts';

/** `duration`, `traceDuration`, ... */
export const PLAIN_INTRINSICS: ReadonlyMap<string, Intrinsic> = new Map([
  ['duration', 'duration'],
  ['name', 'name'],
  ['status', 'status'],
  ['statusMessage', 'statusMessage'],
  ['kind', 'kind'],
  ['childCount', 'childCount'],
  ['parent', 'parent'],
  ['nestedSetLeft', 'nestedSetLeft'],
  ['nestedSetRight', 'nestedSetRight'],
  ['nestedSetParent', 'nestedSetParent'],
  ['rootName', 'rootName'],
  ['rootServiceName', 'rootServiceName'],
  ['traceDuration', 'traceDuration'],
]);

/** By `scope:name`. */
export const SCOPED_INTRINSICS: ReadonlyMap<string, Intrinsic> = new Map([
  ['trace:id', 'trace:id'],
  ['trace:duration', 'traceDuration'],
  ['trace:rootName', 'rootName'],
  ['trace:rootService', 'rootServiceName'],
  ['span:id', 'span:id'],
  ['span:parentID', 'span:parentID'],
  ['span:name', 'name'],
  ['span:kind', 'kind'],
  ['span:status', 'status'],
  ['span:statusMessage', 'statusMessage'],
  ['span:duration', 'duration'],
  ['span:childCount', 'childCount'],
  ['event:name', 'event:name'],
  ['event:timeSinceStart', 'event:timeSinceStart'],
  ['link:traceID', 'link:traceID'],
  ['link:spanID', 'link:spanID'],
  ['instrumentation:name', 'instrumentation:name'],
  ['instrumentation:version', 'instrumentation:version'],
]);

export const INTRINSIC_SCOPES: ReadonlySet<string> = new Set([
  'trace',
  'span',
  'event',
  'link',
  'instrumentation',
]);

/** The type of an intrinsic where it is present. */
export function intrinsicType(name: Intrinsic): Value['type'] {
  switch (name) {
    case 'duration':
    case 'traceDuration':
    case 'event:timeSinceStart':
      return 'duration';
    case 'status':
      return 'status';
    case 'kind':
      return 'kind';
    case 'childCount':
    case 'nestedSetLeft':
    case 'nestedSetRight':
    case 'nestedSetParent':
      return 'int';
    case 'parent':
      return 'nil';
    default:
      return 'string';
  }
}

/** Hex digits of ids, as a source gives them. */
const ID_DIGITS: ReadonlyMap<Intrinsic, number> = new Map([
  ['trace:id', 32],
  ['link:traceID', 32],
  ['span:id', 16],
  ['span:parentID', 16],
  ['link:spanID', 16],
]);

/** A constant that a field is compared with: ids may be written without their leading zeros and in capitals. */
export function comparedWith(field: FieldExpr, value: Value): Value {
  const digits = field.kind === 'intrinsic' ? ID_DIGITS.get(field.name) : undefined;
  if (digits === undefined || value.type !== 'string' || !/^[0-9a-f]+$/i.test(value.value)) {
    return value;
  }
  return { type: 'string', value: value.value.toLowerCase().padStart(digits, '0') };
}
