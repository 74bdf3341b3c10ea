import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LatencyHistogram, quantileOf } from './latency-histogram.ts';

function of(...values: number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('a quantile is one of the observed values, to within 3.2 %', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.016, max: 4_000_000, noNaN: true }), { minLength: 1 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, part) => {
        const sorted = values.toSorted((a, b) => a - b);
        const want = sorted[Math.max(1, Math.ceil(values.length * part)) - 1] ?? 0;
        const got = of(...values).quantileMs(part);
        assert.ok(Math.abs(got - want) <= want * 0.032 + 0.001, `${got} for ${want}`);
      },
    ),
  );
});

test('what is no duration counts as none, what is too long as the longest', () => {
  assert.equal(of(Number.NaN).quantileMs(1), 0);
  assert.equal(of(-5).quantileMs(1), 0);
  assert.equal(of().quantileMs(0.5), 0);
  const longest = of(Number.POSITIVE_INFINITY).quantileMs(1);
  assert.ok(longest > 4_100_000 && longest < 4_300_000);
});

test('several histograms are read as one', () => {
  assert.equal(quantileOf([of(0.001, 0.002), of(0.003, 0.004)], 0.75), 0.003);
  const sum = of(0.001);
  sum.add(of(0.005, 0.005));
  assert.equal(sum.count, 3);
  assert.equal(sum.quantileMs(1), 0.005);
  sum.clear();
  assert.equal(sum.count, 0);
});
