import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryLimitError } from '@sightline/store';
import { timeOfMs } from '@sightline/wire';
import { LogqlEvalError } from './eval-error.ts';
import { entryOf, type MemoryEntry, MemorySource } from './testing/memory-source.ts';
import { at, lines, matrix, vector } from './testing/run-query.ts';

const SIX = lines(
  '10 x: n=1 level=info',
  '20 y: n=2 level=warn',
  '30 x: n=3 level=info',
  '40 x: n=4 level=warn',
  '50 y: n=5 level=info',
  '60 x: n=6 level=info',
);

function vectorCase(query: string, ...want: string[]): void {
  test(query, () => assert.deepEqual(vector(query, SIX).sort(), want.sort()));
}

vectorCase('count_over_time({app="a"}[1m])', '{app="a", pod="x"} 4', '{app="a", pod="y"} 2');
vectorCase('count_over_time({pod="x"}[50s])', '{app="a", pod="x"} 3');
vectorCase('count_over_time({pod="x"}[10s] offset 20s)', '{app="a", pod="x"} 1');
vectorCase('rate({pod="x"} |= "info" [30s])', '{app="a", pod="x"} 0.03333333333333333');
vectorCase('bytes_over_time({pod="y"}[1m])', '{app="a", pod="y"} 28');
vectorCase('bytes_rate({pod="y"}[1m])', `{app="a", pod="y"} ${28 / 60}`);
vectorCase('absent_over_time({pod="z"}[1m])', '{pod="z"} 1');
vectorCase('absent_over_time({pod="x"}[1m])');
vectorCase('sum(count_over_time({app="a"}[1m]))', '{} 6');
vectorCase(
  'sum by (level) (count_over_time({app="a"} | logfmt [1m]))',
  '{level="info"} 4',
  '{level="warn"} 2',
);
vectorCase(
  'sum without (app, n, pod) (count_over_time({app="a"} | logfmt [1m]))',
  '{level="info"} 4',
  '{level="warn"} 2',
);
vectorCase(
  'count_over_time({app="a"} | logfmt | keep level [1m])',
  '{level="info"} 4',
  '{level="warn"} 2',
);
vectorCase('sum(sum_over_time({app="a"} | logfmt | unwrap n [1m]))', '{} 21');
vectorCase(
  'sum_over_time({app="a"} | logfmt | unwrap n [1m])',
  '{app="a", level="info", pod="x"} 10',
  '{app="a", level="info", pod="y"} 5',
  '{app="a", level="warn", pod="x"} 4',
  '{app="a", level="warn", pod="y"} 2',
);
vectorCase(
  'avg_over_time({app="a"} | logfmt | unwrap n [1m]) by (pod)',
  '{pod="x"} 3.5',
  '{pod="y"} 3.5',
);
vectorCase('min_over_time({app="a"} | logfmt | unwrap n [1m]) by ()', '{} 1');
vectorCase('max_over_time({app="a"} | logfmt | unwrap n | n < 6 [1m]) by ()', '{} 5');
vectorCase(
  'first_over_time({app="a"} | logfmt | unwrap n [1m]) by (pod)',
  '{pod="x"} 1',
  '{pod="y"} 2',
);
vectorCase(
  'last_over_time({app="a"} | logfmt | unwrap n [1m]) by (pod)',
  '{pod="x"} 6',
  '{pod="y"} 5',
);
vectorCase('quantile_over_time(0.5, {app="a"} | logfmt | unwrap n [1m]) by ()', '{} 3.5');
vectorCase('stdvar_over_time({pod="y"} | logfmt | unwrap n [1m]) by ()', '{} 2.25');
vectorCase('stddev_over_time({pod="y"} | logfmt | unwrap n [1m]) by ()', '{} 1.5');
vectorCase(
  'rate({pod="y"} | logfmt | unwrap n [1m])',
  `{app="a", level="info", pod="y"} ${5 / 60}`,
  `{app="a", level="warn", pod="y"} ${2 / 60}`,
);
vectorCase('topk(1, sum by (pod) (count_over_time({app="a"}[1m])))', '{pod="x"} 4');
vectorCase('bottomk(1, sum by (pod) (count_over_time({app="a"}[1m])))', '{pod="y"} 2');
vectorCase('approx_topk(1, sum by (pod) (count_over_time({app="a"}[1m])))', '{pod="x"} 4');
vectorCase('count(count_over_time({app="a"}[1m]))', '{} 2');
vectorCase('avg(count_over_time({app="a"}[1m]))', '{} 3');
vectorCase('max(max_over_time({app="a"} | logfmt | unwrap n [1m]))', '{} 6');
vectorCase(
  'min by (pod) (min_over_time({app="a"} | logfmt | unwrap n [1m]))',
  '{pod="x"} 1',
  '{pod="y"} 2',
);
vectorCase('stddev(count_over_time({app="a"}[1m]))', '{} 1');
vectorCase(
  'sum by (pod) (count_over_time({app="a"} |= "warn" [1m])) / on (pod) sum by (pod) (count_over_time({app="a"}[1m]))',
  '{pod="x"} 0.25',
  '{pod="y"} 0.5',
);
vectorCase('sum by (pod) (count_over_time({app="a"}[1m])) > 3', '{pod="x"} 4');
vectorCase('sum by (pod) (count_over_time({app="a"}[1m])) > bool 3', '{pod="x"} 1', '{pod="y"} 0');
vectorCase('sum(count_over_time({app="a"}[1m])) or vector(0)', '{} 6');
vectorCase('sum(count_over_time({app="z"}[1m])) or vector(0)', '{} 0');
vectorCase('vector(1)+vector(1)', '{} 2');
vectorCase('1 + 2 * 3', '7');
vectorCase('vector(1) / 0', '{} NaN');
vectorCase('avg by (pod) (rate({app="a"}[1m])) * 60', '{pod="x"} 4', '{pod="y"} 2');
vectorCase('-1 + vector(3) % 2', '{} 0');
vectorCase(
  'sum by (pod) (count_over_time({app="a"}[1m])) * on (pod) group_left (dst) label_replace(sum by (pod) (count_over_time({app="a"}[1m])), "dst", "$1", "pod", "(.*)")',
  '{dst="x", pod="x"} 16',
  '{dst="y", pod="y"} 4',
);
vectorCase(
  'sum by (pod) (count_over_time({app="a"}[1m])) unless on (pod) vector(0)',
  '{pod="x"} 4',
  '{pod="y"} 2',
);
vectorCase(
  'count_over_time({app="a"} | json | __error__="JSONParserErr" | drop __error__, __error_details__ [1m])',
  '{app="a", pod="x"} 4',
  '{app="a", pod="y"} 2',
);
vectorCase(
  'label_replace(count_over_time({pod="x"}[1m]), "dst", "<$1>", "pod", "(.*)")',
  '{app="a", dst="<x>", pod="x"} 4',
);

test('sort orders an instant vector', () => {
  assert.deepEqual(vector('sort(count_over_time({app="a"}[1m]))', SIX), [
    '{app="a", pod="y"} 2',
    '{app="a", pod="x"} 4',
  ]);
  assert.deepEqual(vector('sort_desc(count_over_time({app="a"}[1m]))', SIX), [
    '{app="a", pod="x"} 4',
    '{app="a", pod="y"} 2',
  ]);
});

test('a range: windows are open to the left, closed to the right', () => {
  assert.deepEqual(matrix('count_over_time({pod="x"}[20s])', SIX, 60, 20), [
    '{app="a", pod="x"} - 1 2 1',
  ]);
  assert.deepEqual(matrix('sum(count_over_time({app="a"}[45s]))', SIX, 60, 20), ['{} - 2 4 5']);
  assert.deepEqual(matrix('vector(3)', SIX, 40, 20), ['{} 3 3 3']);
});

test('counters that start anew', () => {
  const source = lines('10 x: c=0', '20 x: c=10', '30 x: c=4', '40 x: c=8');
  assert.deepEqual(
    vector('rate_counter({app="a"} | logfmt | unwrap c [30s])', source, 40).map((text) =>
      text.replace(/ [\d.]+$/, ''),
    ),
    ['{app="a", pod="x"}'],
  );
});

test('units of unwrapped values', () => {
  const source = lines('10 x: d=1.5s b=2KiB', '20 x: d=500ms b=1KiB');
  assert.deepEqual(vector('sum(sum_over_time({app="a"}|logfmt|unwrap duration(d)[1m]))', source), [
    '{} 2',
  ]);
  assert.deepEqual(vector('sum(sum_over_time({app="a"}|logfmt|unwrap bytes(b)[1m]))', source), [
    '{} 3072',
  ]);
});

test('lines with an error fail a metric query unless they are filtered', () => {
  const source = lines('10 x: n=1', '20 x: n=oops', '30 x: m=5');
  assert.throws(
    () => vector('sum_over_time({app="a"} | logfmt | unwrap n [1m])', source),
    (error) =>
      error instanceof LogqlEvalError &&
      error.message.startsWith("pipeline error: 'SampleExtractionErr' for series: '{"),
  );
  const query = 'sum(sum_over_time({app="a"} | logfmt | unwrap n | __error__="" [1m]))';
  assert.deepEqual(vector(query, source), ['{} 1']);
  assert.throws(() => vector('sum(rate({app="a"} | json [1m]))', source), LogqlEvalError);
});

test('too many series are refused', () => {
  const many = Array.from({ length: 200 }, (_, i) => `${10 + i / 100} x: id=${i}`);
  assert.throws(
    () => vector('count_over_time({app="a"} | logfmt [1m])', lines(...many)),
    QueryLimitError,
  );
  assert.deepEqual(vector('sum(count_over_time({app="a"} | logfmt [1m]))', lines(...many)), [
    '{} 200',
  ]);
});

test('a nanosecond beside the bound of a window falls on its side', () => {
  const entries: MemoryEntry[] = [
    { ...entryOf({ app: 'a' }, 0, 'in'), time: timeOfMs(at(60)) },
    { ...entryOf({ app: 'a' }, 0, 'late'), time: timeOfMs(at(60), 1) },
    { ...entryOf({ app: 'a' }, 0, 'early'), time: timeOfMs(at(50)) },
    { ...entryOf({ app: 'a' }, 0, 'in'), time: timeOfMs(at(50), 1) },
  ];
  assert.deepEqual(vector('count_over_time({app="a"}[10s])', new MemorySource(entries)), [
    '{app="a"} 2',
  ]);
});

test('labels that nobody asked for change nothing', () => {
  const source = new MemorySource([
    entryOf({ app: 'a' }, at(10), '{"app":"b","n":3,"l":{"k":"x"},"z":"y"}'),
    entryOf({ app: 'a' }, at(20), '{"app":"c","n":5,"l":{"k":"x"},"z":"w"}'),
  ]);
  const cases: [string, string[]][] = [
    [
      'sum by (app_extracted) (count_over_time({app="a"} | json [1m]))',
      ['{app_extracted="b"} 1', '{app_extracted="c"} 1'],
    ],
    ['sum by (l_k) (sum_over_time({app="a"} | json | z != "q" | unwrap n [1m]))', ['{l_k="x"} 8']],
    [
      'sum by (m) (sum_over_time({app="a"} | json | label_format m=z | unwrap n [1m]))',
      ['{m="w"} 5', '{m="y"} 3'],
    ],
    [
      'sum by (m) (count_over_time({app="a"} | json | label_format m="{{.z}}" [1m]))',
      ['{m="w"} 1', '{m="y"} 1'],
    ],
    ['sum by (n) (count_over_time({app="a"} | json | drop n, z="w" | z="y" [1m]))', ['{} 1']],
  ];
  for (const [query, want] of cases) assert.deepEqual(vector(query, source).sort(), want, query);
});
