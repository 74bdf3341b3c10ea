/**
 * Sorted strings, front-coded: what a string shares with the one before is not stored again.
 *
 * Layout, for a count that the reader knows: varint per string: bytes shared with the string before (the first: 0); varint per string:
 * bytes of the rest; then all rests. Strings are UTF-8, ascending by bytes, distinct.
 *
 * Model: while they are collected, strings are JavaScript strings of one char per byte ("latin1"), which compare, hash and
 * sort as bytes without decoding.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';

/** Bound on the bytes of one table; label values are bounded far below. */
const MAX_TABLE_BYTES = 64 * 1024 * 1024;

/** The bytes [start, end) as a string of one char per byte. */
export function byteString(bytes: Uint8Array, start: number, end: number): string {
  return bufferOf(bytes).toString('latin1', start, end);
}

/**
 * The last string of each slot, so that a string which repeats from series to series (names always, most values) is compared instead of
 * made again.
 */
export class RecentStrings {
  /** Byte strings by slot. */
  readonly texts: string[] = [];
  readonly #bytes: Uint8Array[] = [];
  readonly #lengths: number[] = [];

  /** Makes bytes[start, end) the string of a slot; whether it was that before. */
  set(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    const last = this.#bytes[slot];
    if (this.#lengths[slot] === length && sameBytes(last, bytes, start, length)) return true;
    this.texts[slot] = byteString(bytes, start, end);
    this.#lengths[slot] = length;
    if (last === undefined || last.length < length) this.#bytes[slot] = bytes.slice(start, end);
    else for (let i = 0; i < length; i++) last[i] = bytes[start + i];
    return false;
  }

  clear(): void {
    this.texts.length = 0;
    this.#bytes.length = 0;
    this.#lengths.length = 0;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array, start: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[i] !== b[start + i]) return false;
  return true;
}

/** The text that a byte string encodes in UTF-8. */
export function textOf(byteText: string): string {
  return Buffer.from(byteText, 'latin1').toString('utf8');
}

/** The byte string of a text. */
export function byteStringOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Orders byte strings, for `sort`. */
export function compareByteStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
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

/** Appends byte strings, which ascend strictly. */
export function writeStrings(out: ByteWriter, strings: readonly string[]): void {
  const shared = strings.map((text, i) => (i === 0 ? 0 : sharedPrefix(strings[i - 1], text)));
  for (const length of shared) out.varint(length);
  strings.forEach((text, i) => {
    out.varint(text.length - shared[i]);
  });
  strings.forEach((text, i) => {
    out.append(Buffer.from(shared[i] === 0 ? text : text.slice(shared[i]), 'latin1'));
  });
}

function sharedPrefix(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let i = 0;
  while (i < shorter && a.charCodeAt(i) === b.charCodeAt(i)) i++;
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
