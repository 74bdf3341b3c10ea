/**
 * Puts a log record together whose parts come in any order: for Loki's push and for plain lines.
 *
 * Model: fields are collected in a buffer of their own; `push` writes ids, body and fields to the batch. Text that is not UTF-8 gets
 * U+FFFD where it is wrong, as these senders forward whatever a file holds.
 *
 * Invariants: a record never takes more than its limits say: a longer body is cut, fields that no longer fit are dropped and counted in
 * the field `dropped_attributes_count`. A record without a severity or a field for it has the level of its body, as found-level.ts has it.
 */
import { isUtf8 } from 'node:buffer';
import { millisecondsOf } from '../otlp/time.ts';
import { RequestLimitError } from './decode-error.ts';
import { type FIELD_JSON, FIELD_STRING, FieldWriter } from './fields.ts';
import { keyTellsLevel } from './level-names.ts';
import { levelOfLine } from './line-level.ts';
import { LogBatch, RECORD_SPAN_ID, RECORD_TRACE_ID } from './log-batch.ts';
import { cutUtf8, DEFAULT_LOG_LIMITS, type LogLimits } from './log-limits.ts';
import { nanos, setNanos } from './nanos.ts';

const DROPPED = new TextEncoder().encode('dropped_attributes_count');
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class RecordBuilder {
  /** 0 to 24, as it was sent. */
  severity = 0;
  /** Time of the record as two words; 0 and 0 when it has none of its own. */
  tLo = 0;
  tHi = 0;
  readonly #fields = new FieldWriter();
  readonly #trace = new Uint8Array(16);
  readonly #span = new Uint8Array(8);
  #flags = 0;
  #count = 0;
  #dropped = 0;
  /** Whether a field tells the level. */
  #hasLevel = false;
  #batch = new LogBatch(1);
  #limits: LogLimits = { ...DEFAULT_LOG_LIMITS, now: 0 };

  begin(limits: LogLimits, batch: LogBatch): void {
    this.#limits = limits;
    this.#batch = batch;
    this.clear();
  }

  /** Lets go of the request's batch. */
  end(): void {
    this.#batch = new LogBatch(1);
  }

  /** Begins a record. */
  clear(): void {
    this.severity = 0;
    this.tLo = 0;
    this.tHi = 0;
    this.#fields.clear();
    this.#flags = 0;
    this.#count = 0;
    this.#dropped = 0;
    this.#hasLevel = false;
  }

  /** Takes `nanos` as the record's time. */
  takeNanos(): void {
    this.tLo = nanos[0];
    this.tHi = nanos[1];
  }

  /** Takes the hex in `bytes[start, end)` as the trace id; false when it is no id or there is one already. */
  traceId(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#id(bytes, start, end, this.#trace, RECORD_TRACE_ID);
  }

  /** As `traceId`, for the span id. */
  spanId(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#id(bytes, start, end, this.#span, RECORD_SPAN_ID);
  }

  /** Begins a field of any type whose value takes about `length` bytes; false when it was dropped. Ended by `endField`. */
  key(bytes: Uint8Array, start: number, end: number, type: number, length: number): boolean {
    const limits = this.#limits;
    const room = limits.maxFieldsBytes - this.#fields.length;
    if (this.#count >= limits.maxFields || end - start + length > room || end === start) {
      this.#dropped++;
      return false;
    }
    this.#count++;
    this.#hasLevel ||= keyTellsLevel(bytes, start, end);
    this.#text(this.#fields, bytes, start, end);
    this.#fields.byte(type);
    return true;
  }

  string(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    start: number,
    end: number,
    type: typeof FIELD_STRING | typeof FIELD_JSON = FIELD_STRING,
  ): void {
    if (!this.key(key, keyStart, keyEnd, type, end - start)) return;
    this.#text(this.#fields, value, start, end);
  }

  /** An int64 or double field from its two words. */
  words(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    type: number,
    low: number,
    high: number,
  ): void {
    if (this.key(key, keyStart, keyEnd, type, 8)) this.#fields.fixed64(low, high);
  }

  bool(key: Uint8Array, keyStart: number, keyEnd: number, type: number, value: boolean): void {
    if (this.key(key, keyStart, keyEnd, type, 1)) this.#fields.byte(value ? 1 : 0);
  }

  /** Ends the record with its body and adds it to the batch, or refuses it for its time. Throws RequestLimitError. */
  push(stream: number, body: Uint8Array, start: number, end: number): void {
    const limits = this.#limits;
    const batch = this.#batch;
    if (batch.n >= limits.maxPoints) {
      throw new RequestLimitError(`more than ${limits.maxPoints} log records in one request`);
    }
    if (this.tLo === 0 && this.tHi === 0) {
      // Each a nanosecond after the one before, so that they keep their order.
      setNanos(limits.now, 1e6, Math.min(batch.untimed++, 999_999));
      this.takeNanos();
    }
    if (!this.#admit(millisecondsOf(this.tLo, this.tHi))) return;
    const { writer } = batch;
    const at = writer.length;
    const flags = this.#flags;
    writer.byte(flags);
    if ((flags & RECORD_TRACE_ID) !== 0) writer.copy(this.#trace, 0, 16);
    if ((flags & RECORD_SPAN_ID) !== 0) writer.copy(this.#span, 0, 8);
    const cut = cutUtf8(body, start, end, limits.maxBodyBytes);
    if (cut < end) {
      batch.reject('label_limit', `log line of ${end - start} bytes cut at ${cut - start}`, 0);
    }
    this.#text(writer, body, start, cut);
    writer.copy(this.#fields.buffer, 0, this.#fields.length);
    if (this.#dropped > 0) {
      batch.reject('label_limit', `${this.#dropped} fields of a log record were dropped`, 0);
      writer.int(DROPPED, 0, DROPPED.length, this.#dropped, 0);
    }
    const isKnown = this.severity > 0 || this.#hasLevel;
    const severity = isKnown ? this.severity : levelOfLine(body, start, cut);
    batch.push(stream, this.tLo, this.tHi, severity, at);
  }

  #admit(t: number): boolean {
    const { minTime, maxTime } = this.#limits;
    if (t >= minTime && t <= maxTime) return true;
    const reason = t < minTime ? 'too_old' : 'too_far_in_future';
    const place = t < minTime ? 'before retention' : 'too far in the future';
    this.#batch.reject(reason, `log record: time ${t} is ${place}`);
    return false;
  }

  #id(bytes: Uint8Array, start: number, end: number, into: Uint8Array, flag: number): boolean {
    if (end - start !== into.length * 2 || (this.#flags & flag) !== 0) return false;
    let any = 0;
    for (let i = 0; i < into.length; i++) {
      const high = hexDigit(bytes[start + i * 2]);
      const low = hexDigit(bytes[start + i * 2 + 1]);
      if (high < 0 || low < 0) return false;
      into[i] = high * 16 + low;
      any |= into[i];
    }
    if (any === 0) return false;
    this.#flags |= flag;
    return true;
  }

  #text(writer: FieldWriter, bytes: Uint8Array, start: number, end: number): void {
    let plain = true;
    for (let i = start; i < end && plain; i++) plain = bytes[i] < 128;
    if (plain || isUtf8(bytes.subarray(start, end))) writer.prefixed(bytes, start, end);
    else writer.prefixedText(decoder.decode(bytes.subarray(start, end)));
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
