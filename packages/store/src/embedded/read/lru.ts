/**
 * A cache bounded by bytes: the entry that was used longest ago goes first.
 *
 * Invariant: entries may grow while they are cached; `bytes` is asked again whenever an entry is used, so the sum follows with the
 * next use.
 */
interface Sized {
  /** Approximate bytes of memory. */
  readonly bytes: number;
}

export class ByteLru<T extends Sized> {
  bytes = 0;
  readonly #maxBytes: number;
  readonly #entries = new Map<string, { value: T; bytes: number }>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The cached value, or the one that `load` makes (which may throw). */
  get(key: string, load: () => T): T {
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, entry);
      this.#account(entry);
      return entry.value;
    }
    const value = load();
    const added = { value, bytes: 0 };
    this.#entries.set(key, added);
    this.#account(added);
    return value;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.bytes -= entry.bytes;
  }

  clear(): void {
    this.#entries.clear();
    this.bytes = 0;
  }

  #account(entry: { value: T; bytes: number }): void {
    const bytes = entry.value.bytes;
    this.bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    for (const [key, oldest] of this.#entries) {
      if (this.bytes <= this.#maxBytes || oldest === entry) return;
      this.#entries.delete(key);
      this.bytes -= oldest.bytes;
    }
  }
}
