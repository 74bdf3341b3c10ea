import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseLogql, parseLogSelector } from './parse.ts';
import { LogqlParseError } from './parse-error.ts';
import { formatLogql } from './print.ts';
import { durationSeconds, sizeBytes } from './units.ts';

/** Parses, prints, parses again: the same tree. Returns the print. */
function round(query: string): string {
  const tree = parseLogql(query);
  const printed = formatLogql(tree);
  assert.deepEqual(parseLogql(printed), tree, printed);
  return printed;
}

function fails(query: string, want: string): void {
  assert.throws(
    () => parseLogql(query),
    (error) => error instanceof LogqlParseError && error.message === want,
    query,
  );
}

const QUERIES = [
  '{a="b"}',
  '{a="b", c!="d", e=~"f.*", g!~"h|i",}',
  '{a="b"} |= "x" != `y` |~ "a.*" !~ "b" |> "<_>foo<_>" !> "<_>bar"',
  '{a="b"} |= "x" or "y" or ip("10.0.0.0/8") # a comment',
  '{a="b"} | json',
  '{a="b"} | json first="servers[0].name", ua="request[\\"user agent\\"]", code',
  '{a="b"} | logfmt --strict --keep-empty a, b="c.d" | unpack | decolorize',
  '{a="b"} | pattern `<ip> - <_> "<method>"` | regexp `(?P<x>\\d+)`',
  '{a="b"} | c="d" and (e > 5 or f >= 10ms), g < 1.5KiB h != "x"',
  '{a="b"} | addr = ip("192.168.0.1-192.168.0.9") or other != ip("::1")',
  '{a="b"} | line_format "{{.a | ToUpper}}" | label_format x=y, z="{{.q}}"',
  '{a="b"} | drop a, b="c", d=~"e.*" | keep f, g!="h" | __error__=""',
  '{a="b"} | temp > -5 | x == 1e3',
  '({a="b"} | json) |= "x"',
  '-0 + vector(-0)',
  'rate({a="b"}[5m])',
  'count_over_time({a="b"} |= "x" | json [1h30m] offset 1d)',
  'count_over_time(({a="b"} |= "x")[5m])',
  'count_over_time({a="b"}[5m] |= "x" | json)',
  'sum by (x) (rate({a="b"}[5m]))',
  'sum(rate({a="b"}[5m])) without (x, y)',
  'quantile_over_time(0.99, {a="b"} | json | unwrap duration(took) | __error__="" [5m]) by (x)',
  'sum_over_time({a="b"} | unwrap bytes(size) [5m] offset -5m)',
  'rate_counter({a="b"} | unwrap n [5m])',
  'rate({a="b"} | logfmt | unwrap n [5m])',
  'topk(5, sum by (x) (rate({a="b"}[5m])))',
  'approx_topk(5, sum by (x) (rate({a="b"}[5m])))',
  'sort_desc(sum by (x) (rate({a="b"}[5m])))',
  'vector(1)+vector(1)',
  '1 + 2 * 3 ^ 2 ^ -1 - 4',
  'rate({a="b"}[1m]) / on (x, y) group_left (z) rate({a="c"}[1m])',
  'rate({a="b"}[1m]) > bool 5 and rate({a="b"}[1m]) unless ignoring (x) rate({a="c"}[1m])',
  'label_replace(rate({a="b"}[1m]), "dst", "$1", "src", "(.*)")',
  'absent_over_time({a="b"}[5m])',
  'sum by () (count_over_time({a="b"}[1ms]))',
];

for (const query of QUERIES) test(`round trip: ${query}`, () => void round(query));

test('precedence', () => {
  assert.equal(round('{a="b"}|c="d" or e>5 and f="g"'), '{a="b"} | c="d" or e > 5 and f="g"');
  assert.equal(round('{a="b"}|c="d" or (e>5 , f="g")'), '{a="b"} | c="d" or (e > 5 and f="g")');
  assert.equal(round('1 + 2 * 3 - 4'), '1 + (2 * 3) - 4');
  assert.equal(round('1 - (2 - 3)'), '1 - (2 - 3)');
  assert.equal(round(`1${' + 1'.repeat(400)}`), `1${' + 1'.repeat(400)}`);
  assert.equal(round('2 ^ 3 ^ 2'), '2 ^ (3 ^ 2)');
});

test('names that are keywords elsewhere are labels in a filter', () => {
  assert.equal(round('{by="b"} | json="x" | rate > 5'), '{by="b"} | (json="x") | rate > 5');
  assert.equal(round('{by="b"} | json != "x"'), '{by="b"} | json != "x"');
  assert.equal(round('{by="b"} | (json != "x")'), '{by="b"} | (json!="x")');
});

test('a selector alone', () => {
  assert.deepEqual(parseLogSelector('{a="b"}'), [{ name: 'a', op: '=', value: 'b' }]);
});

const EMPTY =
  'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. ' +
  'For instance, app=~".*" does not meet this requirement, but app=~".+" will';

const FAULTS: [string, string][] = [
  ['', 'parse error at line 1, col 1: syntax error: unexpected $end'],
  ['{a="b"', 'parse error at line 1, col 7: syntax error: unexpected $end, expecting } or ,'],
  [
    '{a}',
    'parse error at line 1, col 3: syntax error: unexpected }, expecting = or =~ or != or !~',
  ],
  ['{a=b}', 'parse error at line 1, col 4: syntax error: unexpected IDENTIFIER, expecting STRING'],
  [
    '{a="b"} |= 5',
    'parse error at line 1, col 12: syntax error: unexpected NUMBER, expecting STRING',
  ],
  ['{a="b"}\n| jsn', 'parse error at line 2, col 3: syntax error: unexpected IDENTIFIER'],
  ['{a="b', 'parse error at line 1, col 4: literal not terminated'],
  ['{}', EMPTY],
  ['{a=~".*"}', EMPTY],
  ['rate({a="b"}[5x])', 'parse error at line 1, col 13: not a valid duration string: "5x"'],
  ['rate({a="b"}[5m)', "parse error at line 1, col 13: missing closing ']' in duration"],
  ['rate({a="b"})', 'parse error at line 1, col 13: syntax error: unexpected ), expecting RANGE'],
  ['sum_over_time({a="b"}[5m])', 'parse error : invalid aggregation sum_over_time without unwrap'],
  [
    'count_over_time({a="b"} | unwrap x [5m])',
    'parse error : invalid aggregation count_over_time with unwrap',
  ],
  ['rate({a="b"}[5m]) by (x)', 'parse error : grouping not allowed for rate aggregation'],
  [
    'quantile_over_time({a="b"} | unwrap x [5m])',
    'parse error : parameter required for operation quantile_over_time',
  ],
  ['topk(rate({a="b"}[5m]))', 'parse error : parameter required for operation topk'],
  ['{a="b"} | unwrap x', 'parse error at line 1, col 11: syntax error: unexpected unwrap'],
  ['{a="b"} + 1', 'parse error : unexpected type for left leg of binary operation (+): log query'],
  [
    '{a="b"} | regexp "x"',
    'parse error at line 1, col 18: at least one named capture must be supplied',
  ],
  [
    '{a="b"} | pattern "<a><b>"',
    "parse error at line 1, col 19: found consecutive capture '<a><b>'",
  ],
  [
    '{a="b"} | line_format "{{nope .x}}"',
    'parse error at line 1, col 23: template: function "nope" not defined',
  ],
  ['{a="b"} | x = ip("nope")', 'parse error at line 1, col 18: ip: invalid pattern "nope"'],
];

for (const [query, want] of FAULTS) test(`fault: ${query}`, () => fails(query, want));

test('nesting and length are bounded', () => {
  assert.throws(() => parseLogql('('.repeat(10_000)), LogqlParseError);
  assert.throws(() => parseLogql(`{a="b"} | ${'('.repeat(10_000)}`), LogqlParseError);
  assert.throws(() => parseLogql(`1${'+1'.repeat(10_000)}`), LogqlParseError);
  assert.throws(() => parseLogql(`{a="b"} | a=5 ${'or a=5 '.repeat(5000)}`), LogqlParseError);
  assert.throws(() => parseLogql(`{a="${'b'.repeat(200_000)}"}`), LogqlParseError);
});

test('hostile texts cost little', () => {
  const long = 100_000;
  for (const query of [
    `${'1'.repeat(long)}x`,
    `{a="b"} | line_format "${'{{ /* '.repeat(long / 10)}"`,
    `{a="b"} | line_format "{{ ${'/* '.repeat(long / 4)}}}"`,
    `{a="b"} | pattern "${'<a'.repeat(long / 2)}"`,
    `{a="b"} | json x="${'['.repeat(long)}"`,
    ' '.repeat(long),
    '#'.repeat(long),
  ]) {
    assert.throws(() => parseLogql(query), LogqlParseError);
  }
  assert.equal(durationSeconds('1'.repeat(long)), Number.NaN);
});

test('durations and sizes', () => {
  const durations: [string, number][] = [
    ['1h15m30.5s', 4530.5],
    ['1.5ms', 0.0015],
    ['100us', 0.0001],
    ['-2m', -120],
    ['1d', 86_400],
    ['0', 0],
    ['5', Number.NaN],
    ['', Number.NaN],
  ];
  for (const [text, want] of durations) assert.equal(durationSeconds(text), want, text);
  const sizes: [string, number][] = [
    ['42', 42],
    ['1KB', 1000],
    ['1.5 KiB', 1536],
    ['2mib', 2 ** 21],
    ['3G', 3e9],
    ['1,024B', 1024],
    ['x', Number.NaN],
    ['1iB', Number.NaN],
  ];
  for (const [text, want] of sizes) assert.equal(sizeBytes(text), want, text);
});

const PIECES = [
  ...['{a="b"}', '|=', '!~', '|', '"x"', '`y`', 'json', 'logfmt', '--strict', 'pattern', '"<a>"'],
  ...[
    'x',
    '=',
    '5',
    '10ms',
    '1KB',
    'and',
    'or',
    '(',
    ')',
    ',',
    'rate',
    '[5m]',
    'sum',
    'by',
    'offset',
  ],
  ...['unwrap', 'duration', 'ip', 'line_format', '"{{.a}}"', '+', '-', '^', 'vector', 'on', 'bool'],
  ...['{', '}', '"', '`', '[', 'drop', 'keep', 'topk', '#', '\\', '\u{1f600}', 'label_format', '>'],
];

test('any text parses to a tree that prints and parses back, or is a LogqlParseError', () => {
  const texts = fc.oneof(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 16 }).map((pieces) => pieces.join(' ')),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 8 }).map((p) => `{a="b"} ${p.join(' ')}`),
    fc.string({ maxLength: 60, unit: 'binary' }),
    fc
      .tuple(fc.constantFrom(...QUERIES), fc.nat(), fc.nat(4), fc.constantFrom(...PIECES))
      .map(([query, at, cut, piece]) => {
        const place = at % (query.length + 1);
        return query.slice(0, place) + piece + query.slice(place + cut);
      }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        round(text);
      } catch (error) {
        if (!(error instanceof LogqlParseError)) throw error;
      }
    }),
    { numRuns: 4000 },
  );
});
