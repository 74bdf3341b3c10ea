/**
 * A partition file: SQLite as a container of large blobs (docs/format.md has every table and blob).
 *
 * Model: series of a file have dense ids (`dsid`, from 1) in order of registration. Every flush adds one immutable *part*: blocks of
 * float samples and blocks of histograms by (part, first dsid), the sequence range they cover, and the time range. Label segments (canonical labels by dsid) and
 * posting segments (label value -> dsids) belong to the file. `flushed_seq` is the highest head segment whose rows
 * the file has, written in the transaction that adds them.
 *
 * Invariants: only the flush thread writes, and it alone checkpoints; readers see one transaction's state from `begin` to `end`;
 * nothing in this process opens the file, its -wal or its -shm with node:fs while it may be live (closing such a descriptor
 * would drop SQLite's locks).
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { MetricMetadata } from '@sightline/wire';
import { CorruptionError, FormatVersionError, withPlace } from './blocks/errors.ts';

export const FILE_VERSION = 1;
/** A block's row id is its part times this plus its first dsid. */
export const PART_FACTOR = 2 ** 32;
const APPLICATION_ID = 0x534c4431; // "SLD1"
const PAGE_BYTES = 4096;

const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE part (id INTEGER PRIMARY KEY, level INTEGER, seq_lo INTEGER, seq_hi INTEGER,
  t_min REAL, t_max REAL, samples INTEGER, bytes INTEGER);
CREATE TABLE block (id INTEGER PRIMARY KEY, last INTEGER, data BLOB);
CREATE TABLE histogram_block (id INTEGER PRIMARY KEY, last INTEGER, data BLOB);
CREATE TABLE label_segment (first INTEGER PRIMARY KEY, count INTEGER, data BLOB);
CREATE TABLE posting_segment (id INTEGER PRIMARY KEY, first INTEGER, count INTEGER, data BLOB);
CREATE TABLE metadata (name TEXT PRIMARY KEY, type TEXT, help TEXT, unit TEXT) WITHOUT ROWID;
CREATE TABLE exemplar (id INTEGER PRIMARY KEY, t_min REAL, t_max REAL, data TEXT);
`;

export interface PartInfo {
  id: number;
  level: number;
  seqLo: number;
  seqHi: number;
  tMin: number;
  tMax: number;
  samples: number;
  bytes: number;
}

/** First and last dsid of every block of a part, ascending. */
export interface BlockDirectory {
  first: Uint32Array;
  last: Uint32Array;
}

/** Blocks of float samples and of histograms stand in two tables with the same keys. */
export type BlockKind = 'float' | 'histogram';

export interface SegmentInfo {
  id: number;
  first: number;
  count: number;
}

/** Opens a file for writing, creating it when it does not exist. Throws CorruptionError, FormatVersionError, or SQLite's error. */
export function openForWriting(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5000 });
  try {
    db.exec(`PRAGMA page_size=${PAGE_BYTES}; PRAGMA cache_size=-1024; PRAGMA journal_mode=WAL;
      PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY;`);
    const version = pragma(db, 'user_version');
    if (version === 0) {
      db.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA application_id=${APPLICATION_ID};
        PRAGMA user_version=${FILE_VERSION}; COMMIT;`);
    } else assertVersion(path, version);
    return db;
  } catch (error) {
    db.close();
    throw withPlace(error, path);
  }
}

/**
 * Whether nothing was ever committed to the file: its maker was killed before it had tables. `bytes` is the file's size. To be asked
 * only while nobody has the file open.
 */
export function isUnfinished(path: string, bytes: number): boolean {
  if (bytes > PAGE_BYTES) return false;
  try {
    const db = new DatabaseSync(path);
    try {
      return pragma(db, 'user_version') === 0;
    } finally {
      db.close();
    }
  } catch {
    return false;
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function assertVersion(path: string, version: number): void {
  if (version <= FILE_VERSION) return;
  throw new FormatVersionError(path, version, FILE_VERSION);
}

/** Read side of a partition file; one per query thread and file, kept open between queries. */
export class DayFileReader {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #blocks: Readonly<Record<BlockKind, StatementSync>>;
  readonly #directories: Readonly<Record<BlockKind, StatementSync>>;
  readonly #labels: StatementSync;
  readonly #postings: StatementSync;
  readonly #version: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #parts: StatementSync;
  readonly #labelSegments: StatementSync;
  readonly #postingSegments: StatementSync;

  /** This and every other member throws CorruptionError for a damaged file, FormatVersionError, or SQLite's error. */
  constructor(path: string) {
    this.path = path;
    this.#db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    try {
      this.#db.exec('PRAGMA cache_size=-512;');
      assertVersion(path, pragma(this.#db, 'user_version'));
      const data = (table: string): StatementSync =>
        this.#db.prepare(`SELECT data FROM ${table} WHERE id = ?`);
      const keys = (table: string): StatementSync =>
        this.#db.prepare(`SELECT id, last FROM ${table} WHERE id >= ? AND id < ? ORDER BY id`);
      this.#blocks = { float: data('block'), histogram: data('histogram_block') };
      this.#directories = { float: keys('block'), histogram: keys('histogram_block') };
      this.#labels = this.#db.prepare('SELECT data FROM label_segment WHERE first = ?');
      this.#postings = this.#db.prepare('SELECT data FROM posting_segment WHERE id = ?');
      this.#version = this.#db.prepare('PRAGMA data_version');
      this.#begin = this.#db.prepare('BEGIN');
      this.#commit = this.#db.prepare('COMMIT');
      this.#parts = this.#db.prepare('SELECT * FROM part ORDER BY seq_lo, id');
      this.#labelSegments = this.#db.prepare(
        'SELECT first AS id, first, count FROM label_segment ORDER BY first',
      );
      this.#postingSegments = this.#db.prepare(
        'SELECT id, first, count FROM posting_segment ORDER BY first',
      );
    } catch (error) {
      this.#db.close();
      throw withPlace(error, path);
    }
  }

  /** Fixes what the following reads see, until `end`. */
  begin(): void {
    this.#guarded(() => this.#begin.run());
  }

  end(): void {
    if (this.#db.isTransaction) this.#commit.run();
  }

  close(): void {
    this.end();
    this.#db.close();
  }

  /**
   * A number that stays the same as long as nobody has written to the file. Asking within `begin` and `end` fixes what is seen, as any
   * other read does.
   */
  dataVersion(): number {
    return this.#guarded(() => Number(this.#version.get()?.data_version));
  }

  parts(): PartInfo[] {
    return this.#guarded(() => this.#parts.all()).map((row) => ({
      id: Number(row.id),
      level: Number(row.level),
      seqLo: Number(row.seq_lo),
      seqHi: Number(row.seq_hi),
      tMin: Number(row.t_min),
      tMax: Number(row.t_max),
      samples: Number(row.samples),
      bytes: Number(row.bytes),
    }));
  }

  blockDirectory(kind: BlockKind, part: number): BlockDirectory {
    const rows = this.#guarded(() =>
      this.#directories[kind].all(part * PART_FACTOR, (part + 1) * PART_FACTOR),
    );
    const first = new Uint32Array(rows.length);
    const last = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      first[i] = Number(rows[i]?.id) - part * PART_FACTOR;
      last[i] = Number(rows[i]?.last);
    }
    return { first, last };
  }

  block(kind: BlockKind, part: number, first: number): Uint8Array {
    return this.#blob(this.#blocks[kind], part * PART_FACTOR + first, `${kind} block`);
  }

  labelSegments(): SegmentInfo[] {
    return this.#guarded(() => segments(this.#labelSegments));
  }

  labelSegment(first: number): Uint8Array {
    return this.#blob(this.#labels, first, 'label segment');
  }

  postingSegments(): SegmentInfo[] {
    return this.#guarded(() => segments(this.#postingSegments));
  }

  postingSegment(id: number): Uint8Array {
    return this.#blob(this.#postings, id, 'posting segment');
  }

  metadata(): MetricMetadata[] {
    const rows = this.#guarded(() =>
      this.#db.prepare('SELECT name, type, help, unit FROM metadata').all(),
    );
    return rows.map((row) => ({
      name: String(row.name),
      type: metricType(String(row.type)),
      help: String(row.help),
      unit: String(row.unit),
    }));
  }

  /** JSON arrays of stored exemplars that may lie in the range (Unix ms). */
  exemplars(minT: number, maxT: number): string[] {
    const rows = this.#guarded(() =>
      this.#db.prepare('SELECT data FROM exemplar WHERE t_max >= ? AND t_min <= ?').all(minT, maxT),
    );
    return rows.map((row) => String(row.data));
  }

  /** Head segments up to this number are contained; 0 when none. */
  flushedSeq(): number {
    return Number(
      this.#db.prepare("SELECT value FROM meta WHERE key = 'flushed_seq'").get()?.value ?? 0,
    );
  }

  #guarded<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw withPlace(error, this.path);
    }
  }

  #blob(statement: StatementSync, key: number, what: string): Uint8Array {
    const data = this.#guarded(() => statement.get(key))?.data;
    if (data instanceof Uint8Array) return data;
    throw new CorruptionError(`${what} ${key} is missing`, this.path, 0);
  }
}

function segments(statement: StatementSync): SegmentInfo[] {
  return statement.all().map((row) => ({
    id: Number(row.id),
    first: Number(row.first),
    count: Number(row.count),
  }));
}

const METRIC_TYPES = [
  'counter',
  'gauge',
  'histogram',
  'gaugehistogram',
  'summary',
  'info',
  'stateset',
] as const;

function metricType(text: string): MetricMetadata['type'] {
  return METRIC_TYPES.find((type) => type === text) ?? 'unknown';
}
