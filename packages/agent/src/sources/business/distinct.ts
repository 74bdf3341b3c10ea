/**
 * How many different ids were seen within a window, in constant memory and without keeping an id.
 *
 * Model: HyperLogLog (Flajolet et al. 2007, with linear counting below 2.5 registers' worth) per slice of the window; the count is that of the slices
 * that lie in the window, merged by the greater register. The window therefore moves on by a slice at a time.
 *
 * Invariants: SLICES x REGISTERS bytes; the standard error is 1.04 / sqrt(REGISTERS) = 1.6 %.
 */
const INDEX_BITS = 12;
const REGISTERS = 1 << INDEX_BITS;
const SLICES = 5;
/** alpha of the paper for many registers. */
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
const POWERS = Float64Array.from({ length: 34 }, (_, power) => 2 ** -power);

export class DistinctCounter {
  readonly #sliceMs: number;
  readonly #slices = Array.from({ length: SLICES }, () => new Uint8Array(REGISTERS));
  /** Number of the slice that each array holds, counted from the clock's zero. */
  readonly #numbers = new Array<number>(SLICES).fill(-1);

  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES;
  }

  add(id: string, nowMs: number): void {
    const hash = hashOf(id);
    const register = hash >>> (32 - INDEX_BITS);
    // Position of the first 1 bit of what is left; one past its end when there is none.
    const rank = Math.min(Math.clz32(hash << INDEX_BITS), 32 - INDEX_BITS) + 1;
    const slice = this.#slice(Math.floor(nowMs / this.#sliceMs));
    if ((slice[register] ?? 0) < rank) slice[register] = rank;
  }

  count(nowMs: number): number {
    const newest = Math.floor(nowMs / this.#sliceMs);
    const inWindow = this.#slices.filter((_, i) => newest - (this.#numbers[i] ?? -1) < SLICES);
    let sum = 0;
    let empty = 0;
    for (let i = 0; i < REGISTERS; i++) {
      let rank = 0;
      for (const slice of inWindow) rank = Math.max(rank, slice[i] ?? 0);
      sum += POWERS[rank] ?? 0;
      if (rank === 0) empty++;
    }
    const estimate = (ALPHA * REGISTERS * REGISTERS) / sum;
    const small = estimate <= 2.5 * REGISTERS && empty > 0;
    return Math.round(small ? REGISTERS * Math.log(REGISTERS / empty) : estimate);
  }

  #slice(number: number): Uint8Array {
    const place = number % SLICES;
    const slice = this.#slices[place] ?? new Uint8Array(REGISTERS);
    if (this.#numbers[place] !== number) slice.fill(0);
    this.#numbers[place] = number;
    return slice;
  }
}

/** FNV-1a over UTF-16 units, finished as MurmurHash3 does so that every bit depends on every unit. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
