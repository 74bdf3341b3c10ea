/**
 * Distinct byte strings, numbered in order of arrival.
 *
 * Model: the strings lie back to back in one array; an open-addressing index (linear probing over a power of two, a keyed hash) finds
 * them again. No JavaScript string is made: registering series meets every label of every series.
 *
 * Invariants: the index is at most two thirds full and holds id + 1 (0: empty); strings never move or change until `clear`.
 */
import { hashBytes, hashWords, processKey, viewOf } from '@sightline/wire';
import { copyRange, grown } from './bytes.ts';

const INITIAL_SLOTS = 1024;
const INITIAL_BYTES = 16_384;
/** Strings from this size are compared and copied by words; longer ones than the second are copied at once, which takes a view. */
const WORDS_BYTES = 8;
const MAX_WORDS_BYTES = 512;

export class ByteStrings {
  count = 0;
  bytes = new Uint8Array(INITIAL_BYTES);
  /** String i lies in [offsets[i], offsets[i + 1]). */
  offsets = new Uint32Array(INITIAL_SLOTS);
  #hashes = new Uint32Array(INITIAL_SLOTS);
  #index = new Uint32Array(INITIAL_SLOTS);
  #view = new DataView(this.bytes.buffer);

  /** The number of the string from[start, end); added when it is new. */
  id(from: Uint8Array, start: number, end: number): number {
    hashBytes(from, start, end, processKey);
    const hash = hashWords[0];
    const mask = this.#index.length - 1;
    let slot = hash & mask;
    for (let id = this.#index[slot]; id !== 0; id = this.#index[slot]) {
      if (this.#hashes[id - 1] === hash && this.is(id - 1, from, start, end)) return id - 1;
      slot = (slot + 1) & mask;
    }
    const id = this.#append(hash, from, start, end);
    this.#index[slot] = id + 1;
    if (this.count * 3 > this.#index.length * 2) this.#rehash(this.#index.length * 2);
    return id;
  }

  /** The number of the string from[start, end), or -1. */
  find(from: Uint8Array, start: number, end: number): number {
    hashBytes(from, start, end, processKey);
    const hash = hashWords[0];
    const mask = this.#index.length - 1;
    let slot = hash & mask;
    for (let id = this.#index[slot]; id !== 0; id = this.#index[slot]) {
      if (this.#hashes[id - 1] === hash && this.is(id - 1, from, start, end)) return id - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  /** Whether string `id` is from[start, end). */
  is(id: number, from: Uint8Array, start: number, end: number): boolean {
    const { bytes, offsets } = this;
    const at = offsets[id];
    const length = end - start;
    if (offsets[id + 1] - at !== length) return false;
    if (length >= WORDS_BYTES) return equalWords(this.#view, at, viewOf(from), start, length);
    for (let i = 0; i < length; i++) if (bytes[at + i] !== from[start + i]) return false;
    return true;
  }

  clear(): void {
    this.count = 0;
    this.#index.fill(0);
  }

  #append(hash: number, from: Uint8Array, start: number, end: number): number {
    const id = this.count++;
    const at = this.offsets[id];
    const to = at + end - start;
    if (to > this.bytes.length) this.#growBytes(to);
    const { bytes } = this;
    if (end - start > MAX_WORDS_BYTES) bytes.set(from.subarray(start, end), at);
    else if (end - start >= WORDS_BYTES) {
      copyRange(this.#view, at, viewOf(from), start, end - start);
    } else for (let i = start, place = at; i < end; i++, place++) bytes[place] = from[i];
    if (id + 2 > this.offsets.length) {
      this.offsets = grown(this.offsets, id + 2);
      this.#hashes = grown(this.#hashes, id + 2);
    }
    this.offsets[id + 1] = to;
    this.#hashes[id] = hash;
    return id;
  }

  #growBytes(length: number): void {
    this.bytes = grown(this.bytes, length);
    this.#view = new DataView(this.bytes.buffer);
  }

  #rehash(slots: number): void {
    const index = new Uint32Array(slots);
    const mask = slots - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = this.#hashes[id] & mask;
      while (index[slot] !== 0) slot = (slot + 1) & mask;
      index[slot] = id + 1;
    }
    this.#index = index;
  }
}

/** Whether two ranges of one length, at least four bytes, are equal. */
function equalWords(
  a: DataView,
  aStart: number,
  b: DataView,
  bStart: number,
  length: number,
): boolean {
  const last = length - 4;
  for (let i = 0; i < last; i += 4) {
    if (a.getInt32(aStart + i, true) !== b.getInt32(bStart + i, true)) return false;
  }
  return a.getInt32(aStart + last, true) === b.getInt32(bStart + last, true);
}
