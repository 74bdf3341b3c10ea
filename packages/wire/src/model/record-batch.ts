/**
 * What the batches of log records and of spans share: rows that point to records in one run of bytes.
 *
 * Invariants: columns are at least `n` long and grow by doubling; records lie in `side` in the order of the rows without gaps.
 */
import { FieldWriter } from './fields.ts';
import { grown } from './grown.ts';
import { Refusals } from './refusals.ts';

/** What the records of one request may take at most. */
const MAX_SIDE_BYTES = 256 * 1024 * 1024;
/**
 * What they may take is bounded by the body they come in, because a scope is repeated with each of its records: 60,000 records of ten bytes
 * with a scope of 16 KiB would be a gigabyte. The largest honest ratio is that of records with little more than a time, a
 * severity and a short text (40 bytes in protobuf) under the name, version and a few attributes of an instrumentation scope (200 bytes
 * as fields): 250 bytes from 40. Bytes that are no UTF-8 become three, small integers eight. Small requests may take FREE_SIDE_BYTES whatever
 * they hold.
 */
const SIDE_BYTES_PER_BYTE = 8;
const FREE_SIDE_BYTES = 16 * 1024 * 1024;

export abstract class RecordBatch extends Refusals {
  n = 0;
  /** The resolver's handle of the record's resource. */
  stream = new Uint32Array(0);
  at = new Uint32Array(0);
  length = new Uint32Array(0);
  /** Appends to `side`. A record that has been begun and is refused is taken back with `writer.length = at`. */
  readonly writer: FieldWriter;

  readonly #maxSideBytes: number;

  constructor(maxSideBytes: number = MAX_SIDE_BYTES) {
    super();
    this.#maxSideBytes = maxSideBytes;
    this.writer = new FieldWriter(maxSideBytes);
  }

  /** The records, back to back in [0, sideLength). */
  get side(): Uint8Array<ArrayBuffer> {
    return this.writer.buffer;
  }

  get sideLength(): number {
    return this.writer.length;
  }

  /** Bounds what the records of a body of `bodyBytes` may take; past it `writer` throws RequestLimitError. */
  boundBy(bodyBytes: number): void {
    const most = FREE_SIDE_BYTES + bodyBytes * SIDE_BYTES_PER_BYTE;
    this.writer.limit = Math.min(this.#maxSideBytes, most);
  }

  clear(): void {
    this.n = 0;
    this.writer.clear();
    this.writer.limit = this.#maxSideBytes;
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
