import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatSeries, highestPeaks, splitCommon, summarize } from './series.ts';
import { sortRows, tableRowsOf } from './table-rows.ts';

test('a series is named as PromQL would read it', () => {
  for (const [labels, want] of [
    [{}, '{}'],
    [{ __name__: 'up' }, 'up'],
    [{ __name__: 'up', b: '2', a: '1' }, 'up{a="1", b="2"}'],
    [{ a: 'say "x"\n' }, '{a="say \\"x\\"\\n"}'],
    [{ 'http.route': '/' }, '{"http.route"="/"}'],
  ] as const) {
    assert.equal(formatSeries(labels), want);
  }
});

test('labels that all share are told once', () => {
  const split = splitCommon([
    { job: 'x', mode: 'a' },
    { job: 'x', mode: 'b' },
  ]);
  assert.deepEqual(split, { common: { job: 'x' }, own: [{ mode: 'a' }, { mode: 'b' }] });
  assert.deepEqual(splitCommon([{ job: 'x' }]), { common: {}, own: [{ job: 'x' }] });
  assert.deepEqual(splitCommon([{ a: '1' }, {}]), { common: {}, own: [{ a: '1' }, {}] });
});

test('a summary skips gaps', () => {
  assert.deepEqual(summarize([null, 1, 3, null]), { last: 3, min: 1, mean: 2, max: 3 });
  assert.deepEqual(summarize([null]), { last: null, min: null, mean: null, max: null });
});

test('the highest peaks are kept in their order', () => {
  const series = [5, 1, 9, 7].map((peak) => ({
    metric: { peak: String(peak) },
    values: [0, peak, null],
  }));
  assert.deepEqual(
    highestPeaks(series, 2).map((one) => one.metric.peak),
    ['9', '7'],
  );
  assert.equal(highestPeaks(series, 4), series);
  assert.deepEqual(
    highestPeaks([{ metric: {}, values: [null] }, ...series], 1).map((one) => one.metric),
    [{ peak: '9' }],
  );
});

test('rows are sorted by value, what is no number last', () => {
  const values = ['2', 'NaN', '10', '-1'];
  const rows = tableRowsOf('a', {
    resultType: 'vector',
    result: values.map((value) => ({ metric: {}, value: [0, value] as const })),
  });
  const texts = (order: 'server' | 'up' | 'down') =>
    sortRows(rows, order).map((row) => (row.value.kind === 'sample' ? row.value.text : ''));
  assert.deepEqual(texts('server'), values);
  assert.deepEqual(texts('down'), ['10', '2', '-1', 'NaN']);
  assert.deepEqual(texts('up'), ['-1', '2', '10', 'NaN']);
});
