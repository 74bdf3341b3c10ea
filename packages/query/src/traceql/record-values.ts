/** Fields of stored spans as values of TraceQL, and the fields that are no attributes. */
import { FIELD_BOOL, FIELD_DOUBLE, FIELD_INT, FIELD_JSON } from '@sightline/wire';
import { integer, NIL, type Value } from './value.ts';

export const STATUS_MESSAGE = 'otel.status_description';
export const SCOPE_NAME = 'otel.scope.name';
export const SCOPE_VERSION = 'otel.scope.version';

/** Fields of a record that are no attributes of the span. */
export const HIDDEN_FIELDS: ReadonlySet<string> = new Set([
  STATUS_MESSAGE,
  SCOPE_NAME,
  SCOPE_VERSION,
  'w3c.tracestate',
]);

/** A field by its type (wire's FIELD_ constants) and text. */
export function fieldValue(type: number, value: string): Value {
  switch (type) {
    case FIELD_BOOL:
      return { type: 'bool', value: value === 'true' };
    case FIELD_INT:
      return integer(value);
    case FIELD_DOUBLE:
      return { type: 'float', value: Number(value.replace('Inf', 'Infinity')) };
    case FIELD_JSON:
      return jsonValue(value);
    default:
      return { type: 'string', value };
  }
}

/** An array of scalars; whatever else it is stays text. */
function jsonValue(text: string): Value {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { type: 'string', value: text };
  }
  if (!Array.isArray(parsed)) return { type: 'string', value: text };
  return { type: 'array', items: parsed.map(scalarValue) };
}

function scalarValue(item: unknown): Value {
  switch (typeof item) {
    case 'string':
      return { type: 'string', value: item };
    case 'boolean':
      return { type: 'bool', value: item };
    case 'number':
      return { type: Number.isInteger(item) ? 'int' : 'float', value: item };
    default:
      return item === null ? NIL : { type: 'string', value: JSON.stringify(item) };
  }
}
