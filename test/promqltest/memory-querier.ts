/**
 * A store of samples in plain arrays behind the query engine's `Querier`, for tests of the engine alone.
 *
 * Invariants: the samples of a series ascend in time and a later load wins; value bits are kept as two words, so that stale
 * markers survive.
 */
import { detectReset } from '@sightline/query';
import {
  type ExemplarSeries,
  Labels,
  type Matcher,
  type Querier,
  type SampleBuffer,
  type SeriesSet,
} from '@sightline/store';
import {
  type Histogram,
  type MetricMetadata,
  RESET_GAUGE,
  RESET_NO,
  RESET_UNKNOWN,
  STALE_HI,
  STALE_LO,
} from '@sightline/wire';
import { RE2JS } from 're2js';
import type { Sample, SampleSeries } from './target.ts';

interface StoredSeries {
  labels: Labels;
  samples: Sample[];
}

export class MemoryStore {
  readonly #series = new Map<string, StoredSeries>();

  add(series: readonly SampleSeries[]): void {
    for (const { labels: pairs, samples } of series) {
      const labels = Labels.fromPairs(pairs);
      const known = this.#series.get(labels.key) ?? { labels, samples: [] };
      const byTime = new Map(known.samples.map((sample) => [sample.t, sample]));
      for (const sample of samples) byTime.set(sample.t, sample);
      known.samples = noteResets([...byTime.values()].sort((a, b) => a.t - b.t));
      this.#series.set(labels.key, known);
    }
  }

  querier(): Querier {
    return new MemoryQuerier([...this.#series.values()]);
  }
}

/**
 * Prometheus' storage tells of a histogram that follows another without a reset that it does so; whether there was a reset
 * it leaves open.
 */
function noteResets(samples: readonly Sample[]): Sample[] {
  return samples.map((sample, i) => {
    const before = samples[i - 1];
    if (sample.h === null || before == null || before.h === null) return sample;
    if (sample.stale || before.stale || sample.h.resetHint !== RESET_UNKNOWN) return sample;
    if (before.h.resetHint === RESET_GAUGE || detectReset(sample.h, before.h)) return sample;
    return { ...sample, h: { ...sample.h, resetHint: RESET_NO } };
  });
}

/** Whether a label set satisfies a matcher. */
export function matcherTest(matcher: Matcher): (labels: Labels) => boolean {
  const { name, op, value } = matcher;
  if (op === '=') return (labels) => labels.get(name) === value;
  if (op === '!=') return (labels) => labels.get(name) !== value;
  const pattern = RE2JS.compile(value, RE2JS.DOTALL);
  return (labels) => pattern.matches(labels.get(name)) === (op === '=~');
}

class MemoryQuerier implements Querier {
  readonly #series: readonly StoredSeries[];

  constructor(series: readonly StoredSeries[]) {
    this.#series = series;
  }

  select(matchers: readonly Matcher[], minT: number, maxT: number): SeriesSet {
    return new MemorySet(this.#find(matchers, minT, maxT), minT, maxT);
  }

  #find(matchers: readonly Matcher[], minT: number, maxT: number): StoredSeries[] {
    const tests = matchers.map(matcherTest);
    return this.#series.filter(
      ({ labels, samples }) =>
        tests.every((test) => test(labels)) && samples.some(({ t }) => t >= minT && t <= maxT),
    );
  }

  #any(sets: readonly (readonly Matcher[])[], minT: number, maxT: number): StoredSeries[] {
    const matcherSets = sets.length === 0 ? [[]] : sets;
    return [...new Set(matcherSets.flatMap((set) => this.#find(set, minT, maxT)))];
  }

  labelNames(sets: readonly (readonly Matcher[])[], minT: number, maxT: number): string[] {
    const names = new Set<string>();
    for (const { labels } of this.#any(sets, minT, maxT)) {
      for (const name of Object.keys(labels.toObject())) names.add(name);
    }
    return [...names].sort();
  }

  labelValues(
    name: string,
    sets: readonly (readonly Matcher[])[],
    minT: number,
    maxT: number,
  ): string[] {
    const values = this.#any(sets, minT, maxT).map(({ labels }) => labels.get(name));
    return [...new Set(values.filter((value) => value !== ''))].sort();
  }

  metadata(): MetricMetadata[] {
    return [];
  }

  exemplars(): ExemplarSeries[] {
    return [];
  }

  close(): void {}
}

class MemorySet implements SeriesSet {
  readonly #series: readonly StoredSeries[];
  readonly #minT: number;
  readonly #maxT: number;

  constructor(series: readonly StoredSeries[], minT: number, maxT: number) {
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
    const samples = this.#series[index]?.samples ?? [];
    into.reserve(samples.length);
    for (const sample of samples) {
      if (sample.t >= this.#minT && sample.t <= this.#maxT) append(into, sample);
    }
  }
}

function append(into: SampleBuffer, { t, v, stale, h, st }: Sample): void {
  const row = into.n++;
  into.t[row] = t;
  into.st[row] = st;
  if (st !== 0) into.hasStart = true;
  into.v[row] = v;
  if (stale) {
    into.bits[row * 2] = STALE_LO;
    into.bits[row * 2 + 1] = STALE_HI;
  }
  if (h !== null) {
    into.hasHistograms = true;
    into.h[row] = copyOf(h);
  }
}

/** The engine may change what it is given. */
function copyOf(h: Histogram): Histogram {
  return {
    ...h,
    positiveSpans: h.positiveSpans.map((span) => ({ ...span })),
    negativeSpans: h.negativeSpans.map((span) => ({ ...span })),
    positiveBuckets: [...h.positiveBuckets],
    negativeBuckets: [...h.negativeBuckets],
    customValues: [...h.customValues],
  };
}
