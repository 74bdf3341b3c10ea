/**
 * Histogram blocks: runs of native histograms of ascending series.
 *
 * Model: a run is cut into stretches of rows with the same layout (schema, zero threshold, spans, custom bounds); in a stretch the
 * numbers are columns over its rows (value-column.ts): count, sum, zero count and every bucket.
 *
 * Layout of the payload (frame kind 2, count = runs):
 *     varint number of time vectors, varint byte length of the vectors, the vectors (times.ts)
 *     per run: varint dsid - dsid before - 1 (the first: dsid - first dsid of the frame), varint time vector, varint byte length
 *     the runs' bytes, each:
 *       u8 form of the start times, start times (starts.ts), then stretches until all rows are covered:
 *         varint rows
 *         layout: zigzag schema, f64 zero threshold, then for positive and negative: varint spans, per span zigzag offset and varint
 *         length; varint positive buckets, varint negative buckets, varint custom bounds, f64 per custom bound
 *         reset hints: u8 hint of all rows, or 255 and a u8 per row
 *         columns: count, sum, zero count, positive buckets, negative buckets
 *
 * Invariants: dsids ascend strictly; a dsid has one run in a part; the stale marker in a sum keeps its bits.
 */
import {
  type Histogram,
  isStaleHistogram,
  readHistogram,
  type Span,
  STALE_HI,
  STALE_LO,
} from '@sightline/wire';
import { ByteWriter } from './bytes.ts';
import { FRAME_HISTOGRAMS, sealFrame } from './frame.ts';
import { writeStarts } from './starts.ts';
import { MAX_RUN_ROWS, TimeTableWriter } from './times.ts';
import { writeColumn } from './value-column.ts';
import { ValueChooser } from './values.ts';

export const HINT_PER_ROW = 255;
/** A block is full at this many bytes before compression. */
const HISTOGRAM_BLOCK_BYTES = 64 * 1024;

export class HistogramBlockEncoder {
  runs = 0;
  #firstDsid = 0;
  #lastDsid = 0;
  #tMin = Infinity;
  #tMax = -Infinity;
  readonly #times = new TimeTableWriter();
  readonly #index = new ByteWriter(256);
  readonly #bodies = new ByteWriter(4096);
  readonly #chooser = new ValueChooser();
  #numbers = new Float64Array(64);
  #words = new Uint32Array(this.#numbers.buffer);
  #lo = new Uint32Array(64);
  #hi = new Uint32Array(64);

  /** Bytes so far, before compression. */
  get rawBytes(): number {
    return this.#times.out.length + this.#index.length + this.#bodies.length;
  }

  get full(): boolean {
    return this.rawBytes >= HISTOGRAM_BLOCK_BYTES;
  }

  get firstDsid(): number {
    return this.#firstDsid;
  }

  get lastDsid(): number {
    return this.#lastDsid;
  }

  get tMin(): number {
    return this.#tMin;
  }

  get tMax(): number {
    return this.#tMax;
  }

  /**
   * Adds the n >= 1 histograms from index `from` on whose records (wire's histogram-record) begin at lo[i] in `side` and are hi[i]
   * bytes long: t in Unix ms, strictly ascending; st start times in Unix ms (0 unknown) or null. dsids must ascend strictly;
   * throws RangeError otherwise.
   */
  addRun(
    dsid: number,
    n: number,
    t: Float64Array,
    lo: Uint32Array,
    hi: Uint32Array,
    side: Uint8Array,
    st: Float64Array | null,
    from: number,
  ): void {
    const histograms: Histogram[] = [];
    for (let i = from; i < from + n; i++) histograms.push(readHistogram(side, lo[i], hi[i]));
    this.addHistograms(
      dsid,
      n,
      t.subarray(from),
      histograms,
      st === null ? null : st.subarray(from),
    );
  }

  /** As `addRun`, from plain data and from index 0 on. */
  addHistograms(
    dsid: number,
    n: number,
    t: Float64Array,
    histograms: readonly Histogram[],
    st: Float64Array | null,
  ): void {
    if (n < 1 || n > MAX_RUN_ROWS) throw new RangeError(`a run of ${n} rows`);
    if (this.runs > 0 && dsid <= this.#lastDsid) throw new RangeError('dsids must ascend');
    if (this.runs === 0) this.#firstDsid = dsid;
    this.#index.varint(this.runs === 0 ? 0 : dsid - this.#lastDsid - 1);
    this.#index.varint(this.#times.add(t, 0, n));
    this.#lastDsid = dsid;
    this.runs++;
    this.#tMin = Math.min(this.#tMin, t[0]);
    this.#tMax = Math.max(this.#tMax, t[n - 1]);
    const before = this.#bodies.length;
    this.#writeBody(n, histograms, st);
    this.#index.varint(this.#bodies.length - before);
  }

  #writeBody(n: number, histograms: readonly Histogram[], st: Float64Array | null): void {
    const out = this.#bodies;
    const formAt = out.length;
    out.u8(0);
    if (st !== null) {
      const form = writeStarts(out, st, 0, n);
      out.bytes[formAt] = form;
    }
    for (let at = 0; at < n; ) {
      let end = at + 1;
      while (end < n && sameLayout(histograms[at], histograms[end])) end++;
      this.#writeStretch(histograms.slice(at, end));
      at = end;
    }
  }

  #writeStretch(rows: readonly Histogram[]): void {
    const out = this.#bodies;
    const first = rows[0];
    out.varint(rows.length);
    writeLayout(out, first);
    writeHints(out, rows);
    if (rows.length > this.#numbers.length) this.#grow(rows.length * 2);
    this.#writeNumbers(rows, (h) => h.count);
    this.#writeSums(rows);
    this.#writeNumbers(rows, (h) => h.zeroCount);
    for (let i = 0; i < first.positiveBuckets.length; i++) {
      this.#writeNumbers(rows, (h) => h.positiveBuckets[i]);
    }
    for (let i = 0; i < first.negativeBuckets.length; i++) {
      this.#writeNumbers(rows, (h) => h.negativeBuckets[i]);
    }
  }

  #writeNumbers(rows: readonly Histogram[], pick: (h: Histogram) => number): void {
    for (let i = 0; i < rows.length; i++) this.#numbers[i] = pick(rows[i]);
    this.#writeWords(rows.length);
  }

  #writeSums(rows: readonly Histogram[]): void {
    for (let i = 0; i < rows.length; i++) {
      this.#numbers[i] = rows[i].sum;
      if (!isStaleHistogram(rows[i])) continue;
      this.#words[i * 2] = STALE_LO;
      this.#words[i * 2 + 1] = STALE_HI;
    }
    this.#writeWords(rows.length);
  }

  #writeWords(n: number): void {
    for (let i = 0; i < n; i++) {
      this.#lo[i] = this.#words[i * 2];
      this.#hi[i] = this.#words[i * 2 + 1];
    }
    writeColumn(this.#bodies, this.#chooser, this.#lo, this.#hi, n);
  }

  #grow(rows: number): void {
    this.#numbers = new Float64Array(rows);
    this.#words = new Uint32Array(this.#numbers.buffer);
    this.#lo = new Uint32Array(rows);
    this.#hi = new Uint32Array(rows);
  }

  /** The finished block as a sealed frame; call `reset` before the next one. */
  finish(): Uint8Array {
    const payload = new ByteWriter(this.rawBytes + 16);
    payload.varint(this.#times.count);
    payload.varint(this.#times.out.length);
    for (const part of [this.#times.out, this.#index, this.#bodies]) payload.append(part.view());
    return sealFrame(
      {
        kind: FRAME_HISTOGRAMS,
        count: this.runs,
        firstDsid: this.#firstDsid,
        lastDsid: this.#lastDsid,
        tMin: this.#tMin,
        tMax: this.#tMax,
      },
      payload.view(),
    );
  }

  reset(): void {
    this.runs = 0;
    this.#tMin = Infinity;
    this.#tMax = -Infinity;
    this.#times.clear();
    this.#index.clear();
    this.#bodies.clear();
  }
}

function writeLayout(out: ByteWriter, h: Histogram): void {
  out.zigzag(h.schema);
  out.f64(h.zeroThreshold);
  for (const spans of [h.positiveSpans, h.negativeSpans]) {
    out.varint(spans.length);
    for (const span of spans) {
      out.zigzag(span.offset);
      out.varint(span.length);
    }
  }
  out.varint(h.positiveBuckets.length);
  out.varint(h.negativeBuckets.length);
  out.varint(h.customValues.length);
  for (const bound of h.customValues) out.f64(bound);
}

function writeHints(out: ByteWriter, rows: readonly Histogram[]): void {
  const first = rows[0].resetHint;
  if (rows.every((h) => h.resetHint === first)) {
    out.u8(first);
    return;
  }
  out.u8(HINT_PER_ROW);
  for (const h of rows) out.u8(h.resetHint);
}

function sameLayout(a: Histogram, b: Histogram): boolean {
  return (
    a.schema === b.schema &&
    Object.is(a.zeroThreshold, b.zeroThreshold) &&
    a.positiveBuckets.length === b.positiveBuckets.length &&
    a.negativeBuckets.length === b.negativeBuckets.length &&
    sameSpans(a.positiveSpans, b.positiveSpans) &&
    sameSpans(a.negativeSpans, b.negativeSpans) &&
    a.customValues.length === b.customValues.length &&
    a.customValues.every((bound, i) => Object.is(bound, b.customValues[i]))
  );
}

function sameSpans(a: readonly Span[], b: readonly Span[]): boolean {
  return (
    a.length === b.length &&
    a.every((span, i) => span.offset === b[i].offset && span.length === b[i].length)
  );
}
