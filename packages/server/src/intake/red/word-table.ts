/**
 * A table from four words to a row.
 *
 * Model: open addressing, linear probing, five words a slot: row + 1, then the key. Rows are never taken out one by one: whoever removes
 * some clears the table and adds the rest again.
 *
 * Invariant: at most half of the slots are taken.
 */
const FIRST_SLOTS = 128;

export class WordTable {
  size = 0;
  #slots = new Uint32Array(FIRST_SLOTS * 5);
  #mask = FIRST_SLOTS - 1;

  /** The row of a key (words unsigned), or -1. */
  find(a: number, b: number, c: number, d: number): number {
    return this.#slots[this.#place(a, b, c, d)] - 1;
  }

  /** Adds a key that is not there. */
  add(a: number, b: number, c: number, d: number, row: number): void {
    if (this.size * 2 > this.#mask) this.#grow();
    this.size++;
    this.#put(a, b, c, d, row + 1);
  }

  clear(): void {
    this.size = 0;
    this.#slots.fill(0);
  }

  #put(a: number, b: number, c: number, d: number, value: number): void {
    const slot = this.#place(a, b, c, d);
    const slots = this.#slots;
    slots[slot] = value;
    slots[slot + 1] = a;
    slots[slot + 2] = b;
    slots[slot + 3] = c;
    slots[slot + 4] = d;
  }

  /** Where the key stands or would stand. */
  #place(a: number, b: number, c: number, d: number): number {
    const slots = this.#slots;
    // Words may be small numbers: they are spread before they choose a slot.
    let at = (Math.imul(a ^ Math.imul(b, 0x85ebca77) ^ c, 0x9e3779b1) >>> 7) & this.#mask;
    while (true) {
      const slot = at * 5;
      if (slots[slot] === 0) return slot;
      if (
        slots[slot + 1] === a &&
        slots[slot + 2] === b &&
        slots[slot + 3] === c &&
        slots[slot + 4] === d
      ) {
        return slot;
      }
      at = (at + 1) & this.#mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    const size = (this.#mask + 1) * 2;
    this.#slots = new Uint32Array(size * 5);
    this.#mask = size - 1;
    for (let slot = 0; slot < old.length; slot += 5) {
      if (old[slot] === 0) continue;
      const [value, a, b, c, d] = old.subarray(slot, slot + 5);
      this.#put(a, b, c, d, value);
    }
  }
}
