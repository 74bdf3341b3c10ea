import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CUSTOM_SCHEMA, type Histogram, RESET_GAUGE, RESET_NO, RESET_YES } from '@sightline/wire';
import fc from 'fast-check';
import { HistogramAccumulator } from './accumulate.ts';
import { add, compact, divide, equals, multiply, subtract } from './arithmetic.ts';
import { allBuckets, exponentialBound, type Side, sideOf, spansOf } from './buckets.ts';
import { histogramFraction, histogramQuantile } from './quantile.ts';
import { detectReset } from './reset.ts';
import { histogramText } from './text.ts';
import { trim } from './trim.ts';

const side: fc.Arbitrary<Side> = fc
  .uniqueArray(fc.integer({ min: -40, max: 40 }), { maxLength: 12 })
  .chain((indexes) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), {
        minLength: indexes.length,
        maxLength: indexes.length,
      })
      .map((count) => ({
        index: indexes.toSorted((a, b) => a - b),
        count,
      })),
  );

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

const exponential: fc.Arbitrary<Histogram> = fc
  .record({
    schema: fc.integer({ min: -2, max: 3 }),
    zeroThreshold: fc.constantFrom(0, 0.001, 0.5, 1),
    zeroCount: fc.integer({ min: 0, max: 5 }),
    sum: fc.integer({ min: -100, max: 100 }),
    positive: side,
    negative: side,
  })
  .map(({ schema, zeroThreshold, zeroCount, sum, positive, negative }) => ({
    schema,
    resetHint: 0,
    zeroThreshold,
    zeroCount,
    count: zeroCount + total(positive.count) + total(negative.count),
    sum,
    positiveSpans: spansOf(positive),
    negativeSpans: spansOf(negative),
    positiveBuckets: positive.count,
    negativeBuckets: negative.count,
    customValues: [],
  }));

const custom: fc.Arbitrary<Histogram> = fc
  .uniqueArray(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 8 })
  .chain((bounds) =>
    fc
      .array(fc.integer({ min: 0, max: 9 }), {
        minLength: bounds.length + 1,
        maxLength: bounds.length + 1,
      })
      .map((count) => ({
        schema: CUSTOM_SCHEMA,
        resetHint: 0,
        zeroThreshold: 0,
        zeroCount: 0,
        count: total(count),
        sum: 0,
        positiveSpans: [{ offset: 0, length: count.length }],
        negativeSpans: [],
        positiveBuckets: count,
        negativeBuckets: [],
        customValues: bounds.toSorted((a, b) => a - b),
      })),
  );

const pair = fc.oneof(fc.tuple(exponential, exponential), fc.tuple(custom, custom));

test('spans and sides are the same buckets', () => {
  fc.assert(fc.property(side, (one) => assert.deepEqual(sideOf(spansOf(one), one.count), one)));
});

test('bounds of exponential buckets', () => {
  const is = (index: number, schema: number, want: number) =>
    assert.equal(exponentialBound(index, schema), want);
  is(0, 0, 1);
  is(3, 0, 8);
  is(-1, 0, 0.5);
  // To the last digit as in Prometheus' model/histogram/generic.go, which has the halves of these.
  is(1, 1, 2 * 0.7071067811865475);
  is(3, 2, 2 * 0.8408964152537144);
  is(27, 5, 2 * 0.8973545375015533);
  is(-1, 5, 0.9785720620876999);
  is(-1, 8, 0.9972960560854698);
  is(256 * 3 + 129, 8, 16 * 0.7090239421602076);
  is(2, -2, 256);
  is(1024, 0, Number.MAX_VALUE);
  is(1025, 0, Number.POSITIVE_INFINITY);
});

test('addition keeps every observation and does not care for the order', () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const sum = add(a, b)?.h;
      const other = add(b, a)?.h;
      assert.ok(sum !== undefined && other !== undefined);
      assert.equal(sum.count, a.count + b.count);
      assert.equal(total(allBuckets(sum).map(({ count }) => count)), a.count + b.count);
      assert.ok(equals(compact(sum), compact(other)));
    }),
  );
});

test('what was added can be subtracted', () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const sum = add(a, b)?.h;
      assert.ok(sum !== undefined);
      const back = subtract(sum, b)?.h;
      const zero = subtract(a, a)?.h;
      assert.ok(back !== undefined && zero !== undefined);
      assert.equal(back.count, a.count);
      assert.equal(compact(zero).positiveBuckets.length, 0);
    }),
  );
});

test('exponential and custom histograms do not mix', () => {
  fc.assert(fc.property(exponential, custom, (a, b) => assert.equal(add(a, b), null)));
});

test('a sum of histograms only grows, so that it is no reset', () => {
  fc.assert(
    fc.property(fc.tuple(exponential, exponential), ([a, b]) => {
      const sum = add(a, b)?.h;
      assert.ok(sum !== undefined);
      assert.equal(detectReset(sum, a), false);
      if (a.count > 0) assert.equal(detectReset({ ...a, count: a.count - 1 }, a), true);
    }),
  );
  fc.assert(
    fc.property(exponential, (h) => {
      assert.equal(detectReset({ ...h, resetHint: RESET_YES }, h), true);
      assert.equal(detectReset({ ...h, count: -1, resetHint: RESET_NO }, h), false);
    }),
  );
});

test('means and sums of many are those of pairs', () => {
  fc.assert(
    fc.property(fc.array(exponential, { minLength: 1, maxLength: 6 }), (all) => {
      const accumulator = new HistogramAccumulator(true);
      for (const h of all) accumulator.add(h);
      const count = total(all.map((h) => h.count));
      assert.equal(accumulator.sum()?.count, count);
      assert.ok(Math.abs((accumulator.mean()?.count ?? 0) - count / all.length) < 1e-9);
    }),
  );
  const huge = new HistogramAccumulator(true);
  const [h] = fc.sample(exponential, 1);
  assert.ok(h !== undefined);
  for (let i = 0; i < 4; i++) huge.add({ ...h, sum: 1e308 });
  assert.ok(Math.abs((huge.mean()?.sum ?? 0) / 1e308 - 1) < 1e-12);
});

test('factors below zero make gauges, division by zero leaves no buckets', () => {
  fc.assert(
    fc.property(exponential, (h) => {
      assert.equal(multiply(h, -1).resetHint, RESET_GAUGE);
      assert.equal(multiply(h, 2).count, h.count * 2);
      assert.deepEqual(divide(h, 0).positiveSpans, []);
    }),
  );
});

test('quantiles rise with q and lie within the buckets; fractions of both sides make one', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        // A populated bucket within the zero bucket would not be a histogram.
        exponential.map((h) => ({ ...h, zeroThreshold: 0 })),
        custom,
      ),
      fc.double({ min: -50, max: 50, noNaN: true }),
      (h, at) => {
        fc.pre(h.count > 0);
        let before = Number.NEGATIVE_INFINITY;
        for (const q of [0, 0.1, 0.5, 0.9, 1]) {
          const value = histogramQuantile(q, h);
          assert.ok(value >= before - 1e-9 * Math.abs(before), `${q}: ${value} after ${before}`);
          before = value;
        }
        const below = histogramFraction(Number.NEGATIVE_INFINITY, at, h);
        const above = histogramFraction(at, Number.POSITIVE_INFINITY, h);
        assert.ok(Math.abs(below + above - 1) < 1e-9, `${below} + ${above}`);
      },
    ),
  );
});

test('trimming on both sides of a point keeps every observation of an exponential histogram', () => {
  fc.assert(
    fc.property(exponential, fc.double({ min: -50, max: 50, noNaN: true }), (h, at) => {
      const parts = trim(h, at, true).count + trim(h, at, false).count;
      assert.ok(Math.abs(parts - h.count) < 1e-9 * Math.max(1, h.count));
    }),
  );
});

test('a histogram as text', () => {
  const h: Histogram = {
    schema: 0,
    resetHint: 0,
    zeroThreshold: 0.25,
    zeroCount: 2,
    count: 6,
    sum: 1.5,
    positiveSpans: [{ offset: 0, length: 2 }],
    negativeSpans: [{ offset: 1, length: 1 }],
    positiveBuckets: [1, 0],
    negativeBuckets: [3],
    customValues: [],
  };
  assert.equal(histogramText(h), '{count:6, sum:1.5, [-2,-1):3, [-0.25,0.25]:2, (0.5,1]:1}');
});
