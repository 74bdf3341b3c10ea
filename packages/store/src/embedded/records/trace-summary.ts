/**
 * What a block of spans says of each of its traces, so that lists of traces read no spans.
 *
 * Model: row i is the trace with the number i in the block's column of trace ids. A flush writes its spans trace by trace, so a trace has one
 * row per flush, and two where a block ended within it; readers add rows of one trace up. Spans that were written twice count twice.
 *
 * Layout, one section frame: varint traces; earliest starts and durations (latest end - earliest start) as words; numbers of spans, of spans with
 * an error, and dense stream ids of the root (0: the block has no span of the trace without a parent) as integers; names of roots and sets
 * of streams as strings with codes. A set is its dense ids, ascending, as varints.
 */
import { ByteStrings } from '../blocks/byte-strings.ts';
import { ByteReader, ByteWriter, grown } from '../blocks/bytes.ts';
import { FRAME_RECORD_SECTION, openFrame } from '../blocks/frame.ts';
import { MAX_BLOCK_ROWS } from './block-format.ts';
import { CodeColumn } from './code-column.ts';
import { sealSection } from './column-builder.ts';
import { readIntegers, readWords } from './integer-reader.ts';
import { difference, type Words, writeIntegers, writeWords } from './integers.ts';
import { readStrings, type Strings, writeCodes, writeStrings } from './strings.ts';

const STATUS_ERROR = 2;
const TWO_32 = 2 ** 32;

/** The columns of a block that summaries are made of; one element a row. */
export interface SpanColumns {
  rows: number;
  traces: number;
  trace: Uint32Array;
  /** Whether no two rows have one span id. */
  areIdsDistinct: boolean;
  start: Words;
  duration: Words;
  status: Uint32Array;
  stream: Uint32Array;
  /** Whether a row has no parent. */
  isRoot(row: number): boolean;
  /** Number of the row's name in `names`. */
  name: Uint32Array;
  names: ByteStrings;
}

/** The summaries of a block as they are stored. */
export function encodeSummaries(columns: SpanColumns): Uint8Array {
  const { traces, trace, rows } = columns;
  const found = new Summaries(traces, rows);
  for (let row = 0; row < rows; row++) found.add(columns, row, trace[row]);
  return sealSection(found.encode(columns));
}

class Summaries {
  readonly #count: number;
  /** Row of the earliest span, and of the earliest root, + 1. */
  readonly #first: Uint32Array;
  readonly #root: Uint32Array;
  readonly #spans: Float64Array;
  readonly #errors: Float64Array;
  /** Rows of a trace as a list from the last to the first; row + 1. */
  readonly #last: Uint32Array;
  readonly #before: Uint32Array;
  /** The streams of one trace, ascending. */
  #streams = new Uint32Array(64);

  constructor(count: number, rows: number) {
    this.#count = count;
    this.#before = new Uint32Array(rows);
    this.#first = new Uint32Array(count);
    this.#root = new Uint32Array(count);
    this.#spans = new Float64Array(count);
    this.#errors = new Float64Array(count);
    this.#last = new Uint32Array(count);
  }

  add({ start, status, isRoot }: SpanColumns, row: number, trace: number): void {
    this.#spans[trace]++;
    if (status[row] === STATUS_ERROR) this.#errors[trace]++;
    if (isBefore(start, row, this.#first[trace])) this.#first[trace] = row + 1;
    if (isRoot(row) && isBefore(start, row, this.#root[trace])) this.#root[trace] = row + 1;
    this.#before[row] = this.#last[trace];
    this.#last[trace] = row + 1;
  }

  encode(columns: SpanColumns): Uint8Array {
    const { start, stream, name, names } = columns;
    const count = this.#count;
    const starts = { lo: new Uint32Array(count), hi: new Uint32Array(count) };
    const durations = { lo: new Uint32Array(count), hi: new Uint32Array(count) };
    const roots = new Float64Array(count);
    const rootNames = new ByteStrings();
    const nameCodes = new Uint32Array(count);
    const sets = new ByteStrings();
    const setCodes = new Uint32Array(count);
    const set = new ByteWriter(64);
    for (let trace = 0; trace < count; trace++) {
      const first = this.#first[trace] - 1;
      starts.lo[trace] = start.lo[first];
      starts.hi[trace] = start.hi[first];
      const duration = this.#duration(columns, trace, first);
      durations.lo[trace] = duration % TWO_32;
      durations.hi[trace] = Math.floor(duration / TWO_32);
      const root = this.#root[trace] - 1;
      if (root >= 0) roots[trace] = stream[root];
      const { bytes, offsets } = names;
      const [from, to] = root < 0 ? [0, 0] : [offsets[name[root]], offsets[name[root] + 1]];
      nameCodes[trace] = rootNames.id(bytes, from, to);
      set.clear();
      const streams = this.#streamsOf(stream, trace);
      for (let i = 0; i < streams; i++) set.varint(this.#streams[i]);
      setCodes[trace] = sets.id(set.bytes, 0, set.length);
    }
    const out = new ByteWriter(count * 16 + 256);
    out.varint(count);
    writeWords(out, starts, count, false);
    writeWords(out, durations, count, false);
    for (const column of [this.#spans, this.#errors, roots]) writeIntegers(out, column);
    writeStrings(out, rootNames);
    writeCodes(out, nameCodes, count);
    writeStrings(out, sets);
    writeCodes(out, setCodes, count);
    return out.view();
  }

  /** Nanoseconds from the start of the row `first` to the latest end. */
  #duration({ start, duration }: SpanColumns, trace: number, first: number): number {
    let longest = 0;
    for (let row = this.#last[trace] - 1; row >= 0; row = this.#before[row] - 1) {
      const offset = difference(start.lo[row], start.hi[row], start.lo[first], start.hi[first]);
      longest = Math.max(longest, offset + duration.hi[row] * TWO_32 + duration.lo[row]);
    }
    return longest;
  }

  /** Fills `#streams`; returns how many there are. */
  #streamsOf(stream: Uint32Array, trace: number): number {
    let count = 0;
    for (let row = this.#last[trace] - 1; row >= 0; row = this.#before[row] - 1) {
      const id = stream[row];
      let at = count;
      while (at > 0 && this.#streams[at - 1] > id) at--;
      if (at > 0 && this.#streams[at - 1] === id) continue;
      this.#streams = grown(this.#streams, count + 1);
      this.#streams.copyWithin(at + 1, at, count++);
      this.#streams[at] = id;
    }
    return count;
  }
}

/** Whether a row starts before another, which is given + 1; 0 is none. */
function isBefore({ lo, hi }: Words, row: number, other: number): boolean {
  if (other === 0 || hi[row] < hi[other - 1]) return true;
  return hi[row] === hi[other - 1] && lo[row] < lo[other - 1];
}

/** Summaries read back; by the number of the trace. */
export interface TraceSummaries {
  count: number;
  start: Words;
  duration: Words;
  spans: Float64Array;
  errors: Float64Array;
  /** Dense stream id of the root, 0 without one. */
  root: Float64Array;
  rootName: Uint32Array;
  rootNames: Strings;
  streams: Uint32Array;
  streamSets: Strings;
}

/** Throws CorruptionError. */
export function readSummaries(data: Uint8Array, place: string): TraceSummaries {
  const { payload } = openFrame(data, FRAME_RECORD_SECTION, place);
  const reader = new ByteReader(payload, place);
  const count = reader.bounded(MAX_BLOCK_ROWS, 'traces');
  const start = readWords(reader, count);
  const duration = readWords(reader, count);
  const spans = readIntegers(reader, count);
  const errors = readIntegers(reader, count);
  const root = readIntegers(reader, count);
  const rootNames = readStrings(reader, count);
  const rootName = new CodeColumn(reader, count, rootNames.count).all();
  const streamSets = readStrings(reader, count);
  const streams = new CodeColumn(reader, count, streamSets.count).all();
  return { count, start, duration, spans, errors, root, rootName, rootNames, streams, streamSets };
}

/** The dense ids of a set of streams. Throws CorruptionError. */
export function streamsOfSet({ bytes, offsets }: Strings, set: number, place: string): number[] {
  const reader = new ByteReader(bytes, place, offsets[set], offsets[set + 1]);
  const ids: number[] = [];
  while (reader.left > 0) ids.push(reader.varint());
  return ids;
}
