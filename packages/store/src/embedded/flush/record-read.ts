/** Reads records of blocks back as the rows that they were made of. */
import { FieldWriter } from '@sightline/wire';
import type { RecordSignal } from '../../records.ts';
import {
  COLUMN_DURATION,
  COLUMN_LEVEL,
  COLUMN_STATUS,
  COLUMN_STREAM,
  COLUMN_TIME,
} from '../records/block-format.ts';
import type { RecordBlockReader } from '../records/block-reader.ts';
import type { RecordRows } from './record-rows.ts';

/** Rows in the order in which they were added, up to a number that is known from the start. */
export class ReadRows implements RecordRows {
  readonly signal: RecordSignal;
  n = 0;
  /** Dense ids of the file. */
  readonly stream: Uint32Array;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly endLo: Uint32Array;
  readonly endHi: Uint32Array;
  readonly at: Uint32Array;
  readonly length: Uint32Array;
  readonly level: Uint8Array;
  readonly status: Uint8Array;
  readonly #out = new FieldWriter();

  constructor(signal: RecordSignal, capacity: number) {
    const words = (length = capacity): Uint32Array => new Uint32Array(length);
    const ends = signal === 'spans' ? capacity : 0;
    this.signal = signal;
    this.stream = words();
    this.lo = words();
    this.hi = words();
    this.endLo = words(ends);
    this.endHi = words(ends);
    this.at = words();
    this.length = words();
    this.level = new Uint8Array(capacity);
    this.status = new Uint8Array(ends);
  }

  /** The records. */
  get side(): Uint8Array {
    return this.#out.buffer;
  }

  get sideLength(): number {
    return this.#out.length;
  }

  /** Adds `rows` (ascending) of a block, which must have room. Throws CorruptionError. */
  add(block: RecordBlockReader, rows: Uint32Array): void {
    const time = block.rowWords(COLUMN_TIME);
    const stream = block.rowWords(COLUMN_STREAM).lo;
    const level = block.rowWords(COLUMN_LEVEL).lo;
    const at = block.records(rows, this.#out);
    for (let i = 0, to = this.n; i < rows.length; i++, to++) {
      const row = rows[i];
      this.stream[to] = stream[row];
      this.lo[to] = time.lo[row];
      this.hi[to] = time.hi[row];
      this.level[to] = level[row];
      this.at[to] = at[i];
      this.length[to] = (at[i + 1] ?? this.#out.length) - at[i];
    }
    if (this.signal === 'spans') this.#addEnds(block, rows);
    this.n += rows.length;
  }

  clear(): void {
    this.n = 0;
    this.#out.clear();
  }

  #addEnds(block: RecordBlockReader, rows: Uint32Array): void {
    const duration = block.rowWords(COLUMN_DURATION);
    const status = block.rowWords(COLUMN_STATUS).lo;
    for (let i = 0, to = this.n; i < rows.length; i++, to++) {
      const lo = this.lo[to] + duration.lo[rows[i]];
      this.endLo[to] = lo;
      this.endHi[to] = this.hi[to] + duration.hi[rows[i]] + (lo >= 2 ** 32 ? 1 : 0);
      this.status[to] = status[rows[i]];
    }
  }
}

/** The numbers 0 to n - 1. */
export function firstRows(n: number): Uint32Array {
  const rows = new Uint32Array(n);
  for (let i = 0; i < n; i++) rows[i] = i;
  return rows;
}
