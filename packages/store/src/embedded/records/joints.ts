/**
 * Which numbers follow which words in the bodies of a block.
 *
 * The numbers of some thousand lines have most of the runs of five bytes that numbers can have: the map of grams (grams.ts) hardly rules out
 * blocks for "timed out after 2999", because other numbers begin with 2999. A *joint* is eight bytes in a row of one body, as they are: four of
 * which none is a digit, then four of which the first is one. Its hash of 32 bits: the first and the last four as u32, little-endian, a and b;
 * h = (a × 0x85ebca6b mod 2^32) xor b, then murmur3's finaliser. Joints stand in the filter of tokens (tokens.ts).
 */
import { finalise } from './tokens.ts';

const HALF_BYTES = 4;
const FACTOR = 0x85ebca6b;

interface Hashes {
  addHash(hash: number): void;
}

/** Adds the joints of texts: text i is bytes[offsets[i], offsets[i + 1]). */
export function addJoints(
  into: Hashes,
  bytes: Uint8Array,
  offsets: Uint32Array,
  count: number,
): void {
  for (let i = 0; i < count; i++) add(into, bytes, offsets[i], offsets[i + 1]);
}

function add(into: Hashes, bytes: Uint8Array, start: number, end: number): void {
  const last = end - HALF_BYTES;
  for (let at = start, afterDigit = start; at <= last; at++) {
    if ((bytes[at] ^ 0x30) > 9) continue;
    if (at - afterDigit >= HALF_BYTES) into.addHash(hashAt(bytes, at));
    afterDigit = at + 1;
  }
}

/** Hashes of the joints that every text with `needle` in it has. */
export function jointsOf(needle: Uint8Array): Uint32Array {
  const joints: number[] = [];
  const into = { addHash: (hash: number) => joints.push(hash) };
  add(into, needle, 0, needle.length);
  return Uint32Array.from(joints);
}

/** The hash of the joint whose first digit is at `at`. */
function hashAt(bytes: Uint8Array, at: number): number {
  return finalise(Math.imul(wordAt(bytes, at - HALF_BYTES), FACTOR) ^ wordAt(bytes, at));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
