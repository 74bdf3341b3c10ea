import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineProblem } from '../exposition/labels.ts';
import { parseLabelsText } from './labels-text.ts';

test('labels as clients write them', () => {
  const want = (text: string, ...pairs: string[]) =>
    assert.deepEqual(parseLabelsText(text), pairs, text);
  want('{}');
  want('{a="b"}', 'a', 'b');
  want(' { a = "b" ,\n_c1 = "d", } ', 'a', 'b', '_c1', 'd');
  want(`{a='b"', c=\`d\\n\`}`, 'a', 'b"', 'c', 'd\\n');
  want('{"a.b"="c"}', 'a.b', 'c');
  want('{a="}{,=", b=""}', 'a', '}{,=', 'b', '');
  want(String.raw`{a="\n\t\\\"\u00fc\U0001f600\xc3\xbc\303\274"}`, 'a', '\n\t\\"ü😀üü');
  want(String.raw`{a="\xff"}`, 'a', '\ufffd');
});

test('what is no label set', () => {
  for (const text of [
    '',
    'a="b"',
    '{a}',
    '{a=b}',
    '{a="b"',
    '{a="b',
    '{a="b"}x',
    '{a="b" c="d"}',
    '{,}',
    '{1a="b"}',
    '{""="b"}',
    '{a="b\\"}',
    '{a="\\q"}',
    '{a="\\ud800"}',
    '{a="\\U00110000"}',
    '{a="x\ny"}',
  ]) {
    assert.throws(() => parseLabelsText(text), LineProblem, text);
  }
});

test('any text is labels or refused', () => {
  const text = fc.string({ unit: fc.constantFrom(...'{}="\'`\\,ab1xuU \n\u00fc'), maxLength: 40 });
  fc.assert(
    fc.property(text, (shown) => {
      try {
        parseLabelsText(shown);
      } catch (error) {
        assert.ok(error instanceof LineProblem);
      }
    }),
    { numRuns: 3000 },
  );
});

test('a long value takes no longer than it is', () => {
  const value = '\\"'.repeat(500_000);
  assert.equal(parseLabelsText(`{a="${value}"}`)[1].length, 500_000);
});
