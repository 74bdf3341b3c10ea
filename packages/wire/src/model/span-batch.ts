/**
 * The spans of one decoded request, as columns.
 *
 * Model: row i is one span: `stream[i]` (the resolver's handle of its resource), start and end as Unix nanoseconds in two words each
 * (`startLo`, `startHi`, `endLo`, `endHi`, unsigned), `kind[i]` and `status[i]` as OpenTelemetry numbers them (kind 0 unspecified,
 * 1 internal, 2 server, 3 client, 4 producer, 5 consumer; status 0 unset, 1 ok, 2 error), and the rest in
 * `side[at[i], at[i] + length[i])`:
 *
 *   trace id      16 bytes
 *   span id       8 bytes
 *   parent id     8 bytes, zeros when there is none
 *   name          varint(length) UTF-8
 *   fields        varint(length) fields (fields.ts): the span's attributes, then `otel.status_description`, `w3c.tracestate`,
 *                 the dropped counts, `otel.scope.name`, `otel.scope.version` and the scope's attributes
 *   events        varint(count), each: time 8 bytes little-endian, varint(length) name, varint(length) fields
 *   links         varint(count), each: trace id 16 bytes, span id 8 bytes, varint(length) fields
 *
 * Invariants: columns are at least `n` long and grow by doubling; the end is never before the start; records lie in `side` in the order of
 * the rows without gaps; ids are not all zeros; names and keys are valid UTF-8. A batch is reused (`clear`) and never shared between
 * threads while it is being filled.
 */
import { FieldWriter } from './fields.ts';
import { Refusals } from './refusals.ts';

/** What the spans of one request may take; a scope's attributes are repeated with each of its spans. */
const MAX_SIDE_BYTES = 256 * 1024 * 1024;

export class SpanBatch extends Refusals {
  n = 0;
  stream = new Uint32Array(0);
  startLo = new Uint32Array(0);
  startHi = new Uint32Array(0);
  endLo = new Uint32Array(0);
  endHi = new Uint32Array(0);
  kind = new Uint8Array(0);
  status = new Uint8Array(0);
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

  /**
   * Makes the row of the record that `writer` has written since `at` and returns its index; the caller fills the columns of
   * times, kind and status.
   */
  push(stream: number, at: number): number {
    const row = this.n;
    if (row === this.stream.length) this.#grow(row * 2);
    this.n = row + 1;
    this.stream[row] = stream;
    this.at[row] = at;
    this.length[row] = this.writer.length - at;
    return row;
  }

  #grow(capacity: number): void {
    this.stream = grown(this.stream, new Uint32Array(capacity));
    this.startLo = grown(this.startLo, new Uint32Array(capacity));
    this.startHi = grown(this.startHi, new Uint32Array(capacity));
    this.endLo = grown(this.endLo, new Uint32Array(capacity));
    this.endHi = grown(this.endHi, new Uint32Array(capacity));
    this.kind = grown(this.kind, new Uint8Array(capacity));
    this.status = grown(this.status, new Uint8Array(capacity));
    this.at = grown(this.at, new Uint32Array(capacity));
    this.length = grown(this.length, new Uint32Array(capacity));
  }
}

function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
