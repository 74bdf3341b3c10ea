/**
 * Snappy's block format (google/snappy, format_description.txt), as remote write uses it: never the framed format.
 *
 * Model: a varint with the uncompressed length, then elements: literals and copies of earlier output, which the intake kernel expands
 * (kernel/kernel.ts): it takes an eighth of the time of snappyjs, which also allocates for each block and accepts blocks of the
 * wrong length; snappyjs still compresses.
 *
 * Invariants: the length is checked against the cap before anything is allocated; an element never reads past the input, before
 * the output, or writes past the announced length; a block that ends short of it is refused. The result of a call is valid
 * until the next call.
 */
import { compress } from 'snappyjs';
import { intakeKernel } from '../kernel/kernel.ts';
import { DecodeError } from '../model/decode-error.ts';

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
 * The result lies in the kernel's memory and is valid until the next call.
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
  return intakeKernel().uncompress(block, at, length);
}
