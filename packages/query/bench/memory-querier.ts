/** Series of floats in memory for micro benches: as cheap to read as a store can be. */
import {
  type ExemplarSeries,
  Labels,
  type Matcher,
  type Querier,
  type SampleBuffer,
  type SeriesSet,
} from '@sightline/store';
import type { MetricMetadata } from '@sightline/wire';

export interface BenchSeries {
  labels: Labels;
  t: Float64Array;
  v: Float64Array;
}

class BenchSet implements SeriesSet {
  readonly #series: readonly BenchSeries[];
  readonly #minT: number;
  readonly #maxT: number;

  constructor(series: readonly BenchSeries[], minT: number, maxT: number) {
    this.#series = series;
    this.#minT = minT;
    this.#maxT = maxT;
  }

  get length(): number {
    return this.#series.length;
  }

  labels(index: number): Labels {
    return this.#series[index]?.labels ?? Labels.empty;
  }

  read(index: number, into: SampleBuffer): void {
    into.clear();
    const series = this.#series[index];
    if (series === undefined) return;
    const { t, v } = series;
    let from = 0;
    let to = t.length;
    while (from < to && (t[from] ?? 0) < this.#minT) from++;
    while (to > from && (t[to - 1] ?? 0) > this.#maxT) to--;
    into.reserve(to - from);
    into.t.set(t.subarray(from, to));
    into.v.set(v.subarray(from, to));
    into.n = to - from;
  }
}

/** Knows `=` and the pattern `.+` only. */
export class BenchQuerier implements Querier {
  readonly #series: readonly BenchSeries[];

  constructor(series: readonly BenchSeries[]) {
    this.#series = series;
  }

  select(matchers: readonly Matcher[], minT: number, maxT: number): SeriesSet {
    const equal = matchers.filter(({ op }) => op === '=');
    const found =
      equal.length === 0
        ? this.#series
        : this.#series.filter(({ labels }) =>
            equal.every(({ name, value }) => labels.get(name) === value),
          );
    return new BenchSet(found, minT, maxT);
  }

  labelNames(): string[] {
    return [];
  }

  labelValues(): string[] {
    return [];
  }

  metadata(): MetricMetadata[] {
    return [];
  }

  exemplars(): ExemplarSeries[] {
    return [];
  }

  close(): void {}
}
