/**
 * Which series a target exposed, to end those that vanish.
 *
 * Model: of the previous scrape the forms of the rows are kept (four words each), not handles, because handles are valid for one
 * batch only. Rows usually come in the same order, so form i is first compared with row i of the new batch; only where they differ is
 * the form looked up and its handle searched among the new ones, with a mark per handle (`Marks`, shared by all targets).
 *
 * Invariants: 17 bytes a series and target, 4 bytes a handle. A form that the resolver has forgotten cannot be ended; queries then
 * see the series for the lookback time, as if this process had been restarted.
 */
import { hashWords, type MetricBatch, type SeriesResolver } from '@sightline/wire';

/** Marks handles of the batch at hand. */
export class Marks {
  #generations = new Uint32Array(4096);
  #generation = 0;

  /** Forgets all marks. */
  begin(): void {
    if (++this.#generation > 0xffffffff) {
      this.#generations.fill(0);
      this.#generation = 1;
    }
  }

  /** Marks a handle; false when it was marked before. */
  mark(handle: number): boolean {
    if (handle >= this.#generations.length) {
      const bigger = new Uint32Array(Math.max(handle + 1, this.#generations.length * 2));
      bigger.set(this.#generations);
      this.#generations = bigger;
    }
    if (this.#generations[handle] === this.#generation) return false;
    this.#generations[handle] = this.#generation;
    return true;
  }
}

export class SeenSeries {
  #forms = new Uint32Array(0);
  /** 1 where the sample had a timestamp of its own. */
  #timed = new Uint8Array(0);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /**
   * Replaces what was seen by the rows of a batch, whose handles are marked, and calls `ended` with the handles that have vanished
   * (samples with timestamps of their own only if `timedToo`). Returns how many forms are gone.
   */
  replace(
    forms: Uint32Array,
    timed: Uint8Array,
    rows: number,
    resolver: SeriesResolver,
    marks: Marks,
    timedToo: boolean,
    ended: (handle: number) => void,
  ): number {
    let gone = 0;
    for (let i = 0; i < this.#count; i++) {
      if (i < rows && sameForm(this.#forms, forms, i * 4)) continue;
      hashWords.set(this.#forms.subarray(i * 4, i * 4 + 4));
      const handle = resolver.lookup();
      if (handle === 0) gone++;
      else if (marks.mark(handle)) {
        gone++;
        if (timedToo || this.#timed[i] === 0) ended(handle);
      }
    }
    if (rows * 4 > this.#forms.length || rows * 16 < this.#forms.length) {
      this.#forms = new Uint32Array(rows * 4);
      this.#timed = new Uint8Array(rows);
    }
    this.#forms.set(forms.subarray(0, rows * 4));
    this.#timed.set(timed.subarray(0, rows));
    this.#count = rows;
    return gone;
  }
}

function sameForm(a: Uint32Array, b: Uint32Array, at: number): boolean {
  return (
    a[at] === b[at] && a[at + 1] === b[at + 1] && a[at + 2] === b[at + 2] && a[at + 3] === b[at + 3]
  );
}

/**
 * Marks the handles of all rows and drops rows that repeat a series at the same time, the first staying, as in Prometheus. `forms` and
 * `timed` are the parser's, row by row. Returns how many rows were dropped.
 */
export function dropRepeats(
  batch: MetricBatch,
  forms: Uint32Array,
  timed: Uint8Array,
  marks: Marks,
): number {
  const { series, t, kind, lo, hi, st } = batch;
  let to = 0;
  for (let i = 0; i < batch.n; i++) {
    const isNew = marks.mark(series[i] ?? 0);
    if (!isNew && timed[i] === 0) continue;
    if (to !== i) {
      series[to] = series[i] ?? 0;
      t[to] = t[i] ?? 0;
      kind[to] = kind[i] ?? 0;
      lo[to] = lo[i] ?? 0;
      hi[to] = hi[i] ?? 0;
      st[to] = st[i] ?? 0;
      forms.copyWithin(to * 4, i * 4, i * 4 + 4);
      timed[to] = timed[i] ?? 0;
    }
    to++;
  }
  const dropped = batch.n - to;
  batch.n = to;
  return dropped;
}
