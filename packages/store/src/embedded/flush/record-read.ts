/** Reads blocks of records back as the rows that they were made of. */
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

interface ReadRows extends RecordRows {
  n: number;
  /** Dense ids of the file. */
  stream: Uint32Array;
}

/** The records of some blocks of one file, in their order. Throws CorruptionError. */
export function readRows(signal: RecordSignal, blocks: readonly RecordBlockReader[]): ReadRows {
  const n = blocks.reduce((sum, { rows }) => sum + rows, 0);
  const words = (length = n): Uint32Array => new Uint32Array(length);
  const ends = signal === 'spans' ? n : 0;
  const out = new FieldWriter();
  const into = {
    stream: words(),
    lo: words(),
    hi: words(),
    endLo: words(ends),
    endHi: words(ends),
    at: words(),
    length: words(),
    level: new Uint8Array(n),
    status: new Uint8Array(ends),
  };
  let row = 0;
  for (const block of blocks) {
    const time = block.rowWords(COLUMN_TIME);
    into.lo.set(time.lo.subarray(0, block.rows), row);
    into.hi.set(time.hi.subarray(0, block.rows), row);
    into.stream.set(block.rowWords(COLUMN_STREAM).lo.subarray(0, block.rows), row);
    into.level.set(block.rowWords(COLUMN_LEVEL).lo.subarray(0, block.rows), row);
    if (signal === 'spans') {
      into.status.set(block.rowWords(COLUMN_STATUS).lo.subarray(0, block.rows), row);
      const duration = block.rowWords(COLUMN_DURATION);
      for (let i = 0; i < block.rows; i++) {
        const lo = time.lo[i] + duration.lo[i];
        into.endLo[row + i] = lo;
        into.endHi[row + i] = time.hi[i] + duration.hi[i] + (lo >= 2 ** 32 ? 1 : 0);
      }
    }
    const all = Uint32Array.from({ length: block.rows }, (_, i) => i);
    const at = block.records(all, out);
    into.at.set(at, row);
    for (let i = 0; i < block.rows; i++) into.length[row + i] = (at[i + 1] ?? out.length) - at[i];
    row += block.rows;
  }
  return { signal, n, ...into, side: out.buffer };
}
