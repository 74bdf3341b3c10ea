import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dateFunctions } from './dates.ts';
import { parseBound } from './histograms.ts';
import { naturalLess } from './natural-order.ts';
import { selectRank } from './order-statistics.ts';
import { bucketFraction, bucketQuantile, quantile } from './quantiles.ts';

test('dates are those of the calendar', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_000_000_000, max: 250_000_000_000 }), (seconds) => {
      const date = new Date(seconds * 1000);
      const of = (name: string) => dateFunctions[name]?.(seconds);
      assert.equal(of('year'), date.getUTCFullYear());
      assert.equal(of('month'), date.getUTCMonth() + 1);
      assert.equal(of('day_of_month'), date.getUTCDate());
      assert.equal(of('day_of_week'), date.getUTCDay());
      assert.equal(of('hour'), date.getUTCHours());
      assert.equal(of('minute'), date.getUTCMinutes());
      const start = Date.UTC(2000, 0, 1) - Date.UTC(2000, 0, 1);
      const newYear = new Date(start);
      newYear.setUTCFullYear(date.getUTCFullYear(), 0, 1);
      newYear.setUTCHours(0, 0, 0, 0);
      const days = Math.floor((date.getTime() - newYear.getTime()) / 86_400_000) + 1;
      assert.equal(of('day_of_year'), days);
      const next = new Date(0);
      next.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + 1, 0);
      assert.equal(of('days_in_month'), next.getUTCDate());
    }),
  );
});

test('a selected rank is that of the sorted values', () => {
  const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true })), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(values, fc.nat(), (all, at) => {
      const k = at % all.length;
      const selected = Float64Array.from(all);
      selectRank(selected, 0, all.length - 1, k);
      assert.equal(selected[k] === Float64Array.from(all).sort()[k], true);
    }),
  );
});

test('quantiles', () => {
  const is = (q: number, values: number[], want: number) =>
    assert.ok(Object.is(quantile(q, Float64Array.from(values)), want));
  is(0.5, [3, 1, 2], 2);
  is(0.5, [4, 1], 2.5);
  is(0, [4, 1], 1);
  is(1, [4, 1], 4);
  is(-0.1, [1], Number.NEGATIVE_INFINITY);
  is(1.1, [1], Number.POSITIVE_INFINITY);
  is(0.5, [], Number.NaN);
  is(1, [Number.NaN, 2], 2);
  is(0, [2, Number.NaN], Number.NaN);
});

test('classic buckets', () => {
  const buckets = () => ({ bound: [2, 1, Number.POSITIVE_INFINITY], count: [3, 1, 4] });
  const none = () => assert.fail('nothing to repair');
  assert.equal(bucketQuantile(0.5, buckets(), none), 1.5);
  assert.equal(bucketQuantile(1, buckets(), none), 2);
  assert.equal(bucketFraction(0, 1.5, buckets()), 0.5);
  let repaired = false;
  bucketQuantile(
    0.5,
    { bound: [1, 2, Number.POSITIVE_INFINITY], count: [3, 1, 4] },
    ({ maxDrop }) => {
      repaired = maxDrop === 2;
    },
  );
  assert.ok(repaired);
});

test('bounds in label values', () => {
  const is = (text: string, want: number | null) =>
    assert.ok(Object.is(parseBound(text), want), text);
  is('0.5', 0.5);
  is('1e3', 1000);
  is('+Inf', Number.POSITIVE_INFINITY);
  is('-inf', Number.NEGATIVE_INFINITY);
  is('NaN', Number.NaN);
  is('', null);
  is(' 1', null);
  is('1x', null);
});

test('natural order', () => {
  const sorted = ['a1', 'a2', 'a10', 'b', 'b1'];
  const shuffled = ['b1', 'a10', 'a2', 'b', 'a1'];
  shuffled.sort((x, y) => (naturalLess(x, y) ? -1 : 1));
  assert.deepEqual(shuffled, sorted);
});
