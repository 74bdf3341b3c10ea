/**
 * What the batches of log records and of spans share: rows that point to records in one run of bytes.
 *
 * Invariants: columns are at least `n` long and grow by doubling; records lie in `side` in the order of the rows without gaps.
 */
import { FieldWriter } from './fields.ts';
import { Refusals } from './refusals.ts';

/** What the records of one request may take; a scope's attributes are repeated with each of its records. */
const MAX_SIDE_BYTES = 256 * 1024 * 1024;

export abstract class RecordBatch extends Refusals {
  n = 0;
  /** The resolver's handle of the record's resource. */
  stream = new Uint32Array(0);
  at = new Uint32Array(0);
  length = new Uint32Array(0);
  /** Appends to `side`. A record that has been begun and is refused is taken back with `writer.length = at`. */
  readonly writer: FieldWriter;

  constructor(maxSideBytes: number = MAX_SIDE_BYTES) {
    super();
    this.writer = new FieldWriter(maxSideBytes);
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

  /** Adds the row of the record that `writer` has written since `at` and returns its index. */
  protected addRow(stream: number, at: number): number {
    const row = this.n;
    if (row === this.stream.length) this.grow(row * 2);
    this.n = row + 1;
    this.stream[row] = stream;
    this.at[row] = at;
    this.length[row] = this.writer.length - at;
    return row;
  }

  /** Makes the columns `capacity` long; extended by who has more of them. */
  protected grow(capacity: number): void {
    this.stream = grown(this.stream, new Uint32Array(capacity));
    this.at = grown(this.at, new Uint32Array(capacity));
    this.length = grown(this.length, new Uint32Array(capacity));
  }
}

/** `into`, which is longer, with the content of `from`. */
export function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
