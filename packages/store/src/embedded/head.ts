/**
 * A head segment: the newest rows, in arrival order, in memory that query and flush threads share.
 *
 * Model: a row is a record of four words: time, the two words of the value, and a link to the previous row of its series (row + 1; 0 ends
 * the chain) with the row's flags in the low bits. `last[sid]` begins the chain, so the rows of one series are found without an
 * index and a flush needs no sort; a chain jumps through memory, and a record lies in one cache line. Times are offsets of 32
 * bits from the segment's base, with the full time in a column of its own for rows that are too far from it.
 * Histogram records lie back to back in `side`. `touched` lists the distinct sids in order of first arrival.
 * One segment belongs to one journal file of the same number; the number is the sequence of its rows.
 *
 * Life: free -> active (rows are appended) -> frozen (being flushed) -> free, when no query holds it.
 *
 * Invariants: only the main thread appends, and it publishes a row by storing `last[sid]` after all its columns are
 * written, in a way that lets nobody see the two in another order; a reader takes `rows` from its snapshot and skips younger rows of a chain. Columns that no row needs are never
 * written, so the operating system commits no memory for them.
 */
import { KIND_HISTOGRAM, type MetricBatch } from '@sightline/wire';

const META_WORDS = 8;
const META_ROWS = 0;
const META_TOUCHED = 1;
const META_SIDE = 2;
const META_NUMBER = 3;

const ROW_WORDS = 4;
const TIME = 0;
const LO = 1;
const HI = 2;
const LINK = 3;

/** Row flags, in the low bits of the link. The lowest is the kind (0 float, 1 histogram). */
const FLAG_HISTOGRAM = 1;
const FLAG_START = 2;
const FLAG_FAR = 4;
const FLAG_BITS = 3;
const FLAGS = FLAG_HISTOGRAM | FLAG_START | FLAG_FAR;
/** A series has about as many rows in a segment. */
const INITIAL_CHAIN = 64;
const KEPT_CHAIN = 65_536;
/** Links must fit beside the flags. */
const MAX_ROWS = 2 ** (32 - FLAG_BITS) - 2;

/** Offsets from the base are kept within +-2^31 ms (24.8 days), stored unsigned. */
const NEAR_MS = 0x7fffffff;

/**
 * Whether stores of one processor are seen by the others in program order (x86-64: Intel SDM volume 3A, 8.2.2, and V8 keeps the order of
 * stores to memory). Then a plain store publishes; an atomic one is a call of 300 instructions, for every row.
 */
const STORES_KEEP_ORDER = process.arch === 'x64';

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
  records: number;
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
    records: take(maxRows * ROW_WORDS * 4),
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
  readonly #records: Uint32Array;
  readonly #far: Float64Array;
  readonly #start: Float64Array;
  /** Rows of the series that is being read, newest first. */
  #chain = new Uint32Array(INITIAL_CHAIN);

  constructor(shared: SharedHeadSegment) {
    const { buffer, maxRows, maxSeries } = shared;
    const at = layout(maxRows, maxSeries);
    this.shared = shared;
    this.side = new Uint8Array(shared.side);
    this.#meta = new Int32Array(buffer, 0, META_WORDS);
    this.#base = new Float64Array(buffer, at.base, 3);
    this.#last = new Int32Array(buffer, at.last, maxSeries + 1);
    this.#touched = new Uint32Array(buffer, at.touched, maxSeries);
    this.#records = new Uint32Array(buffer, at.records, maxRows * ROW_WORDS);
    this.#far = new Float64Array(buffer, at.far, maxRows);
    this.#start = new Float64Array(buffer, at.start, maxRows);
  }

  static create(slot: number, maxRows: number, maxSeries: number, sideBytes: number): HeadSegment {
    if (maxRows > MAX_ROWS) throw new RangeError(`a head segment of ${maxRows} rows`);
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
    return this.rows * ROW_WORDS * 4 + this.#meta[META_SIDE];
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
    this.#write(batch, from, sideFrom);
    Atomics.store(this.#meta, META_ROWS, from + n);
  }

  #write(batch: MetricBatch, from: number, sideFrom: number): void {
    const { n, series, t, lo, hi, kind, st, hasStart } = batch;
    const records = this.#records;
    const last = this.#last;
    const base = this.#base[0];
    let min = from === 0 ? Number.POSITIVE_INFINITY : this.#base[1];
    let max = from === 0 ? Number.NEGATIVE_INFINITY : this.#base[2];
    let touched = this.#meta[META_TOUCHED];
    for (let i = 0; i < n; i++) {
      const row = from + i;
      const at = row * ROW_WORDS;
      const time = t[i];
      if (time < min) min = time;
      if (time > max) max = time;
      const offset = time - base;
      let flags = 0;
      if (offset >= 0 && offset <= 0xffffffff) records[at + TIME] = offset;
      else {
        this.#far[row] = time;
        flags = FLAG_FAR;
      }
      records[at + LO] = lo[i];
      records[at + HI] = hi[i];
      if (kind[i] === KIND_HISTOGRAM) {
        flags |= FLAG_HISTOGRAM;
        records[at + LO] = sideFrom + lo[i];
      }
      if (hasStart && st[i] !== 0) {
        flags |= FLAG_START;
        this.#start[row] = st[i];
      }
      const sid = series[i];
      const before = last[sid];
      if (before === 0) this.#touched[touched++] = sid;
      records[at + LINK] = (before << FLAG_BITS) | flags;
      if (STORES_KEEP_ORDER) last[sid] = row + 1;
      else Atomics.store(last, sid, row + 1);
    }
    this.#base[1] = min;
    this.#base[2] = max;
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
    for (let next = this.#last[sid]; next !== 0; ) {
      const row = next - 1;
      const link = this.#records[row * ROW_WORDS + LINK];
      const t = this.#timeOf(row, link);
      if (t < min) min = t;
      if (t > max) max = t;
      next = link >>> FLAG_BITS;
    }
    range[0] = min;
    range[1] = max;
  }

  /**
   * Copies the rows of a series among the first `rows` rows into `into`, oldest arrival first. The chain is walked once, newest
   * first, and remembered; the copy then finds in the cache what that walk has fetched.
   */
  readRows(sid: number, rows: number, into: RowColumns): void {
    const records = this.#records;
    let chain = this.#chain;
    let n = 0;
    let seen = 0;
    for (let next = this.#newest(sid); next !== 0; ) {
      const row = next - 1;
      const link = records[row * ROW_WORDS + LINK];
      next = link >>> FLAG_BITS;
      if (row >= rows) continue;
      if (n === chain.length) chain = this.#growChain();
      chain[n++] = row;
      seen |= link;
    }
    into.n = 0;
    growRows(into, n);
    into.n = n;
    into.hasStart = (seen & FLAG_START) !== 0;
    into.hasHistograms = (seen & FLAG_HISTOGRAM) !== 0;
    if ((seen & FLAGS) === 0) this.#copyPlain(chain, n, into);
    else this.#copyFlagged(chain, n, into);
    if (chain.length > KEPT_CHAIN) this.#chain = new Uint32Array(INITIAL_CHAIN);
  }

  /** Copies rows without flags; `chain` has them newest first. */
  #copyPlain(chain: Uint32Array, n: number, { t, lo, hi, st, kind }: RowColumns): void {
    const records = this.#records;
    const base = this.#base[0];
    for (let i = 0; i < n; i++) {
      const at = chain[n - 1 - i] * ROW_WORDS;
      t[i] = base + records[at + TIME];
      lo[i] = records[at + LO];
      hi[i] = records[at + HI];
      st[i] = 0;
      kind[i] = 0;
    }
  }

  #copyFlagged(chain: Uint32Array, n: number, { t, lo, hi, st, kind }: RowColumns): void {
    const records = this.#records;
    for (let i = 0; i < n; i++) {
      const row = chain[n - 1 - i];
      const at = row * ROW_WORDS;
      const link = records[at + LINK];
      t[i] = this.#timeOf(row, link);
      lo[i] = records[at + LO];
      hi[i] = records[at + HI];
      st[i] = link & FLAG_START ? this.#start[row] : 0;
      kind[i] = link & FLAG_HISTOGRAM;
    }
  }

  #growChain(): Uint32Array<ArrayBuffer> {
    const bigger = new Uint32Array(this.#chain.length * 2);
    bigger.set(this.#chain);
    this.#chain = bigger;
    return bigger;
  }

  /** Where the chain of a series begins. A plain load reads what a plain store has published; an atomic one is a call. */
  #newest(sid: number): number {
    return STORES_KEEP_ORDER ? this.#last[sid] : Atomics.load(this.#last, sid);
  }

  #timeOf(row: number, link: number): number {
    return link & FLAG_FAR ? this.#far[row] : this.#base[0] + this.#records[row * ROW_WORDS + TIME];
  }
}
