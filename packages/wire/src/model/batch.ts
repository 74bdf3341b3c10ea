/**
 * The samples of one decoded request, as columns.
 *
 * Model: row i is one point: `series[i]` (the resolver's handle), `t[i]` (Unix ms, integral), `kind[i]`, the 64 bits of the
 * value in `lo[i]`/`hi[i]`, and `st[i]` (start time in Unix ms, 0 = unknown). For a histogram row the value words are not a
 * double: `lo` is the offset and `hi` the length of its record in `side` (layout: histogram.ts).
 *
 * Invariants: columns are at least `n` long and grow by doubling; a batch is reused (`clear`) and never shared between
 * threads while it is being filled. Value bits travel as two 32-bit words because moving a signalling NaN (Prometheus'
 * stale marker) through a JavaScript number may set its quiet bit.
 */

import { grown } from './grown.ts';
import { Refusals } from './refusals.ts';

export const KIND_FLOAT = 0;
export const KIND_HISTOGRAM = 1;
/**
 * Bits that a decoder may add to a row's kind for intake, which takes them away before the batch goes to a store: the value is
 * the change since the last point (delta temporality), and the row belongs to the same point as the row before it.
 */
export const KIND_DELTA = 2;
export const KIND_SAME_POINT = 4;

/** Prometheus' stale marker, 0x7ff0000000000002 (prometheus/model/value/value.go). */
export const STALE_HI = 0x7ff00000;
export const STALE_LO = 2;

/** Type, help and unit of a metric family, as Prometheus names the types. */
export interface MetricMetadata {
  /** Family name as it is stored, e.g. `http_requests_total`. */
  name: string;
  type: MetricType;
  help: string;
  unit: string;
}

export type MetricType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

/** An exemplar as it arrived; `series` is the resolver's handle, `labels` the exemplar's own labels, name and value in turn. */
export interface Exemplar {
  series: number;
  labels: readonly string[];
  value: number;
  /** Unix ms. */
  t: number;
}

export class MetricBatch extends Refusals {
  n = 0;
  series = new Uint32Array(0);
  t = new Float64Array(0);
  kind = new Uint8Array(0);
  lo = new Uint32Array(0);
  hi = new Uint32Array(0);
  st = new Float64Array(0);
  /** Whether any row has a start time; lets the hot path skip the column. */
  hasStart = false;
  /** Histogram records back to back. */
  side = new Uint8Array(0);
  sideLength = 0;
  metadata: MetricMetadata[] = [];
  exemplars: Exemplar[] = [];

  constructor(capacity = 2048) {
    super();
    this.#grow(capacity);
  }

  clear(): void {
    this.n = 0;
    this.hasStart = false;
    this.sideLength = 0;
    this.metadata = [];
    this.exemplars = [];
    this.forget();
  }

  /** Makes room for one more row and returns its index; the caller fills every column. */
  row(): number {
    if (this.n === this.series.length) this.#grow(this.n * 2);
    return this.n++;
  }

  /** Makes room for `rows` rows in all. */
  reserve(rows: number): void {
    if (rows > this.series.length) this.#grow(Math.max(rows, this.series.length * 2));
  }

  /** Makes room for `length` more bytes in `side` and returns their offset. */
  reserveSide(length: number): number {
    const at = this.sideLength;
    if (at + length > this.side.length) {
      const bigger = new Uint8Array(Math.max(1024, this.side.length * 2, at + length));
      bigger.set(this.side.subarray(0, at));
      this.side = bigger;
    }
    this.sideLength = at + length;
    return at;
  }

  #grow(capacity: number): void {
    this.series = grown(this.series, new Uint32Array(capacity));
    this.t = grown(this.t, new Float64Array(capacity));
    this.kind = grown(this.kind, new Uint8Array(capacity));
    this.lo = grown(this.lo, new Uint32Array(capacity));
    this.hi = grown(this.hi, new Uint32Array(capacity));
    this.st = grown(this.st, new Float64Array(capacity));
  }
}
