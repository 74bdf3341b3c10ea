/**
 * The open record files of a query thread and the cache of their blocks.
 *
 * Model: open files that no querier uses are kept, the one used longest ago first; blocks of all files share one cache.
 *
 * Invariants: a file is used by one querier at a time, because it sees the file's state as of its beginning; `trim` and `forget` are
 * called while no querier is open.
 */
import type { RecordSignal } from '../../records/block-format.ts';
import type { SeriesInterner } from '../interner.ts';
import type { ByteLru } from '../lru.ts';
import type { CachedBlock } from './cached-block.ts';
import { RecordFile } from './record-file.ts';

export class RecordFiles {
  readonly #cache: ByteLru<CachedBlock>;
  readonly #maxIdle: number;
  readonly #idle = new Map<string, RecordFile>();

  constructor(cache: ByteLru<CachedBlock>, maxIdle: number) {
    this.#cache = cache;
    this.#maxIdle = maxIdle;
  }

  get cacheBytes(): number {
    return this.#cache.bytes;
  }

  /** A file that no other querier uses, begun. Throws CorruptionError, FormatVersionError or SQLite's error. */
  open(path: string, signal: RecordSignal, interner: SeriesInterner): RecordFile {
    const file = this.#idle.get(path) ?? new RecordFile(path, signal, this.#cache, interner);
    this.#idle.delete(path);
    try {
      file.begin();
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }

  /** Takes back a file that `open` gave. */
  putBack(file: RecordFile): void {
    file.end();
    if (this.#idle.has(file.path)) file.close();
    else this.#idle.set(file.path, file);
  }

  /** Counts what was decoded of blocks since. */
  settle(): void {
    this.#cache.settle();
  }

  /** Closes files under `folder` that are not listed, and those past the bound. */
  trim(folder: string, listed: ReadonlySet<string>): void {
    this.#close((path) => path.startsWith(`${folder}/`) && !listed.has(path));
    let surplus = this.#idle.size - this.#maxIdle;
    this.#close(() => surplus-- > 0);
  }

  /** Closes all files: their numbers of streams are no longer valid. */
  forget(): void {
    this.#close(() => true);
  }

  close(): void {
    this.forget();
    this.#cache.clear();
  }

  #close(drops: (path: string) => boolean): void {
    for (const [path, file] of this.#idle) {
      if (!drops(path)) continue;
      file.close();
      this.#idle.delete(path);
    }
  }
}
