import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels, QueryLimitError } from '@sightline/store';
import fc from 'fast-check';
import { Engine } from './engine.ts';
import { PromqlEvalError } from './eval-error.ts';
import { parsePromql } from './parse.ts';
import type { ResultSeries } from './result.ts';
import {
  freeBudget,
  MemoryQuerier,
  type MemorySeries,
  seriesOf,
} from './testing/memory-querier.ts';

const engine = new Engine({ maxSamples: 100_000 });

function instant(series: readonly MemorySeries[], query: string, seconds: number) {
  const querier = new MemoryQuerier(series);
  return engine.instant(parsePromql(query), seconds * 1000, querier, freeBudget, query);
}

function range(
  series: readonly MemorySeries[],
  query: string,
  from: number,
  to: number,
  step: number,
) {
  const querier = new MemoryQuerier(series);
  const expr = parsePromql(query);
  return engine.range(expr, from * 1000, to * 1000, step * 1000, querier, freeBudget, query);
}

/** `{a="b"} 1 2`: labels and values of each series. */
function shown(result: ReturnType<typeof instant>): string[] {
  if (!('series' in result)) return [String(result.value)];
  return result.series.map(({ labels, v }) => {
    const pairs = labels.toPairs();
    const text = pairs.map((one, i) => (i % 2 === 0 ? `${i > 0 ? ',' : ''}${one}=` : one)).join('');
    return `{${text}} ${[...v].join(' ')}`;
  });
}

function every(seconds: number, values: readonly (number | null)[]): [number, number | null][] {
  return values.map((value, i) => [i * seconds, value]);
}

const counters = [
  seriesOf({ __name__: 'hits_total', host: 'a' }, every(30, [0, 30, 60, 90, 120, 150])),
  seriesOf({ __name__: 'hits_total', host: 'b' }, every(30, [0, 60, 120, 0, 60, 120])),
];

test('instant vectors look back, left-open, and stop at stale markers', () => {
  const series = [
    seriesOf({ __name__: 'x' }, [
      [0, 1],
      [10, 2],
      [20, null],
    ]),
  ];
  const is = (seconds: number, want: string[]) =>
    assert.deepEqual(shown(instant(series, 'x', seconds)), want);
  is(0, ['{__name__=x} 1']);
  is(19, ['{__name__=x} 2']);
  is(20, []);
  is(25, []);
  const one = [seriesOf({ __name__: 'y' }, [[0, 1]])];
  assert.deepEqual(shown(instant(one, 'y', 299.999)), ['{__name__=y} 1']);
  assert.deepEqual(shown(instant(one, 'y', 300)), []);
});

test('the ordinary NaN is a value, unlike the stale one', () => {
  const series = [seriesOf({ __name__: 'x' }, [[0, Number.NaN]])];
  assert.deepEqual(shown(instant(series, 'x', 1)), ['{__name__=x} NaN']);
});

test('rates see resets and extrapolate', () => {
  assert.deepEqual(shown(instant(counters, 'increase(hits_total[2m])', 120)), [
    '{host=a} 120',
    '{host=b} 160',
  ]);
  assert.deepEqual(shown(instant(counters, 'sum(rate(hits_total[1m]))', 60)), ['{} 3']);
});

test('a start time within the window stands for a sample of 0', () => {
  const series: MemorySeries = seriesOf({ __name__: 'x_total' }, [[60, 12]]);
  series.st = Float64Array.of(30_000);
  assert.deepEqual(shown(instant([series], 'increase(x_total[1m])', 60)), ['{} 12']);
  assert.deepEqual(shown(instant([series], 'start_timestamp(x_total)', 60)), ['{} 30']);
});

test('names are dropped at the end, and clashing labels are refused then', () => {
  const series = [
    seriesOf({ __name__: 'a', host: 'x' }, [[0, -1]]),
    seriesOf({ __name__: 'b', host: 'x' }, [[0, 2]]),
  ];
  assert.deepEqual(shown(instant(series, 'sum by (__name__) ({host="x"})', 0)), [
    '{__name__=a} -1',
    '{__name__=b} 2',
  ]);
  assert.deepEqual(shown(instant(series, 'label_replace(abs(a), "__name__", "c", "", "")', 0)), [
    '{__name__=c,host=x} 1',
  ]);
  assert.deepEqual(shown(instant(series, 'abs(a) > -1', 0)), ['{host=x} 1']);
  assert.throws(() => instant(series, 'abs({host="x"})', 0), PromqlEvalError);
  assert.throws(() => instant(series, 'sum by (__name__) (abs({host="x"}))', 0), PromqlEvalError);
});

test('annotations name the place in lines and byte columns', () => {
  const result = instant(counters, 'sum(\n  quantile(2, hits_total))', 0);
  assert.deepEqual(result.warnings, [
    'PromQL warning: quantile value should be between 0 and 1, got 2 (2:12)',
  ]);
});

test('a query may not hold more samples than allowed', () => {
  const small = new Engine({ maxSamples: 3 });
  const querier = new MemoryQuerier(counters);
  assert.throws(
    () => small.range(parsePromql('hits_total'), 0, 150_000, 30_000, querier, freeBudget),
    QueryLimitError,
  );
});

test('a cancelled query stops', () => {
  class Left extends Error {}
  const many = Array.from({ length: 3000 }, (_, i) =>
    seriesOf({ __name__: 'x', i: String(i) }, [[0, i]]),
  );
  const budget = {
    ...freeBudget,
    poll() {
      throw new Left();
    },
  };
  const querier = new MemoryQuerier(many);
  assert.throws(() => engine.instant(parsePromql('sum(x)'), 0, querier, budget), Left);
});

test('a range query of a string or range vector is refused', () => {
  assert.throws(
    () => range([], '"x"', 0, 1, 1),
    /invalid expression type "string" for range query/,
  );
  assert.throws(() => range([], 'x[1m]', 0, 1, 1), /invalid expression type "range vector"/);
});

const queries = [
  'x',
  'x offset 30s',
  'x @ 60',
  '-x',
  'x > 2',
  'x > bool 2',
  'rate(x[1m])',
  'increase(x[90s] offset -30s)',
  'delta(x[2m])',
  'irate(x[2m])',
  'avg_over_time(x[1m])',
  'stddev_over_time(x[2m])',
  'quantile_over_time(0.3, x[2m])',
  'changes(x[2m])',
  'predict_linear(x[2m], 60)',
  'max_over_time(x[2m:20s])',
  'sum_over_time((x + 1)[1m:10s])',
  'sum by (a) (x)',
  'avg without (b) (x)',
  'quantile by (a) (0.5, x)',
  'stdvar(x)',
  'count_values("v", x)',
  'topk by (a) (1, x)',
  'x + on (a, b) x',
  'x * on (a) group_left () sum by (a) (x)',
  'x and x > 3',
  'x or y',
  'x unless x > 3',
  'absent(x)',
  'absent_over_time(x[20s])',
  'vector(scalar(y) + time())',
  'x + scalar(y)',
  'timestamp(x)',
  'label_replace(x, "c", "$1", "a", "(.*)")',
  'clamp(x, 1, 5)',
  'hour(x * 3600)',
  'histogram_quantile(0.5, label_replace(x, "le", "+Inf", "b", "0") or label_replace(x, "le", "2", "b", "1"))',
  'increase(x[1m] anchored)',
  'rate(x[1m] smoothed)',
  'x smoothed',
];

const value = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 9 }) },
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0.5, null),
);

const samples = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 40 }), value), {
  selector: ([at]) => at,
  maxLength: 25,
});

const dataset = fc.tuple(samples, samples, samples, samples).map((all) =>
  all.map((one, i) =>
    seriesOf(
      i === 3 ? { __name__: 'y' } : { __name__: 'x', a: String(i >> 1), b: String(i & 1) },
      one.map(([at, v]): [number, number | null] => [at * 10, v]).sort((a, b) => a[0] - b[0]),
    ),
  ),
);

function atStep(series: readonly ResultSeries[], ms: number): Map<string, number> {
  const found = new Map<string, number>();
  for (const { labels, t, v } of series) {
    const i = t.indexOf(ms);
    if (i >= 0) found.set(labels.key, v[i] ?? 0);
  }
  return found;
}

function attempt(run: () => ReturnType<typeof instant>): readonly ResultSeries[] | null {
  try {
    const result = run();
    return 'series' in result ? result.series : [];
  } catch (error) {
    if (error instanceof PromqlEvalError) return null;
    throw error;
  }
}

test('a range query is its instant queries, step by step', () => {
  fc.assert(
    fc.property(dataset, fc.constantFrom(...queries), (series, query) => {
      const whole = attempt(() => range(series, query, 0, 420, 35));
      for (let seconds = 0; seconds <= 420; seconds += 35) {
        const single = attempt(() => instant(series, query, seconds));
        // A clash at any step refuses the whole range.
        if (whole === null || single === null) return whole === null;
        const want = atStep(single, seconds * 1000);
        const got = atStep(whole, seconds * 1000);
        assert.deepEqual([...got.keys()].sort(), [...want.keys()].sort(), `${query} at ${seconds}`);
        for (const [key, expected] of want) {
          const actual = got.get(key) ?? 0;
          const close =
            Object.is(actual, expected) || Math.abs(actual - expected) <= 1e-9 * Math.abs(expected);
          assert.ok(close, `${query} at ${seconds}: ${actual}, want ${expected}`);
        }
      }
      return true;
    }),
    { numRuns: 1500 },
  );
});

test('matrices are sorted by labels', () => {
  const series = ['b', 'a', 'c'].map((host) => seriesOf({ __name__: 'x', host }, [[0, 1]]));
  const result = range(series, 'x', 0, 0, 1);
  assert.ok('series' in result);
  const labels = result.series.map((one) => one.labels);
  assert.deepEqual(labels, labels.toSorted(Labels.compare));
});

test('a subquery of absurd length is refused', () => {
  assert.throws(() => instant(counters, 'max_over_time(hits_total[10y:1s])', 0), QueryLimitError);
});

test('anchored and smoothed ranges have a point at either end', () => {
  const series = [
    seriesOf({ __name__: 'x' }, [
      [0, 0],
      [10, 10],
      [20, 30],
    ]),
  ];
  const points = (query: string, seconds: number) => {
    const result = instant(series, query, seconds);
    assert.ok('series' in result);
    return result.series.flatMap(({ t, v }) => [...t].map((ms, i) => `${v[i]}@${ms / 1000}`));
  };
  assert.deepEqual(points('x[15s]', 20), ['10@10', '30@20']);
  assert.deepEqual(points('x[15s] anchored', 20), ['0@5', '10@10', '30@20']);
  assert.deepEqual(points('x[5s] smoothed', 15), ['10@10', '20@15']);
  assert.deepEqual(points('x[4s] smoothed', 18), ['18@14', '26@18']);
});
