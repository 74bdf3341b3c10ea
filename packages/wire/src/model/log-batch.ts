/**
 * The log records of one decoded request, as columns.
 *
 * Model: row i is one record: `stream[i]` (the resolver's handle of its resource), its time as Unix nanoseconds in two words
 * (`tLo[i]`, `tHi[i]`, unsigned), `severity[i]` (OpenTelemetry's 1 to 24, 0 unknown), and the rest in `side[at[i], at[i] + length[i])`:
 *
 *   flags         1 byte: 1 a trace id follows, 2 a span id follows
 *   [trace id]    16 bytes
 *   [span id]     8 bytes
 *   body          varint(length) UTF-8; of a body that is no string its JSON
 *   fields        to the end (fields.ts): `severity_text`, `event_name`, the record's attributes, then `scope_name`,
 *                 `scope_version` and the scope's attributes
 *
 * Invariants: columns are at least `n` long and grow by doubling; records lie in `side` in the order of the rows without gaps; body and
 * keys are valid UTF-8. A batch is reused (`clear`) and never shared between threads while it is being filled.
 */
import { FieldWriter } from './fields.ts';
import { Refusals } from './refusals.ts';

export const RECORD_TRACE_ID = 1;
export const RECORD_SPAN_ID = 2;

/** What the records of one request may take; a scope's attributes are repeated with each of its records. */
const MAX_SIDE_BYTES = 256 * 1024 * 1024;

export class LogBatch extends Refusals {
  n = 0;
  stream = new Uint32Array(0);
  tLo = new Uint32Array(0);
  tHi = new Uint32Array(0);
  severity = new Uint8Array(0);
  at = new Uint32Array(0);
  length = new Uint32Array(0);
  /** Appends to `side`. A record that has been begun and is refused is taken back with `writer.length = at`. */
  readonly writer: FieldWriter;

  constructor(capacity = 2048, maxSideBytes: number = MAX_SIDE_BYTES) {
    super();
    this.writer = new FieldWriter(maxSideBytes);
    this.#grow(capacity);
  }

  /** The records, back to back in [0, sideLength). */
  get side(): Uint8Array<ArrayBuffer> {
    return this.writer.buffer;
  }

  get sideLength(): number {
    return this.writer.length;
  }

  clear(): void {
    this.n = 0;
    this.writer.clear();
    this.forget();
  }

  /** Adds the row of the record that `writer` has written since `at`. */
  push(stream: number, tLo: number, tHi: number, severity: number, at: number): void {
    const row = this.n;
    if (row === this.stream.length) this.#grow(row * 2);
    this.n = row + 1;
    this.stream[row] = stream;
    this.tLo[row] = tLo;
    this.tHi[row] = tHi;
    this.severity[row] = severity;
    this.at[row] = at;
    this.length[row] = this.writer.length - at;
  }

  #grow(capacity: number): void {
    this.stream = grown(this.stream, new Uint32Array(capacity));
    this.tLo = grown(this.tLo, new Uint32Array(capacity));
    this.tHi = grown(this.tHi, new Uint32Array(capacity));
    this.severity = grown(this.severity, new Uint8Array(capacity));
    this.at = grown(this.at, new Uint32Array(capacity));
    this.length = grown(this.length, new Uint32Array(capacity));
  }
}

function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
