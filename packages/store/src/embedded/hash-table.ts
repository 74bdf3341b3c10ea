/**
 * A map from 128-bit hashes to positive 32-bit numbers, in typed arrays: about 26 bytes an entry and no object per entry.
 *
 * Model: entries lie in order of insertion; an open-addressing index (linear probing over a power of two) finds them. Senders repeat
 * their series in the same order, so a look-up first tries the entry after the one found last: a sequential read instead of two
 * random ones. Deletion rebuilds (`retain`).
 * Invariants: the index is at most 70 % full and holds entry + 1 (0: empty); entries never move except in a rebuild; no more than
 * `maxEntries`, past which `set` refuses.
 */
const INITIAL_SLOTS = 256;
const MAX_LOAD = 0.7;

export class HashTable {
  size = 0;
  readonly #maxEntries: number;
  #hashes = new Uint32Array(INITIAL_SLOTS * 4);
  #values = new Uint32Array(INITIAL_SLOTS);
  #mask = INITIAL_SLOTS - 1;
  #index = new Uint32Array(INITIAL_SLOTS);
  #expected = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The value stored under the four words of `hash`, or 0. */
  get(hash: Uint32Array): number {
    const h0 = hash[0];
    const h1 = hash[1];
    const h2 = hash[2];
    const h3 = hash[3];
    const hashes = this.#hashes;
    const guess = this.#expected;
    const at = guess << 2;
    if (
      guess < this.size &&
      hashes[at] === h0 &&
      hashes[at + 1] === h1 &&
      hashes[at + 2] === h2 &&
      hashes[at + 3] === h3
    ) {
      this.#expected = guess + 1;
      return this.#values[guess];
    }
    const entry = this.#find(h0, h1, h2, h3);
    if (entry < 0) return 0;
    this.#expected = entry + 1;
    return this.#values[entry];
  }

  /** Stores `value` (> 0) under `hash`, replacing; false when the table is full. */
  set(hash: Uint32Array, value: number): boolean {
    const known = this.#find(hash[0], hash[1], hash[2], hash[3]);
    if (known >= 0) {
      this.#values[known] = value;
      return true;
    }
    if (this.size >= this.#maxEntries) return false;
    if (this.size >= this.#index.length * MAX_LOAD) this.#resize(this.#index.length * 2);
    this.#append(hash[0], hash[1], hash[2], hash[3], value);
    return true;
  }

  clear(): void {
    this.retain(() => false);
  }

  /** Keeps only the entries whose value satisfies `keeps`, in their order. */
  retain(keeps: (value: number) => boolean): void {
    const hashes = this.#hashes;
    const count = this.size;
    this.#index.fill(0);
    this.size = 0;
    this.#expected = 0;
    for (let entry = 0; entry < count; entry++) {
      const value = this.#values[entry];
      if (!keeps(value)) continue;
      const at = entry << 2;
      this.#append(hashes[at], hashes[at + 1], hashes[at + 2], hashes[at + 3], value);
    }
  }

  get bytes(): number {
    return this.#hashes.byteLength + this.#values.byteLength + this.#index.byteLength;
  }

  #find(h0: number, h1: number, h2: number, h3: number): number {
    const hashes = this.#hashes;
    const index = this.#index;
    const mask = this.#mask;
    for (let slot = h0 & mask; ; slot = (slot + 1) & mask) {
      const entry = index[slot] - 1;
      if (entry < 0) return -1;
      const at = entry << 2;
      if (
        hashes[at] === h0 &&
        hashes[at + 1] === h1 &&
        hashes[at + 2] === h2 &&
        hashes[at + 3] === h3
      ) {
        return entry;
      }
    }
  }

  /** Adds an entry that is not there; the caller has made room in the index. Entries only move to lower places or stay. */
  #append(h0: number, h1: number, h2: number, h3: number, value: number): void {
    const entry = this.size++;
    const at = entry << 2;
    this.#hashes[at] = h0;
    this.#hashes[at + 1] = h1;
    this.#hashes[at + 2] = h2;
    this.#hashes[at + 3] = h3;
    this.#values[entry] = value;
    this.#place(entry, h0);
  }

  #place(entry: number, h0: number): void {
    let slot = h0 & this.#mask;
    while (this.#index[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#index[slot] = entry + 1;
  }

  #resize(slots: number): void {
    const entries = Math.ceil(slots * MAX_LOAD) + 1;
    const hashes = new Uint32Array(entries * 4);
    hashes.set(this.#hashes.subarray(0, this.size * 4));
    const values = new Uint32Array(entries);
    values.set(this.#values.subarray(0, this.size));
    this.#hashes = hashes;
    this.#values = values;
    this.#index = new Uint32Array(slots);
    this.#mask = slots - 1;
    for (let entry = 0; entry < this.size; entry++) this.#place(entry, hashes[entry << 2]);
  }
}
