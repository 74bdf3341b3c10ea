/**
 * One Span into a batch.
 *
 * Model: the span's fields are walked once to learn where its parts lie and what its numbers are, then its parts are written in the
 * order of the batch (model/span-batch.ts). Attributes, events and links each follow one another in what serializers write, so the
 * second walk of each goes from the first one to the last.
 *
 * Choices: a span that ends before it starts is kept and lasts no time, as Jaeger has it; one without a start begins when it ends;
 * one with neither is refused. Kinds and status codes that are not known count as 0. Ids of a wrong length, and trace and span
 * ids of zeros, refuse the span; a parent id of zeros is none. Text that is not UTF-8 and values nested too deep refuse the span.
 *
 * Invariants: all of a span is in the batch or nothing; what is past a limit is left out of the span and counted in its fields.
 */

import type { FieldWriter } from '../model/fields.ts';
import type { RejectReason } from '../model/refusals.ts';
import { SpanBatch } from '../model/span-batch.ts';
import { DEFAULT_SPAN_LIMITS, type SpanLimits } from '../model/span-limits.ts';
import { ProtobufReader, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import { writeAttributes } from './attribute-list.ts';
import { forget, note, type Place } from './place.ts';
import { RecordWriter } from './record-writer.ts';
import type { ItemReader } from './resource-walk.ts';
import { ScopeFields } from './scope-fields.ts';
import { DROPPED_ATTRIBUTES, SpanParts, TRACE_STATE, writeCount } from './span-parts.ts';
import {
  SPAN_ATTRIBUTES,
  SPAN_DROPPED_ATTRIBUTES,
  SPAN_DROPPED_EVENTS,
  SPAN_DROPPED_LINKS,
  SPAN_END,
  SPAN_EVENTS,
  SPAN_KIND,
  SPAN_LINKS,
  SPAN_NAME,
  SPAN_PARENT_ID,
  SPAN_SPAN_ID,
  SPAN_START,
  SPAN_STATUS,
  SPAN_TRACE_ID,
  SPAN_TRACE_STATE,
  STATUS_CODE,
  STATUS_MESSAGE,
} from './span-proto.ts';
import { AttributeError, lenientText } from './text.ts';
import { millisecondsOf } from './time.ts';

const encoder = new TextEncoder();
const STATUS_DESCRIPTION = encoder.encode('otel.status_description');
const DROPPED_EVENTS = encoder.encode('otel.dropped_events_count');
const DROPPED_LINKS = encoder.encode('otel.dropped_links_count');

const NO_BYTES = new Uint8Array(0);
const NO_ID = new Uint8Array(8);
const NO_BATCH = new SpanBatch(1);
const LAST_KIND = 5;
const LAST_STATUS = 2;

/** Places of repeated fields are the stretch from the first of them to the end of the last. */
export class SpanReader implements ItemReader<SpanBatch> {
  readonly items = 'spans';
  readonly #scope = new ScopeFields('otel.scope.name', 'otel.scope.version');
  readonly #reader = new ProtobufReader();
  readonly #texts = new RecordWriter();
  readonly #eventParts = new SpanParts();
  readonly #linkParts = new SpanParts();
  #batch = NO_BATCH;
  #limits: SpanLimits = DEFAULT_SPAN_LIMITS;
  readonly #traceId: Place = { start: 0, end: 0 };
  readonly #spanId: Place = { start: 0, end: 0 };
  readonly #parentId: Place = { start: 0, end: 0 };
  readonly #traceState: Place = { start: 0, end: 0 };
  readonly #name: Place = { start: 0, end: 0 };
  readonly #message: Place = { start: 0, end: 0 };
  readonly #attributes: Place = { start: 0, end: 0 };
  readonly #events: Place = { start: 0, end: 0 };
  readonly #links: Place = { start: 0, end: 0 };
  #kind = 0;
  #status = 0;
  #startLo = 0;
  #startHi = 0;
  #endLo = 0;
  #endHi = 0;
  #droppedAttributes = 0;
  #droppedEvents = 0;
  #droppedLinks = 0;

  begin(body: Uint8Array, limits: SpanLimits, batch: SpanBatch): void {
    this.#reader.reset(body);
    this.#texts.begin(body, batch.writer);
    this.#scope.begin(body);
    this.#eventParts.begin(body, limits);
    this.#linkParts.begin(body, limits);
    this.#batch = batch;
    this.#limits = limits;
  }

  /** Lets go of the request's buffers. */
  end(): void {
    this.#reader.reset(NO_BYTES);
    this.#texts.end();
    this.#scope.end();
    this.#eventParts.end();
    this.#linkParts.end();
    this.#batch = NO_BATCH;
  }

  beginScope(start: number, end: number, batch: SpanBatch): string {
    return this.#scope.read(start, end, batch);
  }

  /** Reads the span in [start, end) of the body. Throws DecodeError when it is damaged. */
  read(start: number, end: number, stream: number): void {
    const batch = this.#batch;
    const at = batch.writer.length;
    try {
      this.#find(start, end);
      if (!this.#admit()) return;
      this.#write(this.#scope.writer);
    } catch (error) {
      if (!(error instanceof AttributeError)) throw error;
      batch.writer.length = at;
      this.#refuse('invalid_value', error.message);
      return;
    }
    const row = batch.push(stream, at);
    batch.startLo[row] = this.#startLo;
    batch.startHi[row] = this.#startHi;
    batch.endLo[row] = this.#endLo;
    batch.endHi[row] = this.#endHi;
    batch.kind[row] = this.#kind;
    batch.status[row] = this.#status;
  }

  /** Counts the span in [start, end) as refused. */
  refuse(start: number, end: number, reason: RejectReason, problem: string): void {
    this.#find(start, end);
    this.#refuse(reason, problem);
  }

  #forget(): void {
    forget(this.#traceId);
    forget(this.#spanId);
    forget(this.#parentId);
    forget(this.#traceState);
    forget(this.#name);
    forget(this.#message);
    forget(this.#attributes);
    forget(this.#events);
    forget(this.#links);
    this.#kind = 0;
    this.#status = 0;
    this.#startLo = 0;
    this.#startHi = 0;
    this.#endLo = 0;
    this.#endHi = 0;
    this.#droppedAttributes = 0;
    this.#droppedEvents = 0;
    this.#droppedLinks = 0;
  }

  /** The first walk: where the parts of the span lie. */
  #find(start: number, end: number): void {
    const reader = this.#reader;
    this.#forget();
    reader.within(start, end);
    for (let at = start; reader.next(); at = reader.pos) {
      switch (reader.field) {
        case SPAN_TRACE_ID:
          note(reader, this.#traceId);
          break;
        case SPAN_SPAN_ID:
          note(reader, this.#spanId);
          break;
        case SPAN_TRACE_STATE:
          note(reader, this.#traceState);
          break;
        case SPAN_PARENT_ID:
          note(reader, this.#parentId);
          break;
        case SPAN_NAME:
          note(reader, this.#name);
          break;
        case SPAN_START:
          reader.expect(WIRE_FIXED64);
          reader.fixed64();
          this.#startLo = reader.low;
          this.#startHi = reader.high;
          break;
        case SPAN_END:
          reader.expect(WIRE_FIXED64);
          reader.fixed64();
          this.#endLo = reader.low;
          this.#endHi = reader.high;
          break;
        case SPAN_ATTRIBUTES:
          stretch(reader, at, this.#attributes);
          break;
        case SPAN_EVENTS:
          stretch(reader, at, this.#events);
          break;
        case SPAN_LINKS:
          stretch(reader, at, this.#links);
          break;
        case SPAN_STATUS:
          this.#readStatus();
          break;
        default:
          this.#findNumber();
      }
    }
  }

  #findNumber(): void {
    const reader = this.#reader;
    const { field } = reader;
    if (
      field !== SPAN_KIND &&
      field !== SPAN_DROPPED_ATTRIBUTES &&
      field !== SPAN_DROPPED_EVENTS &&
      field !== SPAN_DROPPED_LINKS
    ) {
      reader.skip();
      return;
    }
    reader.expect(WIRE_VARINT);
    reader.varint();
    const value = reader.high === 0 ? reader.low : 0;
    if (field === SPAN_KIND) this.#kind = value <= LAST_KIND ? value : 0;
    else if (field === SPAN_DROPPED_ATTRIBUTES) this.#droppedAttributes = value;
    else if (field === SPAN_DROPPED_EVENTS) this.#droppedEvents = value;
    else this.#droppedLinks = value;
  }

  #readStatus(): void {
    const reader = this.#reader;
    const outer = reader.enter();
    while (reader.next()) {
      if (reader.field === STATUS_MESSAGE) note(reader, this.#message);
      else if (reader.field === STATUS_CODE) {
        reader.expect(WIRE_VARINT);
        reader.varint();
        this.#status = reader.high === 0 && reader.low <= LAST_STATUS ? reader.low : 0;
      } else reader.skip();
    }
    reader.leave(outer);
  }

  /** Checks ids and times, and puts the times in order; false when the span was refused. */
  #admit(): boolean {
    if (!this.#isId(this.#traceId, 16)) return this.#refuseId('trace', this.#traceId);
    if (!this.#isId(this.#spanId, 8)) return this.#refuseId('span', this.#spanId);
    const { start, end } = this.#parentId;
    if (end !== start && end - start !== 8) return this.#refuseId('parent', this.#parentId);
    if (this.#startLo === 0 && this.#startHi === 0) {
      if (this.#endLo === 0 && this.#endHi === 0) {
        return this.#refuse('invalid_value', 'start_time_unix_nano is not set');
      }
      this.#startLo = this.#endLo;
      this.#startHi = this.#endHi;
    } else if (
      this.#endHi < this.#startHi ||
      (this.#endHi === this.#startHi && this.#endLo < this.#startLo)
    ) {
      this.#endLo = this.#startLo;
      this.#endHi = this.#startHi;
    }
    const from = millisecondsOf(this.#startLo, this.#startHi);
    if (from < this.#limits.minTime) {
      return this.#refuse('too_old', `start ${from} is before retention`);
    }
    const to = millisecondsOf(this.#endLo, this.#endHi);
    if (to <= this.#limits.maxTime) return true;
    return this.#refuse('too_far_in_future', `end ${to} is too far in the future`);
  }

  #isId({ start, end }: Place, length: number): boolean {
    if (end - start !== length) return false;
    const { bytes } = this.#reader;
    for (let i = start; i < end; i++) if (bytes[i] !== 0) return true;
    return false;
  }

  #refuseId(which: string, { start, end }: Place): false {
    const length = end - start;
    const wanted = which === 'trace' ? 16 : 8;
    if (which !== 'parent' && length === wanted) {
      return this.#refuse('invalid_id', `${which} id of zeros`);
    }
    // One byte stands for text that is none, too (zipkin/span-output.ts).
    const problem =
      length === 1 ? `id that is not ${wanted} bytes in hex` : `id of ${length} bytes`;
    return this.#refuse('invalid_id', `${which} ${problem}`);
  }

  #refuse(reason: RejectReason, problem: string): false {
    const batch = this.#batch;
    if (!batch.explains(reason)) batch.reject(reason, '');
    else {
      const name = lenientText(this.#reader.bytes, this.#name.start, this.#name.end);
      batch.reject(reason, `span ${JSON.stringify(name)}: ${problem}`);
    }
    return false;
  }

  #write(scope: FieldWriter): void {
    const { writer } = this.#batch;
    const { bytes } = this.#reader;
    const { start: parent, end: parentEnd } = this.#parentId;
    writer.copy(bytes, this.#traceId.start, this.#traceId.end);
    writer.copy(bytes, this.#spanId.start, this.#spanId.end);
    if (parentEnd > parent) writer.copy(bytes, parent, parentEnd);
    else writer.copy(NO_ID, 0, 8);
    this.#texts.text(this.#name.start, this.#name.end);
    const events = this.#eventParts;
    const links = this.#linkParts;
    events.events(SPAN_EVENTS, this.#events.start, this.#events.end);
    links.links(SPAN_LINKS, this.#links.start, this.#links.end);
    const fieldsAt = writer.begin();
    this.#writeFields(this.#droppedEvents + events.left, this.#droppedLinks + links.left);
    writer.copy(scope.buffer, 0, scope.length);
    writer.end(fieldsAt);
    writer.varint(events.count);
    writer.copy(events.writer.buffer, 0, events.writer.length);
    writer.varint(links.count);
    writer.copy(links.writer.buffer, 0, links.writer.length);
  }

  #writeFields(droppedEvents: number, droppedLinks: number): void {
    const { writer } = this.#batch;
    const texts = this.#texts;
    const { start, end } = this.#attributes;
    const left = writeAttributes(
      this.#reader,
      texts,
      writer,
      SPAN_ATTRIBUTES,
      start,
      end,
      this.#limits,
    );
    const { start: messageStart, end: messageEnd } = this.#message;
    if (messageEnd > messageStart) texts.named(STATUS_DESCRIPTION, messageStart, messageEnd);
    const { start: stateStart, end: stateEnd } = this.#traceState;
    if (stateEnd > stateStart) texts.named(TRACE_STATE, stateStart, stateEnd);
    writeCount(writer, DROPPED_ATTRIBUTES, this.#droppedAttributes + left);
    writeCount(writer, DROPPED_EVENTS, droppedEvents);
    writeCount(writer, DROPPED_LINKS, droppedLinks);
  }
}

/** Notes one of a repeated field, which begins with its tag at `at`, and steps over it. */
function stretch(reader: ProtobufReader, at: number, place: Place): void {
  const length = reader.length();
  reader.pos += length;
  if (place.end === 0) place.start = at;
  place.end = reader.pos;
}
