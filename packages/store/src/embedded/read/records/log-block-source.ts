/**
 * Blocks of log records as sources of runs.
 *
 * Model: a query goes through several blocks at once, some rows of each in turn, and decoding one takes as long as showing thousands of
 * rows. What it decodes stays with the query, up to a bound, beside the cache of the thread, which may be smaller than that.
 */
import { COLUMN_LEVEL, COLUMN_STREAM, COLUMN_TIME } from '../../records/block-format.ts';
import { ByteLru } from '../lru.ts';
import type { CachedBlock } from './cached-block.ts';
import type { LogBlock } from './log-block.ts';
import type { RunSource } from './log-run.ts';
import type { RecordFile } from './record-file.ts';

/** Of decoded blocks that one query holds. */
const HELD_BYTES = 16 * 1024 * 1024;

/** The blocks of one query. */
export class HeldBlocks {
  readonly #held = new ByteLru<CachedBlock>(HELD_BYTES);

  get(file: RecordFile, id: number): CachedBlock {
    return this.#held.get(`${file.path} ${id}`, () => file.block(id));
  }

  clear(): void {
    this.#held.clear();
  }
}

export class BlockLogs implements RunSource {
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly #file: RecordFile;
  readonly #id: number;
  readonly #held: HeldBlocks;
  readonly ownStreams: Uint32Array;
  readonly severities: Uint32Array;

  constructor(file: RecordFile, id: number, held: HeldBlocks) {
    const { block } = held.get(file, id);
    const { lo, hi } = block.rowWords(COLUMN_TIME);
    this.lo = lo;
    this.hi = hi;
    this.#file = file;
    this.#id = id;
    this.#held = held;
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
    return this.#held.get(this.#file, this.#id).logs;
  }
}
