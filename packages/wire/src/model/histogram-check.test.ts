import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Histogram } from './histogram.ts';
import { histogramProblem, reduceResolution } from './histogram-check.ts';

const good: Histogram = {
  schema: 0,
  resetHint: 0,
  zeroThreshold: 0.001,
  zeroCount: 1,
  count: 7,
  sum: 3,
  positiveSpans: [
    { offset: -2, length: 1 },
    { offset: 0, length: 1 },
  ],
  negativeSpans: [{ offset: 1, length: 1 }],
  positiveBuckets: [1, 2],
  negativeBuckets: [3],
  customValues: [],
};

const custom: Histogram = {
  ...good,
  schema: -53,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  positiveSpans: [{ offset: 1, length: 2 }],
  positiveBuckets: [1, 2],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [1, 2],
};

test('good histograms have no problem', () => {
  const want = (h: Histogram, integer: boolean) => assert.equal(histogramProblem(h, integer), '');
  want(good, true);
  want(good, false);
  want(custom, true);
  want({ ...good, schema: 20 }, true);
  want({ ...good, count: 7.5 }, false);
  want({ ...good, count: 9, sum: Number.NaN }, true);
});

test('problems are those that Prometheus names', () => {
  const want = (h: Histogram, problem: RegExp, integer = true) =>
    assert.match(histogramProblem(h, integer), problem);
  want({ ...good, positiveBuckets: [1] }, /positive spans cover 2 buckets, 1 are given/);
  want({ ...good, negativeBuckets: [3, 1] }, /negative spans cover 1 buckets, 2 are given/);
  want(
    {
      ...good,
      positiveSpans: [
        { offset: 0, length: 1 },
        { offset: -1, length: 1 },
      ],
    },
    /span 2 has the negative offset/,
  );
  want({ ...good, count: 8 }, /7 observations in buckets, but the count is 8/);
  want({ ...good, count: 6, sum: Number.NaN }, /7 observations in buckets, but the count is 6/);
  want({ ...good, positiveBuckets: [3, -1] }, /negative bucket count -1/, false);
  want({ ...good, schema: -5 }, /unknown histogram schema -5/);
  want({ ...good, schema: 53 }, /unknown histogram schema 53/);
  want({ ...good, customValues: [1] }, /custom bounds with an exponential schema/);
  want({ ...custom, customValues: [2, 1] }, /custom bound 1 does not follow 2/);
  want({ ...custom, customValues: [1, 1] }, /custom bound 1 does not follow 1/);
  want({ ...custom, customValues: [1, Number.NaN] }, /custom bound NaN/);
  want({ ...custom, customValues: [1, Number.POSITIVE_INFINITY] }, /contain \+Inf/);
  want({ ...custom, customValues: [1] }, /spans reach bucket 3, the custom bounds define 2/);
  want({ ...custom, zeroCount: 1 }, /zero count/);
  want({ ...custom, zeroThreshold: 1 }, /zero threshold/);
  want({ ...custom, negativeSpans: [{ offset: 0, length: 0 }] }, /negative buckets/);
  want({ ...custom, positiveSpans: [{ offset: -1, length: 2 }] }, /negative span offset/);
  want(
    { ...good, positiveSpans: Array.from({ length: 70_000 }, () => ({ offset: 0, length: 0 })) },
    /at most/,
  );
});

/** Counts by bucket index. */
function byIndex(spans: Histogram['positiveSpans'], buckets: number[]): Map<number, number> {
  const counts = new Map<number, number>();
  let index = 0;
  let from = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++) counts.set(index++, buckets[from++] ?? 0);
  }
  return counts;
}

test('a reduced histogram has the observations of its finer buckets', () => {
  const span = fc.record({ offset: fc.nat(20), length: fc.nat(8) });
  fc.assert(
    fc.property(
      fc.array(span, { maxLength: 6 }),
      fc.integer({ min: -50, max: 50 }),
      fc.integer({ min: 1, max: 6 }),
      (spans, first, shift) => {
        const positiveSpans = spans.map((s, i) => (i === 0 ? { ...s, offset: first } : { ...s }));
        const size = spans.reduce((sum, s) => sum + s.length, 0);
        const h: Histogram = {
          ...good,
          schema: 8 + shift,
          positiveSpans,
          positiveBuckets: Array.from({ length: size }, (_, i) => i + 1),
        };
        const want = new Map<number, number>();
        for (const [index, count] of byIndex(h.positiveSpans, h.positiveBuckets)) {
          const target = Math.floor((index - 1) / 2 ** shift) + 1;
          want.set(target, (want.get(target) ?? 0) + count);
        }
        reduceResolution(h, 8);
        assert.equal(h.schema, 8);
        assert.equal(histogramProblem(h, false), '');
        assert.deepEqual(byIndex(h.positiveSpans, h.positiveBuckets), want);
      },
    ),
  );
});

test('coarser and custom histograms stay as they are', () => {
  const same = (h: Histogram) => {
    const copy = structuredClone(h);
    reduceResolution(copy, 8);
    assert.deepEqual(copy, h);
  };
  same(good);
  same(custom);
});
