/**
 * Reading histogram blocks; the layout is described in histograms.ts.
 *
 * Invariant: every histogram that is handed out has its own arrays, except for spans and custom bounds, which rows of a stretch share
 * and nobody changes.
 */
import { resetHint, type Span } from '@sightline/wire';
import type { SampleBuffer } from '../../querier.ts';
import { ByteReader } from './bytes.ts';
import { FRAME_HISTOGRAMS, type Frame, openFrame } from './frame.ts';
import { HINT_PER_ROW } from './histograms.ts';
import { readStarts, START_NONE, skipStarts } from './starts.ts';
import { lowerBound, TimeTable, upperBound } from './times.ts';
import { readColumn } from './value-column.ts';

/** Bound on spans, buckets and bounds of one histogram. */
const MAX_ITEMS = 1 << 20;

interface Layout {
  schema: number;
  zeroThreshold: number;
  positiveSpans: Span[];
  negativeSpans: Span[];
  positiveBuckets: number;
  negativeBuckets: number;
  customValues: number[];
}

export class HistogramBlockReader {
  readonly runs: number;
  readonly #place: string;
  readonly #payload: Uint8Array;
  readonly #times: TimeTable;
  readonly #dsids: Uint32Array;
  readonly #vectors: Uint32Array;
  readonly #offsets: Uint32Array;

  /** Opens a sealed frame; `place` names it in errors. Throws CorruptionError, FormatVersionError. */
  static open(bytes: Uint8Array, place: string): HistogramBlockReader {
    return new HistogramBlockReader(openFrame(bytes, FRAME_HISTOGRAMS, place), place);
  }

  private constructor(frame: Frame, place: string) {
    const reader = new ByteReader(frame.payload, place);
    const vectors = reader.varint();
    this.#times = new TimeTable(reader.section(reader.varint()), vectors);
    const runs = frame.count;
    if (runs > reader.left) reader.fail('more runs than bytes');
    this.runs = runs;
    this.#place = place;
    this.#payload = frame.payload;
    this.#dsids = new Uint32Array(runs);
    this.#vectors = new Uint32Array(runs);
    this.#offsets = new Uint32Array(runs + 1);
    let dsid = frame.firstDsid - 1;
    for (let run = 0; run < runs; run++) {
      dsid += reader.varint() + 1;
      this.#dsids[run] = dsid;
      this.#vectors[run] = reader.bounded(this.#times.count - 1, 'index of a time vector');
      this.#offsets[run + 1] = this.#offsets[run] + reader.bounded(reader.end, 'bytes of a run');
    }
    if (this.#offsets[runs] !== reader.left) reader.fail('runs do not fill the block');
    for (let run = 0; run <= runs; run++) this.#offsets[run] += reader.at;
  }

  /** Bytes of memory that the reader holds. */
  get bytes(): number {
    return this.#payload.length + this.runs * 12;
  }

  dsid(run: number): number {
    return this.#dsids[run];
  }

  /** Rows of a run. */
  rows(run: number): number {
    return this.#times.rows(this.#vectors[run]);
  }

  /** Index of the run of a series, or -1. */
  find(dsid: number): number {
    let low = 0;
    let high = this.runs;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#dsids[middle] < dsid) low = middle + 1;
      else high = middle;
    }
    return low < this.runs && this.#dsids[low] === dsid ? low : -1;
  }

  /** Appends the histograms of a run within [minT, maxT] to `into`; their rows of `v` hold the sums, bit-exact. */
  read(run: number, into: SampleBuffer, minT: number, maxT: number): void {
    const times = this.#times.vector(this.#vectors[run]);
    const begin = lowerBound(times, minT);
    const end = upperBound(times, maxT);
    if (begin >= end) return;
    const to = into.n;
    into.reserve(to + end - begin);
    const reader = new ByteReader(
      this.#payload,
      this.#place,
      this.#offsets[run],
      this.#offsets[run + 1],
    );
    readStartsOf(reader, times.length, into, begin, end);
    into.hasHistograms = true;
    into.h.length = to;
    for (let row = 0; row < end; ) {
      row += readStretch(
        reader,
        into,
        to - begin + row,
        times.length - row,
        begin - row,
        end - row,
      );
    }
    into.t.set(times.subarray(begin, end), to);
    into.n = to + end - begin;
  }
}

function readStartsOf(
  reader: ByteReader,
  rows: number,
  into: SampleBuffer,
  begin: number,
  end: number,
): void {
  const to = into.n;
  const form = reader.u8();
  const at = reader.at;
  skipStarts(reader, form, rows);
  if (form === START_NONE) {
    if (into.hasStart) into.st.fill(0, to, to + end - begin);
    return;
  }
  if (!into.hasStart) into.st.fill(0, 0, to);
  into.hasStart = true;
  const starts = new Float64Array(end);
  readStarts(new ByteReader(reader.bytes, reader.place, at, reader.end), form, starts, 0, end);
  into.st.set(starts.subarray(begin), to);
}

/**
 * Reads one stretch. Row k of the stretch goes to row `to + k` of `into` when k is within [begin, end); `left` rows of the run are
 * left. Returns the rows of the stretch.
 */
function readStretch(
  reader: ByteReader,
  into: SampleBuffer,
  to: number,
  left: number,
  begin: number,
  end: number,
): number {
  const rows = reader.bounded(left, 'rows of a stretch');
  if (rows === 0) reader.fail('empty stretch');
  const layout = readLayout(reader);
  const hint = reader.u8();
  const hints = hint === HINT_PER_ROW ? reader.take(rows) : null;
  const counts = new Float64Array(rows);
  readColumn(reader, rows, counts, new Uint32Array(counts.buffer));
  const sums = new Float64Array(rows);
  const sumWords = new Uint32Array(sums.buffer);
  readColumn(reader, rows, sums, sumWords);
  const zeros = new Float64Array(rows);
  readColumn(reader, rows, zeros, new Uint32Array(zeros.buffer));
  const stop = Math.min(rows, end);
  for (let k = Math.max(0, begin); k < stop; k++) {
    into.h[to + k] = {
      schema: layout.schema,
      resetHint: resetHint(hints === null ? hint : hints[k]),
      zeroThreshold: layout.zeroThreshold,
      zeroCount: zeros[k],
      count: counts[k],
      sum: sums[k],
      positiveSpans: layout.positiveSpans,
      negativeSpans: layout.negativeSpans,
      positiveBuckets: [],
      negativeBuckets: [],
      customValues: layout.customValues,
    };
    into.bits[(to + k) * 2] = sumWords[k * 2];
    into.bits[(to + k) * 2 + 1] = sumWords[k * 2 + 1];
  }
  const column = zeros;
  const words = new Uint32Array(column.buffer);
  for (let bucket = 0; bucket < layout.positiveBuckets + layout.negativeBuckets; bucket++) {
    readColumn(reader, rows, column, words);
    const positive = bucket < layout.positiveBuckets;
    for (let k = Math.max(0, begin); k < stop; k++) {
      const h = into.h[to + k];
      if (h !== undefined) (positive ? h.positiveBuckets : h.negativeBuckets).push(column[k]);
    }
  }
  return rows;
}

function readLayout(reader: ByteReader): Layout {
  const schema = reader.zigzag();
  const zeroThreshold = reader.f64();
  const positiveSpans = readSpans(reader);
  const negativeSpans = readSpans(reader);
  const positiveBuckets = reader.bounded(MAX_ITEMS, 'buckets');
  const negativeBuckets = reader.bounded(MAX_ITEMS, 'buckets');
  const customValues: number[] = [];
  for (let count = reader.varint(); count > 0; count--) customValues.push(reader.f64());
  return {
    schema,
    zeroThreshold,
    positiveSpans,
    negativeSpans,
    positiveBuckets,
    negativeBuckets,
    customValues,
  };
}

function readSpans(reader: ByteReader): Span[] {
  const spans: Span[] = [];
  for (let count = reader.varint(); count > 0; count--) {
    spans.push({ offset: reader.zigzag(), length: reader.varint() });
  }
  return spans;
}
