/**
 * A keyed 128-bit hash of bytes at any alignment.
 *
 * Model: four 32-bit state words start from the seed. Every 16 bytes are XORed in as four little-endian words, then the state passes a
 * permutation of two rounds. The last block is the last 16 bytes of the input (it may overlap the one before; shorter
 * inputs are padded with zeros), then the length goes in and another
 * permutation ends it, so that every byte passes two: after two, 2^16 trials show no input bit that moves an output bit with a
 * probability other than a half.
 *
 * The permutation multiplies words by constants and by other words of the state (made odd, so that it stays a permutation): a difference
 * in one word reaches all four in a way that depends on the secret key. Two inputs collide only when a later block's difference
 * equals what became of an earlier one's, and that is unpredictable: with words of 16 bits no single-bit difference had an outcome whose
 * collision entropy was under 36 of 64 bits, where a permutation of the same cost with constants only has 9; with 32-bit words all
 * were beyond what 2^19 trials can resolve.
 *
 * Invariants: the output depends on bytes, length and seed only: the store keeps it on disk under a persistent key as the
 * fingerprint of a series, so it must never change (the test vectors in hash.test.ts hold it). It is not cryptographic: the random
 * key keeps strangers from computing collisions in advance, no more.
 */
import { randomBytes } from 'node:crypto';

/** The four words of the last hash. Overwritten by every call: use or copy them at once. */
export const hashWords = new Uint32Array(4);

/** Random words of this process, the seed for everything that never leaves its memory. */
export const processKey = new Uint32Array(Uint8Array.from(randomBytes(16)).buffer);

// Odd constants with well mixed bits: 2^32 divided by the golden ratio, and the primes of xxHash32.
const K1 = 0x9e3779b1 | 0;
const K2 = 0x85ebca77 | 0;
const K3 = 0xc2b2ae3d | 0;
const K4 = 0x27d4eb2f | 0;

// The arrays that were asked for last: callers hash parts of the same one or two again and again.
let viewed: Uint8Array = new Uint8Array(0);
let view: DataView = new DataView(viewed.buffer);
let viewedBefore = viewed;
let viewBefore = view;

/** A view of all of `bytes`, which is kept for as long as few others are asked for. */
export function viewOf(bytes: Uint8Array): DataView {
  if (bytes === viewed) return view;
  const isBefore = bytes === viewedBefore;
  const found = isBefore
    ? viewBefore
    : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  viewedBefore = viewed;
  viewBefore = view;
  viewed = bytes;
  view = found;
  return found;
}

/** Hashes `bytes[start, end)` into `hashWords`. `seed` has four words; pass a copy of earlier `hashWords` to chain. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: Uint32Array): void {
  hashView(viewOf(bytes), start, end, seed);
}

/** As `hashBytes`, for a caller that has a view of the bytes anyway. */
export function hashView(words: DataView, start: number, end: number, seed: Uint32Array): void {
  let a = (seed[0] ?? 0) ^ K3;
  let b = (seed[1] ?? 0) ^ K4;
  let c = (seed[2] ?? 0) ^ K1;
  let d = (seed[3] ?? 0) ^ K2;
  const length = end - start;
  if (length >= 16) {
    const last = end - 16;
    let at = start;
    while (true) {
      a ^= words.getInt32(at, true);
      b ^= words.getInt32(at + 4, true);
      c ^= words.getInt32(at + 8, true);
      d ^= words.getInt32(at + 12, true);
      a = (a + b) | 0;
      c = (c + d) | 0;
      b = Math.imul((b << 13) | (b >>> 19), K1) ^ a;
      d = Math.imul((d << 13) | (d >>> 19), K2) ^ c;
      a = Math.imul((a << 16) | (a >>> 16), d | 1);
      c = Math.imul((c << 16) | (c >>> 16), b | 1);
      a = (a + d) | 0;
      c = (c + b) | 0;
      b = Math.imul((b << 19) | (b >>> 13), K3) ^ c;
      d = Math.imul((d << 19) | (d >>> 13), K4) ^ a;
      a = Math.imul((a << 13) | (a >>> 19), b | 1);
      c = Math.imul((c << 13) | (c >>> 19), d | 1);
      b = (b + ((a << 16) | (a >>> 16))) | 0;
      d = (d + ((c << 16) | (c >>> 16))) | 0;
      if (at === last) break;
      at = Math.min(at + 16, last);
    }
  } else {
    const whole = length & ~3;
    if (whole >= 4) a ^= words.getInt32(start, true);
    if (whole >= 8) b ^= words.getInt32(start + 4, true);
    if (whole >= 12) c ^= words.getInt32(start + 8, true);
    let rest = 0;
    for (let i = whole; i < length; i++) rest |= words.getUint8(start + i) << ((i & 3) << 3);
    if (whole === 0) a ^= rest;
    else if (whole === 4) b ^= rest;
    else if (whole === 8) c ^= rest;
    else d ^= rest;
  }
  a ^= length;
  c = (c + K1) | 0;
  // As above; written out twice because a call for each block would cost as much as the block.
  for (let left = length < 16 ? 2 : 1; left > 0; left--) {
    a = (a + b) | 0;
    c = (c + d) | 0;
    b = Math.imul((b << 13) | (b >>> 19), K1) ^ a;
    d = Math.imul((d << 13) | (d >>> 19), K2) ^ c;
    a = Math.imul((a << 16) | (a >>> 16), d | 1);
    c = Math.imul((c << 16) | (c >>> 16), b | 1);
    a = (a + d) | 0;
    c = (c + b) | 0;
    b = Math.imul((b << 19) | (b >>> 13), K3) ^ c;
    d = Math.imul((d << 19) | (d >>> 13), K4) ^ a;
    a = Math.imul((a << 13) | (a >>> 19), b | 1);
    c = Math.imul((c << 13) | (c >>> 19), d | 1);
    b = (b + ((a << 16) | (a >>> 16))) | 0;
    d = (d + ((c << 16) | (c >>> 16))) | 0;
  }
  hashWords[0] = a ^ (b >>> 15);
  hashWords[1] = b;
  hashWords[2] = c ^ (d >>> 15);
  hashWords[3] = d;
}

const encoder = new TextEncoder();
let scratch = new Uint8Array(1024);

/** Hashes the UTF-8 form of `text` into `hashWords`. */
export function hashString(text: string, seed: Uint32Array): void {
  if (text.length * 3 > scratch.length) scratch = new Uint8Array(text.length * 3);
  hashBytes(scratch, 0, encoder.encodeInto(text, scratch).written, seed);
}

/** A seed of its own for one purpose: `processKey` mixed with the purpose's name. */
export function taggedSeed(tag: string): Uint32Array {
  hashString(tag, processKey);
  return hashWords.slice();
}
