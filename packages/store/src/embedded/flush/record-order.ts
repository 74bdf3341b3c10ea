/**
 * The order in which records of one flush, or of some that are merged, stand in their file.
 *
 * Model: log records by (stream, time), so that a stream lies in few blocks and its texts resemble each other. Spans trace by trace, in the
 * order of the earliest starts of the traces, within a trace by start: ids repeat, times ascend nearly everywhere, and a short range
 * of time lies in few blocks. Of equal keys the order of arrival stays.
 */
import { compareRanges } from '@sightline/wire';
import { orderByWords, sortRun } from '../word-sort.ts';
import { type RecordRows, sameTrace, TRACE_ID_BYTES } from './record-rows.ts';

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
  for (let i = 0; i < stream.length; i++) if (stream[i] > highest) highest = stream[i];
  const ends = new Uint32Array(highest + 1);
  for (let i = 0; i < stream.length; i++) ends[stream[i]]++;
  for (let id = 1; id <= highest; id++) ends[id] += ends[id - 1];
  return ends;
}

function orderSpans(from: RecordRows, rows: Uint32Array): Uint32Array {
  const grouped = byTrace(from, rows);
  const later = byTime(from, rows);
  /** Where each trace begins in `grouped`. */
  const starts = new Uint32Array(rows.length + 1);
  let traces = 0;
  for (let start = 0; start < grouped.length; ) {
    let end = start + 1;
    while (end < grouped.length && sameTrace(from, rows[grouped[start]], rows[grouped[end]])) end++;
    sortRun(grouped, start, end, later);
    starts[traces++] = start;
    start = end;
  }
  starts[traces] = grouped.length;
  const firsts = Uint32Array.from({ length: traces }, (_, i) => rows[grouped[starts[i]]]);
  const inTime = orderByWords(timeWords(from, firsts));
  sortRun(inTime, 0, traces, (a, b) => later(grouped[starts[a]], grouped[starts[b]]));
  const order = new Uint32Array(rows.length);
  let n = 0;
  for (let i = 0; i < traces; i++) {
    const trace = inTime[i];
    for (let k = starts[trace]; k < starts[trace + 1]; k++) order[n++] = grouped[k];
  }
  return order;
}

/** The times of `rows` as 32 bits, as fine as their range allows. */
function timeWords({ lo, hi }: RecordRows, rows: Uint32Array): Uint32Array {
  let min = Number.POSITIVE_INFINITY;
  let max = 0;
  const times = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const time = hi[rows[i]] * 2 ** 32 + lo[rows[i]];
    times[i] = time;
    if (time < min) min = time;
    if (time > max) max = time;
  }
  const scale = Math.max(1, (max - min) / 2 ** 31);
  const words = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) words[i] = (times[i] - min) / scale;
  return words;
}

/** Positions in `rows` with those of one trace side by side: by 32 bits of the trace id, and whole ids where those are equal. */
function byTrace(from: RecordRows, rows: Uint32Array): Uint32Array {
  const { at, side } = from;
  const words = new Uint32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    // The last bytes are random in every sender; the first are zeros in some.
    const last = at[rows[i]] + TRACE_ID_BYTES;
    words[i] =
      side[last - 1] | (side[last - 2] << 8) | (side[last - 3] << 16) | (side[last - 4] << 24);
  }
  const grouped = orderByWords(words);
  const byId = (a: number, b: number): number => compareTraces(from, rows[a], rows[b]);
  for (let start = 0; start < grouped.length; ) {
    let end = start + 1;
    let mixed = false;
    while (end < grouped.length && words[grouped[end]] === words[grouped[start]]) {
      mixed ||= !sameTrace(from, rows[grouped[start]], rows[grouped[end]]);
      end++;
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

type Compare = (a: number, b: number) => number;

/** Compares positions in `rows` by the times of the rows. */
function byTime({ lo, hi }: RecordRows, rows: Uint32Array): Compare {
  return (a, b) => hi[rows[a]] - hi[rows[b]] || lo[rows[a]] - lo[rows[b]];
}
