/** A block of log records as the source of a run. */
import { COLUMN_LEVEL, COLUMN_STREAM, COLUMN_TIME } from '../../records/block-format.ts';
import type { CachedBlock } from './cached-block.ts';
import type { LogBlock } from './log-block.ts';
import type { RunSource } from './log-run.ts';
import type { RecordFile } from './record-file.ts';

export class BlockLogs implements RunSource {
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly #file: RecordFile;
  readonly #id: number;
  readonly ownStreams: Uint32Array;
  readonly severities: Uint32Array;

  constructor(file: RecordFile, id: number, { block }: CachedBlock) {
    const { lo, hi } = block.rowWords(COLUMN_TIME);
    this.lo = lo;
    this.hi = hi;
    this.#file = file;
    this.#id = id;
    this.severities = block.rowWords(COLUMN_LEVEL).lo;
    this.ownStreams = block.rowWords(COLUMN_STREAM).lo;
  }

  streamOf(own: number): number {
    return this.#file.streams[own];
  }

  sameness(row: number): number {
    return this.texts().sameness(row);
  }

  same(a: number, b: number): boolean {
    return this.texts().same(a, b);
  }

  texts(): LogBlock {
    return this.#file.block(this.#id).logs;
  }
}
