/**
 * The data directory: its lock, its format version and what must outlive every file in it.
 *
 * Model: `lock.db` is held by an exclusive transaction for as long as the process lives; the kernel releases it with the process,
 * so a killed one never blocks the next start. `system.db` (synchronous FULL) holds the format version, the persistent
 * fingerprint key and the retention clock.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export const DIRECTORY_VERSION = 1;

/** SQLite's result code for a lock that another connection holds. */
const SQLITE_BUSY = 5;

/** Older versions can lose committed writes when two connections write and checkpoint at once (the WAL-reset bug). */
const MIN_SQLITE = '3.51.3';

export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
}

export class Directory {
  readonly path: string;
  /** Four words; seed of every series fingerprint in this directory. */
  readonly key: Uint32Array;
  readonly #lock: DatabaseSync;
  readonly #system: DatabaseSync;

  /** Locks and opens; throws DirectoryError when it cannot be used, another process has it, or a newer version wrote it. */
  constructor(path: string) {
    this.path = path;
    assertSqlite();
    makeFolder(resolve(path, 'journal'));
    this.#lock = lock(join(path, 'lock.db'));
    this.#system = openSystem(join(path, 'system.db'), this.#lock);
    const version = Number(this.get('format_version') ?? 0);
    if (version > DIRECTORY_VERSION) {
      this.close();
      throw new DirectoryError(
        `${path} was written by a newer version of Sightline (directory format ${version}, this one knows ${DIRECTORY_VERSION})`,
      );
    }
    if (version === 0) this.set('format_version', DIRECTORY_VERSION);
    if (this.get('fingerprint_key') === undefined) {
      this.set('fingerprint_key', randomBytes(16).toString('hex'));
    }
    const key = Buffer.from(String(this.get('fingerprint_key')), 'hex');
    this.key = Uint32Array.from({ length: 4 }, (_, i) => key.readUInt32LE(i * 4));
  }

  get(name: string): string | number | undefined {
    const value = this.#system.prepare('SELECT value FROM meta WHERE key = ?').get(name)?.value;
    return typeof value === 'string' || typeof value === 'number' ? value : undefined;
  }

  set(name: string, value: string | number): void {
    this.#system.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run(name, value);
  }

  close(): void {
    this.#system.close();
    this.#lock.close();
  }
}

/**
 * Makes a folder and those above it, as far as they are missing. One by one: `recursive` loops for ever where a folder cannot be made
 * although the one above it is there (`/proc`), and calls a read-only one missing.
 */
function makeFolder(path: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) return;
  if (stat !== undefined) throw new DirectoryError(`${path} is not a directory`);
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DirectoryError(
      `the data directory cannot be made: ${reason}; give another with --data DIR`,
      { cause: error },
    );
  }
}

function lock(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: 0 });
    db.exec('PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new DirectoryError(
        `${path} is held by another process: a second Sightline cannot use the same data directory; stop the first or give --data another directory`,
        { cause: error },
      );
    }
    throw unusable(path, error);
  }
}

function openSystem(path: string, held: DatabaseSync): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    // The last is a write, so that a directory that may only be read is told here.
    db.exec(`PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;
      CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
      PRAGMA user_version=0;`);
    return db;
  } catch (error) {
    db?.close();
    held.close();
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): DirectoryError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DirectoryError(`${path} cannot be used: ${reason}`, { cause: error });
}

function assertSqlite(): void {
  const db = new DatabaseSync(':memory:');
  const version = String(db.prepare('SELECT sqlite_version() AS version').get()?.version);
  db.close();
  if (compareVersions(version, MIN_SQLITE) < 0) {
    throw new DirectoryError(
      `SQLite ${version} is too old: ${MIN_SQLITE} or newer is needed (Node 26 has it)`,
    );
  }
}

function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
