import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorRate } from './error-rate.ts';

/** Requests one a second, the failed ones first; what is told `afterMs` after the first. */
function told(requests: number, failed: number, afterMs: number): number | undefined {
  const rate = new ErrorRate();
  for (let i = 0; i < requests; i++) rate.add(i < failed, 1000 + i);
  return rate.take(1000 + afterMs).errorRatePct;
}

const cases: readonly [
  requests: number,
  failed: number,
  afterMs: number,
  want: number | undefined,
][] = [
  [0, 0, 600_000, undefined],
  [1, 1, 15_000, undefined],
  [19, 1, 299_999, undefined],
  [19, 19, 300_000, 100],
  [1, 1, 300_000, 100],
  [20, 1, 15_000, 5],
  [20, 2, 15_000, 10],
];

for (const [requests, failed, afterMs, want] of cases) {
  test(`${failed} of ${requests} after ${afterMs} ms`, () =>
    assert.equal(told(requests, failed, afterMs), want));
}

test('what was told is not counted again', () => {
  const rate = new ErrorRate();
  for (let i = 0; i < 20; i++) rate.add(true, 0);
  assert.deepEqual(rate.take(1), { errorRatePct: 100, successRatePct: 0 });
  for (let i = 0; i < 19; i++) rate.add(false, 2);
  assert.deepEqual(rate.take(3), {});
  rate.add(true, 4);
  assert.deepEqual(rate.take(5), { errorRatePct: 5, successRatePct: 95 });
});
