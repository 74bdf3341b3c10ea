/** A store of a few series in memory, for tests of the pool and of the API: `openReader` as the pool's threads load it. */
import {
  Labels,
  type Matcher,
  type Querier,
  type QueryBudget,
  type SampleBuffer,
  type SeriesSet,
} from '@sightline/store';
import type { MetricMetadata } from '@sightline/wire';
import { emptyRecords, type StoreReader } from '../reader.ts';

/** Plain data: travels to the threads. `samples` are times in ms and values in turn. */
export interface MemoryData {
  series: { labels: Record<string, string>; samples: number[] }[];
  metadata: MetricMetadata[];
}

/** A metric that makes the thread misbehave when it is selected. */
const FAULTS: Readonly<Record<string, (budget: QueryBudget) => void>> = {
  fault_spin: (budget) => {
    for (;;) budget.poll();
  },
  fault_deaf: () => {
    for (;;);
  },
  fault_throw: () => {
    throw new TypeError('unexpected');
  },
  fault_exit: () => {
    process.exit(3);
  },
  fault_arrays: () => {
    // What a thread's heap limit does not see.
    const kept: Uint8Array[] = [];
    for (;;) kept.push(new Uint8Array(1 << 20).fill(1));
  },
  fault_memory: () => {
    const kept: unknown[] = [];
    for (;;) kept.push({ a: Array.from({ length: 1000 }, (_, i) => ({ i })) });
  },
};

export function openReader(store: MemoryData): StoreReader {
  return {
    querier: (_snapshot, budget) => querierOf(store, budget),
    records: () => emptyRecords,
    close: () => {},
  };
}

function querierOf(store: MemoryData, budget: QueryBudget): Querier {
  const all = store.series.map((one) => ({ ...one, labels: Labels.of(one.labels) }));
  const find = (matchers: readonly Matcher[]) =>
    (matchers.some(({ value }) => value === MANY_NAME) ? many() : all).filter((one) =>
      matchers.every((m) => matches(m, one.labels.get(m.name))),
    );
  const findAny = (sets: readonly (readonly Matcher[])[]) =>
    sets.length === 0 ? all : sets.flatMap(find);
  return {
    select(matchers, minT, maxT): SeriesSet {
      FAULTS[matchers.find((m) => m.name === '__name__')?.value ?? '']?.(budget);
      const found = find(matchers);
      const at = (index: number) => {
        const one = found[index];
        if (one === undefined) throw new RangeError('no such series');
        return one;
      };
      return {
        length: found.length,
        labels: (index) => at(index).labels,
        read: (index, into) => fill(at(index).samples, minT, maxT, into, budget),
      };
    },
    labelNames: (sets) =>
      sorted(findAny(sets).flatMap((one) => one.labels.toPairs().filter((_, i) => i % 2 === 0))),
    labelValues: (name, sets) => sorted(findAny(sets).flatMap((one) => one.labels.get(name) || [])),
    metadata: () => store.metadata,
    exemplars: () => [],
    close: () => {},
  };
}

/** So many series answer to this name. */
const MANY_NAME = 'many';
export const MANY_SERIES = 12_000;

function many() {
  return Array.from({ length: MANY_SERIES }, (_, i) => ({
    labels: Labels.of({
      __name__: MANY_NAME,
      path: `/a/rather/long/path/of/a/page/to/fill/the/answer/${i}`,
    }),
    samples: [],
  }));
}

function matches(matcher: Matcher, value: string): boolean {
  switch (matcher.op) {
    case '=':
      return value === matcher.value;
    case '!=':
      return value !== matcher.value;
    case '=~':
      return new RegExp(`^(?:${matcher.value})$`).test(value);
    case '!~':
      return !new RegExp(`^(?:${matcher.value})$`).test(value);
  }
}

function fill(
  samples: readonly number[],
  minT: number,
  maxT: number,
  into: SampleBuffer,
  budget: QueryBudget,
): void {
  into.clear();
  into.reserve(samples.length / 2);
  for (let i = 0; i < samples.length; i += 2) {
    const t = samples[i] ?? 0;
    if (t < minT || t > maxT) continue;
    into.t[into.n] = t;
    into.v[into.n] = samples[i + 1] ?? 0;
    into.n++;
  }
  budget.addSamples(into.n);
}

function sorted(texts: string[]): string[] {
  return [...new Set(texts)].sort();
}
