/**
 * The events and links of one span, in the form of the batch (model/span-batch.ts).
 *
 * Model: they are written to a buffer of their own before the rest of the span, because what is left out of them is counted among the
 * span's fields, which stand in front of them.
 *
 * Invariants: never more than the limits say. A link to ids of a wrong length is left out; ids of zeros are kept, as the
 * OpenTelemetry specification asks for when a link has attributes.
 */
import { FIELD_INT, FieldWriter } from '../model/fields.ts';
import { DEFAULT_SPAN_LIMITS, type SpanLimits } from '../model/span-limits.ts';
import { ProtobufReader, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import { writeAttributes } from './attribute-list.ts';
import { RecordWriter } from './record-writer.ts';
import {
  EVENT_ATTRIBUTES,
  EVENT_DROPPED_ATTRIBUTES,
  EVENT_NAME,
  EVENT_TIME,
  LINK_ATTRIBUTES,
  LINK_DROPPED_ATTRIBUTES,
  LINK_SPAN_ID,
  LINK_TRACE_ID,
  LINK_TRACE_STATE,
} from './span-proto.ts';

const encoder = new TextEncoder();
/** Names as Jaeger's translation and the specification's "mapping to non-OTLP formats" have them. */
export const TRACE_STATE = encoder.encode('w3c.tracestate');
export const DROPPED_ATTRIBUTES = encoder.encode('otel.dropped_attributes_count');

const NO_BYTES = new Uint8Array(0);
const NO_ID = new Uint8Array(16);
const KEPT_BYTES = 1 << 20;

export class SpanParts {
  /** The events or links that were written last. */
  writer = new FieldWriter();
  /** How many they are, and how many were left out. */
  count = 0;
  left = 0;
  readonly #reader = new ProtobufReader();
  readonly #texts = new RecordWriter();
  #limits: SpanLimits = DEFAULT_SPAN_LIMITS;
  #idStart = 0;
  #idEnd = 0;

  begin(body: Uint8Array, limits: SpanLimits): void {
    this.#reader.reset(body);
    this.#texts.begin(body, this.writer);
    this.#limits = limits;
  }

  /** Lets go of the request's buffers. */
  end(): void {
    this.#reader.reset(NO_BYTES);
    this.#texts.end();
    if (this.writer.buffer.length > KEPT_BYTES) this.writer = new FieldWriter();
  }

  /** Writes the events under `field` among the fields in [start, end) of the body. */
  events(field: number, start: number, end: number): void {
    this.#each(field, start, end, this.#limits.maxEvents, false);
  }

  /** As `events`, for links. */
  links(field: number, start: number, end: number): void {
    this.#each(field, start, end, this.#limits.maxLinks, true);
  }

  #each(field: number, start: number, end: number, most: number, links: boolean): void {
    const reader = this.#reader;
    const { writer } = this;
    writer.clear();
    this.count = 0;
    this.left = 0;
    for (let at = start; at < end; ) {
      reader.within(at, end);
      reader.next();
      if (reader.field !== field) {
        reader.skip();
        at = reader.pos;
        continue;
      }
      const length = reader.length();
      const partAt = reader.pos;
      at = partAt + length;
      const begun = writer.length;
      let taken = this.count < most && begun + length <= this.#limits.maxEventsBytes;
      if (taken) taken = links ? this.#link(partAt, at) : this.#event(partAt, at);
      if (taken && writer.length <= this.#limits.maxEventsBytes) this.count++;
      else {
        writer.length = begun;
        this.left++;
      }
    }
  }

  #event(start: number, end: number): boolean {
    const reader = this.#reader;
    const { writer } = this;
    reader.within(start, end);
    let low = 0;
    let high = 0;
    let nameAt = 0;
    let nameEnd = 0;
    let dropped = 0;
    while (reader.next()) {
      if (reader.field === EVENT_TIME) {
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        low = reader.low;
        high = reader.high;
      } else if (reader.field === EVENT_NAME) {
        nameEnd = reader.length();
        nameAt = reader.pos;
        nameEnd += nameAt;
        reader.pos = nameEnd;
      } else if (reader.field === EVENT_DROPPED_ATTRIBUTES) {
        reader.expect(WIRE_VARINT);
        dropped = reader.uint32();
      } else reader.skip();
    }
    writer.fixed64(low, high);
    this.#texts.text(nameAt, nameEnd);
    const fieldsAt = writer.begin();
    this.#attributes(EVENT_ATTRIBUTES, start, end, dropped);
    writer.end(fieldsAt);
    return true;
  }

  #link(start: number, end: number): boolean {
    const reader = this.#reader;
    const { writer } = this;
    let dropped = 0;
    let stateAt = 0;
    let stateEnd = 0;
    writer.copy(NO_ID, 0, 16);
    writer.copy(NO_ID, 0, 8);
    const idsEnd = writer.length;
    reader.within(start, end);
    while (reader.next()) {
      if (reader.field === LINK_TRACE_ID) {
        if (!this.#id(16)) return false;
        writer.buffer.set(reader.bytes.subarray(this.#idStart, this.#idEnd), idsEnd - 24);
      } else if (reader.field === LINK_SPAN_ID) {
        if (!this.#id(8)) return false;
        writer.buffer.set(reader.bytes.subarray(this.#idStart, this.#idEnd), idsEnd - 8);
      } else if (reader.field === LINK_TRACE_STATE) {
        stateEnd = reader.length();
        stateAt = reader.pos;
        stateEnd += stateAt;
        reader.pos = stateEnd;
      } else if (reader.field === LINK_DROPPED_ATTRIBUTES) {
        reader.expect(WIRE_VARINT);
        dropped = reader.uint32();
      } else reader.skip();
    }
    const fieldsAt = writer.begin();
    if (stateEnd > stateAt) this.#texts.named(TRACE_STATE, stateAt, stateEnd);
    this.#attributes(LINK_ATTRIBUTES, start, end, dropped);
    writer.end(fieldsAt);
    return true;
  }

  /** Reads the current field as an id that may be empty; false when it has another length. */
  #id(bytes: number): boolean {
    const reader = this.#reader;
    const length = reader.length();
    this.#idStart = reader.pos;
    reader.pos += length;
    this.#idEnd = reader.pos;
    return length === 0 || length === bytes;
  }

  #attributes(field: number, start: number, end: number, dropped: number): void {
    const { writer } = this;
    const reader = this.#reader;
    const left = writeAttributes(reader, this.#texts, writer, field, start, end, this.#limits);
    writeCount(writer, DROPPED_ATTRIBUTES, dropped + left);
  }
}

/** Appends an int field with a count, unless it is 0. */
export function writeCount(writer: FieldWriter, key: Uint8Array, count: number): void {
  if (count === 0) return;
  writer.key(key, 0, key.length, FIELD_INT);
  writer.fixed64(count >>> 0, Math.floor(count / 4294967296));
}
