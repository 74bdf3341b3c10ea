/**
 * How OTLP/JSON maps to protobuf: for each message its keys with field number and type.
 *
 * Keys are lowerCamelCase; the proto names (snake_case) are accepted as well. Ids are hex, all other bytes base64, 64-bit integers
 * strings or numbers, enums integers or names (opentelemetry-proto docs/specification.md, "JSON Protobuf Encoding").
 */
export const TYPE_STRING = 1;
export const TYPE_BOOL = 2;
/** int32, uint32 and enums: a plain varint. */
export const TYPE_INT32 = 3;
export const TYPE_SINT32 = 4;
/** int64 as a varint. */
export const TYPE_INT64 = 5;
/** uint64 as a varint. */
const TYPE_UINT64 = 6;
export const TYPE_FIXED64 = 7;
export const TYPE_SFIXED64 = 8;
export const TYPE_DOUBLE = 9;
export const TYPE_HEX = 10;
export const TYPE_BASE64 = 11;
export const TYPE_MESSAGE = 12;
/** As TYPE_HEX, but what is no hex becomes an id of one byte, so that what it belongs to is refused and not the request. */
export const TYPE_ID = 13;

export interface JsonField {
  readonly number: number;
  readonly type: number;
  readonly repeated: boolean;
  /** The message of a TYPE_MESSAGE field. */
  readonly message: JsonMessage | null;
  /** Numbers by name, for enums. */
  readonly names: ReadonlyMap<string, number> | null;
}

interface Key {
  readonly name: Uint8Array;
  readonly field: JsonField;
}

/** The keys of one message, found by their bytes. */
export class JsonMessage {
  readonly #keys = new Map<number, Key[]>();

  add(name: string, field: JsonField): this {
    this.#addKey(name, field);
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (snake !== name) this.#addKey(snake, field);
    return this;
  }

  #addKey(name: string, field: JsonField): void {
    const bytes = new TextEncoder().encode(name);
    const hash = hashOf(bytes, 0, bytes.length);
    const same = this.#keys.get(hash) ?? [];
    this.#keys.set(hash, [...same, { name: bytes, field }]);
  }

  /** The field whose key is `bytes[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number): JsonField | undefined {
    const keys = this.#keys.get(hashOf(bytes, start, end));
    if (keys === undefined) return undefined;
    for (const { name, field } of keys) if (equal(name, bytes, start, end)) return field;
    return undefined;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0;
  return hash;
}

function equal(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}

export const one = (number: number, type: number): JsonField => ({
  number,
  type,
  repeated: false,
  message: null,
  names: null,
});
const many = (number: number, type: number): JsonField => ({
  ...one(number, type),
  repeated: true,
});
export const sub = (number: number, message: JsonMessage): JsonField => ({
  ...one(number, TYPE_MESSAGE),
  message,
});
export const subs = (number: number, message: JsonMessage): JsonField => ({
  ...sub(number, message),
  repeated: true,
});

export const anyValue = new JsonMessage();
export const keyValue = new JsonMessage()
  .add('key', one(1, TYPE_STRING))
  .add('value', sub(2, anyValue));
const arrayValue = new JsonMessage().add('values', subs(1, anyValue));
const keyValueList = new JsonMessage().add('values', subs(1, keyValue));
anyValue
  .add('stringValue', one(1, TYPE_STRING))
  .add('boolValue', one(2, TYPE_BOOL))
  .add('intValue', one(3, TYPE_INT64))
  .add('doubleValue', one(4, TYPE_DOUBLE))
  .add('arrayValue', sub(5, arrayValue))
  .add('kvlistValue', sub(6, keyValueList))
  .add('bytesValue', one(7, TYPE_BASE64));

export const resource = new JsonMessage().add('attributes', subs(1, keyValue));
export const scope = new JsonMessage()
  .add('name', one(1, TYPE_STRING))
  .add('version', one(2, TYPE_STRING))
  .add('attributes', subs(3, keyValue));

const exemplar = new JsonMessage()
  .add('filteredAttributes', subs(7, keyValue))
  .add('timeUnixNano', one(2, TYPE_FIXED64))
  .add('asDouble', one(3, TYPE_DOUBLE))
  .add('asInt', one(6, TYPE_SFIXED64))
  .add('spanId', one(4, TYPE_HEX))
  .add('traceId', one(5, TYPE_HEX));

/** Start and time have the same numbers in every kind of point. */
const point = () =>
  new JsonMessage()
    .add('startTimeUnixNano', one(2, TYPE_FIXED64))
    .add('timeUnixNano', one(3, TYPE_FIXED64));

const numberPoint = point()
  .add('attributes', subs(7, keyValue))
  .add('asDouble', one(4, TYPE_DOUBLE))
  .add('asInt', one(6, TYPE_SFIXED64))
  .add('exemplars', subs(5, exemplar))
  .add('flags', one(8, TYPE_INT32));

const histogramPoint = point()
  .add('attributes', subs(9, keyValue))
  .add('count', one(4, TYPE_FIXED64))
  .add('sum', one(5, TYPE_DOUBLE))
  .add('bucketCounts', many(6, TYPE_FIXED64))
  .add('explicitBounds', many(7, TYPE_DOUBLE))
  .add('exemplars', subs(8, exemplar))
  .add('flags', one(10, TYPE_INT32));

const buckets = new JsonMessage()
  .add('offset', one(1, TYPE_SINT32))
  .add('bucketCounts', many(2, TYPE_UINT64));

const exponentialPoint = point()
  .add('attributes', subs(1, keyValue))
  .add('count', one(4, TYPE_FIXED64))
  .add('sum', one(5, TYPE_DOUBLE))
  .add('scale', one(6, TYPE_SINT32))
  .add('zeroCount', one(7, TYPE_FIXED64))
  .add('positive', sub(8, buckets))
  .add('negative', sub(9, buckets))
  .add('flags', one(10, TYPE_INT32))
  .add('exemplars', subs(11, exemplar))
  .add('zeroThreshold', one(14, TYPE_DOUBLE));

const quantile = new JsonMessage()
  .add('quantile', one(1, TYPE_DOUBLE))
  .add('value', one(2, TYPE_DOUBLE));

const summaryPoint = point()
  .add('attributes', subs(7, keyValue))
  .add('count', one(4, TYPE_FIXED64))
  .add('sum', one(5, TYPE_DOUBLE))
  .add('quantileValues', subs(6, quantile))
  .add('flags', one(8, TYPE_INT32));

const temporality: JsonField = {
  ...one(2, TYPE_INT32),
  names: new Map([
    ['AGGREGATION_TEMPORALITY_UNSPECIFIED', 0],
    ['AGGREGATION_TEMPORALITY_DELTA', 1],
    ['AGGREGATION_TEMPORALITY_CUMULATIVE', 2],
  ]),
};

const data = (points: JsonMessage) => new JsonMessage().add('dataPoints', subs(1, points));
const metric = new JsonMessage()
  .add('name', one(1, TYPE_STRING))
  .add('description', one(2, TYPE_STRING))
  .add('unit', one(3, TYPE_STRING))
  .add('gauge', sub(5, data(numberPoint)))
  .add(
    'sum',
    sub(
      7,
      data(numberPoint)
        .add('aggregationTemporality', temporality)
        .add('isMonotonic', one(3, TYPE_BOOL)),
    ),
  )
  .add('histogram', sub(9, data(histogramPoint).add('aggregationTemporality', temporality)))
  .add(
    'exponentialHistogram',
    sub(10, data(exponentialPoint).add('aggregationTemporality', temporality)),
  )
  .add('summary', sub(11, data(summaryPoint)));

const scopeMetrics = new JsonMessage()
  .add('scope', sub(1, scope))
  .add('metrics', subs(2, metric))
  .add('schemaUrl', one(3, TYPE_STRING));

const resourceMetrics = new JsonMessage()
  .add('resource', sub(1, resource))
  .add('scopeMetrics', subs(2, scopeMetrics))
  .add('schemaUrl', one(3, TYPE_STRING));

/** ExportMetricsServiceRequest. */
export const METRICS_REQUEST = new JsonMessage().add('resourceMetrics', subs(1, resourceMetrics));
