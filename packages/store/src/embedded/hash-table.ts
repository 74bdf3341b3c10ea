/**
 * A map from 128-bit hashes to positive 32-bit numbers, in typed arrays: 20 bytes a slot and no object per entry.
 *
 * Model: open addressing with linear probing over a power of two; value 0 marks an empty slot. Deletion rebuilds (`retain`).
 * Invariants: at most 70 % full; grows by doubling up to `maxEntries`, past which `set` refuses.
 */
const INITIAL_SLOTS = 256;
const MAX_LOAD = 0.7;

export class HashTable {
  size = 0;
  readonly #maxEntries: number;
  #mask = INITIAL_SLOTS - 1;
  #hashes = new Uint32Array(INITIAL_SLOTS * 4);
  #values = new Uint32Array(INITIAL_SLOTS);

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
    const values = this.#values;
    const mask = this.#mask;
    for (let slot = h0 & mask; ; slot = (slot + 1) & mask) {
      const value = values[slot];
      if (value === 0) return 0;
      const at = slot << 2;
      if (
        hashes[at] === h0 &&
        hashes[at + 1] === h1 &&
        hashes[at + 2] === h2 &&
        hashes[at + 3] === h3
      ) {
        return value;
      }
    }
  }

  /** Stores `value` (> 0) under `hash`, replacing; false when the table is full. */
  set(hash: Uint32Array, value: number): boolean {
    if (this.size + 1 > this.#values.length * MAX_LOAD) {
      if (this.size >= this.#maxEntries) return false;
      this.#rebuild(this.#values.length * 2, () => true);
    }
    this.#place(hash[0], hash[1], hash[2], hash[3], value);
    return true;
  }

  clear(): void {
    this.#rebuild(INITIAL_SLOTS, () => false);
  }

  /** Keeps only the entries whose value satisfies `keeps`. */
  retain(keeps: (value: number) => boolean): void {
    this.#rebuild(this.#values.length, keeps);
  }

  get bytes(): number {
    return this.#hashes.byteLength + this.#values.byteLength;
  }

  #place(h0: number, h1: number, h2: number, h3: number, value: number): void {
    const hashes = this.#hashes;
    for (let slot = h0 & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot << 2;
      const taken = this.#values[slot] !== 0;
      const same =
        taken &&
        hashes[at] === h0 &&
        hashes[at + 1] === h1 &&
        hashes[at + 2] === h2 &&
        hashes[at + 3] === h3;
      if (taken && !same) continue;
      if (!taken) this.size++;
      hashes[at] = h0;
      hashes[at + 1] = h1;
      hashes[at + 2] = h2;
      hashes[at + 3] = h3;
      this.#values[slot] = value;
      return;
    }
  }

  #rebuild(slots: number, keeps: (value: number) => boolean): void {
    const hashes = this.#hashes;
    const values = this.#values;
    this.#hashes = new Uint32Array(slots * 4);
    this.#values = new Uint32Array(slots);
    this.#mask = slots - 1;
    this.size = 0;
    for (let slot = 0; slot < values.length; slot++) {
      const value = values[slot];
      if (value === 0 || !keeps(value)) continue;
      const at = slot << 2;
      this.#place(hashes[at], hashes[at + 1], hashes[at + 2], hashes[at + 3], value);
    }
  }
}
