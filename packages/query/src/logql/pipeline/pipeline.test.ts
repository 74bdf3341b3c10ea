import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels } from '@sightline/store';
import { timeOfMs } from '@sightline/wire';
import fc from 'fast-check';
import { parseLogql } from '../parse.ts';
import { StreamLabels } from './entry-labels.ts';
import { lineHasIp, matchesIp, parseIpPattern } from './ip.ts';
import { Pipeline } from './pipeline.ts';
import type { StageHints } from './stage-hints.ts';

/** 2023-11-14T22:13:20.123Z. */
const TIME = timeOfMs(1_700_000_000_123);

interface Ran {
  line: string;
  parsed: Record<string, string>;
}

function run(
  stages: string,
  line: string,
  stream: Record<string, string> = {},
  metadata: Record<string, string> = {},
): Ran | null {
  const expr = parseLogql(`{app="a"} ${stages}`);
  assert.ok(expr.kind === 'log');
  const pipeline = new Pipeline(expr.stages);
  const labels = new StreamLabels(Labels.of({ app: 'a', ...stream }));
  const pairs = Object.entries(metadata).flat();
  if (!pipeline.process(labels, pairs, line, TIME.hi, TIME.lo)) return null;
  const parsed = pipeline.labels.parsedPairs();
  const shown: [string, string][] = [];
  for (let i = 0; i < parsed.length; i += 2) {
    // What exactly is wrong is our own wording.
    if (parsed[i] === '__error_details__') continue;
    shown.push([parsed[i] ?? '', parsed[i + 1] ?? '']);
  }
  return { line: pipeline.line, parsed: Object.fromEntries(shown) };
}

function passes(stages: string, line: string, want: boolean): void {
  test(`${stages} ${want ? 'passes' : 'stops'} ${line}`, () => {
    assert.equal(run(stages, line) !== null, want);
  });
}

function labels(stages: string, line: string, want: Record<string, string>): void {
  test(`${stages} of ${line}`, () => assert.deepEqual(run(stages, line)?.parsed, want));
}

function formats(stages: string, line: string, want: string): void {
  test(`${stages} of ${line} is ${want}`, () => assert.equal(run(stages, line)?.line, want));
}

passes('|= "err"', 'an error', true);
passes('|= "Err"', 'an error', false);
passes('|= ""', 'an error', true);
passes('!= "err"', 'an error', false);
passes('|~ "e[r]+or$"', 'an error', true);
passes('|~ "(?i)ERR|warn"', 'an error', true);
passes('|~ "warn|error"', 'an error', true);
passes('|~ "a.*b"', 'a\nb', true);
passes('!~ "warn|error"', 'an error', false);
passes('|= "x" or "err"', 'an error', true);
passes('!= "x" or "err"', 'an error', false);
passes('!= "x" or "y"', 'an error', true);
passes('|> "an <_>"', 'an error', true);
passes('|> "<_>error"', 'an error', true);
passes('|> "error"', 'an error', false);
passes('|> "an<_>r<_>x"', 'an error', false);
passes('!> "an<_>"', 'an error', false);
passes('|= ip("10.0.0.0/8")', 'from 10.2.3.4:80 ok', true);
passes('|= ip("10.0.0.0/8")', 'from 11.2.3.4 ok', false);
passes('!= ip("10.0.0.1-10.0.0.9")', 'from 10.0.0.5 ok', false);
passes('|= ip("2001:db8::/32")', 'from 2001:db8::1 ok', true);

passes('| app="a"', '', true);
passes('| app!="a"', '', false);
passes('| nope=""', '', true);
passes('| app=~"a|b"', '', true);
passes('| logfmt | n > 5', 'n=6', true);
passes('| logfmt | n > 5', 'n=5', false);
passes('| logfmt | n > 5', 'm=6', false);
passes('| logfmt | n > 5 or m = 6', 'm=6', true);
passes('| logfmt | d >= 1.5s and d < 1m', 'd=1500ms', true);
passes('| logfmt | size > 1KB', 'size=1.1KiB', true);
passes('| logfmt | size > 2KB', 'size=1.1KiB', false);
passes('| logfmt | ip = ip("10.0.0.0/8")', 'ip=10.9.9.9', true);
passes('| logfmt | ip != ip("10.0.0.0/8")', 'ip=10.9.9.9', false);
passes('| json | __error__=""', 'no json', false);
passes('| json | __error__="JSONParserErr"', 'no json', true);
labels('| logfmt | n > 5', 'n=x', { n: 'x', __error__: 'LabelFilterErr' });

labels('| json', '{"a":"b","n":1.50,"t":true,"x":null,"l":[1],"o":{"p":{"q r":"s"}}}', {
  a: 'b',
  n: '1.50',
  t: 'true',
  o_p_q_r: 's',
});
labels('| json', '{"a":"q\\"\\u00e9","app":"c","2x":1}', {
  a: 'q"\u00e9',
  app_extracted: 'c',
  _2x: '1',
});
labels('| json', '{"a":"\\t\x00\x7f"}', { a: '\t\x00\x7f' });
labels('| json', '{"a":"b"', { a: 'b', __error__: 'JSONParserErr' });
labels('| json', '[1]', { __error__: 'JSONParserErr' });
labels('| json x="o.l[1]", y="o", z="o[\\"k v\\"]", w="nope"', '{"o":{"l":[1,"two"],"k v":3}}', {
  x: 'two',
  y: '{"l":[1,"two"],"k v":3}',
  z: '3',
  w: '',
});
labels('| logfmt', 'a=1 msg="x \\"y\\"" flag empty= app=z', {
  a: '1',
  msg: 'x "y"',
  app_extracted: 'z',
});
labels('| logfmt --keep-empty', 'a=1 flag empty=', { a: '1', flag: '', empty: '' });
labels('| logfmt', 'a=1 =2 b"c d=e=f g=3', { a: '1', g: '3' });
labels('| logfmt --strict', 'a=1 =2 g=3', { a: '1', __error__: 'LogfmtParserErr' });
labels('| logfmt x="a", b, flag, nope', 'a=1 b=2 c=3 flag', { x: '1', b: '2', flag: '', nope: '' });
labels('| logfmt', 'a=1 a=2', { a: '1' });
labels('| json | logfmt', '{"a":"1"} a=2', { a: '1', __error__: 'JSONParserErr' });
labels('| pattern `<ip> - <_> "<method> <path>"`', '1.2.3.4 - me "GET /x y"', {
  ip: '1.2.3.4',
  method: 'GET',
  path: '/x y',
});
labels('| pattern `a <x>`', 'b c', {});
labels('| pattern `<_>took <t> ms`', 'it took 5 ms', { t: '5' });
labels('| regexp `(?P<k>\\w+)=(?P<v>\\d+)`', 'xx n=12', { k: 'n', v: '12' });
labels('| unpack', '{"pod":"p","_entry":"the line","n":1}', { pod: 'p' });
formats('| unpack', '{"pod":"p","_entry":"the line","n":1}', 'the line');
labels('| logfmt | drop a, b="x", __error__', 'a=1 b=2 c=3', { b: '2', c: '3' });
labels('| logfmt | keep a, b="2", c="x"', 'a=1 b=2 c=3', { a: '1', b: '2' });
labels('| json | drop __error__, __error_details__', 'x', {});
labels('| logfmt | label_format x=a, y="<{{.b}}>"', 'a=1 b=2', { b: '2', x: '1', y: '<2>' });
labels('| label_format app="z"', '', { app: 'z' });
formats('| decolorize', '\u001b[31mred\u001b[0m', 'red');

formats('| logfmt | line_format "{{.a}}-{{.nope}}-{{.app}}"', 'a=1', '1--a');
formats('| line_format `{{ __line__ | upper | trunc 3 }}`', 'abcdef', 'ABC');
formats(
  '| line_format `{{ __timestamp__ | date "2006-01-02 15:04:05.000" }}`',
  '',
  '2023-11-14 22:13:20.123',
);
formats(
  '| logfmt | line_format `{{if eq .a "1"}}one{{else if .b}}b{{else}}none{{end}}`',
  'b=x',
  'b',
);
formats('| line_format `{{ Replace "aaa" "a" "b" 2 }} {{ replace "a" "c" "aaa" }}`', '', 'bba ccc');
formats('| line_format `{{ regexReplaceAll "(a)(b)" __line__ "${2}$1" }}`', 'xabab', 'xbaba');
formats('| line_format `{{ printf "%-5s|%3d|%05.1f" "ab" 7 2.25 }}`', '', 'ab   |  7|002.3');
formats(
  '| line_format `{{ add 1 2 3 }} {{ div 7 2 }} {{ mulf 1.5 2 }} {{ int "42" }}`',
  '',
  '6 3 3 42',
);
formats('| line_format `{{ printf "%-10.100s|%.3s" "abc" "defg" }}`', '', 'abc       |def');
formats('| line_format `a {{- /* c */ -}} b`', '', 'ab');
formats('| line_format `{{ .x | default "none" }}`', '', 'none');
formats('| line_format `{{ "x y" | urlencode }} {{ "YQ==" | b64dec }}`', '', 'x+y a');
formats('| line_format `{{ (add 1 2) | repeat 3 }}`', '', '333');
formats('| line_format `{{ unixToTime "1700000000" | unixEpochMillis }}`', '', '1700000000000');
formats('| line_format `{{ alignLeft 4 "ab" }}|{{ alignRight 3 "abcd" }}`', '', 'ab  |bcd');
labels('| line_format `{{ div 1 0 }}`', '', { __error__: 'TemplateFormatErr' });

test('structured metadata are labels; parsers never replace them', () => {
  const ran = run(
    '| logfmt | trace_id="t" | label_format trace_id="z"',
    'trace_id=u',
    {},
    {
      trace_id: 't',
      app: 'b',
    },
  );
  assert.deepEqual(ran?.parsed, { trace_id: 'z', trace_id_extracted: 'u' });
});

test('what a source may know beforehand', () => {
  const hints = (stages: string): StageHints => {
    const expr = parseLogql(`{app="a"} ${stages}`);
    assert.ok(expr.kind === 'log');
    return new Pipeline(expr.stages).hints;
  };
  assert.deepEqual(
    hints('|= "a" or "b" | json != "c" |~ "d|e" |~ "f+" | line_format "x" |= "y"').lines,
    [
      { anyOf: ['a', 'b'], negated: false },
      { anyOf: ['c'], negated: true },
      { anyOf: ['d', 'e'], negated: false },
      { anyOf: ['f'], negated: false },
    ],
  );
  assert.deepEqual(hints('|> "a<_>b" |= "" |= ip("1.2.3.4") !> "c"').lines, [
    { anyOf: ['a'], negated: false },
    { anyOf: ['b'], negated: false },
  ]);
  const labels = (stages: string): string[] =>
    hints(stages).labels.map(({ name, op, value }) => `${name} ${op} ${value}`);
  assert.deepEqual(labels('| a="1" and b!="2" | line_format "x" | c=~"3" | logfmt | d="4"'), [
    'a = 1',
    'b != 2',
    'c =~ 3',
  ]);
  assert.deepEqual(labels('| a="1" or b="2" | c > 3 | __error__="" | d_extracted="4"'), []);
  const isAll = (stages: string): boolean => hints(stages).isAll;
  for (const all of ['', '|= "a"', '|= ""', '!= "a" |~ "b|c" | d="e", f="g"']) {
    assert.equal(isAll(all), true, all);
  }
  for (const some of [
    '|~ "a+"',
    '|> "a<_>"',
    '!= ""',
    '|= ip("::1")',
    '| json',
    '| a="b" or c="d"',
  ]) {
    assert.equal(isAll(some), false, some);
  }
});

test('addresses and patterns of them', () => {
  const cases: [string, string, boolean | null][] = [
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.1', '10.0.0.1', true],
    ['10.0.0.1', '10.0.0.256', null],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['fe80::/10', 'fe80::1:2', true],
    ['fe80::/10', 'x', null],
    ['0.0.0.0/0', '1.2.3.4', true],
  ];
  for (const [pattern, text, want] of cases) {
    const parsed = parseIpPattern(pattern);
    assert.ok(parsed !== null, pattern);
    assert.equal(matchesIp(parsed, text), want, `${pattern} ${text}`);
  }
  for (const bad of ['', '1.2.3', '1.2.3.4/33', '::1-1.2.3.4', '1::2::3']) {
    assert.equal(parseIpPattern(bad), null, bad);
  }
});

test('no line makes a stage throw, and a line of JSON gives its values back', () => {
  const stages = '| json | logfmt | unpack | pattern "<a> <b>" | regexp "(?P<c>.)" | decolorize';
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.json().map((json) => json.slice(0, 200)),
    fc.string({
      unit: fc.constantFrom('a', '=', '"', '\\', ' ', '{', '}', ':', '[', ','),
      maxLength: 40,
    }),
  );
  const pattern = parseIpPattern('10.0.0.0/8');
  assert.ok(pattern !== null);
  fc.assert(
    fc.property(text, (line) => {
      run(stages, line);
      lineHasIp(pattern, line);
    }),
    { numRuns: 1000 },
  );
  const key = fc
    .oneof(fc.stringMatching(/^[a-z]{1,5}$/), fc.constantFrom('__proto__', 'constructor', 'length'))
    .filter((name) => name !== 'app');
  const some = fc.string({ unit: 'binary', minLength: 1 });
  const value = fc.oneof(some, fc.integer(), fc.boolean());
  fc.assert(
    fc.property(fc.dictionary(key, value), (object) => {
      const want = Object.entries(object).map(([name, one]) => [name, String(one)]);
      assert.deepEqual(run('| json', JSON.stringify(object))?.parsed, Object.fromEntries(want));
    }),
  );
});
