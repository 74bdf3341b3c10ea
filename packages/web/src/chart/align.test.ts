import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignMatrix, gridTimes, stackColumns } from './align.ts';
import { timeLabels } from './axes.ts';

const grid = { startS: 0, endS: 60, stepS: 15 };

test('points find their place on the grid, whatever the server left out', () => {
  assert.deepEqual(gridTimes(grid), [0, 15, 30, 45, 60]);
  const [series] = alignMatrix(
    [
      {
        metric: {},
        values: [
          [15, '1'],
          [45, '2.5'],
          [60, 'NaN'],
          [75, '9'],
        ],
      },
    ],
    grid,
  );
  assert.deepEqual(series?.values, [null, 1, null, 2.5, null]);
});

test('fractional steps do not drift', () => {
  const fine = { startS: 1_700_000_000.1, endS: 1_700_000_001.1, stepS: 0.1 };
  assert.equal(gridTimes(fine).length, 11);
  const points = gridTimes(fine).map(
    (time, index) => [Number(time.toFixed(3)), String(index)] as const,
  );
  const [series] = alignMatrix([{ metric: {}, values: points }], fine);
  assert.deepEqual(series?.values, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('histograms are drawn as their count', () => {
  const [series] = alignMatrix(
    [{ metric: {}, histograms: [[30, { count: '7', sum: '1' }]] }],
    grid,
  );
  assert.deepEqual(series?.values, [null, null, 7, null, null]);
});

test('a stack is a running sum with gaps only where all are missing', () => {
  assert.deepEqual(
    stackColumns([
      [1, null, 3],
      [2, null, null],
    ]),
    [
      [1, null, 3],
      [3, null, 3],
    ],
  );
  assert.deepEqual(stackColumns([]), []);
});

test('the time axis shows the date where it changes', () => {
  const midnight = new Date(2026, 4, 5).getTime() / 1000;
  assert.deepEqual(timeLabels([midnight - 1800, midnight, midnight + 1800], 1800), [
    '23:30',
    '5 May',
    '00:30',
  ]);
  assert.deepEqual(timeLabels([midnight + 60], 30), ['00:01:00']);
  assert.deepEqual(timeLabels([midnight, midnight + 86_400], 86_400), ['5 May', '6 May']);
});
