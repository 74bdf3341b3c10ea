/**
 * The order in which records of one flush, or of some that are merged, stand in their file.
 *
 * Model: log records by (stream, time), so that a stream lies in few blocks and its texts resemble each other. Spans trace by trace, in the
 * order of the earliest starts of the traces, within a trace by start: ids repeat, times ascend nearly everywhere, and a short range
 * of time lies in few blocks. Of equal keys the order of arrival stays.
 */
import { compareRanges } from '@sightline/wire';
import { type RecordRows, TRACE_ID_BYTES } from './record-rows.ts';

/** Moves per row that the insertion sort may take before a full sort is cheaper. */
const MOVES_PER_ROW = 8;
/** Doubles hold 32 bits of a key and the index of a row exactly. */
const MAX_ROWS = 2 ** 21;

/** The row numbers in `rows` (ascending) in the order of the file; `stream[i]` is the dense id for `rows[i]`. */
export function orderRecords(
  from: RecordRows,
  rows: Uint32Array,
  stream: Uint32Array,
): Uint32Array {
  return from.signal === 'logs' ? orderLogs(from, rows, stream) : orderSpans(from, rows);
}

/** As positions in `rows`. */
function orderLogs(from: RecordRows, rows: Uint32Array, stream: Uint32Array): Uint32Array {
  const order = new Uint32Array(rows.length);
  const ends = streamEnds(stream);
  // Counted from the back, so that rows of a stream keep their order.
  const next = ends.slice();
  for (let i = rows.length - 1; i >= 0; i--) order[--next[stream[i]]] = i;
  const later = byTime(from, rows);
  for (let start = 0; start < order.length; ) {
    const end = ends[stream[order[start]]];
    sortRun(order, start, end, later);
    start = end;
  }
  return order;
}

/** Where the rows of each stream end when they stand in order of the streams. */
function streamEnds(stream: Uint32Array): Uint32Array {
  let highest = 0;
  for (const id of stream) if (id > highest) highest = id;
  const ends = new Uint32Array(highest + 1);
  for (const id of stream) ends[id]++;
  for (let id = 1; id <= highest; id++) ends[id] += ends[id - 1];
  return ends;
}

function orderSpans(from: RecordRows, rows: Uint32Array): Uint32Array {
  const grouped = byTrace(from, rows);
  const later = byTime(from, rows);
  const starts: number[] = [];
  for (let start = 0; start < grouped.length; ) {
    let end = start + 1;
    while (end < grouped.length && sameTrace(from, rows[grouped[start]], rows[grouped[end]])) end++;
    sortRun(grouped, start, end, later);
    starts.push(start);
    start = end;
  }
  starts.push(grouped.length);
  const traces = Uint32Array.from({ length: starts.length - 1 }, (_, i) => i);
  traces.sort((a, b) => later(grouped[starts[a]], grouped[starts[b]]) || a - b);
  const order = new Uint32Array(rows.length);
  let n = 0;
  for (const trace of traces) {
    for (let i = starts[trace]; i < starts[trace + 1]; i++) order[n++] = grouped[i];
  }
  return order;
}

/** Positions in `rows` with those of one trace side by side: by 32 bits of the trace id, and whole ids where those are equal. */
function byTrace(from: RecordRows, rows: Uint32Array): Uint32Array {
  if (rows.length > MAX_ROWS) throw new Error(`${rows.length} spans in one flush`);
  const { at, side } = from;
  const keys = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    // The last bytes are random in every sender; the first are zeros in some.
    const last = at[rows[i]] + TRACE_ID_BYTES;
    const bits =
      side[last - 1] | (side[last - 2] << 8) | (side[last - 3] << 16) | (side[last - 4] << 24);
    keys[i] = (bits >>> 0) * MAX_ROWS + i;
  }
  keys.sort();
  const grouped = new Uint32Array(rows.length);
  for (let i = 0; i < keys.length; i++) grouped[i] = keys[i] % MAX_ROWS;
  const byId = (a: number, b: number): number => compareTraces(from, rows[a], rows[b]);
  for (let start = 0; start < keys.length; ) {
    const bits = Math.floor(keys[start] / MAX_ROWS);
    let end = start + 1;
    let mixed = false;
    for (; end < keys.length && Math.floor(keys[end] / MAX_ROWS) === bits; end++) {
      mixed ||= byId(grouped[start], grouped[end]) !== 0;
    }
    if (mixed) grouped.subarray(start, end).sort((a, b) => byId(a, b) || a - b);
    start = end;
  }
  return grouped;
}

function compareTraces({ at, side }: RecordRows, a: number, b: number): number {
  const left = at[a];
  const right = at[b];
  return compareRanges(side, left, left + TRACE_ID_BYTES, side, right, right + TRACE_ID_BYTES);
}

function sameTrace({ at, side }: RecordRows, a: number, b: number): boolean {
  const left = at[a];
  const right = at[b];
  for (let i = TRACE_ID_BYTES - 1; i >= 0; i--)
    if (side[left + i] !== side[right + i]) return false;
  return true;
}

type Compare = (a: number, b: number) => number;

/** Compares positions in `rows` by the times of the rows. */
function byTime({ lo, hi }: RecordRows, rows: Uint32Array): Compare {
  return (a, b) => hi[rows[a]] - hi[rows[b]] || lo[rows[a]] - lo[rows[b]];
}

/** Sorts order[start, end), which is mostly in order. Equal elements stay in their order when they ascend. */
function sortRun(order: Uint32Array, start: number, end: number, later: Compare): void {
  let moves = (end - start) * MOVES_PER_ROW;
  for (let i = start + 1; i < end; i++) {
    const moving = order[i];
    let to = i;
    for (; to > start && later(order[to - 1], moving) > 0; to--) {
      order[to] = order[to - 1];
      moves--;
    }
    order[to] = moving;
    if (moves < 0) {
      order.subarray(start, end).sort((a, b) => later(a, b) || a - b);
      return;
    }
  }
}
