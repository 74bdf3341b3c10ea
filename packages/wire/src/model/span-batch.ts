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
import { grown } from './grown.ts';
import { RecordBatch } from './record-batch.ts';

export class SpanBatch extends RecordBatch {
  startLo = new Uint32Array(0);
  startHi = new Uint32Array(0);
  endLo = new Uint32Array(0);
  endHi = new Uint32Array(0);
  kind = new Uint8Array(0);
  status = new Uint8Array(0);

  constructor(capacity = 2048, maxSideBytes?: number) {
    super(maxSideBytes);
    this.grow(capacity);
  }

  /**
   * Makes the row of the record that `writer` has written since `at` and returns its index; the caller fills the columns of
   * times, kind and status.
   */
  push(stream: number, at: number): number {
    return this.addRow(stream, at);
  }

  protected override grow(capacity: number): void {
    super.grow(capacity);
    this.startLo = grown(this.startLo, new Uint32Array(capacity));
    this.startHi = grown(this.startHi, new Uint32Array(capacity));
    this.endLo = grown(this.endLo, new Uint32Array(capacity));
    this.endHi = grown(this.endHi, new Uint32Array(capacity));
    this.kind = grown(this.kind, new Uint8Array(capacity));
    this.status = grown(this.status, new Uint8Array(capacity));
  }
}
