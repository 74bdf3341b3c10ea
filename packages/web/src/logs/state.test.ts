import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barGrid, countQuery, histogramOf, ticksOf, timeTicks } from './histogram-data.ts';
import { patternParts, patternRows } from './patterns-data.ts';
import { everything, searchFromState, stateFromSearch } from './state.ts';
import { TailBuffer } from './tail-buffer.ts';

test('the state survives its address', () => {
  const search = {
    q: '{a="b"} |= "x"',
    mode: 'logql',
    from: 'now-3h',
    to: 'now-1h',
    order: 'oldest',
    view: 'patterns',
    live: '1',
    cols: 'a,b',
    wrap: '1',
    fields: '0',
    only: 'a{}',
    line: '1700000000000000000.x',
    around: '1700000000000000000 {a="b"}',
  };
  assert.deepEqual(searchFromState(stateFromSearch(search)), search);
});

test('defaults are left out, damage falls back to them', () => {
  assert.deepEqual(searchFromState(stateFromSearch({})), {});
  const damaged = {
    q: ' ',
    mode: 'x',
    order: '1',
    view: '',
    live: 'yes',
    fields: 'x',
    around: 'x',
  };
  assert.deepEqual(searchFromState(stateFromSearch(damaged)), {});
  assert.equal(stateFromSearch({}).query, everything);
  assert.deepEqual(stateFromSearch({ cols: '' }).columns, []);
  assert.deepEqual(stateFromSearch({ cols: 'a,,a,b' }).columns, ['a', 'b']);
});

test('bars fall on round times and hold their counts', () => {
  const grid = barGrid({ fromMs: 1_000_500, toMs: 4_600_500 }, 700);
  assert.equal(grid.startMs % grid.stepMs, 0);
  assert.ok(grid.startMs <= 1_000_500);
  assert.ok(grid.startMs + grid.count * grid.stepMs >= 4_600_500);
  const first = (grid.startMs + grid.stepMs) / 1000;
  const data = histogramOf(
    [
      { metric: { detected_level: 'error' }, values: [[first, '2']] },
      {
        metric: { detected_level: 'info' },
        values: [
          [first, '3'],
          [first - 1e6, '9'],
        ],
      },
      { metric: {}, values: [[first + grid.stepMs / 1000, '1']] },
    ],
    grid,
  );
  assert.deepEqual(data.totals.slice(0, 3), [5, 1, 0]);
  assert.deepEqual(
    data.levels.map(({ level, total }) => [level, total]),
    [
      ['unknown', 1],
      ['info', 3],
      ['error', 2],
    ],
  );
  assert.equal(data.total, 6);
});

test('the shortest range still has bars', () => {
  const grid = barGrid({ fromMs: 5, toMs: 6 }, 1000);
  assert.deepEqual(grid, { startMs: 5, stepMs: 1, count: 1 });
});

test('counting passes over what a parser could not read', () => {
  assert.match(countQuery('{a="b"} | json', 1000), /json \| drop __error__.* \[1000ms\]/);
  assert.doesNotMatch(countQuery('{a="b"} |= "x"', 1000), /drop/);
});

test('ticks are round', () => {
  assert.deepEqual(ticksOf(165), [50, 100, 150]);
  assert.deepEqual(ticksOf(1), [1]);
  assert.deepEqual(ticksOf(0), []);
  assert.ok(timeTicks(0, 3_600_000, 900_000).length >= 4);
});

test('patterns are gathered and taken apart', () => {
  const interval = { fromMs: 0, toMs: 40_000 };
  const rows = patternRows(
    [
      {
        pattern: 'a <_>',
        samples: [
          [1, 2],
          [39, 1],
        ],
      },
      { pattern: 'b', samples: [[5, 9]] },
      { pattern: 'a <_>', samples: [[1, 1]] },
    ],
    interval,
  );
  assert.deepEqual(
    rows.map(({ pattern, lines }) => [pattern, lines]),
    [
      ['b', 9],
      ['a <_>', 4],
    ],
  );
  assert.equal(rows[1]?.points[1], 3);
  assert.deepEqual(patternParts('a <_> b'), [
    { text: 'a ', variable: false },
    { text: '<_>', variable: true },
    { text: ' b', variable: false },
  ]);
});

function tailLine(ns: number) {
  return { ns: String(ns), line: 'x', stream: {}, metadata: {}, parsed: {} };
}

test('the tail keeps its bound, stands still while paused and counts what it lost', () => {
  const tail = new TailBuffer();
  tail.push([tailLine(11), tailLine(13), tailLine(12)], 2);
  tail.show();
  tail.seed([tailLine(11), tailLine(10)]);
  assert.deepEqual(
    tail.lines.map(({ ns }) => ns),
    ['13', '12', '11', '10'],
  );
  tail.pause(true);
  tail.push(
    Array.from({ length: TailBuffer.maxLines + 10 }, (_, index) => tailLine(100 + index)),
    0,
  );
  tail.show();
  assert.equal(tail.lines.length, 4);
  assert.equal(tail.waiting, TailBuffer.maxLines);
  assert.equal(tail.dropped, 12);
  tail.pause(false);
  assert.equal(tail.lines.length, TailBuffer.maxLines);
  assert.equal(tail.waiting, 0);
});
