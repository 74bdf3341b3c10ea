import assert from 'node:assert/strict';
import { test } from 'node:test';
import { almostEqual, compareAnswer } from './compare.ts';
import { parseTestFile } from './format.ts';
import { parseSeriesLine } from './notation.ts';
import type { Answer } from './target.ts';

test('series lines expand', () => {
  const is = (line: string, want: (number | null)[]) =>
    assert.deepEqual(
      parseSeriesLine(line).values.map((value) => value?.v ?? null),
      want,
    );
  is('a 1 2 3', [1, 2, 3]);
  is('a 1x2 _x2 4', [1, 1, 1, null, null, 4]);
  is('a 1+2x3', [1, 3, 5, 7]);
  is('a 1-2x2 _', [1, -1, -3, null]);
  is('a -1.5e3 +Inf -Inf NaN', [-1500, Infinity, -Infinity, NaN]);
  is('a{b="c"} 0x2 2-1x2', [0, 0, 0, 2, 1, 0]);
  assert.deepEqual(parseSeriesLine('a stale').values[0]?.stale, true);
});

test('labels may be quoted', () => {
  const is = (line: string, want: string[]) => assert.deepEqual(parseSeriesLine(line).labels, want);
  is('up 1', ['__name__', 'up']);
  is('up{} 1', ['__name__', 'up']);
  is('{a="b\\"}", by="c",} 1', ['a', 'b"}', 'by', 'c']);
  is('{"utf 8", "x.y"="z"} 1', ['__name__', 'utf 8', 'x.y', 'z']);
});

test('histograms have one span a side', () => {
  const [first, second] = parseSeriesLine(
    'h {{schema:1 sum:-3 count:4 z_bucket:1 z_bucket_w:0.5 offset:2 buckets:[1 2] n_buckets:[3] counter_reset_hint:gauge}}+{{schema:1 sum:1 count:2 offset:4 buckets:[5]}}x1',
  ).values;
  assert.deepEqual(first?.h, {
    schema: 1,
    resetHint: 3,
    zeroThreshold: 0.5,
    zeroCount: 1,
    count: 4,
    sum: -3,
    positiveSpans: [{ offset: 2, length: 2 }],
    negativeSpans: [{ offset: 0, length: 1 }],
    positiveBuckets: [1, 2],
    negativeBuckets: [3],
    customValues: [],
  });
  assert.deepEqual(second?.h?.positiveBuckets, [1, 2, 5]);
  assert.deepEqual([second?.h?.sum, second?.h?.count], [-2, 6]);
  assert.equal(parseSeriesLine('h {{}}').values[0]?.h?.count, 0);
});

test('commands', () => {
  const [load, instant, range, clear] = parseTestFile(
    [
      'load_with_nhcb 30s',
      '  a{b="c"}@st -30sx1 _ 0s+10sx1 1m-30sx1',
      '  a{b="c"} 1 2 3 4 5 6 7',
      '',
      'eval instant at 1m sum(a)',
      '  expect warn msg: PromQL warning: x (1:2)',
      '  # a comment ends the block',
      'eval range from 0 to 2m step 1m a',
      '  expect no_info',
      '  a{b="c"} 1 _ 3',
      '',
      'clear',
    ].join('\n'),
  );
  assert.ok(load?.kind === 'load' && load.withNhcb && load.stepMs === 30_000);
  assert.deepEqual(load.series[0]?.startOffsets, [
    -30_000,
    -30_000,
    null,
    0,
    10_000,
    60_000,
    30_000,
  ]);
  assert.ok(instant?.kind === 'eval' && instant.instant && instant.startMs === 60_000);
  assert.deepEqual(instant.expectations, [
    { kind: 'warn', match: 'msg', text: 'PromQL warning: x (1:2)' },
  ]);
  assert.ok(range?.kind === 'eval' && !range.instant);
  assert.deepEqual([range.startMs, range.endMs, range.stepMs], [0, 120_000, 60_000]);
  assert.deepEqual(range.series[0]?.values[1], null);
  assert.equal(clear?.kind, 'clear');
});

test('floats are compared with a relative tolerance', () => {
  assert.ok(almostEqual(1, 1 + 1e-7));
  assert.ok(!almostEqual(1, 1 + 1e-5));
  assert.ok(almostEqual(Number.NaN, Number.NaN));
  assert.ok(!almostEqual(0, 1e-9));
  assert.ok(almostEqual(Infinity, Infinity));
});

test('an answer is compared with what the case expects', () => {
  const problem = (body: string, answer: Partial<Extract<Answer, { ok: true }>>) => {
    const [command] = parseTestFile(`eval instant at 5s x\n${body}`);
    assert.ok(command?.kind === 'eval');
    const empty = { series: [], scalars: [], text: '', warnings: [], infos: [] };
    return compareAnswer(command, { ok: true, type: 'vector', ...empty, ...answer });
  };
  const series = [{ labels: ['b', 'c'], points: [{ t: 5000, v: 1, h: null }] }];
  assert.equal(problem('{b="c"} 1', { series }), null);
  assert.match(problem('{b="c"} 2', { series }) ?? '', /got 1, want 2/);
  assert.match(problem('{b="d"} 1', { series }) ?? '', /no series/);
  assert.match(problem('', { series }) ?? '', /unexpected series/);
  assert.match(problem('expect fail', {}) ?? '', /expected the query to fail/);
  assert.match(
    problem('expect no_warn\n{b="c"} 1', { series, warnings: ['w'] }) ?? '',
    /unexpected warn/,
  );
  assert.equal(problem('5', { type: 'scalar', scalars: [{ t: 5000, v: 5 }] }), null);
  assert.equal(problem('expect string "a"', { type: 'string', text: 'a' }), null);
});
