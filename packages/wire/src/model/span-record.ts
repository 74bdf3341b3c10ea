/**
 * Reads the record of a span (span-batch.ts has its layout) into a plain object, for answers.
 *
 * Invariants: nothing is read outside of [at, at + length); a damaged record throws DecodeError. Of equal keys the first counts.
 */
import { DecodeError } from './decode-error.ts';
import { FIELD_STRING, fieldText, forEachField } from './fields.ts';
import { textOfBytes } from './short-text.ts';

/** One field: its type is one of the FIELD_ constants, its value text as `fieldText` gives it. */
export interface SpanField {
  key: string;
  type: number;
  value: string;
}

export interface SpanEvent {
  /** Unix nanoseconds, unsigned. */
  timeLo: number;
  timeHi: number;
  name: string;
  fields: SpanField[];
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  fields: SpanField[];
}

export interface SpanRecord {
  /** 32 hex digits. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
  /** 16 hex digits, or '' when there is none. */
  parentId: string;
  name: string;
  fields: SpanField[];
  events: SpanEvent[];
  links: SpanLink[];
}

/** Reads the record in `side[at, at + length)`. Throws DecodeError when it is damaged. */
export function readSpan(side: Uint8Array, at: number, length: number): SpanRecord {
  if (at + length > side.length) throw new DecodeError('span record past the end', at);
  const cursor = new Cursor(side, at, at + length);
  const traceId = cursor.hex(16);
  const spanId = cursor.hex(8);
  const parentId = cursor.hex(8);
  const name = cursor.text();
  const fields = cursor.fields();
  const events = readEvents(cursor);
  const links = readLinks(cursor);
  if (cursor.at !== cursor.end) throw new DecodeError('bytes after a span record', cursor.at);
  return {
    traceId,
    spanId,
    parentId: parentId === '0000000000000000' ? '' : parentId,
    name,
    fields,
    events,
    links,
  };
}

/** The events and links in bytes[start, end), which is how a span's record ends. Throws DecodeError when they are damaged. */
export function readSpanTail(
  bytes: Uint8Array,
  start: number,
  end: number,
): Pick<SpanRecord, 'events' | 'links'> {
  if (end > bytes.length) throw new DecodeError('span record past the end', start);
  const cursor = new Cursor(bytes, start, end);
  const events = readEvents(cursor);
  const links = readLinks(cursor);
  if (cursor.at !== end) throw new DecodeError('bytes after a span record', cursor.at);
  return { events, links };
}

function readEvents(cursor: Cursor): SpanEvent[] {
  const events: SpanEvent[] = [];
  for (let left = cursor.varint(); left > 0; left--) {
    const timeLo = cursor.word();
    const timeHi = cursor.word();
    events.push({ timeLo, timeHi, name: cursor.text(), fields: cursor.fields() });
  }
  return events;
}

function readLinks(cursor: Cursor): SpanLink[] {
  const links: SpanLink[] = [];
  for (let left = cursor.varint(); left > 0; left--) {
    links.push({ traceId: cursor.hex(16), spanId: cursor.hex(8), fields: cursor.fields() });
  }
  return links;
}

class Cursor {
  at: number;
  readonly end: number;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
    this.end = end;
  }

  /** Steps over `length` bytes and returns where they begin. */
  #step(length: number): number {
    const { at } = this;
    if (length > this.end - at) throw new DecodeError('truncated span record', at);
    this.at = at + length;
    return at;
  }

  hex(length: number): string {
    const at = this.#step(length);
    return this.#bytes.toString('hex', at, this.at);
  }

  word(): number {
    const at = this.#step(4);
    const bytes = this.#bytes;
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    return word >>> 0;
  }

  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#step(1)];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new DecodeError('number above 35 bits', this.at);
  }

  text(): string {
    const length = this.varint();
    const at = this.#step(length);
    return textOfBytes(this.#bytes, at, this.at);
  }

  fields(): SpanField[] {
    const length = this.varint();
    const start = this.#step(length);
    const bytes = this.#bytes;
    const fields: SpanField[] = [];
    // Few spans have so many that looking through them costs more than a set.
    let keys: Set<string> | undefined;
    forEachField(bytes, start, this.at, (keyStart, keyEnd, type, valueStart, valueEnd) => {
      const key = textOfBytes(bytes, keyStart, keyEnd);
      if (keys === undefined && fields.length === FEW_FIELDS) {
        keys = new Set(fields.map((field) => field.key));
      }
      if (keys?.has(key) ?? fields.some((field) => field.key === key)) return;
      keys?.add(key);
      const isText = type === FIELD_STRING;
      const value = isText
        ? textOfBytes(bytes, valueStart, valueEnd)
        : fieldText(bytes, type, valueStart, valueEnd);
      fields.push({ key, type, value });
    });
    return fields;
  }
}

const FEW_FIELDS = 16;
