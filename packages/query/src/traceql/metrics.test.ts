import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TraceqlEvalError } from './eval-error.ts';
import { type MetricsOptions, type MetricsResult, queryMetrics } from './metrics.ts';
import { parseTraceql } from './parse.ts';
import type { TraceSpans } from './source.ts';
import { type TestSpan, testSource, testTrace } from './testing/memory-source.ts';
import { valueText } from './value.ts';

/** Points at 0, 10, 20 and 30 seconds. */
const RANGE: MetricsOptions = { startMs: 1_000, endMs: 30_000, stepMs: 10_000 };
const INSTANT: MetricsOptions = { ...RANGE, stepMs: 0 };

function run(
  query: string,
  spans: readonly TestSpan[] | TraceSpans,
  options = RANGE,
): MetricsResult {
  const trace = 'n' in spans ? spans : testTrace('t1', spans);
  return queryMetrics(parseTraceql(query), testSource(trace), options);
}

/** `name=value: 1 - 2` a series; `-` for no value. */
function lines(query: string, spans: readonly TestSpan[] | TraceSpans, options = RANGE): string[] {
  return run(query, spans, options).series.map(({ labels, values }) => {
    const text = labels.map(({ name, value }) => `${name}=${valueText(value)}`).join(',');
    const points = Array.from(values, (value) =>
      Number.isNaN(value) ? '-' : String(Number(value.toPrecision(6))),
    );
    return `${text}: ${points.join(' ')}`;
  });
}

const SPANS: TestSpan[] = [
  { id: '1', name: 'a', at: 10_000, ms: 100, span: { size: 4, host: 'x' } },
  { id: '2', name: 'a', at: 10_000.001, ms: 300, span: { size: 6, host: 'y' } },
  { id: '3', name: 'b', at: 15_000, ms: 1000, span: { size: 0 }, status: 'error' },
  { id: '4', name: 'b', at: 20_000, ms: 2000, span: { host: 'x', tag: 'odd' } },
  { id: '5', name: 'b', at: 30_000, ms: 50, span: { size: 'big' } },
  { id: '6', name: 'late', at: 30_001, ms: 1 },
];

test('a trace of which retention has kept a share counts as often as it stands for', () => {
  const trace = { ...testTrace('t1', SPANS), weight: 4 };
  const values = (query: string): number[] => {
    const { series } = queryMetrics(parseTraceql(query), testSource(trace), RANGE);
    return series.map(({ values }) => values[2]);
  };
  assert.deepEqual(values('{ } | count_over_time()'), [12]);
  assert.deepEqual(values('{ name = "a" } | sum_over_time(span.size)'), [24]);
  assert.deepEqual(values('{ name = "a" } | avg_over_time(span.size)'), [6]);
  assert.deepEqual(values('{ name = "a" } | max_over_time(span.size)'), [6]);
  assert.deepEqual(values('{ name = "a" } | histogram_over_time(span.size)'), [0, 4]);
  const compared = lines('{ } | compare({ status = error })', trace);
  assert.ok(compared.includes('__meta_type=selection,name=b: 0 0 4 0'), compared.join('\n'));
  assert.ok(compared.includes('__meta_type=baseline_total,status=nil: 0 4 8 4'));
});

test('counts and rates', () => {
  const is = (query: string, ...want: string[]) =>
    assert.deepEqual(lines(query, SPANS), want, query);
  assert.deepEqual([...run('{ } | rate()', SPANS).times], [0, 10_000, 20_000, 30_000]);
  is('{ } | count_over_time()', '__name__=count_over_time: 0 1 3 1');
  is('{ } | rate()', '__name__=rate: 0 0.1 0.3 0.1');
  is('{ status = error } | count_over_time()', '__name__=count_over_time: 0 0 1 0');
  is('{ name = "none" } | rate()');
  is('{ } | count_over_time() by (name)', 'name=a: 0 1 1 0', 'name=b: 0 0 2 1');
  is(
    '{ } | count_over_time() by (span.host)',
    'span.host=nil: 0 0 1 1',
    'span.host=x: 0 1 1 0',
    'span.host=y: 0 0 1 0',
  );
  is(
    '{ } | count_over_time() by (name, span.host)',
    'name=a,span.host=x: 0 1 0 0',
    'name=a,span.host=y: 0 0 1 0',
    'name=b,span.host=x: 0 0 1 0',
    'name=b: 0 0 1 1',
  );
  is('{ } | count_over_time() by (.none, .other)', '.none=nil: 0 1 3 1');
  is(
    '{ } | count_over_time() by (duration)',
    ...['100ms: 0 1 0 0', '1s: 0 0 1 0', '2s: 0 0 1 0', '300ms: 0 0 1 0', '50ms: 0 0 0 1'].map(
      (text) => `duration=${text}`,
    ),
  );
  is('{ } | by(name) | count() > 2 | count_over_time()', '__name__=count_over_time: 0 0 2 1');
});

test('instant queries have one point', () => {
  assert.deepEqual(lines('{ } | count_over_time()', SPANS, INSTANT), [
    '__name__=count_over_time: 5',
  ]);
  assert.deepEqual(lines('{ } | rate()', SPANS, { ...INSTANT, startMs: 10_000 }), [
    '__name__=rate: 0.2',
  ]);
});

test('values over time', () => {
  const is = (query: string, ...want: string[]) =>
    assert.deepEqual(lines(query, SPANS), want, query);
  is('{ } | min_over_time(span.size)', '__name__=min_over_time: - 4 0 -');
  is('{ } | max_over_time(span.size)', '__name__=max_over_time: - 4 6 -');
  is('{ } | sum_over_time(span.size)', '__name__=sum_over_time: - 4 6 -');
  is('{ } | avg_over_time(span.size)', '__name__=avg_over_time: - 4 3 -');
  is('{ } | avg_over_time(duration)', '__name__=avg_over_time: - 0.1 1.1 0.05');
  is('{ } | max_over_time(duration) by (name)', 'name=a: - 0.1 0.3 -', 'name=b: - - 2 0.05');
});

test('histograms and quantiles in powers of two', () => {
  const is = (query: string, ...want: string[]) =>
    assert.deepEqual(lines(query, SPANS), want, query);
  is(
    '{ } | histogram_over_time(span.size)',
    '__bucket=0: 0 0 1 0',
    '__bucket=4: 0 1 0 0',
    '__bucket=8: 0 0 1 0',
  );
  is(
    '{ name = "a" } | histogram_over_time(duration) by (name)',
    'name=a,__bucket=0.134217728: 0 1 0 0',
    'name=a,__bucket=0.536870912: 0 0 1 0',
  );
  is(
    '{ } | quantile_over_time(span.size, 0, .5, 1)',
    'p=0: - 4 0 -',
    'p=0.5: - 4 0 -',
    'p=1: - 4 8 -',
  );
  const four = [1, 3, 3, 6].map((size, i) => ({ id: String(i), at: 5000, span: { size } }));
  // Half of the way from rank 1 to rank 3 inside of (2, 4]: 2 * sqrt(2).
  assert.deepEqual(lines('{ } | quantile_over_time(span.size, .5, .75)', four), [
    'p=0.5: - 2.82843 - -',
    'p=0.75: - 4 - -',
  ]);
  const negative = [{ id: '1', at: 5000, span: { size: -1 } }];
  assert.deepEqual(lines('{ } | quantile_over_time(span.size, .5)', negative), ['p=0.5: - - - -']);
});

test('a value falls between the bounds of its bucket', () => {
  const bound = (size: number) => {
    const [{ labels }] = run('{ } | histogram_over_time(.size)', [
      { id: '1', at: 5000, span: { size } },
    ]).series;
    const { value } = labels[0];
    return value.type === 'float' ? value.value : Number.NaN;
  };
  const value = fc.oneof(
    fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
    fc.integer({ min: -1000, max: 1000 }).map((exponent) => 2 ** exponent),
  );
  fc.assert(fc.property(value, (size) => bound(size) >= size && bound(size) / 2 < size));
});

test('stages over series', () => {
  const is = (query: string, ...want: string[]) =>
    assert.deepEqual(lines(query, SPANS), want, query);
  is('{ } | count_over_time() by (name) > 1', 'name=b: - - 2 -');
  is('{ } | count_over_time() by (name) | topk(1)', 'name=a: 0 1 - -', 'name=b: - - 2 1');
  is('{ } | count_over_time() by (name) | bottomk(1)', 'name=a: 0 - 1 0', 'name=b: - 0 - -');
  is('{ } | count_over_time() by (name) | topk(1) >= 2', 'name=b: - - 2 -');
  is('{ } | max_over_time(duration) by (name) > 1s', 'name=b: - - 2 -');
  is('{ } | rate() > 100');
});

test('arithmetic', () => {
  const is = (query: string, ...want: string[]) =>
    assert.deepEqual(lines(query, SPANS), want, query);
  is('({ status = error } | rate()) / ({ } | rate())', ': - 0 0.333333 0');
  is('({ } | rate()) * 100', ': 0 10 30 10');
  is('1s - ({ } | avg_over_time(duration))', ': - 0.9 -0.1 0.95');
  is(
    '({ } | count_over_time() by (name)) / ({ } | count_over_time())',
    'name=a: - 1 0.333333 0',
    'name=b: - 0 0.666667 1',
  );
  is(
    '({ } | count_over_time()) - ({ } | count_over_time() by (name))',
    'name=a: 0 0 2 1',
    'name=b: 0 1 1 0',
  );
  is(
    '({ } | count_over_time() by (name)) + ({ name = "a" } | count_over_time() by (name))',
    'name=a: 0 2 2 0',
  );
  is(
    '(({ } | count_over_time() by (name)) + 1) * 2 | topk(1)',
    'name=a: 2 4 - -',
    'name=b: - - 6 4',
  );
  is('({ } | count_over_time() > 1) + ({ } | count_over_time()) >= 6', ': - - 6 -');
  is('({ name = "none" } | rate()) / ({ } | rate())');
});

test('compare', () => {
  const found = lines('{ } | compare({ status = error }, 2)', SPANS, INSTANT);
  const has = (...want: string[]) => {
    for (const line of want) assert.ok(found.includes(line), `${line} in\n${found.join('\n')}`);
  };
  has('__meta_type=selection,status=error: 1', '__meta_type=selection,name=b: 1');
  has(
    '__meta_type=baseline,name=a: 2',
    '__meta_type=baseline,name=b: 2',
    '__meta_type=baseline_total,name=nil: 4',
  );
  has('__meta_type=baseline,span.host=x: 2', '__meta_type=selection_total,span.size=nil: 1');
  has('__meta_type=baseline,__meta_error=__too_many_values__,span.size=nil: 0');
  assert.equal(found.filter((line) => /baseline,span.size=/.test(line)).length, 2);
  const window = lines('{ } | compare({ }, 10, 15000000000, 15000000001)', SPANS, INSTANT);
  assert.ok(window.includes('__meta_type=selection_total,name=nil: 1'));
});

test('exemplars', () => {
  const count = (query: string, exemplars: number) =>
    run(query, SPANS, { ...RANGE, exemplars }).series.map((series) => series.exemplars.length);
  assert.deepEqual(count('{ } | rate()', 10), [3]);
  assert.deepEqual(count('{ } | rate()', 2), [2]);
  assert.deepEqual(count('{ } | rate() by (name)', 10), [2, 2]);
  assert.deepEqual(count('{ } | rate() with (exemplars=false)', 10), [0]);
  assert.deepEqual(count('{ } | rate() with (exemplars=1)', 10), [1]);
  const [{ exemplars }] = run('{ } | avg_over_time(duration)', SPANS, {
    ...RANGE,
    exemplars: 1,
  }).series;
  assert.deepEqual(exemplars, [{ traceId: 't1', startLo: 10e9 % 2 ** 32, startHi: 2, value: 0.1 }]);
});

test('bounds', () => {
  const fails = (query: string, options: Partial<MetricsOptions>, message: RegExp) =>
    assert.throws(
      () => run(query, SPANS, { ...RANGE, ...options }),
      (error: unknown) => error instanceof TraceqlEvalError && message.test(error.message),
    );
  fails('{ } | rate()', { stepMs: 1 }, /exceeded maximum resolution of 11000 points/);
  fails('{ } | rate()', { stepMs: 0.5 }, /whole number/);
  fails('{ } | rate()', { endMs: 1000 }, /end must be greater/);
  fails('{ } | rate() by (name)', { maxSeries: 1 }, /more than 1 series/);
  fails('{ }', {}, /no metrics function/);
  const many = Array.from({ length: 3000 }, (_, i) => ({ id: `s${i}`, at: 5000 }));
  assert.throws(
    () => run('{ } | rate() by (span:id)', many, { ...RANGE, stepMs: 10 }),
    /too much memory/,
  );
});

test('points cover what they should, to the nanosecond', () => {
  const bounds = fc.tuple(
    fc.integer({ min: 0, max: 4_000_000_000 }),
    fc.nat(0xffff_ffff),
    fc.integer({ min: 1, max: 100_000 }),
  );
  const covers = ([hi, lo, stepMs]: [number, number, number]) => {
    const ns = (BigInt(hi) << 32n) | BigInt(lo);
    const ms = Number(ns / 1_000_000n);
    const trace = {
      ...testTrace('t', [{ id: 'a' }]),
      startLo: Uint32Array.of(lo),
      startHi: Uint32Array.of(hi),
    };
    const options = { startMs: ms, endMs: ms + stepMs, stepMs };
    const { times, series } = queryMetrics(
      parseTraceql('{ } | count_over_time()'),
      testSource(trace),
      options,
    );
    const point = series[0].values.indexOf(1);
    const time = BigInt(times[point]) * 1_000_000n;
    assert.ok(ns <= time && ns > time - BigInt(stepMs) * 1_000_000n);
  };
  fc.assert(fc.property(bounds, covers), { numRuns: 300 });
});
