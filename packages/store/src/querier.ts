/**
 * Reading samples: what the query engine asks of any store, in the thread of the query.
 *
 * Model: `select` resolves matchers to series without touching samples; `SeriesSet.read` then decodes one series at a time into a
 * buffer that the caller owns and reuses. Reading in ascending index order touches every block once.
 *
 * Invariants: one (series, t) appears once (the last written value wins); times ascend strictly; nothing outside [minT, maxT] is
 * returned; stale markers are returned, bit-exact. A querier serves one tenant and one query and is closed after it.
 */
import type { Histogram, MetricMetadata } from '@sightline/wire';
import type { Labels } from './labels.ts';
import type { Matcher } from './matcher.ts';

export interface Querier {
  /**
   * Series that match all `matchers` and may have samples in [minT, maxT] (Unix ms, inclusive), in no particular order.
   * Throws QueryLimitError past the budget, QueryCancelledError when the client has left.
   */
  select(matchers: readonly Matcher[], minT: number, maxT: number): SeriesSet;
  /** Sorted names of labels on series that match any of the matcher sets (all series when empty) within the range. */
  labelNames(matcherSets: readonly (readonly Matcher[])[], minT: number, maxT: number): string[];
  /** Sorted values of one label, as above. */
  labelValues(
    name: string,
    matcherSets: readonly (readonly Matcher[])[],
    minT: number,
    maxT: number,
  ): string[];
  metadata(): MetricMetadata[];
  exemplars(
    matcherSets: readonly (readonly Matcher[])[],
    minT: number,
    maxT: number,
  ): ExemplarSeries[];
  close(): void;
}

export interface ExemplarSeries {
  series: Labels;
  exemplars: { labels: Labels; value: number; t: number }[];
}

export interface SeriesSet {
  readonly length: number;
  labels(index: number): Labels;
  /** Replaces the content of `into` by the samples of one series. */
  read(index: number, into: SampleBuffer): void;
}

/** Samples of one series. Row i: time `t[i]` (Unix ms), value `v[i]` or, where `h[i]` is set, a histogram. */
export class SampleBuffer {
  n = 0;
  t = new Float64Array(256);
  v = new Float64Array(256);
  /** The words of `v` (little-endian: low at 2i, high at 2i+1), to test for stale markers. */
  bits = new Uint32Array(this.v.buffer);
  /** Start times in Unix ms, 0 = unknown; meaningful only while `hasStart`. */
  st = new Float64Array(256);
  hasStart = false;
  /** Histograms by row; meaningful only while `hasHistograms`. */
  h: (Histogram | undefined)[] = [];
  hasHistograms = false;

  clear(): void {
    this.n = 0;
    this.hasStart = false;
    if (this.hasHistograms) this.h.length = 0;
    this.hasHistograms = false;
  }

  /** Makes room for `rows` rows in all, keeping the content. */
  reserve(rows: number): void {
    if (rows <= this.t.length) return;
    const capacity = Math.max(rows, this.t.length * 2);
    const t = new Float64Array(capacity);
    t.set(this.t.subarray(0, this.n));
    const bits = new Uint32Array(capacity * 2);
    bits.set(this.bits.subarray(0, this.n * 2));
    const st = new Float64Array(capacity);
    st.set(this.st.subarray(0, this.n));
    this.t = t;
    this.bits = bits;
    this.v = new Float64Array(bits.buffer);
    this.st = st;
  }
}

/** What one query may use; polled per block and per 64k samples. */
export interface QueryBudget {
  /** Counts samples read; throws QueryLimitError past the bound. */
  addSamples(count: number): void;
  /** Counts bytes held; negative when released. Throws QueryLimitError past the bound. */
  addBytes(count: number): void;
  /** Throws QueryCancelledError or QueryTimeoutError when the query must stop. */
  poll(): void;
}

export class QueryLimitError extends Error {
  override readonly name = 'QueryLimitError';
}
export class QueryCancelledError extends Error {
  override readonly name = 'QueryCancelledError';
}
export class QueryTimeoutError extends Error {
  override readonly name = 'QueryTimeoutError';
}
