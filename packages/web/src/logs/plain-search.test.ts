import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildPlain, plainOf } from './plain-search.ts';
import { printQuery, splitQuery } from './query-text.ts';

const nothing = { text: '', services: [], levels: [], otherMatchers: [], otherStages: [] };

function written(text: string): string {
  return printQuery(buildPlain({ ...nothing, text }));
}

function plain(query: string) {
  const parts = splitQuery(query);
  assert.ok(parts, query);
  return plainOf(parts);
}

test('words become line filters', () => {
  const all = '{service_name=~".+"}';
  const cases: readonly (readonly [string, string])[] = [
    ['', all],
    ['timeout', `${all} |~ "(?i)timeout"`],
    ['Timeout', `${all} |= "Timeout"`],
    ['4bf92f35', `${all} |= "4bf92f35"`],
    ['"connection refused" -health', `${all} |= "connection refused" !~ "(?i)health"`],
    ['-"GET /"', `${all} != "GET /"`],
    ['a.b', `${all} |~ \`(?i)a\\.b\``],
    ['-', `${all} |= "-"`],
    ['"say \\"hi\\""', `${all} |= \`say "hi"\``],
  ];
  for (const [text, want] of cases) {
    assert.equal(written(text), want);
    assert.equal(plain(want).text, text === '-' ? '"-"' : text);
  }
});

test('services and levels are chosen', () => {
  const query = buildPlain({ ...nothing, services: ['cart', 'a.b'], levels: ['error', 'fatal'] });
  const text = '{service_name=~`cart|a\\.b`} | detected_level=~"fatal|critical|error"';
  assert.equal(printQuery(query), text);
  assert.deepEqual(plain(text), {
    ...nothing,
    services: ['cart', 'a.b'],
    levels: ['fatal', 'error'],
  });
  const one = plain('{service_name="cart"} | detected_level="warn"');
  assert.deepEqual(one, { ...nothing, services: ['cart'], levels: ['warn'] });
});

test('what words cannot say stays', () => {
  const texts = [
    '{app="x"} |~ "a+" | json | status="500"',
    '{service_name=~"a.*"} | detected_level="strange"',
    '{service_name=~".+", pod="p"} | line_format "x" |= "y"',
    '{service_name!="a", b="c"} |= "X" or "Y"',
    '{app="x"} | detected_level="fatal"',
  ];
  for (const text of texts) {
    const again = printQuery(buildPlain(plain(text)));
    assert.equal(again, text.replace('service_name=~".+", ', ''), text);
  }
});

test('any words survive being written as LogQL and read back', () => {
  const word = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('-', '"', '\\', '-"', '" "', 'a b', '(?i)x', 'Ab', '1', '.*', '-a', '`'),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const once = written(words.join(' '));
      assert.equal(printQuery(buildPlain(plain(once))), once);
    }),
    { numRuns: 1000 },
  );
});
