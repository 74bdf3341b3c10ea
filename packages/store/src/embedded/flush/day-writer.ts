/**
 * Write side of one partition file, in the flush thread (tables and invariants: day-file.ts).
 *
 * Model: `write` runs one transaction: it registers new series (labels and postings), adds a part of blocks, and moves `flushed_seq`.
 * Nothing is visible before the commit, and after it everything is.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type BlockKind, openForWriting, PART_FACTOR } from '../day-file.ts';
import type { SeriesView } from '../series.ts';
import { FileSeries } from './file-series.ts';
import type { StoredExemplar, TenantNotes } from './messages.ts';
import { readLabelSegments, rebuildPostings, registerSeries } from './registry.ts';

export interface NewPart {
  level: number;
  seqLo: number;
  seqHi: number;
}

/** What a part came to. */
export interface PartTotals {
  samples: number;
  bytes: number;
  tMin: number;
  tMax: number;
}

export class DayWriter {
  readonly path: string;
  readonly series: FileSeries;
  /** Fingerprint seed of the tenant. */
  readonly seed: Uint32Array;
  readonly db: DatabaseSync;
  readonly #insert: Readonly<Record<BlockKind, StatementSync>>;

  /** Opens or creates the file; throws CorruptionError, FormatVersionError or SQLite's error. `seed`: fingerprint seed of the tenant. */
  constructor(path: string, view: SeriesView, seed: Uint32Array) {
    this.path = path;
    this.seed = seed;
    this.db = openForWriting(path);
    this.series = new FileSeries(view, seed);
    try {
      removeOrphans(this.db);
      readLabelSegments(this.db, path, (labels, start, end) =>
        this.series.restore(labels, start, end),
      );
      const insert = (table: string): StatementSync =>
        this.db.prepare(`INSERT INTO ${table} (id, last, data) VALUES (?, ?, ?)`);
      this.#insert = { float: insert('block'), histogram: insert('histogram_block') };
    } catch (error) {
      this.db.close();
      throw error;
    }
  }

  get sealed(): boolean {
    return this.#meta('sealed') === 1;
  }

  /** Name of the file that this sealed one replaced, or ''. */
  get replaces(): string {
    const value = this.db.prepare("SELECT value FROM meta WHERE key = 'replaces'").get()?.value;
    return typeof value === 'string' ? value : '';
  }

  /** Highest head segment whose rows the file has. */
  get flushedSeq(): number {
    return this.#meta('flushed_seq');
  }

  /** Runs `work` in one transaction and makes the result durable. */
  transaction(work: () => void): void {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.db.exec('COMMIT');
    } catch (error) {
      if (this.db.isTransaction) this.db.exec('ROLLBACK');
      throw error;
    }
  }

  /**
   * Moves the write-ahead log into the file and syncs both. Readers that are at work keep the log from being cut, not from
   * being synced, so what was committed is on stable storage afterwards in any case.
   */
  checkpoint(): void {
    this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Registers live series that the file does not have; `series.find` has them afterwards. `sids` is sorted in place. */
  register(sids: number[], view: SeriesView): void {
    if (sids.length === 0) return;
    registerSeries(this.db, this.path, sids, view, (sid) => this.series.add(sid));
  }

  /** A part number that was never given out in this file. */
  nextPart(): number {
    const part = this.#meta('parts') + 1;
    this.setMeta('parts', part);
    return part;
  }

  deletePart(id: number): void {
    this.db.prepare('DELETE FROM part WHERE id = ?').run(id);
    for (const table of ['block', 'histogram_block']) {
      this.db
        .prepare(`DELETE FROM ${table} WHERE id >= ? AND id < ?`)
        .run(id * PART_FACTOR, (id + 1) * PART_FACTOR);
    }
  }

  setLevel(part: number, level: number): void {
    this.db.prepare('UPDATE part SET level = ? WHERE id = ?').run(level, part);
  }

  addBlock(kind: BlockKind, part: number, first: number, last: number, data: Uint8Array): void {
    this.#insert[kind].run(part * PART_FACTOR + first, last, data);
  }

  addPart(id: number, part: NewPart, totals: PartTotals): void {
    this.db
      .prepare('INSERT INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
      .run(
        id,
        part.level,
        part.seqLo,
        part.seqHi,
        totals.tMin,
        totals.tMax,
        totals.samples,
        totals.bytes,
      );
  }

  addNotes(notes: TenantNotes): void {
    const insert = this.db.prepare('INSERT OR REPLACE INTO metadata VALUES (?, ?, ?, ?)');
    for (const { name, type, help, unit } of notes.metadata) insert.run(name, type, help, unit);
    if (notes.exemplars.length > 0) this.#addExemplars(notes.exemplars);
  }

  setFlushedSeq(number: number): void {
    this.setMeta('flushed_seq', number);
  }

  setMeta(key: string, value: number): void {
    this.db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(key, value);
  }

  setText(key: string, value: string): void {
    this.db.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(key, value);
  }

  /** Takes over series, metadata and exemplars of another file; this one must have none. */
  copySmallTables(path: string): void {
    this.db.prepare('ATTACH ? AS source').run(path);
    this.transaction(() => {
      for (const table of ['label_segment', 'metadata', 'exemplar']) {
        this.db.exec(`INSERT INTO ${table} SELECT * FROM source.${table}`);
      }
      rebuildPostings(this.db, this.path);
    });
    this.db.exec('DETACH source');
  }

  /** Leaves a single file without a write-ahead log, on stable storage. */
  finish(): void {
    this.checkpoint();
    this.db.exec('PRAGMA journal_mode=DELETE');
  }

  close(): void {
    this.db.close();
  }

  #addExemplars(exemplars: readonly StoredExemplar[]): void {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (const { t } of exemplars) {
      min = Math.min(min, t);
      max = Math.max(max, t);
    }
    this.db
      .prepare('INSERT INTO exemplar (t_min, t_max, data) VALUES (?, ?, ?)')
      .run(min, max, JSON.stringify(exemplars));
  }

  #meta(key: string): number {
    return Number(this.db.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.value ?? 0);
  }
}

/** Deletes blocks whose part does not exist: what a merge that was cut short has left. */
function removeOrphans(db: DatabaseSync): void {
  for (const table of ['block', 'histogram_block']) {
    db.exec(`DELETE FROM ${table} WHERE id / ${PART_FACTOR} NOT IN (SELECT id FROM part)`);
  }
}
