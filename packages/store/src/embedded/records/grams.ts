/**
 * Which runs of five bytes the bodies of a block have: rules out blocks for a text that may begin and end within a word, where tokens
 * cannot.
 *
 * A gram is five bytes in a row of one body, as they are. Its hash: h = 0 and per byte h = (h × 0x01000193 + byte) mod 2^32, then
 * h × 0x9e3779b1 mod 2^32; its bit is the highest k bits of that, in a map of 2^k bits. The map is as small as leaves at most an eighth
 * of the bits set, or 2^19 bits: a body of random digits has a gram per byte, and a map that is two thirds full still rules out a
 * long text. One bit a gram: a text has several.
 */
const GRAM_BYTES = 5;
const MOST_BITS = 19;
const LEAST_BITS = 6;
const LARGEST_SHARE = 1 / 8;
const FACTOR = 0x01000193;
/** FACTOR to the power of GRAM_BYTES - 1 modulo 2^32: takes the first byte of a gram out of its hash. */
const LEAVING = [1, 2, 3].reduce((power) => Math.imul(power, FACTOR), FACTOR);
const MIX = 0x9e3779b1;

/** The map of texts: text i is bytes[offsets[i], offsets[i + 1]). */
export function gramMap(bytes: Uint8Array, offsets: Uint32Array, count: number): Uint8Array {
  const grams = count === 0 ? 0 : offsets[count] - offsets[0];
  const wanted = Math.ceil(Math.log2(Math.max(1, grams / LARGEST_SHARE)));
  const bits = Math.min(MOST_BITS, Math.max(LEAST_BITS, wanted));
  let map = new Uint8Array(2 ** (bits - 3));
  for (let i = 0; i < count; i++) add(map, 32 - bits, bytes, offsets[i], offsets[i + 1]);
  while (map.length * 8 > 2 ** LEAST_BITS) {
    const half = halved(map);
    if (bitsSet(half) > half.length * 8 * LARGEST_SHARE) break;
    map = half;
  }
  return map;
}

/** Adds the grams of the text bytes[start, end). */
function add(map: Uint8Array, shift: number, bytes: Uint8Array, start: number, end: number): void {
  const full = start + GRAM_BYTES - 1;
  if (end <= full) return;
  let hash = 0;
  for (let at = start; at < full; at++) hash = (Math.imul(hash, FACTOR) + bytes[at]) | 0;
  for (let at = full, first = start; at < end; at++, first++) {
    hash = (Math.imul(hash, FACTOR) + bytes[at]) | 0;
    const bit = Math.imul(hash, MIX) >>> shift;
    map[bit >>> 3] |= 1 << (bit & 7);
    hash = (hash - Math.imul(bytes[first], LEAVING)) | 0;
  }
}

/** The map with one bit less of each hash: the bit of a gram is that of two neighbours. */
function halved(map: Uint8Array): Uint8Array<ArrayBuffer> {
  const half = new Uint8Array(map.length / 2);
  for (let i = 0; i < map.length; i++) {
    const byte = map[i];
    let nibble = 0;
    for (let k = 0; k < 4; k++) if (((byte >>> (2 * k)) & 3) !== 0) nibble |= 1 << k;
    half[i >>> 1] |= (i & 1) === 0 ? nibble : nibble << 4;
  }
  return half;
}

function bitsSet(map: Uint8Array): number {
  let count = 0;
  for (let byte of map) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}

/** Mixed hashes of the grams of a text; none of a short one. */
export function gramsOf(text: Uint8Array): Uint32Array {
  const grams = new Uint32Array(Math.max(0, text.length - GRAM_BYTES + 1));
  for (let start = 0; start < grams.length; start++) {
    let hash = 0;
    for (let k = 0; k < GRAM_BYTES; k++) hash = (Math.imul(hash, FACTOR) + text[start + k]) | 0;
    grams[start] = Math.imul(hash, MIX);
  }
  return grams;
}

/** Whether a text with all of the grams may be among those that `map` was made of. */
export function mayHaveGrams(map: Uint8Array, grams: Uint32Array): boolean {
  const shift = 32 - Math.log2(map.length * 8);
  for (const gram of grams) {
    const bit = gram >>> shift;
    if (((map[bit >>> 3] >>> (bit & 7)) & 1) === 0) return false;
  }
  return true;
}
