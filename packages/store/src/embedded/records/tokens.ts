/**
 * Tokens, and the bloom filter over them.
 *
 * A token is a maximal run of [A-Za-z0-9_] bytes; letters are lower-cased, so that one filter serves searches with and without
 * case. Every other byte separates, those of UTF-8 beyond ASCII too. A token's hash is 32 bits: h = 0x811c9dc5, per byte
 * h = (h xor byte) × 0x01000193, then murmur3's finaliser. The hash of a trace id is the same over its 16 bytes from 0x9747b28c; joints.ts
 * has a third kind.
 *
 * The filter is in pages (filter-pages.ts); in the page of hash h, which has `bits` bits, probe i is bit
 * floor((r + i × s mod 2^32) / 2^32 × bits) with r = h × 0x85ebca6b mod 2^32 and s = (h × 0x9e3779b1 mod 2^32) or 1. PROBES and
 * BITS_PER_TOKEN were chosen by measurement (bench/records.bench.ts).
 */
import { emptyFilter, type Filter, type PagedFilter } from './filter-pages.ts';

export const BITS_PER_TOKEN = 7;
const PROBES = 5;
const TEXT_SEED = 0x811c9dc5;
const TRACE_SEED = 0x9747b28c;
const PRIME = 0x01000193;
/** Of the first probe and of the distance between probes. */
const FIRST = 0x85ebca6b;
const STEP = 0x9e3779b1;
const TWO_32 = 2 ** 32;

/** Per byte: 0 for a separator, else the byte lower-cased. */
const TOKEN_BYTES = new Uint8Array(256);
for (let byte = 0x30; byte <= 0x39; byte++) TOKEN_BYTES[byte] = byte;
for (let byte = 0x61; byte <= 0x7a; byte++) {
  TOKEN_BYTES[byte] = byte;
  TOKEN_BYTES[byte - 0x20] = byte;
}
TOKEN_BYTES[0x5f] = 0x5f;

/** The finaliser of murmur3: 32 bits, unsigned. */
export function finalise(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The hash of a trace id, which stands in the same filter. */
export function traceHash(bytes: Uint8Array, start: number): number {
  let hash = TRACE_SEED;
  for (let at = start; at < start + 16; at++) hash = Math.imul(hash ^ bytes[at], PRIME);
  return finalise(hash);
}

/** Distinct token hashes of a block. */
export class TokenSet {
  count = 0;
  #slots = new Int32Array(1 << 12);

  clear(): void {
    this.count = 0;
    this.#slots.fill(0);
  }

  /** Adds the tokens of bytes[start, end). */
  add(bytes: Uint8Array, start: number, end: number): void {
    const table = TOKEN_BYTES;
    let at = start;
    while (at < end) {
      let byte = table[bytes[at++]];
      if (byte === 0) continue;
      let hash = TEXT_SEED | 0;
      do {
        hash = Math.imul(hash ^ byte, PRIME);
        byte = at < end ? table[bytes[at++]] : 0;
      } while (byte !== 0);
      hash ^= hash >>> 16;
      hash = Math.imul(hash, 0x85ebca6b);
      hash ^= hash >>> 13;
      hash = Math.imul(hash, 0xc2b2ae35);
      this.#addWord(hash ^ (hash >>> 16));
    }
  }

  addHash(hash: number): void {
    this.#addWord(hash | 0);
  }

  #addWord(hash: number): void {
    // 0 marks an empty slot; the filter takes 0 and 1 for one token.
    const value = hash === 0 ? 1 : hash;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = value & mask;
    let there = slots[slot];
    while (there !== 0) {
      if (there === value) return;
      slot = (slot + 1) & mask;
      there = slots[slot];
    }
    slots[slot] = value;
    this.count++;
    // Two thirds full: a block of the bench stays below, and four times the slots are out of the processor's cache.
    if (this.count * 3 > mask * 2) this.#grow();
  }

  /** A filter of what has been added. */
  filter(): Filter {
    const filter = emptyFilter(Math.ceil((this.count * BITS_PER_TOKEN) / 8));
    const { bits, pages } = filter;
    const each = bits.length / pages;
    const scale = (each * 8) / TWO_32;
    for (const word of this.#slots) {
      if (word === 0) continue;
      const hash = word >>> 0;
      const first = Math.floor((hash * pages) / TWO_32) * each;
      const step = Math.imul(hash, STEP) | 1;
      for (let i = 0, probe = Math.imul(hash, FIRST) >>> 0; i < PROBES; i++) {
        const bit = Math.floor(probe * scale);
        bits[first + (bit >>> 3)] |= 1 << (bit & 7);
        probe = (probe + step) >>> 0;
      }
    }
    return filter;
  }

  #grow(): void {
    const old = this.#slots;
    const mask = old.length * 4 - 1;
    const slots = new Int32Array(old.length * 4);
    for (const hash of old) {
      if (hash === 0) continue;
      let slot = hash & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = hash;
    }
    this.#slots = slots;
  }
}

/** Whether every token may be in the filter. */
export function mayContainAll(filter: PagedFilter, tokens: Uint32Array): boolean {
  const { pages } = filter;
  if (pages === 0) return true;
  for (const token of tokens) {
    const hash = token === 0 ? 1 : token;
    const bits = filter.page(Math.floor((hash * pages) / TWO_32));
    const scale = (bits.length * 8) / TWO_32;
    const step = Math.imul(hash, STEP) | 1;
    for (let i = 0, probe = Math.imul(hash, FIRST) >>> 0; i < PROBES; i++) {
      const bit = Math.floor(probe * scale);
      if (((bits[bit >>> 3] >>> (bit & 7)) & 1) === 0) return false;
      probe = (probe + step) >>> 0;
    }
  }
  return true;
}

/**
 * Hashes of the tokens that every text with `needle` in it has. `whole`: the needle is the whole text, or a word by itself; otherwise
 * a token at an edge of the needle may go on beyond it and does not count.
 */
export function needleTokens(needle: Uint8Array, whole: boolean): Uint32Array {
  const hashes: number[] = [];
  let hash = TEXT_SEED;
  let from = -1;
  for (let at = 0; at <= needle.length; at++) {
    const byte = at < needle.length ? TOKEN_BYTES[needle[at]] : 0;
    if (byte !== 0) {
      if (from < 0) from = at;
      hash = Math.imul(hash ^ byte, PRIME);
    } else if (from >= 0) {
      if (whole || (from > 0 && at < needle.length)) hashes.push(finalise(hash));
      hash = TEXT_SEED;
      from = -1;
    }
  }
  return Uint32Array.from(hashes);
}
