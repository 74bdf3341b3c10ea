/**
 * The log records of one decoded request, as columns.
 *
 * Model: row i is one record: `stream[i]` (the resolver's handle of its resource), its time as Unix nanoseconds in two words
 * (`tLo[i]`, `tHi[i]`, unsigned), `severity[i]` (OpenTelemetry's 1 to 24; a level that
 * was found in the body, see severity.ts; 0 unknown), and the rest in `side[at[i], at[i] + length[i])`:
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
import { grown } from './grown.ts';
import { RecordBatch } from './record-batch.ts';

export const RECORD_TRACE_ID = 1;
export const RECORD_SPAN_ID = 2;

export class LogBatch extends RecordBatch {
  tLo = new Uint32Array(0);
  tHi = new Uint32Array(0);
  severity = new Uint8Array(0);
  /** Records that brought no time and got that of the request: sent again, such a request is another one. */
  untimed = 0;

  constructor(capacity = 2048, maxSideBytes?: number) {
    super(maxSideBytes);
    this.grow(capacity);
  }

  /** Adds the row of the record that `writer` has written since `at`. */
  push(stream: number, tLo: number, tHi: number, severity: number, at: number): void {
    const row = this.addRow(stream, at);
    this.tLo[row] = tLo;
    this.tHi[row] = tHi;
    this.severity[row] = severity;
  }

  override clear(): void {
    super.clear();
    this.untimed = 0;
  }

  protected override grow(capacity: number): void {
    super.grow(capacity);
    this.tLo = grown(this.tLo, new Uint32Array(capacity));
    this.tHi = grown(this.tHi, new Uint32Array(capacity));
    this.severity = grown(this.severity, new Uint8Array(capacity));
  }
}
