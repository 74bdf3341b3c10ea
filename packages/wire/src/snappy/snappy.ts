/**
 * Snappy's block format (google/snappy, format_description.txt), as remote write uses it: never the framed format.
 *
 * Model: a varint with the uncompressed length, then elements: literals and copies of earlier output. The output is written four
 * bytes at a time into a buffer with slack behind its end, so that no element needs a loop for its last bytes.
 *
 * Invariants: the length is checked against the cap before anything is allocated; an element never reads past the input, before
 * the output, or writes past the announced length; a block that ends short of it is refused. Small blocks share one buffer: the result
 * of a call is valid until the next call. Written here because snappyjs allocates for each block, accepts a
 * block of the wrong length, and takes about twice the time; it still compresses.
 */
import { compress } from 'snappyjs';
import { DecodeError } from '../model/decode-error.ts';

/** Blocks up to this size are uncompressed into the shared buffer; above it each gets its own. */
export const SHARED_BLOCK_BYTES = 1 << 20;

/** Bytes behind the end that a four-byte step may touch. */
const SLACK = 8;

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
    const own = new Uint8Array(length + SLACK);
    uncompressInto(block, at, own, new DataView(own.buffer), length);
    return own.subarray(0, length);
  }
  if (shared.length < length + SLACK) {
    shared = new Uint8Array(
      Math.max(length + SLACK, Math.min(shared.length * 2, SHARED_BLOCK_BYTES)),
    );
    sharedView = new DataView(shared.buffer);
  }
  uncompressInto(block, at, shared, sharedView, length);
  return shared.subarray(0, length);
}

function uncompressInto(
  block: Uint8Array,
  start: number,
  out: Uint8Array,
  outView: DataView,
  length: number,
): void {
  const end = block.length;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  let at = start;
  let to = 0;
  while (at < end) {
    const tag = block[at++] ?? 0;
    let size: number;
    let offset: number;
    const type = tag & 3;
    if (type === 0) {
      size = (tag >>> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        if (at + extra > end) throw new DecodeError('truncated snappy literal', at);
        size = 1;
        for (let i = 0; i < extra; i++) size += (block[at + i] ?? 0) * 2 ** (8 * i);
        at += extra;
      }
      if (size > end - at || size > length - to) {
        throw new DecodeError('snappy literal past the end', at);
      }
      if (size > 64 || at + size + 4 > end) out.set(block.subarray(at, at + size), to);
      else {
        for (let i = 0; i < size; i += 4) {
          outView.setInt32(to + i, view.getInt32(at + i, true), true);
        }
      }
      at += size;
      to += size;
      continue;
    }
    if (type === 1) {
      if (at >= end) throw new DecodeError('truncated snappy copy', at);
      size = ((tag >>> 2) & 7) + 4;
      offset = ((tag >>> 5) << 8) | (block[at] ?? 0);
      at += 1;
    } else if (type === 2) {
      if (at + 2 > end) throw new DecodeError('truncated snappy copy', at);
      size = (tag >>> 2) + 1;
      offset = view.getUint16(at, true);
      at += 2;
    } else {
      if (at + 4 > end) throw new DecodeError('truncated snappy copy', at);
      size = (tag >>> 2) + 1;
      offset = view.getUint32(at, true);
      at += 4;
    }
    if (offset === 0 || offset > to) throw new DecodeError('snappy copy before the start', at);
    if (size > length - to) throw new DecodeError('snappy copy past the end', at);
    const from = to - offset;
    if (offset >= 4) {
      for (let i = 0; i < size; i += 4) {
        outView.setInt32(to + i, outView.getInt32(from + i, true), true);
      }
    } else {
      for (let i = 0; i < size; i++) out[to + i] = out[from + i] ?? 0;
    }
    to += size;
  }
  if (to !== length) throw new DecodeError('truncated snappy block', end);
}
