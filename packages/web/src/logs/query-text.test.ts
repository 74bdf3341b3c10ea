import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LogQuery, printQuery, quote, splitQuery } from './query-text.ts';

test('a query is taken apart and put together', () => {
  const same = [
    '{a="b"}',
    '{a="b", c!="d", e=~"f.+", g!~"h"}',
    '{a="b"} |= "x" != "y" |~ "z+" !~ "w" |> "<_> done" !> "<_>"',
    '{a="b"} | level="error" | status!="200" | path=~"/a.*"',
    '{a="b"} |= "x" | json | status >= 500 | line_format "{{.msg}}"',
    '{a="b"} |= "x" or "y" | json != "z"',
    '{a="b"} | json a="b.c", d="e" | a != "x" |= "y"',
    '{a="b"} |= ip("10.0.0.0/8") | logfmt | duration > 10s and (x="1" or y="2")',
    '{a="b"} |= `back "quoted" \\d`',
    '{}',
  ];
  for (const text of same) {
    const query = splitQuery(text);
    assert.ok(query, text);
    assert.equal(printQuery(query), text.replace('| a != "x"', '| a!="x"'));
  }
});

test('stages are told apart', () => {
  const kinds = (text: string) => splitQuery(text)?.stages.map((stage) => stage.kind);
  assert.deepEqual(kinds('{a="b"} | json != "x"'), ['other', 'line']);
  assert.deepEqual(kinds('{a="b"} | a != "x"'), ['label']);
  assert.deepEqual(kinds('{a="b"} | a = "x" != "y"'), ['label', 'line']);
  assert.deepEqual(kinds('{a="b"} | a = "x" or b = "y"'), ['other']);
  assert.deepEqual(kinds('{a="b"} # none\n |= "#x"'), ['line']);
});

test('what is no log query is left alone', () => {
  const none = [
    '',
    'rate({a="b"}[5m])',
    '{a="b"',
    '{a=b}',
    '{a="b"} "x"',
    '{a="b"} |=',
    '{a="b} |= "x"',
    '{a="b"} |',
    '{a="b"} [5m]',
    '{a="b",, c="d"}',
  ];
  for (const text of none) assert.equal(splitQuery(text), undefined, text);
});

test('texts are quoted and unquoted', () => {
  assert.equal(quote('a"b'), '`a"b`');
  assert.equal(quote('a`b"'), '"a`b\\""');
  assert.equal(quote('a\nb'), '"a\\nb"');
  const value = splitQuery('{a="\\x41\\u00e9\\t\\101\\"\\\\"}')?.matchers[0]?.value;
  assert.equal(value, 'A\u00e9\tA"\\');
});

test('any text survives as a value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (one, other) => {
      const query: LogQuery = {
        matchers: [{ name: 'a', op: '=', value: one }],
        stages: [
          { kind: 'line', op: '|=', value: other },
          { kind: 'label', name: 'b', op: '!=', value: one },
        ],
      };
      assert.deepEqual(splitQuery(printQuery(query)), query);
    }),
  );
});

test('any text is answered', () => {
  const parts = fc.constantFrom(
    '{',
    '}',
    'a',
    '=',
    '!=',
    '|',
    '|=',
    '"x"',
    '"',
    '`',
    ',',
    ' ',
    '#',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 20 }), (pieces) => {
      const query = splitQuery(pieces.join(''));
      if (query !== undefined) assert.deepEqual(splitQuery(printQuery(query)), query);
    }),
    { numRuns: 500 },
  );
});
