/** Columns that carry samples between codecs: bit-exact, growing by doubling, reused. */

/** Samples as bit-exact columns, for merges. Row i: t[i] (Unix ms), the words of the value, start time (0 unknown). */
export class SampleColumns {
  n = 0;
  t: Float64Array;
  lo: Uint32Array;
  hi: Uint32Array;
  st: Float64Array;
  /** Whether any row has a start time; `st` is filled in any case. */
  hasStart = false;

  constructor(capacity = 256) {
    this.t = new Float64Array(capacity);
    this.lo = new Uint32Array(capacity);
    this.hi = new Uint32Array(capacity);
    this.st = new Float64Array(capacity);
  }

  clear(): void {
    this.n = 0;
    this.hasStart = false;
  }

  /** Makes room for `rows` rows in all, keeping the content. */
  reserve(rows: number): void {
    if (rows <= this.t.length) return;
    const bigger = new SampleColumns(Math.max(rows, this.t.length * 2));
    bigger.t.set(this.t.subarray(0, this.n));
    bigger.lo.set(this.lo.subarray(0, this.n));
    bigger.hi.set(this.hi.subarray(0, this.n));
    bigger.st.set(this.st.subarray(0, this.n));
    this.t = bigger.t;
    this.lo = bigger.lo;
    this.hi = bigger.hi;
    this.st = bigger.st;
  }
}
