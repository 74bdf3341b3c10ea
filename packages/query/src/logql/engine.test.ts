import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels, QueryLimitError } from '@sightline/store';
import fc from 'fast-check';
import { labelsText } from '../promql/label-index.ts';
import { freeBudget } from '../promql/testing/memory-querier.ts';
import { LogqlEngine } from './engine.ts';
import { LogqlEvalError } from './eval-error.ts';
import { parseLogql } from './parse.ts';
import { LogTail } from './tail.ts';
import { entryOf, type MemoryEntry, MemorySource } from './testing/memory-source.ts';
import { ceilMs, floorMs, timeOfMs } from './time.ts';

const engine = new LogqlEngine({ maxSamples: 1_000_000, maxSeries: 100 });

/** Seconds to milliseconds of the tests' time line. */
const T0 = 1_700_000_000_000;
const at = (seconds: number): number => T0 + seconds * 1000;

/** `seconds label: line`: stream {app="a", pod=label}. */
function lines(...texts: string[]): MemorySource {
  return new MemorySource(
    texts.map((text) => {
      const [, seconds = '', pod = '', line = ''] = /^([\d.]+) (\w+): ?(.*)$/.exec(text) ?? [];
      return entryOf({ app: 'a', pod }, at(Number(seconds)), line);
    }),
  );
}

/** At one time: series as `{labels} value`. */
function vector(query: string, source: MemorySource, seconds = 60): string[] {
  const expr = parseLogql(query);
  assert.ok(expr.kind !== 'log');
  const result = engine.instant(expr, at(seconds), source, freeBudget);
  if (result.type === 'scalar') return [String(result.value)];
  assert.ok(result.type === 'vector');
  return result.series.map(({ labels, v }) => `${labelsText(labels)} ${v[0]}`);
}

/** Over a range: series as `{labels} value value`, `-` where there is none. */
function matrix(query: string, source: MemorySource, to: number, step: number): string[] {
  const expr = parseLogql(query);
  assert.ok(expr.kind !== 'log');
  const result = engine.range(expr, at(0), at(to), step * 1000, source, freeBudget);
  assert.ok(result.type === 'matrix');
  return result.series.map(({ labels, t, v }) => {
    const byTime = new Map([...t].map((time, i) => [time, v[i]]));
    const shown: string[] = [];
    for (let s = 0; s <= to; s += step) shown.push(String(byTime.get(at(s)) ?? '-'));
    return `${labelsText(labels)} ${shown.join(' ')}`;
  });
}

/** A log query: `stream | line, line`. */
function logs(
  query: string,
  source: MemorySource,
  direction: 'forward' | 'backward' = 'forward',
  limit = 100,
): string[] {
  const expr = parseLogql(query);
  assert.ok(expr.kind === 'log');
  const range = { start: timeOfMs(at(0)), end: timeOfMs(at(100)), direction, limit };
  return engine.logs(expr, range, source, freeBudget).map((stream) => {
    const labels = [...stream.stream, ...stream.structuredMetadata, ...stream.parsed].join(' ');
    return `${labels} | ${stream.lines.join(', ')}`;
  });
}

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

test('log queries: streams, direction, limit', () => {
  assert.deepEqual(logs('{app="a"} |= "warn"', SIX), [
    'app a pod x | n=4 level=warn',
    'app a pod y | n=2 level=warn',
  ]);
  assert.deepEqual(logs('{pod="x"}', SIX, 'backward', 2), [
    'app a pod x | n=6 level=info, n=4 level=warn',
  ]);
  assert.deepEqual(logs('{pod="x"} | logfmt | n >= 4 | line_format "{{.n}}" | drop n', SIX), [
    'app a pod x level info | 6',
    'app a pod x level warn | 4',
  ]);
});

test('structured metadata stays apart from what was parsed', () => {
  const source = new MemorySource([
    entryOf({ app: 'a' }, at(1), 'k=v', { trace_id: 't' }),
    entryOf({ app: 'a' }, at(2), 'k=v'),
  ]);
  const expr = parseLogql('{app="a"} | logfmt');
  assert.ok(expr.kind === 'log');
  const range = {
    start: timeOfMs(at(0)),
    end: timeOfMs(at(9)),
    limit: 9,
    direction: 'forward',
  } as const;
  const streams = engine.logs(expr, range, source, freeBudget);
  assert.deepEqual(
    streams.map(({ stream, structuredMetadata, parsed }) => [stream, structuredMetadata, parsed]),
    [
      [
        ['app', 'a'],
        ['trace_id', 't'],
        ['k', 'v'],
      ],
      [['app', 'a'], [], ['k', 'v']],
    ],
  );
});

test('times: words and milliseconds', () => {
  const words = fc.bigInt(0n, 2n ** 64n - 1n);
  fc.assert(
    fc.property(words, (ns) => {
      const hi = Number(ns >> 32n);
      const lo = Number(ns & 0xffff_ffffn);
      assert.equal(BigInt(floorMs(hi, lo)), ns / 1_000_000n);
      assert.equal(BigInt(ceilMs(hi, lo)), (ns + 999_999n) / 1_000_000n);
      const back = timeOfMs(floorMs(hi, lo), Number(ns % 1_000_000n));
      assert.deepEqual(back, { hi, lo });
    }),
  );
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

test('a tail takes what passes, up to its bound', () => {
  const expr = parseLogql('{app="a"} |= "x" | logfmt');
  assert.ok(expr.kind === 'log');
  const tail = new LogTail(expr, 2);
  const stream = Labels.of({ app: 'a' });
  assert.equal(tail.matches(stream), true);
  assert.equal(tail.matches(Labels.of({ app: 'b' })), false);
  for (const line of ['k=x', 'k=y', 'k=x2', 'k=x3']) tail.push(stream, [], line, 1, 2);
  assert.equal(tail.dropped, 1);
  assert.deepEqual(
    tail.take().map(({ parsed, lines: texts }) => [parsed, texts]),
    [
      [['k', 'x'], ['k=x']],
      [['k', 'x2'], ['k=x2']],
    ],
  );
  assert.deepEqual(tail.take(), []);
});

/** Counts lines in windows the slow way. */
function naiveCounts(times: readonly number[], to: number, step: number, window: number): string {
  const shown: string[] = [];
  for (let s = 0; s <= to; s += step) {
    const count = times.filter((time) => time <= s && time > s - window).length;
    shown.push(count === 0 ? '-' : String(count));
  }
  return shown.join(' ');
}

test('combined lines count as single ones do, for all windows, steps and offsets', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 15 }),
      (times, step, window, offset) => {
        const source = lines(...times.map((time) => `${time} x: n=${time}`));
        const want = naiveCounts(
          times.map((time) => time + offset),
          60,
          step,
          window,
        );
        const query = `sum(count_over_time({app="a"}[${window}s] offset ${offset}s))`;
        const [got = '{} -'] = matrix(query, source, 60, step);
        assert.equal(got.replaceAll(/^\{\} |-| /g, ''), want.replaceAll(/-| /g, ''));
        const max = `max(max_over_time({app="a"} | logfmt | unwrap n [${window}s]))`;
        const quantile = `quantile_over_time(1, {app="a"} | logfmt | unwrap n [${window}s]) by ()`;
        assert.deepEqual(matrix(max, source, 60, step), matrix(quantile, source, 60, step));
      },
    ),
    { numRuns: 150 },
  );
});

const STAGES = [
  ...['| json', '| logfmt', '| unpack', '| decolorize', '|= "a"', '!~ "b+"', '|> "<_>a<_>"'],
  ...['| pattern "<p> <q>"', '| regexp "(?P<r>.+)="', '| line_format "{{.n | upper}}"', '| drop n'],
  ...[
    '| label_format pod=n',
    '| keep n, p',
    '| n > 5',
    '| n = ip("10.0.0.0/8")',
    '| p="x" or n<5KB',
  ],
  ...[
    '| label_format m="{{ div 1 .n }}"',
    '| json n="a[0].b"',
    '| logfmt --strict --keep-empty m="n"',
  ],
];
const OVER = [
  ...['count_over_time(S [10s])', 'sum by (n) (rate(S [10s]))', 'absent_over_time(S [10s])'],
  ...[
    'quantile_over_time(0.5, S | unwrap n [10s]) by (p)',
    'max(max_over_time(S | unwrap n [10s]))',
  ],
  ...['topk(2, bytes_rate(S | __error__="" [10s])) / 2', 'rate_counter(S | unwrap bytes(n) [10s])'],
];

test('whatever stages meet whatever lines: an answer, or an error of its kind', () => {
  const texts = fc.oneof(
    fc.constantFrom('n=1 a=2', '{"n":5,"a":[{"b":"c"}]}', 'n=10.0.0.1 x', 'n=oops', ''),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const stages = fc.array(fc.constantFrom(...STAGES), { maxLength: 4 });
  fc.assert(
    fc.property(
      fc.array(texts, { maxLength: 8 }),
      stages,
      fc.constantFrom(...OVER),
      (all, some, over) => {
        const source = new MemorySource(
          all.map((line, i) => entryOf({ app: 'a', pod: 'x' }, at(i), line, { n: String(i) })),
        );
        const selector = `{app="a"} ${some.join(' ')}`;
        logs(selector, source);
        try {
          matrix(over.replace('S', selector), source, 10, 2);
        } catch (error) {
          if (!(error instanceof LogqlEvalError)) throw error;
        }
      },
    ),
    { numRuns: 800 },
  );
});
