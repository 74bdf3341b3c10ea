/** Series in memory behind a `Querier`, for tests and benches of the engine. Knows the matchers `=`, `!=` and the pattern `.+`. */
import {
  type ExemplarSeries,
  Labels as LabelSet,
  type Labels,
  type Matcher,
  type Querier,
  type QueryBudget,
  type SampleBuffer,
  type SeriesSet,
} from '@sightline/store';
import type { Histogram, MetricMetadata } from '@sightline/wire';

export interface MemorySeries {
  labels: Labels;
  t: Float64Array;
  v: Float64Array;
  st?: Float64Array;
  h?: (Histogram | undefined)[];
}

/** A series from pairs of seconds and values; `null` is a stale marker. */
export function seriesOf(
  labels: Record<string, string>,
  samples: readonly (readonly [number, number | null])[],
): MemorySeries {
  const t = new Float64Array(samples.length);
  const v = new Float64Array(samples.length);
  const bits = new Uint32Array(v.buffer);
  samples.forEach(([seconds, value], i) => {
    t[i] = seconds * 1000;
    if (value !== null) v[i] = value;
    else bits.set([2, 0x7ff00000], 2 * i);
  });
  return { labels: LabelSet.of(labels), t, v };
}

export const freeBudget: QueryBudget = { addSamples() {}, addBytes() {}, poll() {} };

class MemorySet implements SeriesSet {
  readonly #series: readonly MemorySeries[];
  readonly #minT: number;
  readonly #maxT: number;

  constructor(series: readonly MemorySeries[], minT: number, maxT: number) {
    this.#series = series;
    this.#minT = minT;
    this.#maxT = maxT;
  }

  get length(): number {
    return this.#series.length;
  }

  labels(index: number): Labels {
    return this.#series[index]?.labels ?? LabelSet.empty;
  }

  read(index: number, into: SampleBuffer): void {
    into.clear();
    const series = this.#series[index];
    if (series === undefined) return;
    const { t, v, st, h } = series;
    let from = 0;
    let to = t.length;
    while (from < to && (t[from] ?? 0) < this.#minT) from++;
    while (to > from && (t[to - 1] ?? 0) > this.#maxT) to--;
    into.reserve(to - from);
    into.t.set(t.subarray(from, to));
    into.bits.set(new Uint32Array(v.buffer, from * 8, (to - from) * 2));
    if (st !== undefined) {
      into.hasStart = true;
      into.st.set(st.subarray(from, to));
    }
    if (h !== undefined) {
      into.hasHistograms = true;
      into.h = h.slice(from, to);
    }
    into.n = to - from;
  }
}

function matches({ name, op, value }: Matcher, labels: Labels): boolean {
  if (op === '=') return labels.get(name) === value;
  if (op === '!=') return labels.get(name) !== value;
  return op === '=~' && value === '.+' ? labels.get(name) !== '' : false;
}

export class MemoryQuerier implements Querier {
  readonly #series: readonly MemorySeries[];

  constructor(series: readonly MemorySeries[]) {
    this.#series = series;
  }

  select(matchers: readonly Matcher[], minT: number, maxT: number): SeriesSet {
    const found = this.#series.filter(({ labels }) =>
      matchers.every((matcher) => matches(matcher, labels)),
    );
    return new MemorySet(found, minT, maxT);
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
