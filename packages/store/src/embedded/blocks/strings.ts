/**
 * Sorted strings, front-coded: what a string shares with the one before is not stored again.
 *
 * Layout, for a count that the reader knows: varint per string: bytes shared with the string before (the first: 0); varint per string:
 * bytes of the rest; then all rests. Strings are UTF-8, ascending by bytes, distinct.
 *
 * Model: writers take them as ranges of bytes; where strings are needed, they are JavaScript strings of one char per byte ("latin1"),
 * which compare, hash and sort as bytes without decoding.
 */
import { compareRanges } from '@sightline/wire';
import type { ByteReader, ByteWriter } from './bytes.ts';

/** Bound on the bytes of one table; label values are bounded far below. */
const MAX_TABLE_BYTES = 64 * 1024 * 1024;

/** The bytes [start, end) as a string of one char per byte. */
export function byteString(bytes: Uint8Array, start: number, end: number): string {
  return bufferOf(bytes).toString('latin1', start, end);
}

/** The text that a byte string encodes in UTF-8. */
export function textOf(byteText: string): string {
  return Buffer.from(byteText, 'latin1').toString('utf8');
}

/** The byte string of a text. */
export function byteStringOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

let lastBytes: Uint8Array | undefined;
let lastBuffer: Buffer = Buffer.alloc(0);

/** A Buffer over the same memory; the last one is remembered, because callers slice one array many times. */
function bufferOf(bytes: Uint8Array): Buffer {
  if (bytes !== lastBytes) {
    lastBytes = bytes;
    lastBuffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return lastBuffer;
}

/** Strings to be written: string i is bytes[starts[i], ends[i]). */
export interface ByteRanges {
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
}

/** Orders two strings by their bytes, for `sort`. */
export function compareStrings({ bytes, starts, ends }: ByteRanges, a: number, b: number): number {
  return compareRanges(bytes, starts[a], ends[a], bytes, starts[b], ends[b]);
}

/** Appends the strings with the numbers in `order`, which ascend strictly by their bytes. */
export function writeStrings(out: ByteWriter, strings: ByteRanges, order: Uint32Array): void {
  const { bytes, starts, ends } = strings;
  const shared = new Uint32Array(order.length);
  for (let i = 1; i < order.length; i++) shared[i] = sharedPrefix(strings, order[i - 1], order[i]);
  for (let i = 0; i < order.length; i++) out.varint(shared[i]);
  for (let i = 0; i < order.length; i++) out.varint(ends[order[i]] - starts[order[i]] - shared[i]);
  for (let i = 0; i < order.length; i++) {
    out.append(bytes, starts[order[i]] + shared[i], ends[order[i]]);
  }
}

function sharedPrefix({ bytes, starts, ends }: ByteRanges, a: number, b: number): number {
  const shorter = Math.min(ends[a] - starts[a], ends[b] - starts[b]);
  let i = 0;
  while (i < shorter && bytes[starts[a] + i] === bytes[starts[b] + i]) i++;
  return i;
}

/** Strings read back: their bytes back to back, and texts on demand. */
export class StringTable {
  readonly count: number;
  readonly bytes: Buffer;
  /** String i lies in [offsets[i], offsets[i + 1]). */
  readonly offsets: Uint32Array;
  readonly #texts: (string | undefined)[] = [];

  /** Reads `count` strings. Throws CorruptionError. */
  constructor(reader: ByteReader, count: number) {
    if (count > reader.left) reader.fail('more strings than bytes');
    const shared = new Uint32Array(count);
    for (let i = 0; i < count; i++) shared[i] = reader.bounded(MAX_TABLE_BYTES, 'shared bytes');
    const offsets = new Uint32Array(count + 1);
    const rests = new Uint32Array(count);
    let total = 0;
    for (let i = 0; i < count; i++) {
      rests[i] = reader.bounded(MAX_TABLE_BYTES, 'string bytes');
      const length = i === 0 ? 0 : offsets[i] - offsets[i - 1];
      if (shared[i] > length) reader.fail('string shares more than there is');
      total += shared[i] + rests[i];
      if (total > MAX_TABLE_BYTES) reader.fail('string table too large');
      offsets[i + 1] = total;
    }
    this.count = count;
    this.offsets = offsets;
    this.bytes = Buffer.allocUnsafeSlow(total);
    for (let i = 0; i < count; i++) {
      if (shared[i] > 0) {
        this.bytes.copyWithin(offsets[i], offsets[i - 1], offsets[i - 1] + shared[i]);
      }
      this.bytes.set(reader.take(rests[i]), offsets[i] + shared[i]);
    }
  }

  text(index: number): string {
    const known = this.#texts[index];
    if (known !== undefined) return known;
    const text = this.bytes.toString('utf8', this.offsets[index], this.offsets[index + 1]);
    this.#texts[index] = text;
    return text;
  }
}
