/**
 * Reads the record of one row of a LogBatch (wire's log-batch.ts has the layout) where it lies.
 *
 * Invariants: `at` finds the parts and makes nothing; texts are made when they are asked for; nothing is read past the end of the record,
 * and a damaged one throws DecodeError.
 */
import {
  DecodeError,
  fieldText,
  forEachField,
  RECORD_SPAN_ID,
  RECORD_TRACE_ID,
} from '@sightline/wire';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const NOTHING = new Uint8Array(0);

export class LogRecordReader {
  /** The body is [bodyStart, bodyEnd) of the bytes. */
  bodyStart = 0;
  bodyEnd = 0;
  severity = 0;
  #bytes: Uint8Array = NOTHING;
  #end = 0;
  /** -1 when there is none. */
  #traceAt = -1;
  #spanAt = -1;

  /** Goes to the record in bytes[start, end). */
  at(bytes: Uint8Array, start: number, end: number, severity: number): void {
    const flags = bytes[start] ?? 0;
    let at = start + 1;
    this.#bytes = bytes;
    this.#end = end;
    this.severity = severity;
    this.#traceAt = (flags & RECORD_TRACE_ID) === 0 ? -1 : at;
    if (this.#traceAt >= 0) at += 16;
    this.#spanAt = (flags & RECORD_SPAN_ID) === 0 ? -1 : at;
    if (this.#spanAt >= 0) at += 8;
    let length = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      if (at >= end || shift > 28) throw new DecodeError('log record past its end', start);
      const byte = bytes[at++] ?? 0;
      length += (byte & 127) * 2 ** shift;
      more = byte > 127;
    }
    this.bodyStart = at;
    this.bodyEnd = at + length;
    if (this.bodyEnd > end) throw new DecodeError('body of a log record past its end', start);
  }

  get body(): string {
    return decoder.decode(this.#bytes.subarray(this.bodyStart, this.bodyEnd));
  }

  /** 32 hex digits, or ''. */
  get traceId(): string {
    return this.#hex(this.#traceAt, 16);
  }

  /** 16 hex digits, or ''. */
  get spanId(): string {
    return this.#hex(this.#spanAt, 8);
  }

  /** Names and texts in turn, as they were sent. */
  get fields(): string[] {
    const bytes = this.#bytes;
    const pairs: string[] = [];
    forEachField(bytes, this.bodyEnd, this.#end, (keyStart, keyEnd, type, start, end) => {
      pairs.push(
        decoder.decode(bytes.subarray(keyStart, keyEnd)),
        fieldText(bytes, type, start, end),
      );
    });
    return pairs;
  }

  #hex(at: number, length: number): string {
    return at < 0 ? '' : Buffer.from(this.#bytes.subarray(at, at + length)).toString('hex');
  }
}
