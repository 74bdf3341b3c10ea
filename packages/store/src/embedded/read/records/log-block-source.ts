/**
 * Blocks of log records as sources of runs.
 *
 * Model: a query goes through several blocks at once, some rows of each in turn, and decoding one takes as long as showing thousands of
 * rows. What it decodes stays with the query, up to a bound, beside the cache of the thread, which may be smaller than that.
 */
import {
  COLUMN_LEVEL,
  COLUMN_STREAM,
  COLUMN_TIME,
  MAX_BLOCK_ROWS,
} from '../../records/block-format.ts';
import type { Words } from '../../records/integers.ts';
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

  /**
   * Nothing was found in a block. A search through many would fill both caches with such blocks, whose memory is not free again before a
   * whole collection: once the query holds much, they are let go at once.
   */
  foundNothing(file: RecordFile, id: number): void {
    this.#held.settle();
    if (this.#held.bytes < HELD_BYTES / 2) return;
    this.#held.delete(`${file.path} ${id}`);
    file.dropBlock(id);
  }

  clear(): void {
    this.#held.clear();
  }
}

/** Room for the columns of one block after the other. */
export class BlockRoom {
  readonly time = wordsOf(MAX_BLOCK_ROWS);
  readonly level = wordsOf(MAX_BLOCK_ROWS);
  readonly stream = wordsOf(MAX_BLOCK_ROWS);
}

function wordsOf(n: number): Words {
  return { lo: new Uint32Array(n), hi: new Uint32Array(n) };
}

export class BlockLogs implements RunSource {
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly #file: RecordFile;
  readonly #id: number;
  readonly #held: HeldBlocks;
  readonly #room: BlockRoom | undefined;
  #ownStreams: Uint32Array | undefined;
  #severities: Uint32Array | undefined;

  /** With `room` its columns are valid until that is used again. */
  constructor(file: RecordFile, id: number, held: HeldBlocks, room?: BlockRoom) {
    this.#file = file;
    this.#id = id;
    this.#held = held;
    this.#room = room;
    const { lo, hi } = this.#words(COLUMN_TIME, room?.time);
    this.lo = lo;
    this.hi = hi;
  }

  get severities(): Uint32Array {
    this.#severities ??= this.#words(COLUMN_LEVEL, this.#room?.level).lo;
    return this.#severities;
  }

  get ownStreams(): Uint32Array {
    this.#ownStreams ??= this.#words(COLUMN_STREAM, this.#room?.stream).lo;
    return this.#ownStreams;
  }

  #words(kind: number, into: Words | undefined): Words {
    const { block } = this.#held.get(this.#file, this.#id);
    return into === undefined ? block.rowWords(kind) : block.scanRowWords(kind, into);
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
