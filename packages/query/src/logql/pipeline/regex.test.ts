import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileLineRegex, requiredText } from './regex.ts';

const cases: [pattern: string, text: string][] = [
  ['timed (out|in)', 'timed '],
  ['a|b', ''],
  ['abc+d', 'abc'],
  ['abcd*e', 'abc'],
  ['ab?cde', 'cde'],
  ['x{2,3}yz', 'yz'],
  ['\\bword\\b.*other words', 'other words'],
  ['1\\.2\\.3', '1.2.3'],
  ['(?i)abc', ''],
  ['a(?i)bcd', ''],
  ['[a-z]+tail', 'tail'],
  ['[]a]tail', 'tail'],
  ['[^]a]tail', 'tail'],
  ['[[:alpha:]]tail', ''],
  ['abc[[]|', ''],
  ['abc(\\Q)\\E)|', ''],
  ['\\x41bc', ''],
  ['\\Qa.b\\E', ''],
  ['(a(b)c)def', 'def'],
  ['(a', ''],
  ['', ''],
];
for (const [pattern, want] of cases) {
  test(`what everything has that matches ${pattern}`, () =>
    assert.equal(requiredText(pattern), want));
}

test('what matches has the text', () => {
  const letters = 'ab.*+?|()[]^${}\\\\-,1Qdb: ';
  const patterns = fc.string({ unit: fc.constantFrom(...letters), maxLength: 12 });
  const lines = fc.string({
    unit: fc.constantFrom('a', 'b', '1', ' ', '.', ']', '-', ':'),
    maxLength: 12,
  });
  fc.assert(
    fc.property(patterns, lines, (pattern, line) => {
      const wanted = requiredText(pattern);
      let matches = false;
      try {
        matches = compileLineRegex(pattern).test(line);
      } catch {
        return;
      }
      if (matches) assert.ok(line.includes(wanted), `${pattern}: ${wanted}`);
    }),
    { numRuns: 5000 },
  );
});
