/**
 * One LogRecord into a batch.
 *
 * Model: the record's fields are walked once to learn where its parts lie and what its numbers are, then its parts are written in the
 * order of the batch. Attributes follow one another in what serializers write; the second walk begins at the first one.
 *
 * Invariants: all of a record is in the batch or nothing. Ids that are not 16 or 8 bytes long, or all zero, count as absent (the
 * protocol's rule for invalid ids). A record never takes more than its limits say: a longer body is cut, fields that no longer fit
 * are dropped and counted in the field `dropped_attributes_count` together with those that the sender dropped. A record without a
 * severity has the level of its body (found-level.ts).
 */
import { FIELD_INT, forEachField } from '../model/fields.ts';
import { foundLevel } from '../model/found-level.ts';
import { LogBatch, RECORD_SPAN_ID, RECORD_TRACE_ID } from '../model/log-batch.ts';
import { cutUtf8, type LogLimits } from '../model/log-limits.ts';
import { nanos, setNanos } from '../model/nanos.ts';
import type { RejectReason } from '../model/refusals.ts';
import { ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import { type AttributeLimits, writeAttributes } from './attribute-list.ts';
import {
  RECORD_ATTRIBUTES,
  RECORD_BODY,
  RECORD_DROPPED_ATTRIBUTES,
  RECORD_EVENT_NAME,
  RECORD_OBSERVED_TIME,
  RECORD_SEVERITY_NUMBER,
  RECORD_SEVERITY_TEXT,
  RECORD_SPAN,
  RECORD_TIME,
  RECORD_TRACE,
} from './log-fields.ts';
import { RecordWriter } from './record-writer.ts';
import type { ItemReader } from './resource-walk.ts';
import { ScopeFields } from './scope-fields.ts';
import { AttributeError } from './text.ts';
import { millisecondsOf } from './time.ts';

const ascii = (text: string) => new TextEncoder().encode(text);
const SEVERITY_TEXT = ascii('severity_text');
const EVENT_NAME = ascii('event_name');
const DROPPED = ascii('dropped_attributes_count');
const MOST_SEVERE = 24;
/** Longer severity texts and event names are cut. */
const MAX_NAME_BYTES = 4096;

export class LogRecordReader implements ItemReader<LogBatch> {
  readonly items = 'log records';
  readonly #scope = new ScopeFields('scope_name', 'scope_version');
  readonly #reader = new ProtobufReader();
  readonly #texts = new RecordWriter();
  #batch = new LogBatch(1);
  #limits: LogLimits | undefined;
  #nowLow = 0;
  #nowHigh = 0;
  /** What the fields of the scope, which end each of its records, leave room for. */
  #attributeLimits: AttributeLimits = { maxFields: 0, maxFieldsBytes: 0 };

  begin(body: Uint8Array, limits: LogLimits, batch: LogBatch): void {
    this.#reader.reset(body);
    this.#texts.begin(body, batch.writer);
    this.#scope.begin(body);
    this.#batch = batch;
    this.#limits = limits;
    setNanos(limits.now, 1e6, 0);
    this.#nowLow = nanos[0];
    this.#nowHigh = nanos[1];
  }

  /** Lets go of the request's buffers. */
  end(): void {
    this.#reader.reset(new Uint8Array(0));
    this.#texts.end();
    this.#batch = new LogBatch(1);
    this.#limits = undefined;
    this.#scope.end();
  }

  beginScope(start: number, end: number, batch: LogBatch): string {
    const problem = this.#scope.read(start, end, batch);
    const { buffer, length } = this.#scope.writer;
    let fields = 0;
    forEachField(buffer, 0, length, () => fields++);
    const { maxFields = 0, maxFieldsBytes = 0 } = this.#limits ?? {};
    this.#attributeLimits = { maxFields: maxFields - fields, maxFieldsBytes };
    return problem;
  }

  refuse(_start: number, _end: number, reason: RejectReason, problem: string): void {
    this.#batch.reject(reason, problem);
  }

  /** Reads the record in [start, end) of the body. Throws DecodeError when it is damaged. */
  read(start: number, end: number, stream: number): void {
    const batch = this.#batch;
    const at = batch.writer.length;
    try {
      this.#read(start, end, stream);
    } catch (error) {
      if (!(error instanceof AttributeError)) throw error;
      batch.writer.length = at;
      batch.reject('invalid_value', `log record: ${error.message}`);
    }
  }

  #read(start: number, end: number, stream: number): void {
    const reader = this.#reader;
    const limits = this.#limits;
    if (limits === undefined) return;
    reader.within(start, end);
    let tLo = 0;
    let tHi = 0;
    let observedLow = 0;
    let observedHigh = 0;
    let severity = 0;
    let severityAt = 0;
    let severityEnd = 0;
    let bodyLengthAt = 0;
    let bodyAt = 0;
    let bodyEnd = 0;
    let attributesAt = 0;
    let attributesEnd = 0;
    let dropped = 0;
    let traceAt = 0;
    let spanAt = 0;
    let eventAt = 0;
    let eventEnd = 0;
    for (let at = start; reader.next(); at = reader.pos) {
      switch (reader.field) {
        case RECORD_TIME:
          reader.expect(WIRE_FIXED64);
          reader.fixed64();
          tLo = reader.low;
          tHi = reader.high;
          break;
        case RECORD_OBSERVED_TIME:
          reader.expect(WIRE_FIXED64);
          reader.fixed64();
          observedLow = reader.low;
          observedHigh = reader.high;
          break;
        case RECORD_SEVERITY_NUMBER:
          reader.expect(WIRE_VARINT);
          severity = reader.int32();
          break;
        case RECORD_SEVERITY_TEXT:
          severityEnd = reader.length();
          severityAt = reader.pos;
          severityEnd += severityAt;
          reader.pos = severityEnd;
          break;
        case RECORD_BODY:
          bodyLengthAt = reader.pos;
          bodyEnd = reader.length();
          bodyAt = reader.pos;
          bodyEnd += bodyAt;
          reader.pos = bodyEnd;
          break;
        case RECORD_ATTRIBUTES:
          if (attributesAt === 0) attributesAt = at;
          reader.expect(WIRE_BYTES);
          reader.skip();
          attributesEnd = reader.pos;
          break;
        case RECORD_DROPPED_ATTRIBUTES:
          reader.expect(WIRE_VARINT);
          dropped = reader.uint32();
          break;
        case RECORD_TRACE:
          traceAt = this.#id(16);
          break;
        case RECORD_SPAN:
          spanAt = this.#id(8);
          break;
        case RECORD_EVENT_NAME:
          eventEnd = reader.length();
          eventAt = reader.pos;
          eventEnd += eventAt;
          reader.pos = eventEnd;
          break;
        default:
          reader.skip();
      }
    }
    const batch = this.#batch;
    if (tLo === 0 && tHi === 0) {
      tLo = observedLow;
      tHi = observedHigh;
      if (tLo === 0 && tHi === 0) {
        tLo = this.#nowLow;
        tHi = this.#nowHigh;
        batch.untimed++;
      }
    }
    if (!this.#admit(millisecondsOf(tLo, tHi), limits)) return;
    const { writer } = batch;
    const scope = this.#scope.writer;
    const at = writer.length;
    writer.byte((traceAt > 0 ? RECORD_TRACE_ID : 0) | (spanAt > 0 ? RECORD_SPAN_ID : 0));
    if (traceAt > 0) writer.copy(reader.bytes, traceAt, traceAt + 16);
    if (spanAt > 0) writer.copy(reader.bytes, spanAt, spanAt + 8);
    const textAt = writer.length;
    if (bodyEnd > bodyAt) {
      if (this.#texts.body(bodyLengthAt, bodyAt, bodyEnd, limits.maxBodyBytes)) {
        batch.reject('label_limit', `log body cut at ${limits.maxBodyBytes} bytes`, 0);
      }
    } else writer.varint(0);
    const fieldsAt = writer.length;
    if (severityEnd > severityAt) this.#named(SEVERITY_TEXT, severityAt, severityEnd);
    if (eventEnd > eventAt) this.#named(EVENT_NAME, eventAt, eventEnd);
    if (attributesEnd > 0) dropped += this.#attributes(attributesAt, attributesEnd, fieldsAt);
    writer.copy(scope.buffer, 0, scope.length);
    if (dropped > 0) {
      writer.key(DROPPED, 0, DROPPED.length, FIELD_INT);
      writer.fixed64(dropped >>> 0, Math.floor(dropped / 4294967296));
    }
    const isSent = severity >= 1 && severity <= MOST_SEVERE;
    const level = isSent ? severity : this.#foundLevel(textAt, fieldsAt);
    batch.push(stream, tLo, tHi, level, at);
  }

  /** The level of the record in the writer whose body stands at `textAt`, behind its length. */
  #foundLevel(textAt: number, fieldsAt: number): number {
    const { buffer, length } = this.#batch.writer;
    let bodyAt = textAt;
    while (buffer[bodyAt] > 127) bodyAt++;
    return foundLevel(buffer, bodyAt + 1, fieldsAt, length);
  }

  /** Writes the attributes in [start, end), between which other fields may lie; returns how many were dropped. */
  #attributes(start: number, end: number, fieldsAt: number): number {
    const dropped = writeAttributes(
      this.#reader,
      this.#texts,
      this.#batch.writer,
      RECORD_ATTRIBUTES,
      start,
      end,
      this.#attributeLimits,
      fieldsAt,
    );
    if (dropped > 0) {
      const explanation = `${dropped} attributes of a log record were dropped`;
      this.#batch.reject('label_limit', explanation, 0);
    }
    return dropped;
  }

  #named(key: Uint8Array, start: number, end: number): void {
    this.#texts.named(key, start, cutUtf8(this.#reader.bytes, start, end, MAX_NAME_BYTES));
  }

  #admit(t: number, limits: LogLimits): boolean {
    if (t >= limits.minTime && t <= limits.maxTime) return true;
    const batch = this.#batch;
    const reason = t < limits.minTime ? 'too_old' : 'too_far_in_future';
    const place = t < limits.minTime ? 'before retention' : 'too far in the future';
    batch.reject(reason, batch.explains(reason) ? `log record: time ${t} is ${place}` : '');
    return false;
  }

  /** Where the id that is the current field lies, 0 when it is none. */
  #id(bytes: number): number {
    const reader = this.#reader;
    const length = reader.length();
    const at = reader.pos;
    reader.pos = at + length;
    if (length !== bytes) return 0;
    for (let i = at; i < reader.pos; i++) if (reader.bytes[i] !== 0) return at;
    return 0;
  }
}
