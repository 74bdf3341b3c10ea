/**
 * How many log records of each severity a block has of each stream, from when to when: what counts over time are made of without reading
 * columns.
 *
 * Model: a *stretch* is all rows of one stream. A block in which they lie together with times that do not descend, those of one time with
 * texts of their own (so that no record is there twice), has an activity, unless there are so many stretches that reading columns is no more work.
 *
 * Layout, one section frame, not compressed: varint stretches, in order of rows; varint severities and a byte for each; as integers
 * (integers.ts) the streams (dense ids); as words their first times and their last ones; for each severity as integers the rows of each
 * stretch.
 */
import { ByteReader, ByteWriter } from '../blocks/bytes.ts';
import { FRAME_RECORD_SECTION, openFrame } from '../blocks/frame.ts';
import { MAX_BLOCK_ROWS } from './block-format.ts';
import { sealSection } from './column-builder.ts';
import { readIntegers, readWords } from './integer-reader.ts';
import { type Words, writeIntegers, writeWords } from './integers.ts';

/** With fewer rows a stretch, on average, the columns of times, streams and severities take hardly more to read. */
const LEAST_ROWS_EACH = 8;
const SEVERITIES = 256;
/** Rows of one time that are compared, each with all others. */
const MAX_TIES = 32;

export interface LogActivity {
  /** Dense ids, by stretch. */
  streams: Float64Array;
  first: Words;
  last: Words;
  severities: Uint8Array;
  /** By severity, by stretch. */
  counts: readonly Float64Array[];
}

/** As it is stored; null for a block that has none. One element of the columns a row, `texts` are their numbers; rows are at least one. */
export function encodeLogActivity(
  rows: number,
  times: Words,
  streams: Uint32Array,
  levels: Uint32Array,
  texts: Uint32Array,
): Uint8Array | null {
  const ends = stretchEnds(rows, times, streams, texts);
  if (ends === null) return null;
  const severities = severitiesOf(rows, levels);
  if (severities === null) return null;
  const n = ends.length;
  const starts = ends.map((_, i) => (i === 0 ? 0 : ends[i - 1]));
  const out = new ByteWriter(64 + n * 16);
  out.varint(n);
  out.varint(severities.length);
  for (const severity of severities) out.u8(severity);
  writeIntegers(
    out,
    Float64Array.from(starts, (row) => streams[row]),
  );
  writeWords(out, wordsAt(times, starts), n, false);
  const lasts = ends.map((end) => end - 1);
  writeWords(out, wordsAt(times, lasts), n, false);
  for (const counts of countsOf(ends, levels, severities)) writeIntegers(out, counts);
  return sealSection(out.view(), 0);
}

/** Behind the last row of each stretch; null when rows are not as the model says. */
function stretchEnds(
  rows: number,
  { lo, hi }: Words,
  streams: Uint32Array,
  texts: Uint32Array,
): number[] | null {
  const ends: number[] = [];
  const seen = new Set([streams[0]]);
  // The first row of the time of the row before.
  let tie = 0;
  for (let row = 1; row < rows; row++) {
    const before = row - 1;
    if (streams[row] !== streams[before]) {
      if (seen.has(streams[row])) return null;
      seen.add(streams[row]);
      ends.push(row);
      tie = row;
    } else if (hi[row] !== hi[before] || lo[row] !== lo[before]) {
      if (hi[row] < hi[before] || (hi[row] === hi[before] && lo[row] < lo[before])) return null;
      tie = row;
    } else if (row - tie > MAX_TIES || texts.subarray(tie, row).includes(texts[row])) return null;
  }
  ends.push(rows);
  return ends.length * LEAST_ROWS_EACH > rows + LEAST_ROWS_EACH ? null : ends;
}

function wordsAt({ lo, hi }: Words, rows: readonly number[]): Words {
  return {
    lo: Uint32Array.from(rows, (row) => lo[row]),
    hi: Uint32Array.from(rows, (row) => hi[row]),
  };
}

/** In order of appearance; null when one takes more than a byte. */
function severitiesOf(rows: number, levels: Uint32Array): number[] | null {
  const seen = new Uint8Array(SEVERITIES);
  const found: number[] = [];
  for (let row = 0; row < rows; row++) {
    const severity = levels[row];
    if (severity >= SEVERITIES) return null;
    if (seen[severity] === 1) continue;
    seen[severity] = 1;
    found.push(severity);
  }
  return found;
}

function countsOf(
  ends: readonly number[],
  levels: Uint32Array,
  severities: readonly number[],
): Float64Array[] {
  const places = new Uint8Array(SEVERITIES);
  for (const [place, severity] of severities.entries()) places[severity] = place;
  const counts = severities.map(() => new Float64Array(ends.length));
  let row = 0;
  for (const [i, end] of ends.entries()) for (; row < end; row++) counts[places[levels[row]]][i]++;
  return counts;
}

/** Throws CorruptionError. */
export function readLogActivity(data: Uint8Array, place: string): LogActivity {
  const { payload } = openFrame(data, FRAME_RECORD_SECTION, place);
  const reader = new ByteReader(payload, place);
  const n = reader.bounded(MAX_BLOCK_ROWS, 'stretches');
  const severities = reader.take(reader.bounded(SEVERITIES, 'severities'));
  const streams = readIntegers(reader, n);
  const first = readWords(reader, n);
  const last = readWords(reader, n);
  const counts = Array.from(severities, () => readIntegers(reader, n));
  return { streams, first, last, severities, counts };
}
