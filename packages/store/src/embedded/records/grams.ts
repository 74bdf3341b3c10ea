/**
 * Which runs of five bytes the bodies of a block have: rules out blocks for a text that may begin and end within a word, where tokens
 * cannot.
 *
 * A gram is five bytes in a row of one body, as they are. Its hash: h = 0 and per byte h = (h × 0x01000193 + byte) mod 2^32, then
 * h × 0x9e3779b1 mod 2^32; its place p is the highest 19 bits of that. A map of m bits in pages (filter-pages.ts) has bit
 * floor(p / 2^19 × m) set for each gram. One bit a gram: a text has several. The map is as small as leaves 4 of 10 bits set, or about
 * 2^19 bits: a body of random digits has a gram per byte, and a map that is two thirds full still rules out a long text.
 */
import { emptyFilter, type Filter, type PagedFilter } from './filter-pages.ts';

const GRAM_BYTES = 5;
const PLACE_BITS = 19;
const PLACES = 2 ** PLACE_BITS;
const SHIFT = 32 - PLACE_BITS;
/** Distinct grams for each bit: 4 of 10 bits are set then, a gram that is not there is found in so many maps. */
const GRAMS_PER_BIT = 1 / 2;
const FACTOR = 0x01000193;
/** FACTOR to the power of GRAM_BYTES - 1 modulo 2^32: takes the first byte of a gram out of its hash. */
const LEAVING = [1, 2, 3].reduce((power) => Math.imul(power, FACTOR), FACTOR);
const MIX = 0x9e3779b1;

/** Which places the grams of a block have; made for the first block. */
let places: Int32Array | undefined;

/** The map of texts: text i is bytes[offsets[i], offsets[i + 1]). */
export function gramMap(bytes: Uint8Array, offsets: Uint32Array, count: number): Filter {
  places ??= new Int32Array(PLACES / 32);
  places.fill(0);
  for (let i = 0; i < count; i++) add(places, bytes, offsets[i], offsets[i + 1]);
  const filter = emptyFilter(Math.ceil(bitsFor(bitsSet(places)) / 8));
  const { bits } = filter;
  const scale = (bits.length * 8) / PLACES;
  for (let at = 0; at < places.length; at++) {
    for (let word = places[at]; word !== 0; word &= word - 1) {
      const place = at * 32 + 31 - Math.clz32(word & -word);
      const bit = Math.floor(place * scale);
      bits[bit >>> 3] |= 1 << (bit & 7);
    }
  }
  return filter;
}

/** Sets the places of the grams of the text bytes[start, end). */
function add(into: Int32Array, bytes: Uint8Array, start: number, end: number): void {
  const full = start + GRAM_BYTES - 1;
  if (end <= full) return;
  let hash = 0;
  for (let at = start; at < full; at++) hash = (Math.imul(hash, FACTOR) + bytes[at]) | 0;
  for (let at = full, first = start; at < end; at++, first++) {
    hash = (Math.imul(hash, FACTOR) + bytes[at]) | 0;
    const place = Math.imul(hash, MIX) >>> SHIFT;
    into[place >>> 5] |= 1 << (place & 31);
    hash = (hash - Math.imul(bytes[first], LEAVING)) | 0;
  }
}

/** Bits of the map when so many places are taken: several grams may have one. */
function bitsFor(taken: number): number {
  if (taken === PLACES) return PLACES;
  const grams = -Math.log(1 - taken / PLACES) * PLACES;
  return Math.min(PLACES, grams / GRAMS_PER_BIT);
}

function bitsSet(words: Int32Array): number {
  let count = 0;
  for (const word of words) {
    let bits = word - ((word >>> 1) & 0x55555555);
    bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
    count += Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** Mixed hashes of the grams of a text, ascending, so that those of one page of a map come together; none of a short text. */
export function gramsOf(text: Uint8Array): Uint32Array {
  const grams = new Uint32Array(Math.max(0, text.length - GRAM_BYTES + 1));
  for (let start = 0; start < grams.length; start++) {
    let hash = 0;
    for (let k = 0; k < GRAM_BYTES; k++) hash = (Math.imul(hash, FACTOR) + text[start + k]) | 0;
    grams[start] = Math.imul(hash, MIX);
  }
  return grams.sort();
}

/** Whether a text with all of the grams may be among those that the map was made of. */
export function mayHaveGrams(map: PagedFilter, grams: Uint32Array): boolean {
  const { pages } = map;
  if (pages === 0) return true;
  let last = -1;
  let bits: Uint8Array = new Uint8Array(0);
  for (const gram of grams) {
    const place = gram >>> SHIFT;
    const page = Math.floor((place * pages) / PLACES);
    if (page !== last) bits = map.page(page);
    last = page;
    const each = bits.length * 8;
    const bit = Math.floor((place * each * pages) / PLACES) - page * each;
    if (((bits[bit >>> 3] >>> (bit & 7)) & 1) === 0) return false;
  }
  return true;
}
