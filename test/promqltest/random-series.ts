/** Series with everything that makes PromQL hard: resets, gaps, stale markers, NaN, infinities, late beginnings, buckets. */
import type { Sample, SampleSeries } from './target.ts';

/** Samples are 15 s apart; `START_OFFSET_MS` keeps them off full seconds. */
const STEP_MS = 15_000;
const START_OFFSET_MS = 137;
export const SERIES_DURATION_MS = 160 * STEP_MS;

type Value = number | null | 'stale';

/** The same series for the same seed, beginning at `startMs`. */
export function randomSeries(startMs: number, seed: number): SampleSeries[] {
  const below = randomNumbers(seed);
  const all: SampleSeries[] = [];
  const add = (name: string, labels: string[], valueAt: (i: number) => Value) => {
    const samples: Sample[] = [];
    for (let i = 0; i < SERIES_DURATION_MS / STEP_MS; i++) {
      const value = valueAt(i);
      if (value === null) continue;
      const t = startMs + i * STEP_MS + START_OFFSET_MS;
      const v = value === 'stale' ? Number.NaN : value;
      samples.push({ t, v, stale: value === 'stale', h: null, st: 0 });
    }
    all.push({ labels: ['__name__', name, ...labels], samples });
  };
  for (const job of ['a', 'b']) {
    for (const instance of ['0', '1', '2']) {
      const labels = ['job', job, 'instance', instance];
      let count = 100;
      const rate = 1 + below(50);
      add('requests_total', labels, (i) => {
        if (i > 0 && below(40) === 0) count = 0;
        count += below(rate);
        return count;
      });
      add('temp', [...labels, 'zone', instance === '0' ? 'x' : 'y'], (i) => {
        if (i > 0 && below(30) === 0) return 'stale';
        return i > 0 && below(20) === 0
          ? null
          : Math.round((Math.sin(i / 10) * 20 + below(10)) * 8) / 8;
      });
      addBuckets(add, labels, below);
    }
  }
  add('node_meta', ['instance', '0', 'role', 'db'], () => 1);
  add('node_meta', ['instance', '1', 'role', 'web'], () => 1);
  add('weird', ['k', 'nan'], (i) => (i % 7 === 0 ? Number.NaN : i));
  add('weird', ['k', 'inf'], (i) => (i % 11 === 0 ? Number.POSITIVE_INFINITY : -i));
  add('weird', ['k', 'neg'], (i) => (i % 2 ? -0.5 * i : i / 3));
  add('sparse', ['k', '1'], (i) => (i % 30 === 0 ? i : null));
  add('late', ['k', '1'], (i) => (i > 100 ? 5 : null));
  return all;
}

const BOUNDS = ['0.1', '0.5', '1', '5', '+Inf'];

function addBuckets(
  add: (name: string, labels: string[], valueAt: (i: number) => Value) => void,
  labels: string[],
  below: (n: number) => number,
): void {
  BOUNDS.forEach((le, place) => {
    let count = 0;
    add('lat_bucket', [...labels, 'le', le], () => {
      count += below(3) + 1 + 3 * place;
      return count;
    });
  });
}

/** A linear congruential generator: integers below n. */
function randomNumbers(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
