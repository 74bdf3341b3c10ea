/**
 * Which blocks have spans of a trace, per flush.
 *
 * Model: an entry is the last 8 bytes of a trace id (random in every sender; the first 8 are zeros in some) and the ordinal of a block of
 * the flush. Two traces with the same 8 bytes cost a block read for nothing. Entries ascend by key, then ordinal, and are cut into
 * chunks of about 4096; entries with equal keys stay in one chunk. A look-up reads one chunk a flush.
 *
 * A chunk is a frame of kind 10: varint entries, 8 bytes of key each, then the ordinals as integers (integers.ts).
 */
import { compareRanges } from '@sightline/wire';
import { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { FRAME_TRACES, openFrame, sealFrame } from '../blocks/frame.ts';
import { orderByWords, sortRun } from '../word-sort.ts';
import { readIntegers } from './integer-reader.ts';
import { writeIntegers } from './integers.ts';

const TRACE_BYTES = 16;
export const TRACE_KEY_BYTES = 8;
const CHUNK_ENTRIES = 4096;
/** No trace lies in more blocks of one flush than there are. */
const MAX_CHUNK_ENTRIES = 2 ** 20;

export interface TraceChunk {
  first: Uint8Array;
  data: Uint8Array;
}

/** The chunks for a flush: `traces[i]` has the distinct trace ids of its block i, back to back. */
export function traceChunks(traces: readonly Uint8Array[]): TraceChunk[] {
  const total = traces.reduce((sum, ids) => sum + ids.length / TRACE_BYTES, 0);
  const keys = new Uint8Array(total * TRACE_KEY_BYTES);
  const ordinals = new Uint32Array(total);
  let n = 0;
  for (const [ordinal, ids] of traces.entries()) {
    for (let at = 0; at < ids.length; at += TRACE_BYTES, n++) {
      keys.set(ids.subarray(at + TRACE_BYTES - TRACE_KEY_BYTES, at + TRACE_BYTES), n * 8);
      ordinals[n] = ordinal;
    }
  }
  return cut(keys, ordinals);
}

/** The chunks for a flush made of several, whose first block is `base`. */
export function joinChunks(parts: readonly TraceEntries[], base: number): TraceChunk[] {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  const keys = new Uint8Array(total * TRACE_KEY_BYTES);
  const ordinals = new Uint32Array(total);
  let n = 0;
  for (const part of parts) {
    keys.set(part.keys, n * TRACE_KEY_BYTES);
    for (let i = 0; i < part.count; i++) ordinals[n++] = part.base - base + part.ordinals[i];
  }
  return cut(keys, ordinals);
}

/** Entries, in any order, as chunks. */
function cut(keys: Uint8Array, ordinals: Uint32Array): TraceChunk[] {
  const total = ordinals.length;
  const compare = (a: number, b: number): number =>
    compareRanges(keys, a * 8, a * 8 + 8, keys, b * 8, b * 8 + 8);
  const words = new Uint32Array(total);
  for (let i = 0, at = 0; i < total; i++, at += TRACE_KEY_BYTES) {
    words[i] = (keys[at] << 24) | (keys[at + 1] << 16) | (keys[at + 2] << 8) | keys[at + 3];
  }
  const order = orderByWords(words);
  sortRun(order, 0, total, (a, b) => compare(a, b) || ordinals[a] - ordinals[b]);
  const chunks: TraceChunk[] = [];
  for (let from = 0; from < total; ) {
    let to = Math.min(total, from + CHUNK_ENTRIES);
    while (to < total && compare(order[to - 1], order[to]) === 0) to++;
    chunks.push(chunkOf(keys, ordinals, order.subarray(from, to)));
    from = to;
  }
  return chunks;
}

function chunkOf(keys: Uint8Array, ordinals: Uint32Array, order: Uint32Array): TraceChunk {
  const out = new ByteWriter(order.length * 10 + 64);
  out.varint(order.length);
  for (const entry of order) out.append(keys, entry * 8, entry * 8 + 8);
  writeIntegers(
    out,
    Float64Array.from(order, (entry) => ordinals[entry]),
  );
  const head = { kind: FRAME_TRACES, count: order.length, firstDsid: 0, lastDsid: 0 } as const;
  const noTime = { tMin: Number.POSITIVE_INFINITY, tMax: Number.NEGATIVE_INFINITY };
  const first = keys.slice(order[0] * 8, order[0] * 8 + 8);
  return { first, data: sealFrame({ ...head, ...noTime }, out.view(), 1) };
}

/** The part of a trace id that the index knows. */
export function traceKey(traceId: Uint8Array): Uint8Array {
  return traceId.subarray(TRACE_BYTES - TRACE_KEY_BYTES, TRACE_BYTES);
}

/** A chunk read: entry i is a key (8 bytes) and the block with the id base + ordinals[i]. */
export interface TraceEntries {
  count: number;
  keys: Uint8Array;
  base: number;
  ordinals: Float64Array;
}

/** All entries of a chunk whose flush begins with block `base`. Throws CorruptionError. */
export function readTraces(chunk: Uint8Array, base: number, place: string): TraceEntries {
  const { payload } = openFrame(chunk, FRAME_TRACES, place);
  const reader = new ByteReader(payload, place);
  const count = reader.bounded(MAX_CHUNK_ENTRIES, 'traces');
  const keys = reader.take(count * TRACE_KEY_BYTES);
  return { count, keys, base, ordinals: readIntegers(reader, count) };
}

/** Ids of the blocks that the entries name for a key. */
export function findTrace(
  { count, keys, base, ordinals }: TraceEntries,
  key: Uint8Array,
): number[] {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareRanges(keys, middle * 8, middle * 8 + 8, key, 0, 8) < 0) low = middle + 1;
    else high = middle;
  }
  const found: number[] = [];
  for (; low < count && compareRanges(keys, low * 8, low * 8 + 8, key, 0, 8) === 0; low++) {
    found.push(base + ordinals[low]);
  }
  return found;
}
