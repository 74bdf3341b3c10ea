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
  /** It was used since the last `settle`. */
  isUsed: boolean;
  isGone: boolean;
}

export class ByteLru<T extends Sized> {
  readonly #maxBytes: number;
  readonly #pool: BytePool;
  readonly #ownBytes: number;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #used: Entry<T>[] = [];
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
    if (this.#used.length >= MAX_UNSETTLED) this.settle();
    const known = this.#entries.get(key);
    const entry = known ?? { value: load(), bytes: 0, isUsed: false, isGone: false };
    if (known !== undefined) this.#entries.delete(key);
    this.#entries.set(key, entry);
    if (!entry.isUsed) {
      entry.isUsed = true;
      this.#used.push(entry);
    }
    this.#account(entry);
    this.#trim();
    return entry.value;
  }

  /** Asks all entries that were used for their bytes again. */
  settle(): void {
    for (const entry of this.#used) {
      entry.isUsed = false;
      if (!entry.isGone) this.#account(entry);
    }
    this.#used.length = 0;
    this.#trim();
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#drop(key, entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#used.length = 0;
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
  }

  /** What was used last stays, however large it is. */
  #trim(): void {
    for (const [key, oldest] of this.#entries) {
      if (!this.#isOver || this.#entries.size === 1) return;
      this.#drop(key, oldest);
    }
  }

  #drop(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    entry.isGone = true;
    this.#add(-entry.bytes);
  }
}
