/**
 * Partition files of records: `DIR/tenants/<tenant>/<logs|traces>/<partition>.<generation>.db`, SQLite as a container of blobs, as
 * day-file.ts for metrics (docs/format.md has every table).
 *
 * Model: a stream of the file has a dense id, from 1, in order of registration. Every flush adds blocks with ids that go up and, for
 * spans, chunks of the trace index; merges (flush/record-merge.ts) make one flush of several. Directory, pages of filters
 * and pieces of a block are rows of their own, so that pruning reads little.
 * `field` has what completion shows: every key with its types and some values.
 *
 * Invariants: the id of a block never stands for other bytes; only the flush thread writes; `flushed_seq` moves in the transaction that adds the blocks; readers never open the file with
 * node:fs.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { CorruptionError, withPlace } from '../blocks/errors.ts';
import type { FieldSample, OperationSample, RecordBlock, RecordSignal } from './block-format.ts';
import { listBlocks, type RecordBlockInfo } from './block-list.ts';
import { RecordBlockReader } from './block-reader.ts';
import { addFields, addOperations, readFields, readOperations } from './file-lists.ts';
import { type BlockFilters, openFilters } from './filter-pages.ts';
import { type LogActivity, readLogActivity } from './log-activity.ts';
import { checkVersion, createTables, hasJoints } from './record-schema.ts';
import { readActivity, type SpanActivity } from './span-activity.ts';
import {
  findTrace,
  readTraces,
  type TraceChunk,
  type TraceEntries,
  traceChunks,
  traceKey,
} from './trace-index.ts';
import { readSummaries, type TraceSummaries } from './trace-summary.ts';

/** The row id of a piece, and of a page of a filter, is its block times this plus its index. */
export const PIECE_FACTOR = 65536;

/** Write side, in the flush thread. Throws CorruptionError, FormatVersionError or SQLite's error. */
export class RecordFileWriter {
  readonly path: string;
  readonly db: DatabaseSync;

  /** Opens or creates the file. */
  constructor(path: string) {
    this.path = path;
    this.db = new DatabaseSync(path, { timeout: 5000 });
    try {
      this.db.exec(`PRAGMA page_size=4096; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA cache_size=-1024; PRAGMA journal_mode=WAL;
        PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY;`);
      checkVersion(this.db, path);
      createTables(this.db);
    } catch (error) {
      this.db.close();
      throw withPlace(error, path);
    }
  }

  get flushedSeq(): number {
    return this.meta('flushed_seq');
  }

  /** Canonical labels of the streams that the file has; the first is id 1. */
  streams(): Uint8Array[] {
    return streamsOf(this.db, this.path, 1);
  }

  /**
   * Adds the blocks of one flush, and streams that the file does not have, behind those it has, in one transaction that moves
   * `flushed_seq` to `seq`; returns the number of records. Blocks are taken one by one.
   */
  flush(seq: number, streams: Iterable<Uint8Array>, blocks: Iterable<RecordBlock>): number {
    let rows = 0;
    this.transaction(() => {
      const addStream = this.db.prepare('INSERT INTO stream (labels) VALUES (?)');
      for (const labels of streams) addStream.run(labels);
      const fields: FieldSample[] = [];
      const operations: OperationSample[] = [];
      this.addBlocks(seq, blocks, (block) => {
        fields.push(...block.fields);
        operations.push(...block.operations);
        rows += block.rows;
      });
      addFields(this.db, fields);
      addOperations(this.db, operations);
      this.setMeta('flushed_seq', seq);
    });
    return rows;
  }

  /** Adds blocks, taken one by one, and their trace index as a flush; within a transaction. */
  addBlocks(
    flush: number,
    blocks: Iterable<RecordBlock>,
    visit: (block: RecordBlock) => void,
  ): void {
    const base = lastBlock(this.db) + 1;
    const traces: Uint8Array[] = [];
    for (const block of blocks) {
      this.#addBlock(base + traces.length, flush, block);
      traces.push(block.traces);
      visit(block);
    }
    this.addTraces(flush, base, traceChunks(traces));
  }

  /** Adds the trace index of a flush whose first block is `base`; within a transaction. */
  addTraces(flush: number, base: number, chunks: readonly TraceChunk[]): void {
    const insert = this.db.prepare(
      'INSERT INTO trace_chunk (flush, base, first, data) VALUES (?, ?, ?, ?)',
    );
    for (const { first, data } of chunks) insert.run(flush, base, first, data);
  }

  /** A number that is kept with the file; 0 when it has none. */
  meta(key: string): number {
    return metaOf(this.db, key);
  }

  setMeta(key: string, value: number): void {
    this.db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(key, value);
  }

  /** Tells readers that blocks which they know have gone or changed; within a transaction. */
  merged(): void {
    this.setMeta('merges', this.meta('merges') + 1);
  }

  /** Runs `work` in one transaction. */
  transaction(work: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.db.exec('COMMIT');
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw withPlace(error, this.path);
    }
  }

  /** Moves the write-ahead log into the file and syncs both. */
  checkpoint(): void {
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.db.close();
  }

  #addBlock(id: number, seq: number, block: RecordBlock): void {
    const { directory, pieces, summaries, activity, tMin, tMax, tEnd, rows } = block;
    const { tokens, grams } = block.filters;
    const pages = [...tokens, ...grams];
    const stored = [...pages, ...pieces].reduce((sum, { length }) => sum + length, 0);
    const numbers = [rows, stored + directory.length, block.streamMin, block.streamMax];
    this.db
      .prepare('INSERT INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(id, seq, tMin, tMax, tEnd, ...numbers, tokens.length, grams.length);
    this.db.prepare('INSERT INTO directory VALUES (?, ?)').run(id, directory);
    const addPage = this.db.prepare('INSERT INTO filter VALUES (?, ?)');
    for (const [i, page] of pages.entries()) addPage.run(id * PIECE_FACTOR + i, page);
    if (activity !== null) {
      this.db.prepare('INSERT INTO summary VALUES (?, ?, ?)').run(id, activity, summaries);
    }
    const insert = this.db.prepare('INSERT INTO piece VALUES (?, ?)');
    for (const [i, piece] of pieces.entries()) insert.run(id * PIECE_FACTOR + i, piece);
  }
}

function lastBlock(db: DatabaseSync): number {
  return Number(db.prepare('SELECT max(id) AS id FROM block').get()?.id ?? 0);
}

function metaOf(db: DatabaseSync, key: string): number {
  return Number(db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.value ?? 0);
}

function streamsOf(db: DatabaseSync, path: string, first: number): Uint8Array[] {
  return db
    .prepare('SELECT labels FROM stream WHERE id >= ? ORDER BY id')
    .all(first)
    .map((row) => blob(row.labels, path, 'stream'));
}

function blob(data: unknown, path: string, what: string): Uint8Array {
  if (data instanceof Uint8Array) return data;
  throw new CorruptionError(`${what} is missing`, path, null);
}

/** Read side; one per query thread and file. All members throw CorruptionError for a damaged file, or SQLite's error. */
export class RecordFileReader {
  readonly path: string;
  readonly signal: RecordSignal;
  readonly #db: DatabaseSync;
  readonly #directory: StatementSync;
  readonly #filter: StatementSync;
  readonly #piece: StatementSync;
  readonly #summary: StatementSync;
  readonly #activity: StatementSync;
  readonly #chunk: StatementSync;
  readonly #version: StatementSync;
  readonly #hasJoints: boolean;
  /** The piece that was read last, until `end`. */
  #last: { row: number; bytes: Uint8Array } | undefined;

  constructor(path: string, signal: RecordSignal) {
    this.path = path;
    this.signal = signal;
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    try {
      this.#db.exec('PRAGMA cache_size=-512;');
      checkVersion(this.#db, path);
      this.#directory = this.#db.prepare(
        'SELECT data, token_pages, gram_pages FROM directory JOIN block USING (id) WHERE id = ?',
      );
      this.#filter = this.#db.prepare('SELECT data FROM filter WHERE id = ?');
      this.#piece = this.#db.prepare('SELECT data FROM piece WHERE id = ?');
      this.#summary = this.#db.prepare('SELECT data FROM summary WHERE id = ?');
      this.#activity = this.#db.prepare('SELECT activity AS data FROM summary WHERE id = ?');
      this.#version = this.#db.prepare('PRAGMA data_version');
      this.#hasJoints = hasJoints(this.#db);
      this.#chunk = this.#db.prepare(
        'SELECT base, data FROM trace_chunk WHERE flush = ? AND first <= ? ORDER BY first DESC LIMIT 1',
      );
    } catch (error) {
      this.#db.close();
      throw withPlace(error, path);
    }
  }

  /** Fixes what the following reads see, until `end`. */
  begin(): void {
    this.#guarded(() => this.#db.exec('BEGIN'));
  }

  end(): void {
    this.#last = undefined;
    if (this.#db.isTransaction) this.#db.exec('COMMIT');
  }

  close(): void {
    this.end();
    this.#db.close();
  }

  /** A number that stays the same as long as nobody has written to the file. */
  dataVersion(): number {
    return this.#guarded(() => Number(this.#version.get()?.data_version));
  }

  /** Head segments up to this number are contained; 0 when none. */
  flushedSeq(): number {
    return this.#guarded(() => metaOf(this.#db, 'flushed_seq'));
  }

  /** How many records each one stands for: more than 1 where retention has kept a share. */
  weight(): number {
    return this.#guarded(() => metaOf(this.#db, 'weight')) || 1;
  }

  /** Canonical labels by dense id, from that of `first` on. */
  streams(first = 1): Uint8Array[] {
    return this.#guarded(() => streamsOf(this.#db, this.path, first));
  }

  /** Blocks that may have times in the range (Unix ms), in order of their flushes; only those with larger ids than `after`. */
  blocks(minT: number, maxT: number, after = 0): RecordBlockInfo[] {
    return this.#guarded(() => listBlocks(this.#db, minT, maxT, after));
  }

  /** How often blocks were merged. While this stays the same, blocks come, and none go or change. */
  merges(): number {
    return this.#guarded(() => metaOf(this.#db, 'merges'));
  }

  block(id: number): RecordBlockReader {
    const row = this.#guarded(() => this.#directory.get(id));
    const directory = blob(row?.data, this.path, `block ${id}`);
    const source = {
      piece: (index: number) => this.#pieceOf(id * PIECE_FACTOR + index),
      filters: this.filters(id, Number(row?.token_pages), Number(row?.gram_pages)),
    };
    return new RecordBlockReader(this.signal, directory, source, `${this.path} block ${id}`);
  }

  /** The filters of a block, without its directory. */
  filters(id: number, tokenPages: number, gramPages: number): BlockFilters {
    const read = (index: number): Uint8Array =>
      this.#blob(this.#filter, id * PIECE_FACTOR + index, 'filter');
    return openFilters(tokenPages, gramPages, this.#hasJoints, read, `${this.path} block ${id}`);
  }

  /** Summaries of the traces of a block of spans. */
  summaries(id: number): TraceSummaries {
    return readSummaries(
      this.#blob(this.#summary, id, 'summary'),
      `${this.path} summaries of block ${id}`,
    );
  }

  /** When a block has log records, by stream; null where it does not say. */
  logActivity(id: number): LogActivity | null {
    const row = this.#guarded(() => this.#activity.get(id));
    if (row === undefined) return null;
    const data = blob(row.data, this.path, `activity of block ${id}`);
    return readLogActivity(data, `${this.path} activity of block ${id}`);
  }

  /** When spans of a block start, by stream. */
  activity(id: number): SpanActivity {
    return readActivity(
      this.#blob(this.#activity, id, 'activity'),
      `${this.path} activity of block ${id}`,
    );
  }

  /** Ids of the blocks that may have spans of a trace (16 bytes), ascending: one read per flush. */
  traceBlocks(traceId: Uint8Array): number[] {
    const key = traceKey(traceId);
    const flushes = this.#guarded(() =>
      this.#db.prepare('SELECT DISTINCT flush FROM trace_chunk ORDER BY flush').all(),
    );
    const found: number[] = [];
    for (const { flush } of flushes) {
      const entries = this.traceChunk(Number(flush), key);
      if (entries !== null) found.push(...findTrace(entries, key));
    }
    return found;
  }

  /** The one chunk of the trace index of a flush that may have a key (trace-index.ts' traceKey). */
  traceChunk(flush: number, key: Uint8Array): TraceEntries | null {
    const row = this.#guarded(() => this.#chunk.get(flush, key));
    if (row === undefined) return null;
    const data = blob(row.data, this.path, 'trace index');
    return readTraces(data, Number(row.base), `${this.path} trace index`);
  }

  /** The trace index of a flush. */
  traceEntries(flush: number): TraceEntries[] {
    const rows = this.#guarded(() =>
      this.#db.prepare('SELECT base, data FROM trace_chunk WHERE flush = ? ORDER BY id').all(flush),
    );
    const place = `${this.path} trace index`;
    return rows.map(({ base, data }) =>
      readTraces(blob(data, this.path, 'trace index'), Number(base), place),
    );
  }

  /** Operations of services, each once. */
  operations(): OperationSample[] {
    return this.#guarded(() => readOperations(this.#db));
  }

  /** Keys of fields with their types and samples of values. */
  fields(): FieldSample[] {
    return this.#guarded(() => readFields(this.#db));
  }

  /** Sections of a piece are asked for one after the other. */
  #pieceOf(row: number): Uint8Array {
    if (this.#last?.row !== row) {
      this.#last = undefined;
      this.#last = { row, bytes: this.#blob(this.#piece, row, 'piece') };
    }
    return this.#last.bytes;
  }

  #blob(statement: StatementSync, id: number, what: string): Uint8Array {
    const row = this.#guarded(() => statement.get(id));
    return blob(row?.data, this.path, `${what} ${id}`);
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw withPlace(error, this.path);
    }
  }
}
