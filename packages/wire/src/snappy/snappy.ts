/**
 * Snappy's block format (google/snappy, format_description.txt), as remote write uses it: never the framed format.
 *
 * Model: a varint with the uncompressed length, then elements: literals and copies of earlier output. Far enough from both ends
 * elements are written 16 bytes at a time and the form of a copy is looked up instead of branched on; near them, and for forms that are
 * rare, every byte is checked.
 *
 * Invariants: the length is checked against the cap before anything is allocated; an element never reads past the input, before
 * the output, or writes past the announced length; a block that ends short of it is refused. Small blocks share one buffer: the result
 * of a call is valid until the next call. Written here because intake spends more time in this than in anything else: snappyjs
 * takes two and a half times as long, allocates for each block and accepts blocks of the wrong length; it still compresses.
 */
import { compress } from 'snappyjs';
import { DecodeError } from '../model/decode-error.ts';

/** Blocks up to this size are uncompressed into the shared buffer; above it each gets its own. */
export const SHARED_BLOCK_BYTES = 1 << 20;

let shared: Uint8Array = new Uint8Array(0);
let sharedView: DataView = new DataView(shared.buffer);

/** The block is well formed so far but announces more than the cap. */
export class SnappyTooLargeError extends Error {
  override readonly name = 'SnappyTooLargeError';
}

/** Compresses one block. */
export function compressSnappy(bytes: Uint8Array): Uint8Array {
  return compress(bytes);
}

/** The length that a block announces, in bytes. Throws DecodeError. */
export function snappyLength(block: Uint8Array): number {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block[at];
    if (byte === undefined) break;
    length += (byte & 127) * 128 ** at;
    if (byte < 128) return length;
  }
  throw new DecodeError('no snappy block: bad length', 0);
}

/**
 * Uncompresses one block. Throws SnappyTooLargeError when it announces more than `maxBytes`, DecodeError when it is no block.
 * A result of at most `SHARED_BLOCK_BYTES` lies in a shared buffer and is valid until the next call.
 */
export function uncompressSnappyBlock(block: Uint8Array, maxBytes: number): Uint8Array {
  const length = snappyLength(block);
  let at = 1;
  while ((block[at - 1] ?? 0) > 127) at++;
  if (length > maxBytes) {
    throw new SnappyTooLargeError(
      `snappy block of ${length} bytes, at most ${maxBytes} are allowed`,
    );
  }
  // The densest element is a copy of 64 bytes in 3, so a longer claim is a lie that would only cost memory.
  if (length > (block.length - at) * 22) throw new DecodeError('truncated snappy block', at);
  if (length > SHARED_BLOCK_BYTES) {
    const own = new Uint8Array(length);
    uncompressInto(block, at, own, new DataView(own.buffer), length);
    return own;
  }
  if (shared.length < length) {
    shared = new Uint8Array(Math.max(length, Math.min(shared.length * 2, SHARED_BLOCK_BYTES)));
    sharedView = new DataView(shared.buffer);
  }
  uncompressInto(block, at, shared, sharedView, length);
  return shared.subarray(0, length);
}

/**
 * What the tag of a copy says, by tag: length in bits 0 to 6, offset bits from the tag itself in 8 to 10, bytes of the offset that
 * follow in 11 to 13. Literals have 0. One look-up instead of a branch for each form: which form comes next cannot be predicted.
 */
const COPIES = Uint16Array.from({ length: 256 }, (_, tag) => {
  const type = tag & 3;
  if (type === 0) return 0;
  if (type === 1) return (((tag >>> 2) & 7) + 4) | ((tag >>> 5) << 8) | (1 << 11);
  return ((tag >>> 2) + 1) | ((type === 2 ? 2 : 4) << 11);
});
const OFFSET_MASKS = Int32Array.of(0, 0xff, 0xffff, 0, -1);
/** The first tag of a literal whose length follows it. */
const LONG_LITERAL = 60 << 2;
/** More than the longest element that is not a long literal takes in the input (65 bytes) or, rounded up, in the output (64). */
const FAST_MARGIN = 80;

/** Where the element after the one that `carefulElement` wrote begins. */
let nextElement = 0;

function uncompressInto(
  block: Uint8Array,
  start: number,
  out: Uint8Array,
  outView: DataView,
  length: number,
): void {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const end = block.length;
  const fastEnd = end - FAST_MARGIN;
  const fastTo = length - FAST_MARGIN;
  let at = start;
  let to = 0;
  while (at < end) {
    if (at < fastEnd && to < fastTo) {
      const tag = block[at];
      const copy = COPIES[tag];
      if (copy !== 0) {
        const extra = copy >>> 11;
        const low = view.getInt32(at + 1, true) & OFFSET_MASKS[extra];
        const offset = ((copy & 0x700) + low) >>> 0;
        if (offset >= 4 && offset <= to) {
          copyWords(outView, to - offset, outView, to, copy & 127);
          at += 1 + extra;
          to += copy & 127;
          continue;
        }
      } else if (tag < LONG_LITERAL) {
        const size = (tag >>> 2) + 1;
        copyWords(view, at + 1, outView, to, size);
        at += 1 + size;
        to += size;
        continue;
      }
    }
    to += carefulElement(block, at, out, to, length);
    at = nextElement;
  }
  if (to !== length) throw new DecodeError('truncated snappy block', end);
}

/** Copies 16 bytes at a time, four by four in order, so that the ranges may overlap by all but four bytes. */
function copyWords(from: DataView, at: number, into: DataView, to: number, size: number): void {
  for (let i = 0; i < size; i += 16) {
    into.setInt32(to + i, from.getInt32(at + i, true), true);
    into.setInt32(to + i + 4, from.getInt32(at + i + 4, true), true);
    into.setInt32(to + i + 8, from.getInt32(at + i + 8, true), true);
    into.setInt32(to + i + 12, from.getInt32(at + i + 12, true), true);
  }
}

/** Writes the element at `start`, whatever it is, checking everything. Returns its size and leaves `nextElement`. */
function carefulElement(
  block: Uint8Array,
  start: number,
  out: Uint8Array,
  to: number,
  length: number,
): number {
  const end = block.length;
  const tag = block[start];
  const type = tag & 3;
  const isLong = type === 0 && tag >= LONG_LITERAL;
  const extra = type !== 0 ? COPIES[tag] >>> 11 : isLong ? (tag >>> 2) - 59 : 0;
  const at = start + 1 + extra;
  if (at > end) throw new DecodeError('truncated snappy element', start);
  let number = 0;
  for (let i = extra; i > 0; i--) number = number * 256 + block[start + i];
  const size = type !== 0 ? COPIES[tag] & 127 : isLong ? number + 1 : (tag >>> 2) + 1;
  if (size > length - to) throw new DecodeError('snappy element past the end', start);
  if (type === 0) {
    if (size > end - at) throw new DecodeError('truncated snappy literal', start);
    out.set(block.subarray(at, at + size), to);
    nextElement = at + size;
    return size;
  }
  const offset = (COPIES[tag] & 0x700) + number;
  if (offset === 0 || offset > to) throw new DecodeError('snappy copy before the start', start);
  for (let i = 0; i < size; i++) out[to + i] = out[to - offset + i];
  nextElement = at;
  return size;
}
