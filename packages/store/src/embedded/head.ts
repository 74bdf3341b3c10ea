/**
 * A head segment: the newest rows, in arrival order, in memory that query and flush threads share.
 *
 * Model: columns of a fixed number of rows. `prev[row]` links a row to the previous row of its series (row + 1; 0 ends the chain)
 * and `last[sid]` begins the chain, so the rows of one series are found without an index and a flush needs no sort. Times are kept
 * as an offset of 32 bits from the segment's base, with the full time in a second column for rows that are too far from it.
 * Histogram records lie back to back in `side`. `touched` lists the distinct sids in order of first arrival.
 * One segment belongs to one journal file of the same number; the number is the sequence of its rows.
 *
 * Life: free -> active (rows are appended) -> frozen (being flushed) -> free, when no query holds it.
 *
 * Invariants: only the main thread appends, and it publishes a row by the atomic store of `last[sid]` after all its columns are
 * written; a reader takes `rows` from its snapshot and skips younger rows of a chain. Columns that no row needs are never
 * written, so the operating system commits no memory for them.
 */
import { KIND_HISTOGRAM, type MetricBatch } from '@sightline/wire';

const META_WORDS = 8;
const META_ROWS = 0;
const META_TOUCHED = 1;
const META_SIDE = 2;
const META_NUMBER = 3;

/** Row flags. The low bit is the kind (0 float, 1 histogram). */
const FLAG_HISTOGRAM = 1;
const FLAG_START = 2;
const FLAG_FAR = 4;

/** Offsets from the base are kept within +-2^31 ms (24.8 days), stored unsigned. */
const NEAR_MS = 0x7fffffff;

export interface SharedHeadSegment {
  /** Which of the store's segments this is; stable over its lives. */
  slot: number;
  maxRows: number;
  maxSeries: number;
  buffer: SharedArrayBuffer;
  side: SharedArrayBuffer;
}

interface Layout {
  base: number;
  last: number;
  touched: number;
  time: number;
  lo: number;
  hi: number;
  prev: number;
  flags: number;
  far: number;
  start: number;
  bytes: number;
}

function layout(maxRows: number, maxSeries: number): Layout {
  let at = META_WORDS * 4;
  const take = (bytes: number): number => {
    const offset = at;
    at += Math.ceil(bytes / 8) * 8;
    return offset;
  };
  return {
    base: take(24),
    last: take((maxSeries + 1) * 4),
    touched: take(maxSeries * 4),
    time: take(maxRows * 4),
    lo: take(maxRows * 4),
    hi: take(maxRows * 4),
    prev: take(maxRows * 4),
    flags: take(maxRows),
    far: take(maxRows * 8),
    start: take(maxRows * 8),
    bytes: at,
  };
}

/** Rows of one series, oldest first, copied out of a segment. */
export interface RowColumns {
  n: number;
  t: Float64Array;
  lo: Uint32Array;
  hi: Uint32Array;
  st: Float64Array;
  kind: Uint8Array;
  hasStart: boolean;
  hasHistograms: boolean;
}

export function rowColumns(capacity = 256): RowColumns {
  return {
    n: 0,
    t: new Float64Array(capacity),
    lo: new Uint32Array(capacity),
    hi: new Uint32Array(capacity),
    st: new Float64Array(capacity),
    kind: new Uint8Array(capacity),
    hasStart: false,
    hasHistograms: false,
  };
}

/** Makes room for `rows` rows, keeping the content. */
export function growRows(columns: RowColumns, rows: number): void {
  if (rows <= columns.t.length) return;
  const { n, hasStart, hasHistograms } = columns;
  const bigger = rowColumns(Math.max(rows, columns.t.length * 2));
  bigger.t.set(columns.t.subarray(0, n));
  bigger.lo.set(columns.lo.subarray(0, n));
  bigger.hi.set(columns.hi.subarray(0, n));
  bigger.st.set(columns.st.subarray(0, n));
  bigger.kind.set(columns.kind.subarray(0, n));
  Object.assign(columns, bigger, { n, hasStart, hasHistograms });
}

export class HeadSegment {
  readonly shared: SharedHeadSegment;
  /** Histogram records; a row's lo and hi are offset and length. */
  readonly side: Uint8Array;
  readonly #meta: Int32Array;
  readonly #base: Float64Array;
  readonly #last: Int32Array;
  readonly #touched: Uint32Array;
  readonly #time: Uint32Array;
  readonly #lo: Uint32Array;
  readonly #hi: Uint32Array;
  readonly #prev: Uint32Array;
  readonly #flags: Uint8Array;
  readonly #far: Float64Array;
  readonly #start: Float64Array;

  constructor(shared: SharedHeadSegment) {
    const { buffer, maxRows, maxSeries } = shared;
    const at = layout(maxRows, maxSeries);
    this.shared = shared;
    this.side = new Uint8Array(shared.side);
    this.#meta = new Int32Array(buffer, 0, META_WORDS);
    this.#base = new Float64Array(buffer, at.base, 3);
    this.#last = new Int32Array(buffer, at.last, maxSeries + 1);
    this.#touched = new Uint32Array(buffer, at.touched, maxSeries);
    this.#time = new Uint32Array(buffer, at.time, maxRows);
    this.#lo = new Uint32Array(buffer, at.lo, maxRows);
    this.#hi = new Uint32Array(buffer, at.hi, maxRows);
    this.#prev = new Uint32Array(buffer, at.prev, maxRows);
    this.#flags = new Uint8Array(buffer, at.flags, maxRows);
    this.#far = new Float64Array(buffer, at.far, maxRows);
    this.#start = new Float64Array(buffer, at.start, maxRows);
  }

  static create(slot: number, maxRows: number, maxSeries: number, sideBytes: number): HeadSegment {
    const buffer = new SharedArrayBuffer(layout(maxRows, maxSeries).bytes);
    return new HeadSegment({
      slot,
      maxRows,
      maxSeries,
      buffer,
      side: new SharedArrayBuffer(sideBytes),
    });
  }

  get rows(): number {
    return Atomics.load(this.#meta, META_ROWS);
  }

  get touchedCount(): number {
    return Atomics.load(this.#meta, META_TOUCHED);
  }

  /** Number of the journal file of these rows; their sequence. */
  get number(): number {
    return this.#meta[META_NUMBER];
  }

  /** Bytes of row memory in use. */
  get usedBytes(): number {
    return this.rows * 17 + this.#meta[META_SIDE];
  }

  /** Whether a batch fits. */
  fits(batch: MetricBatch): boolean {
    return (
      this.rows + batch.n <= this.shared.maxRows &&
      this.#meta[META_SIDE] + batch.sideLength <= this.side.length
    );
  }

  /** Begins a new life. The caller guarantees that no query reads the segment. */
  reset(number: number): void {
    const touched = this.touchedCount;
    for (let i = 0; i < touched; i++) this.#last[this.#touched[i]] = 0;
    this.#meta[META_TOUCHED] = 0;
    this.#meta[META_SIDE] = 0;
    this.#meta[META_NUMBER] = number;
    Atomics.store(this.#meta, META_ROWS, 0);
  }

  /** Appends all rows of a batch whose handles are sids. The caller has checked `fits`. */
  append(batch: MetricBatch): void {
    const n = batch.n;
    const from = this.rows;
    if (from === 0 && n > 0) this.#base[0] = batch.t[0] - NEAR_MS;
    const sideFrom = this.#meta[META_SIDE];
    if (batch.sideLength > 0) {
      this.side.set(batch.side.subarray(0, batch.sideLength), sideFrom);
      this.#meta[META_SIDE] = sideFrom + batch.sideLength;
    }
    this.#lo.set(batch.lo.subarray(0, n), from);
    this.#hi.set(batch.hi.subarray(0, n), from);
    const base = this.#base[0];
    if (from === 0) {
      this.#base[1] = Number.POSITIVE_INFINITY;
      this.#base[2] = Number.NEGATIVE_INFINITY;
    }
    let min = this.#base[1];
    let max = this.#base[2];
    for (let i = 0; i < n; i++) {
      if (batch.t[i] < min) min = batch.t[i];
      if (batch.t[i] > max) max = batch.t[i];
      const row = from + i;
      const offset = batch.t[i] - base;
      let flags = 0;
      if (offset >= 0 && offset <= 0xffffffff) this.#time[row] = offset;
      else {
        this.#far[row] = batch.t[i];
        flags = FLAG_FAR;
      }
      if (batch.kind[i] === KIND_HISTOGRAM) {
        flags |= FLAG_HISTOGRAM;
        this.#lo[row] = sideFrom + batch.lo[i];
      }
      if (batch.hasStart && batch.st[i] !== 0) {
        flags |= FLAG_START;
        this.#start[row] = batch.st[i];
      }
      this.#flags[row] = flags;
    }
    this.#base[1] = min;
    this.#base[2] = max;
    this.#link(batch.series, n, from);
    Atomics.store(this.#meta, META_ROWS, from + n);
  }

  #link(series: Uint32Array, n: number, from: number): void {
    const last = this.#last;
    let touched = this.#meta[META_TOUCHED];
    for (let i = 0; i < n; i++) {
      const sid = series[i];
      const before = last[sid];
      if (before === 0) this.#touched[touched++] = sid;
      this.#prev[from + i] = before;
      Atomics.store(last, sid, from + i + 1);
    }
    Atomics.store(this.#meta, META_TOUCHED, touched);
  }

  /** The i-th distinct series of this segment. */
  touchedSid(index: number): number {
    return this.#touched[index];
  }

  hasRows(sid: number): boolean {
    return Atomics.load(this.#last, sid) !== 0;
  }

  /** Earliest and latest time of all rows, Unix ms; meaningful only when there are rows. */
  get tMin(): number {
    return this.#base[1];
  }

  get tMax(): number {
    return this.#base[2];
  }

  /** Earliest and latest time of a series, into `range`. Meaningful only when it has rows. */
  timeRange(sid: number, range: Float64Array): void {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    const base = this.#base[0];
    for (let at = this.#last[sid]; at !== 0; at = this.#prev[at - 1]) {
      const row = at - 1;
      const far = this.#flags[row] & FLAG_FAR;
      const t = far !== 0 ? this.#far[row] : base + this.#time[row];
      if (t < min) min = t;
      if (t > max) max = t;
    }
    range[0] = min;
    range[1] = max;
  }

  /**
   * Copies the rows of a series among the first `rows` rows into `into`, oldest arrival first. The chain is walked once, newest
   * first, and the copy turned round: a second walk would miss the cache a second time.
   */
  readRows(sid: number, rows: number, into: RowColumns): void {
    into.n = 0;
    into.hasStart = false;
    into.hasHistograms = false;
    const base = this.#base[0];
    let n = 0;
    let seen = 0;
    for (let at = Atomics.load(this.#last, sid); at !== 0; at = this.#prev[at - 1]) {
      if (at > rows) continue;
      if (n === into.t.length) {
        into.n = n;
        growRows(into, n + 1);
      }
      const row = at - 1;
      const flags = this.#flags[row];
      seen |= flags;
      into.t[n] = flags & FLAG_FAR ? this.#far[row] : base + this.#time[row];
      into.lo[n] = this.#lo[row];
      into.hi[n] = this.#hi[row];
      into.kind[n] = flags & FLAG_HISTOGRAM;
      into.st[n] = flags & FLAG_START ? this.#start[row] : 0;
      n++;
    }
    into.n = n;
    into.hasStart = (seen & FLAG_START) !== 0;
    into.hasHistograms = (seen & FLAG_HISTOGRAM) !== 0;
    reverse(into.t, n);
    reverse(into.lo, n);
    reverse(into.hi, n);
    if (into.hasHistograms) reverse(into.kind, n);
    if (into.hasStart) reverse(into.st, n);
  }
}

/** Turns the first n elements round; for the short runs of a flush cheaper than a view and its `reverse`. */
function reverse(column: Float64Array | Uint32Array | Uint8Array, n: number): void {
  for (let i = 0, j = n - 1; i < j; i++, j--) {
    const value = column[i];
    column[i] = column[j];
    column[j] = value;
  }
}
