/**
 * Series whose labels we know ourselves, and rows for them.
 *
 * Model: the form of such a series is a hash of its canonical labels under a seed of its own; form and labels are made once, so
 * that finding the handle again costs a lookup and no strings. Handles are asked for anew for every batch, because they
 * are valid for one batch only.
 */
import {
  hashBytes,
  hashWords,
  KIND_FLOAT,
  labelsFromPairs,
  type MetricBatch,
  type SeriesResolver,
  STALE_HI,
  STALE_LO,
  taggedSeed,
} from '@sightline/wire';

const seed = taggedSeed('known series');

export class KnownSeries {
  readonly #labels: Uint8Array;
  readonly #form: Uint32Array;

  /** Names and values in turn, in any order. Throws a RangeError when they are no label set. */
  constructor(pairs: readonly string[]) {
    this.#labels = labelsFromPairs(pairs);
    hashBytes(this.#labels, 0, this.#labels.length, seed);
    this.#form = hashWords.slice();
  }

  /** The handle, or 0 when the store takes no more series. */
  resolve(resolver: SeriesResolver): number {
    hashWords.set(this.#form);
    const series = resolver.lookup();
    if (series !== 0) return series;
    hashWords.set(this.#form);
    return resolver.register(this.#labels, this.#labels.length);
  }
}

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

/** Adds a float row. NaN loses its payload: for stale markers there is `staleRow`. */
export function floatRow(batch: MetricBatch, series: number, t: number, number: number): void {
  value[0] = number;
  setRow(batch, series, t, words[0] ?? 0, words[1] ?? 0);
}

/** Adds a stale marker: the series has ended at `t`. */
export function staleRow(batch: MetricBatch, series: number, t: number): void {
  setRow(batch, series, t, STALE_LO, STALE_HI);
}

function setRow(batch: MetricBatch, series: number, t: number, lo: number, hi: number): void {
  const row = batch.row();
  batch.series[row] = series;
  batch.t[row] = t;
  batch.kind[row] = KIND_FLOAT;
  batch.lo[row] = lo;
  batch.hi[row] = hi;
  batch.st[row] = 0;
}
