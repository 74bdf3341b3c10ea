/**
 * One open partition file of records in a query thread.
 *
 * Model: `begin` fixes what is seen. When somebody has written to the file, the blocks and streams that came are added to those that are
 * known; only after a merge all blocks are listed anew. Opened blocks live in the cache of the thread, under keys that name immutable
 * bytes.
 */
import { labelsToPairs } from '@sightline/wire';
import { Labels, symbol } from '../../../labels.ts';
import type { FieldSample, OperationSample, RecordSignal } from '../../records/block-format.ts';
import type { RecordBlockInfo } from '../../records/block-list.ts';
import type { BlockFilters } from '../../records/filter-pages.ts';
import type { LogActivity } from '../../records/log-activity.ts';
import { RecordFileReader } from '../../records/record-file.ts';
import type { SpanActivity } from '../../records/span-activity.ts';
import type { TraceEntries } from '../../records/trace-index.ts';
import type { TraceSummaries } from '../../records/trace-summary.ts';
import type { SeriesInterner } from '../interner.ts';
import type { ByteLru } from '../lru.ts';
import { CachedBlock } from './cached-block.ts';

export class RecordFile {
  readonly path: string;
  readonly signal: RecordSignal;
  readonly #file: RecordFileReader;
  readonly #cache: ByteLru<CachedBlock>;
  readonly #interner: SeriesInterner;
  #version = -1;
  #merges = -1;
  #lastBlock = 0;
  #blocks: RecordBlockInfo[] = [];
  /** Stream by dense id; 0 is none. */
  #streams = new Uint32Array(1);
  /** How many records each one stands for. */
  weight = 1;

  constructor(
    path: string,
    signal: RecordSignal,
    cache: ByteLru<CachedBlock>,
    interner: SeriesInterner,
  ) {
    this.path = path;
    this.signal = signal;
    this.#file = new RecordFileReader(path, signal);
    this.#cache = cache;
    this.#interner = interner;
  }

  /** Fixes what is seen until `end`. */
  begin(): void {
    this.#file.begin();
    const version = this.#file.dataVersion();
    if (version === this.#version) return;
    this.#listBlocks();
    this.#listStreams();
    this.weight = this.#file.weight();
    this.#version = version;
  }

  #listBlocks(): void {
    const merges = this.#file.merges();
    if (merges !== this.#merges) {
      this.#merges = merges;
      this.#lastBlock = 0;
      this.#blocks = [];
    }
    const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;
    for (const block of this.#file.blocks(NEGATIVE_INFINITY, POSITIVE_INFINITY, this.#lastBlock)) {
      this.#blocks.push(block);
      this.#lastBlock = Math.max(this.#lastBlock, block.id);
    }
  }

  #listStreams(): void {
    const known = this.#streams.length;
    const streams = this.#file.streams(known);
    if (streams.length === 0) return;
    const ids = new Uint32Array(known + streams.length);
    ids.set(this.#streams);
    for (const [i, bytes] of streams.entries()) {
      ids[known + i] = this.#interner.id(bytes, 0, bytes.length, () => labelsOf(bytes));
    }
    this.#streams = ids;
  }

  end(): void {
    this.#file.end();
  }

  close(): void {
    this.#file.close();
  }

  /** All blocks of the file, in order of their flushes. */
  get blocks(): readonly RecordBlockInfo[] {
    return this.#blocks;
  }

  /** Streams (numbers of the interner) by dense id; index 0 means nothing. */
  get streams(): Uint32Array {
    return this.#streams;
  }

  /** A block; columns that were decoded before are still there if it has stayed in the cache. Throws CorruptionError. */
  block(id: number): CachedBlock {
    return this.#cache.get(`${this.path} ${id}`, () => new CachedBlock(this.#file.block(id)));
  }

  /** Takes a block out of the cache. */
  dropBlock(id: number): void {
    this.#cache.delete(`${this.path} ${id}`);
  }

  /** The filters of a block, without the rest of it. Their pages throw CorruptionError. */
  filters({ id, tokenPages, gramPages }: RecordBlockInfo): BlockFilters {
    return this.#file.filters(id, tokenPages, gramPages);
  }

  /** Ids of the blocks that may have spans of a trace (16 bytes), ascending. */
  traceBlocks(traceId: Uint8Array): number[] {
    return this.#file.traceBlocks(traceId);
  }

  /** The chunk of the trace index of a flush that may have a key. */
  traceChunk(flush: number, key: Uint8Array): TraceEntries | null {
    return this.#file.traceChunk(flush, key);
  }

  /** The trace index of a flush. */
  traceEntries(flush: number): TraceEntries[] {
    return this.#file.traceEntries(flush);
  }

  /** Summaries of the traces of a block of spans. */
  summaries(id: number): TraceSummaries {
    return this.#file.summaries(id);
  }

  /** When a block has log records, by stream; null where it does not say. */
  logActivity(id: number): LogActivity | null {
    return this.#file.logActivity(id);
  }

  /** When spans of a block start, by stream. */
  activity(id: number): SpanActivity {
    return this.#file.activity(id);
  }

  /** Operations of services, with dense ids of streams. */
  operations(): OperationSample[] {
    return this.#file.operations();
  }

  /** Known fields with samples of their values. */
  fields(): FieldSample[] {
    return this.#file.fields();
  }
}

function labelsOf(bytes: Uint8Array): Labels {
  return new Labels(labelsToPairs(bytes, 0, bytes.length).map(symbol));
}
