import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFromPairs } from '@sightline/wire';
import fc from 'fast-check';
import type { Matcher } from '../../matcher.ts';
import { CanonicalFilter, compileMatchers } from './matchers.ts';

const name = fc.constantFrom('__name__', 'a', 'ab', 'b', 'job', 'z', 'é');
const value = fc.constantFrom('', 'x', 'xy', 'y', 'é', 'long'.repeat(60));
const anyMatcher: fc.Arbitrary<Matcher> = fc.record({
  name,
  op: fc.constantFrom('=', '!=', '=~', '!~'),
  value: fc.oneof(value, fc.constantFrom('.*', '.+', 'x.*', 'x|y', 'x|', '[xy]+', '.*y')),
});

function naive(labels: Record<string, string>, { name, op, value }: Matcher): boolean {
  const found = labels[name] ?? '';
  if (op === '=') return found === value;
  if (op === '!=') return found !== value;
  return new RegExp(`^(?:${value})$`, 's').test(found) === (op === '=~');
}

test('matches canonical labels as the definition says', () => {
  fc.assert(
    fc.property(
      fc.dictionary(name, value),
      fc.array(anyMatcher, { maxLength: 4 }),
      (labels, matchers) => {
        const bytes = labelsFromPairs(Object.entries(labels).flat());
        const padded = Uint8Array.of(1, ...bytes, 3);
        const filter = new CanonicalFilter(compileMatchers(matchers));
        const want = matchers.every((matcher) => naive(labels, matcher));
        assert.equal(filter.matchesCanonical(padded, 1, 1 + bytes.length), want);
        assert.equal(filter.matchesCanonical(padded, 1, 1 + bytes.length), want);
      },
    ),
    { numRuns: 2000 },
  );
});
