/**
 * Long texts of a column in chunks that are compressed one by one, so that a look at some of them, or at the texts of one stream,
 * does not take all.
 *
 * Layout (form 5 of strings.ts): varint length of the lengths as integers (integers.ts), varint length as stored, the lengths; varint
 * bytes of a chunk; per chunk varint length as stored; the chunks. A chunk ends with the string that brings it to those bytes. What is
 * stored as long as it is, is stored as it is, else compressed with zstd.
 *
 * Invariants: all that throws is CorruptionError; a chunk is unpacked when a text in it is asked for, and kept; one that was unpacked to be
 * searched is kept only if something was found in it.
 */
import { isAscii } from 'node:buffer';
import { freeBytes } from '../../waste.ts';
import type { ByteStrings } from '../blocks/byte-strings.ts';
import { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { MAX_FRAME_BYTES, packBytes, unpackBytes } from '../blocks/frame.ts';
import { readOffsets } from './integer-reader.ts';
import { writeCounts } from './integers.ts';

/** Half of it costs 1.5 % of the bytes of bodies, twice of it saves nothing (measured). */
const CHUNK_BYTES = 128 * 1024;
/** Shorter columns are one piece. */
export const MIN_CHUNKED_BYTES = 2 * CHUNK_BYTES;

/** Appends what follows the form. `lengths[i]` is that of string i. */
export function writeChunks(
  out: ByteWriter,
  { bytes, offsets, count }: ByteStrings,
  lengths: Uint32Array,
): void {
  const integers = new ByteWriter(count * 2 + 16);
  writeCounts(integers, lengths, count);
  const packedLengths = packBytes(integers.view());
  out.varint(integers.length);
  out.varint(packedLengths.length);
  out.append(packedLengths);
  out.varint(CHUNK_BYTES);
  const chunks: Uint8Array[] = [];
  for (const [from, to] of chunkRanges(offsets, count, CHUNK_BYTES)) {
    chunks.push(packBytes(bytes.subarray(offsets[from], offsets[to])));
  }
  for (const chunk of chunks) out.varint(chunk.length);
  for (const chunk of chunks) out.append(chunk);
}

/** The strings [from, to) of each chunk. */
function* chunkRanges(
  offsets: Uint32Array,
  count: number,
  size: number,
): Generator<[number, number]> {
  for (let from = 0; from < count; ) {
    const wanted = offsets[from] + size;
    let low = from + 1;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (offsets[middle] >= wanted) high = middle;
      else low = middle + 1;
    }
    yield [from, low];
    from = low;
  }
}

interface Chunk {
  /** Its strings. */
  from: number;
  to: number;
  stored: Uint8Array;
  bytes: Buffer | undefined;
  encoding: 'latin1' | 'utf8';
}

export class TextChunks {
  readonly offsets: Uint32Array;
  readonly #place: string;
  readonly #chunks: Chunk[] = [];
  /** Bytes of memory of what was unpacked. */
  bytes: number;

  /** Reads what follows the form, of `count` strings of at most `most` bytes in all. */
  constructor(reader: ByteReader, count: number, most: number) {
    const { place } = reader;
    this.#place = place;
    const raw = reader.bounded(MAX_FRAME_BYTES, 'bytes of lengths');
    const lengths = unpackBytes(reader.take(reader.varint()), raw, place);
    this.offsets = readOffsets(new ByteReader(lengths, place), count, 0, most);
    this.bytes = this.offsets.byteLength;
    const size = reader.varint();
    if (size < 1) reader.fail('chunks without bytes');
    const ranges = [...chunkRanges(this.offsets, count, size)];
    const stored = ranges.map(() => reader.varint());
    for (const [i, [from, to]] of ranges.entries()) {
      const each = { from, to, stored: reader.take(stored[i]), bytes: undefined };
      this.#chunks.push({ ...each, encoding: 'utf8' });
    }
  }

  text(i: number): string {
    const { offsets } = this;
    const chunk = this.#chunks[this.#indexOf(i)];
    const bytes = this.#unpacked(chunk);
    const base = offsets[chunk.from];
    return bytes.toString(chunk.encoding, offsets[i] - base, offsets[i + 1] - base);
  }

  /** All strings back to back; the chunks are gone then. */
  all(): Uint8Array {
    const { offsets } = this;
    const bytes = new Uint8Array(offsets[offsets.length - 1]);
    for (const chunk of this.#chunks) {
      bytes.set(this.#unpacked(chunk), offsets[chunk.from]);
      this.#drop(chunk);
    }
    return bytes;
  }

  /**
   * Visits the chunks with strings of [from, to): their bytes, the number of their first string, and the number behind the last. The bytes
   * are gone afterwards unless `visit` says that they are worth keeping.
   */
  forEachChunk(
    from: number,
    to: number,
    visit: (bytes: Buffer, first: number, end: number) => boolean,
  ): void {
    for (const chunk of this.#chunks) {
      if (chunk.to <= from || chunk.from >= to) continue;
      const wasThere = chunk.bytes !== undefined;
      if (visit(this.#unpacked(chunk), chunk.from, chunk.to) || wasThere) continue;
      this.#drop(chunk);
    }
  }

  #drop(chunk: Chunk): void {
    const { bytes, stored } = chunk;
    if (bytes === undefined) return;
    chunk.bytes = undefined;
    this.bytes -= bytes.length;
    if (bytes.buffer !== stored.buffer) freeBytes(bytes);
  }

  #indexOf(i: number): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#chunks[middle].to > i) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #unpacked(chunk: Chunk): Buffer {
    if (chunk.bytes === undefined) {
      const { offsets } = this;
      const length = offsets[chunk.to] - offsets[chunk.from];
      const raw = unpackBytes(chunk.stored, length, this.#place);
      chunk.bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length);
      chunk.encoding = isAscii(raw) ? 'latin1' : 'utf8';
      this.bytes += length;
    }
    return chunk.bytes;
  }
}
