/**
 * How many spans of each stream start when, for a block: what counts over time are made of without reading spans.
 *
 * Model: a *cell* is the spans of one stream that start in one interval (k - 1, k] × unit, numbered k from 1970. The unit is the shortest of
 * UNITS_MS that leaves at most MAX_CELLS cells; each divides the next one. Where even the longest makes more there are none.
 *
 * Layout, one section frame: u8 1 when no two spans of the block have one span id, else 0; varint unit in milliseconds, 0 without cells; varint
 * cells; as integers (integers.ts) their streams (dense ids), the numbers of their intervals and their spans. Cells ascend by stream, then
 * interval.
 */
import { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { FRAME_RECORD_SECTION, openFrame } from '../blocks/frame.ts';
import { sealSection } from './column-builder.ts';
import { readIntegers } from './integer-reader.ts';
import { type Words, writeIntegers } from './integers.ts';
import type { SpanColumns } from './trace-summary.ts';

const UNITS_MS = [1000, 5000, 60_000, 300_000, 3_600_000] as const;
const MAX_CELLS = 1024;
/** Streams times intervals that are counted in one array. */
const MAX_ROOM = 2 ** 16;

export interface SpanActivity {
  areIdsDistinct: boolean;
  /** 0 when the cells are not known. */
  unitMs: number;
  streams: Float64Array;
  intervals: Float64Array;
  counts: Float64Array;
}

type ActivityColumns = Pick<SpanColumns, 'rows' | 'start' | 'stream' | 'areIdsDistinct'>;

/** As it is stored. */
export function encodeActivity(columns: ActivityColumns): Uint8Array {
  const { rows, start, stream, areIdsDistinct } = columns;
  const { unitMs, streams, intervals, counts } = cellsOf(rows, start, stream);
  const out = new ByteWriter(64 + streams.length * 4);
  out.u8(areIdsDistinct ? 1 : 0);
  out.varint(unitMs);
  out.varint(streams.length);
  for (const column of [streams, intervals, counts]) writeIntegers(out, column);
  return sealSection(out.view());
}

type Cells = Omit<SpanActivity, 'areIdsDistinct'>;

function cellsOf(rows: number, start: Words, stream: Uint32Array): Cells {
  const ids = [...new Set(stream.subarray(0, rows))].sort((a, b) => a - b);
  const places = new Map(ids.map((id, place) => [id, place]));
  const ms = new Float64Array(rows);
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  for (let row = 0; row < rows; row++) {
    ms[row] = msUp(start.lo[row], start.hi[row]);
    if (ms[row] < min) min = ms[row];
    if (ms[row] > max) max = ms[row];
  }
  for (const unitMs of UNITS_MS) {
    const first = Math.ceil(min / unitMs);
    const across = Math.ceil(max / unitMs) - first + 1;
    if (across * ids.length > MAX_ROOM) continue;
    const room = new Float64Array(across * ids.length);
    let cells = 0;
    let last = -1;
    let place = 0;
    for (let row = 0; row < rows; row++) {
      if (stream[row] !== last) {
        last = stream[row];
        place = places.get(last) ?? 0;
      }
      const at = place * across + Math.ceil(ms[row] / unitMs) - first;
      if (room[at]++ === 0) cells++;
    }
    if (cells <= MAX_CELLS) return collect(room, cells, unitMs, ids, first);
  }
  const none = new Float64Array(0);
  return { unitMs: 0, streams: none, intervals: none, counts: none };
}

function collect(
  room: Float64Array,
  cells: number,
  unitMs: number,
  ids: readonly number[],
  first: number,
): Cells {
  const across = room.length / ids.length;
  const found = {
    unitMs,
    streams: new Float64Array(cells),
    intervals: new Float64Array(cells),
    counts: new Float64Array(cells),
  };
  let n = 0;
  for (const [place, id] of ids.entries()) {
    for (let i = 0; i < across; i++) {
      const count = room[place * across + i];
      if (count === 0) continue;
      found.streams[n] = id;
      found.intervals[n] = first + i;
      found.counts[n++] = count;
    }
  }
  return found;
}

/** Unix nanoseconds as whole milliseconds, rounded up: 2^32 ns = 4294 ms + 967296 ns, and every product stays below 2^53. */
function msUp(lo: number, hi: number): number {
  return hi * 4294 + Math.ceil((hi * 967_296 + lo) / 1e6);
}

/** Throws CorruptionError. */
export function readActivity(data: Uint8Array, place: string): SpanActivity {
  const { payload } = openFrame(data, FRAME_RECORD_SECTION, place);
  const reader = new ByteReader(payload, place);
  const areIdsDistinct = reader.u8() === 1;
  const unitMs = reader.varint();
  const cells = reader.bounded(MAX_CELLS, 'cells');
  const streams = readIntegers(reader, cells);
  const intervals = readIntegers(reader, cells);
  return { areIdsDistinct, unitMs, streams, intervals, counts: readIntegers(reader, cells) };
}
