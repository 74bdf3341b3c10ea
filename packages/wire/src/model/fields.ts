/**
 * Fields: the attributes of one log record, span, event or link as bytes.
 *
 * Layout, repeated to the end: `varint(key bytes) key type value`, LEB128 lengths, the type one byte:
 *
 *   0 string   varint(length) UTF-8          3 double   8 bytes little-endian, the bits as they came
 *   1 bool     1 byte, 0 or 1                4 bytes    varint(length) raw
 *   2 int64    8 bytes little-endian         5 JSON     varint(length) UTF-8 JSON text (arrays, key-value lists)
 *
 * Keys are the sender's own names. Of equal keys the first one counts; writers may write both.
 *
 * Invariants: a FieldWriter never holds more than its limit; readers never read past the end they are given and throw DecodeError
 * when something would lie there.
 */
import { DecodeError, RequestLimitError } from './decode-error.ts';

export const FIELD_STRING = 0;
export const FIELD_BOOL = 1;
export const FIELD_INT = 2;
export const FIELD_DOUBLE = 3;
export const FIELD_BYTES = 4;
export const FIELD_JSON = 5;

const MOST_BYTES = 2 ** 30;
/** Ranges up to this size are copied in a loop: two views cost more. */
const SHORT_COPY = 96;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/**
 * Appends fields, and the other parts of a record, to a growing byte buffer. Keys are ranges of bytes or strings; 64-bit values
 * are two words. Throws RequestLimitError past `limit` bytes.
 */
export class FieldWriter {
  /** What has been written is `buffer[0, length)`. The buffer changes when it grows. */
  buffer: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  /** May be set back to a place before, which takes back what was written since. */
  length = 0;
  /** Bytes that may be written. */
  limit: number;

  constructor(limit: number = MOST_BYTES) {
    this.limit = limit;
  }

  clear(): void {
    this.length = 0;
  }

  /** A string field; the caller has checked that the value is UTF-8. */
  string(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.key(key, keyStart, keyEnd, FIELD_STRING);
    this.prefixed(value, valueStart, valueEnd);
  }

  /** A string field from strings. */
  text(key: string, value: string): void {
    this.prefixedText(key);
    this.byte(FIELD_STRING);
    this.prefixedText(value);
  }

  bool(key: Uint8Array, keyStart: number, keyEnd: number, value: boolean): void {
    this.key(key, keyStart, keyEnd, FIELD_BOOL);
    this.byte(value ? 1 : 0);
  }

  /** An int64 field from the two words of its two's complement. */
  int(key: Uint8Array, keyStart: number, keyEnd: number, low: number, high: number): void {
    this.key(key, keyStart, keyEnd, FIELD_INT);
    this.fixed64(low, high);
  }

  /** A double field from the two words of its bits. */
  double(key: Uint8Array, keyStart: number, keyEnd: number, low: number, high: number): void {
    this.key(key, keyStart, keyEnd, FIELD_DOUBLE);
    this.fixed64(low, high);
  }

  bytes(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.key(key, keyStart, keyEnd, FIELD_BYTES);
    this.prefixed(value, valueStart, valueEnd);
  }

  /** A JSON field; `json` is the text of an array or object. */
  json(key: Uint8Array, keyStart: number, keyEnd: number, json: string): void {
    this.key(key, keyStart, keyEnd, FIELD_JSON);
    this.prefixedText(json);
  }

  /** Begins a field: its key and type. The value follows. */
  key(key: Uint8Array, start: number, end: number, type: number): void {
    this.prefixed(key, start, end);
    this.byte(type);
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** An unsigned integer below 2^31. */
  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 127) {
      this.buffer[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  /** Eight bytes, little-endian. */
  fixed64(low: number, high: number): void {
    this.reserve(8);
    const { buffer } = this;
    const at = this.length;
    buffer[at] = low;
    buffer[at + 1] = low >>> 8;
    buffer[at + 2] = low >>> 16;
    buffer[at + 3] = low >>> 24;
    buffer[at + 4] = high;
    buffer[at + 5] = high >>> 8;
    buffer[at + 6] = high >>> 16;
    buffer[at + 7] = high >>> 24;
    this.length = at + 8;
  }

  /** The bytes `from[start, end)` alone. */
  copy(from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.reserve(length);
    const { buffer } = this;
    let at = this.length;
    if (length > SHORT_COPY) buffer.set(from.subarray(start, end), at);
    else for (let i = start; i < end; i++) buffer[at++] = from[i];
    this.length += length;
  }

  /** The length of the range, then its bytes. */
  prefixed(from: Uint8Array, start: number, end: number): void {
    this.varint(end - start);
    this.copy(from, start, end);
  }

  /** The length of the text in UTF-8, then the text; a lone surrogate becomes U+FFFD. */
  prefixedText(text: string): void {
    const start = this.begin();
    this.reserve(text.length * 3);
    this.length += encoder.encodeInto(text, this.buffer.subarray(this.length)).written;
    this.end(start);
  }

  /** Begins a part whose length is not known yet and stands in front of it; keep the result for `end`. */
  begin(): number {
    this.reserve(1);
    return ++this.length;
  }

  /** Ends the part that `begin` began: writes its length, moving the part when the length takes more than a byte. */
  end(start: number): void {
    const end = this.length;
    const length = end - start;
    let extra = 0;
    for (let rest = length; rest > 127; rest >>>= 7) extra++;
    if (extra > 0) {
      this.reserve(extra);
      this.buffer.copyWithin(start + extra, start, end);
    }
    this.length = start - 1;
    this.varint(length);
    this.length = end + extra;
  }

  /** Makes room for `length` more bytes. */
  reserve(length: number): void {
    const needed = this.length + length;
    if (needed > this.buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    if (needed > this.limit) {
      throw new RequestLimitError(`the records of one request take more than ${this.limit} bytes`);
    }
    const bigger = new Uint8Array(Math.max(needed, Math.min(this.buffer.length * 2, this.limit)));
    bigger.set(this.buffer.subarray(0, this.length));
    this.buffer = bigger;
  }
}

type VisitField = (
  keyStart: number,
  keyEnd: number,
  type: number,
  valueStart: number,
  valueEnd: number,
) => void;

/** Where the parts of a field lie; the value is without its length. */
export interface FieldRange {
  keyStart: number;
  keyEnd: number;
  type: number;
  valueStart: number;
  /** Where the next field begins. */
  valueEnd: number;
}

/**
 * Visits the fields in `bytes[start, end)` in order. Positions are in `bytes`; the value is without its length. Throws DecodeError
 * when the bytes are no fields.
 */
export function forEachField(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: VisitField,
): void {
  const range: FieldRange = { keyStart: 0, keyEnd: 0, type: 0, valueStart: 0, valueEnd: 0 };
  for (let at = start; at < end; at = range.valueEnd) {
    readField(bytes, at, end, range);
    visit(range.keyStart, range.keyEnd, range.type, range.valueStart, range.valueEnd);
  }
}

/** Reads where the field at `at` lies, which is before `end`. Throws DecodeError when there is none. */
export function readField(bytes: Uint8Array, at: number, end: number, into: FieldRange): void {
  if (end > bytes.length) throw new DecodeError('fields past the end', at);
  const keyLength = lengthAt(bytes, at, end);
  const keyStart = after;
  const keyEnd = keyStart + keyLength;
  // The type byte must be there too.
  if (keyEnd >= end) throw new DecodeError('field key past the end', at);
  const type = bytes[keyEnd];
  let valueStart = keyEnd + 1;
  let length = 8;
  if (type === FIELD_BOOL) length = 1;
  else if (type === FIELD_STRING || type === FIELD_BYTES || type === FIELD_JSON) {
    length = lengthAt(bytes, valueStart, end);
    valueStart = after;
  } else if (type !== FIELD_INT && type !== FIELD_DOUBLE) {
    throw new DecodeError(`field type ${type}`, keyEnd);
  }
  const valueEnd = valueStart + length;
  if (valueEnd > end) throw new DecodeError('field value past the end', valueStart);
  into.keyStart = keyStart;
  into.keyEnd = keyEnd;
  into.type = type;
  into.valueStart = valueStart;
  into.valueEnd = valueEnd;
}

/** Where the length that `lengthAt` read last ends. */
let after = 0;

function lengthAt(bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start, shift = 0; at < end && shift < 35; at++, shift += 7) {
    const byte = bytes[at];
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) {
      after = at + 1;
      return length;
    }
  }
  throw new DecodeError('truncated field length', start);
}

/** The value of a field as text: numbers and booleans as JSON writes them (int64 exact), bytes in base64. */
export function fieldText(
  bytes: Uint8Array,
  type: number,
  valueStart: number,
  valueEnd: number,
): string {
  switch (type) {
    case FIELD_BOOL:
      return bytes[valueStart] === 0 ? 'false' : 'true';
    case FIELD_INT:
      return intText(bytes, valueStart);
    case FIELD_DOUBLE:
      words[0] = wordAt(bytes, valueStart);
      words[1] = wordAt(bytes, valueStart + 4);
      return doubleText(number[0]);
    case FIELD_BYTES:
      return Buffer.from(bytes.subarray(valueStart, valueEnd)).toString('base64');
    default:
      return decoder.decode(bytes.subarray(valueStart, valueEnd));
  }
}

function intText(bytes: Uint8Array, at: number): string {
  const low = wordAt(bytes, at);
  const high = wordAt(bytes, at + 4);
  const value = (high | 0) * 4294967296 + low;
  if (Number.isSafeInteger(value)) return String(value);
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)).toString();
}

/** As the Collector's `Value.AsString` has it: what JSON has no number for is named. */
function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function wordAt(bytes: Uint8Array, at: number): number {
  const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  return word >>> 0;
}
