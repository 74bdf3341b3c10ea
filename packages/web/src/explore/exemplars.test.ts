import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exemplarCeiling, exemplarsOf, isOnAxis, thinExemplars } from './exemplars.ts';

const grid = { startS: 0, endS: 800, stepS: 10 };

function exemplar(traceId: string, timeS: number, value: number) {
  return { traceId, spanId: '', timeS, value, series: {} };
}

test('an exemplar is one that names a trace, under any of its names', () => {
  const answer = [
    {
      seriesLabels: { le: '1' },
      exemplars: [
        { labels: { trace_id: 'AB', span_id: 'C' }, value: '0.5', timestamp: 1 },
        { labels: { traceID: 'cd' }, value: '1', timestamp: 2 },
        { labels: { user: 'x' }, value: '1', timestamp: 3 },
        { labels: { traceId: '../x' }, value: '1', timestamp: 4 },
        { labels: { traceId: 'ef' }, value: 'NaN', timestamp: 5 },
      ],
    },
  ];
  assert.deepEqual(
    exemplarsOf(answer).map((one) => [one.traceId, one.spanId, one.value]),
    [
      ['ab', 'c', 0.5],
      ['cd', '', 1],
    ],
  );
});

test('of many close together the greatest stay, each trace once', () => {
  const crowd = Array.from({ length: 50 }, (_, index) => exemplar(String(index), 5, index));
  const kept = thinExemplars(
    [...crowd, exemplar('49', 400, 7), exemplar('a', 700, 1), exemplar('b', 900, 1)],
    grid,
  );
  assert.deepEqual(
    kept.map((one) => one.traceId),
    ['49', '48', '47', '46', 'a'],
  );
});

test('values stand on the axis only where it shows durations', () => {
  assert.equal(isOnAxis('histogram_quantile(0.9, rate(x_bucket[5m]))'), true);
  assert.equal(isOnAxis('rate(x_bucket[5m])'), false);
});

test('the axis reaches for exemplars, but does not make the lines flat', () => {
  assert.equal(exemplarCeiling([1, 2], 3), undefined);
  assert.equal(exemplarCeiling([1, 5], 3), 5);
  assert.equal(exemplarCeiling([1, 500], 3), 9);
  assert.equal(exemplarCeiling([1], 0), undefined);
});
