/**
 * Traces of a page by the last 8 bytes of their ids, as the trace index has them (records/trace-index.ts).
 *
 * Model: open addressing over a power of two, at most half full; equal keys lie behind each other.
 */
import { hashId } from './id-hash.ts';
import { wordAt } from './span-page.ts';
import type { UnitEntries } from './span-pages.ts';

export class TraceTable {
  readonly #hi: Uint32Array;
  readonly #lo: Uint32Array;
  readonly #slots: Uint32Array;
  /** A bit for each hash, 16 bits a trace: most entries of other pages stop there. */
  readonly #bits: Uint32Array;

  constructor(ids: Uint8Array, count: number) {
    let size = 16;
    while (size < count * 2) size *= 2;
    const slots = new Uint32Array(size);
    const hi = new Uint32Array(count);
    const lo = new Uint32Array(count);
    const bits = new Uint32Array(size / 4);
    for (let trace = 0; trace < count; trace++) {
      hi[trace] = wordAt(ids, trace * 16 + 8);
      lo[trace] = wordAt(ids, trace * 16 + 12);
      const hash = hashId(lo[trace], hi[trace]);
      bits[(hash >>> 5) & (bits.length - 1)] |= 1 << (hash & 31);
      let slot = hash & (size - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (size - 1);
      slots[slot] = trace + 1;
    }
    this.#hi = hi;
    this.#lo = lo;
    this.#slots = slots;
    this.#bits = bits;
  }

  /** The first trace with the key of the id bytes[at, at + 16) that passes the test, or -1. */
  find(bytes: Uint8Array, at: number, test: (trace: number) => boolean): number {
    const hi = wordAt(bytes, at + 8);
    const lo = wordAt(bytes, at + 12);
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hashId(lo, hi) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const trace = slots[slot] - 1;
      if (this.#lo[trace] === lo && this.#hi[trace] === hi && test(trace)) return trace;
    }
    return -1;
  }

  /** Visits traces and pages of entries with equal keys, but for those of the page `own`. */
  join(entries: UnitEntries, own: number, visit: (trace: number, page: number) => void): void {
    const { hi, lo, page, hash } = entries;
    const slots = this.#slots;
    const bits = this.#bits;
    const mask = slots.length - 1;
    const bitMask = bits.length - 1;
    for (let i = 0; i < hash.length; i++) {
      const h = hash[i];
      if ((bits[(h >>> 5) & bitMask] & (1 << (h & 31))) === 0 || page[i] === own) continue;
      for (let slot = h & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
        const trace = slots[slot] - 1;
        if (this.#lo[trace] === lo[i] && this.#hi[trace] === hi[i]) visit(trace, page[i]);
      }
    }
  }
}
