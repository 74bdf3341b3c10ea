/**
 * The frame around every blob of a day file: it describes itself and detects damage.
 *
 * Layout (little-endian), 52 bytes, then the payload:
 *
 *     0  u32  magic "SLB1"              20  f64  smallest t (Unix ms), +Infinity when the kind has no times
 *     4  u8   kind                      28  f64  largest t, -Infinity when the kind has no times
 *     5  u8   version                   36  u32  payload length before compression
 *     6  u8   flags: 1 = zstd           40  u32  stored payload length
 *     7  u8   0                         44  u32  CRC-32 of the stored payload
 *     8  u32  count                     48  u32  CRC-32 of bytes 0..47
 *    12  u32  first dsid
 *    16  u32  last dsid
 *
 * Invariants: these 52 bytes keep their place in every version, so that a newer one is told apart from damage: the header's CRC
 * is checked before the version. Nothing is decompressed before the payload's CRC has been checked and its length bounded.
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { CorruptionError, FormatVersionError } from './errors.ts';

export const FRAME_SAMPLES = 1;
export const FRAME_HISTOGRAMS = 2;
export const FRAME_LABELS = 3;
export const FRAME_POSTINGS = 4;
export const FRAME_POSTING_VALUES = 5;
export const FRAME_POSTING_LISTS = 6;
export const FRAME_LOGS = 7;
export const FRAME_SPANS = 8;
export const FRAME_RECORD_SECTION = 9;
export const FRAME_TRACES = 10;
export type FrameKind = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

const MAGIC = 0x31424c53;
const FLAG_ZSTD = 1;
export const FRAME_HEADER_BYTES = 52;
/** Bound on what one frame may decompress to; the largest frames are directories of merged postings. */
export const MAX_FRAME_BYTES = 64 * 1024 * 1024;

/** The newest version of each kind that this release writes and reads. */
const VERSIONS: Readonly<Record<FrameKind, number>> = {
  1: 1,
  2: 1,
  3: 1,
  4: 1,
  5: 1,
  6: 1,
  7: 1,
  8: 1,
  9: 2,
  10: 1,
};

/** Below this size the zstd header costs more than it gains. */
const MIN_COMPRESS_BYTES = 24;
/** The least that zlib takes for `chunkSize`. */
const MIN_CHUNK_BYTES = 64;
const MAX_CHUNK_BYTES = 64 * 1024;
const DEFAULT_LEVEL = 3;

interface FrameInfo {
  kind: FrameKind;
  version: number;
  /** Items in the payload: runs, series, names or values. */
  count: number;
  firstDsid: number;
  lastDsid: number;
  /** Unix ms; empty range (+Infinity, -Infinity) when the kind has no times. */
  tMin: number;
  tMax: number;
}

export interface Frame extends FrameInfo {
  payload: Uint8Array;
  /** Length of the whole frame as stored. */
  storedLength: number;
}

export type FrameHead = Omit<FrameInfo, 'version'>;

/** A payload as a frame stores it. */
export interface PackedPayload {
  stored: Uint8Array;
  flags: number;
  /** Before compression. */
  length: number;
}

/** Compresses a payload with zstd when that makes it smaller, not with level 0. */
export function packPayload(payload: Uint8Array, level: number = DEFAULT_LEVEL): PackedPayload {
  const { length } = payload;
  if (length > MAX_FRAME_BYTES) throw new RangeError('frame payload too large');
  if (level > 0 && length >= MIN_COMPRESS_BYTES) {
    const packed = zstdCompressSync(payload, {
      // Of what is no longer than this not a second buffer is made, and no large one for little.
      chunkSize: Math.max(MIN_CHUNK_BYTES, Math.min(length, MAX_CHUNK_BYTES)),
      pledgedSrcSize: length,
      params: { [constants.ZSTD_c_compressionLevel]: level },
    });
    if (packed.length < length) return { stored: packed, flags: FLAG_ZSTD, length };
  }
  return { stored: payload, flags: 0, length };
}

/** Seals a payload into a new frame; compressed with zstd when that makes it smaller. */
export function sealFrame(
  head: FrameHead,
  payload: Uint8Array,
  level: number = DEFAULT_LEVEL,
): Uint8Array {
  const packed = packPayload(payload, level);
  const frame = new Uint8Array(FRAME_HEADER_BYTES + packed.stored.length);
  putFrame(frame, 0, head, packed);
  return frame;
}

/** Writes a frame at `at`, where FRAME_HEADER_BYTES and the stored payload have room. */
export function putFrame(
  bytes: Uint8Array,
  at: number,
  head: FrameHead,
  { stored, flags, length }: PackedPayload,
): void {
  bytes.set(stored, at + FRAME_HEADER_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, FRAME_HEADER_BYTES);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, head.kind);
  view.setUint8(5, VERSIONS[head.kind]);
  view.setUint8(6, flags);
  view.setUint8(7, 0);
  view.setUint32(8, head.count, true);
  view.setUint32(12, head.firstDsid, true);
  view.setUint32(16, head.lastDsid, true);
  view.setFloat64(20, head.tMin, true);
  view.setFloat64(28, head.tMax, true);
  view.setUint32(36, length, true);
  view.setUint32(40, stored.length, true);
  view.setUint32(44, crc32(stored), true);
  view.setUint32(48, crc32(bytes.subarray(at, at + 48)), true);
}

/**
 * Opens the frame that begins at `start`; bytes behind it are left alone. `place` names the blob in errors.
 * Throws CorruptionError on damage or another kind, FormatVersionError on a newer version.
 */
export function openFrame(bytes: Uint8Array, kind: FrameKind, place: string, start = 0): Frame {
  if (bytes.length - start < FRAME_HEADER_BYTES) {
    throw new CorruptionError('block is shorter than its header', place, bytes.length);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  if (view.getUint32(0, true) !== MAGIC) throw new CorruptionError('no block here', place, start);
  if (crc32(bytes.subarray(start, start + 48)) !== view.getUint32(48, true)) {
    throw new CorruptionError('block header fails its checksum', place, start);
  }
  const version = view.getUint8(5);
  if (version > VERSIONS[kind]) throw new FormatVersionError(place, version, VERSIONS[kind]);
  if (view.getUint8(4) !== kind || version === 0) {
    throw new CorruptionError(`block kind ${view.getUint8(4)} where ${kind} belongs`, place, start);
  }
  const from = start + FRAME_HEADER_BYTES;
  const storedLength = view.getUint32(40, true);
  if (storedLength > bytes.length - from) {
    throw new CorruptionError('block is cut off', place, bytes.length);
  }
  const stored = bytes.subarray(from, from + storedLength);
  if (crc32(stored) !== view.getUint32(44, true)) {
    throw new CorruptionError('block content fails its checksum', place, from);
  }
  return {
    kind,
    version,
    count: view.getUint32(8, true),
    firstDsid: view.getUint32(12, true),
    lastDsid: view.getUint32(16, true),
    tMin: view.getFloat64(20, true),
    tMax: view.getFloat64(28, true),
    payload: unpack(stored, view.getUint8(6), view.getUint32(36, true), place, from),
    storedLength: FRAME_HEADER_BYTES + storedLength,
  };
}

function unpack(
  stored: Uint8Array,
  flags: number,
  rawLength: number,
  place: string,
  offset: number,
): Uint8Array {
  if ((flags & ~FLAG_ZSTD) !== 0) throw new CorruptionError('unknown block flags', place, offset);
  if (rawLength > MAX_FRAME_BYTES) throw new CorruptionError('block too large', place, offset);
  const payload = flags & FLAG_ZSTD ? inflate(stored, rawLength, place, offset) : stored;
  if (payload.length !== rawLength) {
    throw new CorruptionError('block has another length than it says', place, offset);
  }
  return payload;
}

function inflate(stored: Uint8Array, rawLength: number, place: string, offset: number): Uint8Array {
  try {
    const maxOutputLength = Math.max(1, rawLength);
    // One chunk with room to spare: otherwise zlib takes it in pieces of 16 KiB and joins them.
    const chunkSize = Math.max(MIN_CHUNK_BYTES, rawLength + 1);
    return zstdDecompressSync(stored, { maxOutputLength, chunkSize });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CorruptionError(`block does not decompress (${why})`, place, offset);
  }
}

/** Bytes within a payload, compressed when that makes them shorter. */
export function packBytes(bytes: Uint8Array): Uint8Array {
  const packed = zstdCompressSync(bytes, {
    pledgedSrcSize: bytes.length,
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
  return packed.length < bytes.length ? packed : bytes;
}

/** What `packBytes` was given, of `rawLength` bytes. Throws CorruptionError. */
export function unpackBytes(stored: Uint8Array, rawLength: number, place: string): Uint8Array {
  if (stored.length === rawLength) return stored;
  if (rawLength > MAX_FRAME_BYTES) throw new CorruptionError('block too large', place, 0);
  const bytes = inflate(stored, rawLength, place, 0);
  if (bytes.length === rawLength) return bytes;
  throw new CorruptionError('part of a block has another length than it says', place, 0);
}
