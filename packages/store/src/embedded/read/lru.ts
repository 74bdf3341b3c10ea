/**
 * A cache bounded by bytes: the entry that was used longest ago goes first.
 *
 * Model: several caches may share a pool, so that what one does not need another may have. A cache gives up entries while it holds more than it
 * may ever, or while the pool is overdrawn and it holds more than is its own.
 *
 * Invariants: entries grow while they are used, and only then; the sum follows with the next use of the same entry, when
 * so many others were used, and when `settle` is called, which whoever has used entries does once he is done. A pool is overdrawn by no more than what its caches call their own.
 */
interface Sized {
  /** Approximate bytes of memory. */
  readonly bytes: number;
}

/** Bytes of several caches together. */
export class BytePool {
  bytes = 0;
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }
}

interface PoolShare {
  readonly pool: BytePool;
  /** What the cache keeps even of an overdrawn pool. */
  readonly ownBytes: number;
}

/** A query that goes through a thousand blocks is to give up the first of them on its way. */
const MAX_UNSETTLED = 16;

interface Entry<T> {
  readonly value: T;
  bytes: number;
}

export class ByteLru<T extends Sized> {
  readonly #maxBytes: number;
  readonly #pool: BytePool;
  readonly #ownBytes: number;
  readonly #entries = new Map<string, Entry<T>>();
  /** Those that were used since the last `settle`. */
  readonly #used = new Map<string, Entry<T>>();
  #bytes = 0;

  constructor(maxBytes: number, share?: PoolShare) {
    this.#maxBytes = maxBytes;
    this.#pool = share?.pool ?? new BytePool(maxBytes);
    this.#ownBytes = share?.ownBytes ?? maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The cached value, or the one that `load` makes (which may throw). */
  get(key: string, load: () => T): T {
    if (this.#used.size >= MAX_UNSETTLED) this.settle();
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      this.#used.set(key, entry);
      this.#account(entry);
      return entry.value;
    }
    const value = load();
    const added = { value, bytes: 0 };
    this.#entries.set(key, added);
    this.#used.set(key, added);
    this.#account(added);
    return value;
  }

  /** Asks all entries that were used for their bytes again. */
  settle(): void {
    for (const [key, entry] of this.#used) {
      if (this.#entries.get(key) === entry) this.#account(entry);
    }
    this.#used.clear();
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#used.delete(key);
    this.#add(-entry.bytes);
  }

  clear(): void {
    this.#entries.clear();
    this.#used.clear();
    this.#add(-this.#bytes);
  }

  get #isOver(): boolean {
    const { bytes, maxBytes } = this.#pool;
    return this.#bytes > this.#maxBytes || (bytes > maxBytes && this.#bytes > this.#ownBytes);
  }

  #add(bytes: number): void {
    this.#bytes += bytes;
    this.#pool.bytes += bytes;
  }

  #account(entry: Entry<T>): void {
    const bytes = entry.value.bytes;
    this.#add(bytes - entry.bytes);
    entry.bytes = bytes;
    for (const [key, oldest] of this.#entries) {
      if (!this.#isOver || oldest === entry) return;
      this.#entries.delete(key);
      this.#used.delete(key);
      this.#add(-oldest.bytes);
    }
  }
}
