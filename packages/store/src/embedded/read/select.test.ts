import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFromPairs } from '@sightline/wire';
import fc from 'fast-check';
import type { Matcher } from '../../matcher.ts';
import { PostingsBuilder } from '../blocks/postings.ts';
import { PostingsReader } from '../blocks/postings-reader.ts';
import { CanonicalFilter, compileMatchers } from './matchers.ts';
import { selectDsids } from './select.ts';

const budget = { poll: (): void => {} };
const name = fc.constantFrom('a', 'b', 'job');
const value = fc.constantFrom('', 'x', 'xy', 'y', 'yy', 'z1', 'z2', 'z3');
const anyMatcher: fc.Arbitrary<Matcher> = fc.record({
  name: fc.oneof({ weight: 9, arbitrary: name }, { weight: 1, arbitrary: fc.constant('none') }),
  op: fc.constantFrom('=', '!=', '=~', '!~'),
  value: fc.oneof(
    value,
    fc.constantFrom('.*', '.+', 'x.*', 'x|y', 'x|', '[xy]+', '.*y', 'z[12]|x', 'z.+|', '.*.+'),
  ),
});

test('selects what matches the labels', () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(name, value), { minLength: 1, maxLength: 30 }),
      fc.array(anyMatcher, { maxLength: 4 }),
      fc.integer({ min: 1, max: 1000 }),
      (sets, matchers, first) => {
        const builder = new PostingsBuilder();
        const compiled = compileMatchers(matchers);
        const filter = new CanonicalFilter(compiled);
        const want: number[] = [];
        sets.forEach((labels, i) => {
          const bytes = labelsFromPairs(Object.entries(labels).flat());
          builder.add(first + i, bytes, 0, bytes.length);
          if (filter.matchesCanonical(bytes, 0, bytes.length)) want.push(first + i);
        });
        const postings = PostingsReader.open(builder.finish(), 'test');
        assert.deepEqual([...selectDsids(postings, compiled, budget)], want);
      },
    ),
    { numRuns: 2000 },
  );
});
