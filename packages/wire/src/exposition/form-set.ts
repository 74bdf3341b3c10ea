import { hashWords } from '../model/hash.ts';

/**
 * A set of 128-bit forms (the words in `hashWords`), kept in one typed array.
 *
 * Model: open addressing with linear probing over entries of four words; an entry of four zero words is free (a form that
 * hashes to zero is never remembered, which is harmless). Used for what a resolver cannot remember: lines that relabelling
 * dropped, and metadata already passed on.
 *
 * Invariants: at most `maxEntries` are kept; the next one empties the set first, so that memory is bounded and everything is
 * merely learned again.
 */
export class FormSet {
  #words = new Uint32Array(4 * 16);
  #mask = 15;
  #size = 0;
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#size;
  }

  has(): boolean {
    return this.#size > 0 && this.#find(this.#words, this.#mask) < 0;
  }

  /** Adds the form in `hashWords`; returns whether it was new. */
  add(): boolean {
    if (this.#size >= this.#maxEntries) this.clear();
    if ((this.#size + 1) * 2 > this.#mask) this.#grow();
    const at = this.#find(this.#words, this.#mask);
    if (at < 0) return false;
    this.#words.set(hashWords.subarray(0, 4), at);
    this.#size++;
    return true;
  }

  clear(): void {
    this.#words = new Uint32Array(4 * 16);
    this.#mask = 15;
    this.#size = 0;
  }

  /** Offset of the free entry for the form, or -1 when it is there. */
  #find(words: Uint32Array, mask: number): number {
    const [a, b, c, d] = [hashWords[0], hashWords[1], hashWords[2], hashWords[3]];
    return probe(words, mask, a ?? 0, b ?? 0, c ?? 0, d ?? 0);
  }

  #grow(): void {
    const old = this.#words;
    const mask = this.#mask * 2 + 1;
    const words = new Uint32Array(4 * (mask + 1));
    for (let i = 0; i < old.length; i += 4) {
      const [a = 0, b = 0, c = 0, d = 0] = old.subarray(i, i + 4);
      if ((a | b | c | d) === 0) continue;
      words.set(old.subarray(i, i + 4), probe(words, mask, a, b, c, d));
    }
    this.#words = words;
    this.#mask = mask;
  }
}

function probe(
  words: Uint32Array,
  mask: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  for (let slot = a & mask; ; slot = (slot + 1) & mask) {
    const at = slot * 4;
    const w0 = words[at] ?? 0;
    const w1 = words[at + 1] ?? 0;
    const w2 = words[at + 2] ?? 0;
    const w3 = words[at + 3] ?? 0;
    if (w0 === a && w1 === b && w2 === c && w3 === d) return -1;
    if ((w0 | w1 | w2 | w3) === 0) return at;
  }
}
