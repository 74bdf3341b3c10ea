/**
 * Where the frames of a journal file go on after a damaged one.
 *
 * Model: three ways, the surest first. (1) The records of the damaged frame are walked; when the checksum of what was walked is the
 * frame's, only its length was damaged and its payload is whole. (2) The lengths are followed from frame to frame until one is sound:
 * only payloads and checksums were damaged. (3) Every byte is tried as the begin of a frame.
 *
 * Invariants: (3) believes a frame only when all bytes from it to the end of the file are sound frames: what clients send (texts of
 * labels, bytes of histograms) lies in payloads and could be made to look like a frame, and such a chain would not end where the file
 * ends. Checksums are computed over a bounded number of bytes, whatever the bytes are.
 */
import { crc32 } from 'node:zlib';
import { FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from './journal-format.ts';
import { recordEnd } from './journal-records.ts';

export interface Resync {
  /** Where to go on: the begin of a sound frame, or the end of the file. */
  next: number;
  /** The damaged frame's payload where it is whole. */
  payload: Buffer | undefined;
}

/** Bytes that the search may checksum, as a multiple of those there are. */
const CHECKSUM_PASSES = 8;

/** `rest` is the file from the damaged frame on, offsets are in it. undefined: nothing more can be read. */
export function resynchronise(rest: Buffer): Resync | undefined {
  if (rest.length <= FRAME_HEADER_BYTES) return undefined;
  const payload = wholePayload(rest);
  if (payload !== undefined) return { next: FRAME_HEADER_BYTES + payload.length, payload };
  const next = followLengths(rest) ?? scan(rest);
  return next === undefined ? undefined : { next, payload: undefined };
}

function wholePayload(rest: Buffer): Buffer | undefined {
  const wanted = rest.readUInt32LE(4);
  let crc = 0;
  for (let at = FRAME_HEADER_BYTES; at < rest.length; ) {
    const end = recordEnd(rest, at, rest.length);
    if (end < 0) return undefined;
    crc = crc32(rest.subarray(at, end), crc);
    at = end;
    if (crc === wanted && (at === rest.length || isSound(rest, at))) {
      return rest.subarray(FRAME_HEADER_BYTES, at);
    }
  }
  return undefined;
}

function followLengths(rest: Buffer): number | undefined {
  for (let at = frameEnd(rest, 0); at > 0; at = frameEnd(rest, at)) {
    if (at === rest.length || isSound(rest, at)) return at;
  }
  return undefined;
}

function scan(rest: Buffer): number | undefined {
  let budget = rest.length * CHECKSUM_PASSES;
  // A frame whose chain did not reach the end: every chain that comes to it fails likewise.
  const failed = new Set<number>();
  for (let from = 1; from + FRAME_HEADER_BYTES < rest.length; from++) {
    const chain: number[] = [];
    for (let at = from; ; ) {
      if (at === rest.length) return from;
      if (failed.has(at) || !isFramed(rest, at)) break;
      const end = frameEnd(rest, at);
      budget -= end - at;
      if (budget < 0) return undefined;
      if (!isSound(rest, at)) break;
      chain.push(at);
      at = end;
    }
    for (const at of chain) failed.add(at);
  }
  return undefined;
}

/** Where the frame at `at` says that it ends, or -1. */
function frameEnd(rest: Buffer, at: number): number {
  if (at + FRAME_HEADER_BYTES > rest.length) return -1;
  const length = rest.readUInt32LE(at);
  const end = at + FRAME_HEADER_BYTES + length;
  return length > 0 && length <= MAX_FRAME_BYTES && end <= rest.length ? end : -1;
}

function isSound(rest: Buffer, at: number): boolean {
  const end = frameEnd(rest, at);
  return (
    end > 0 && crc32(rest.subarray(at + FRAME_HEADER_BYTES, end)) === rest.readUInt32LE(at + 4)
  );
}

/** Whether records fill the frame at `at` exactly: much cheaper than its checksum, and nearly always false. */
function isFramed(rest: Buffer, at: number): boolean {
  const end = frameEnd(rest, at);
  let record = at + FRAME_HEADER_BYTES;
  while (record < end && record > 0) record = recordEnd(rest, record, end);
  return end > 0 && record === end;
}
