import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFromPairs } from '@sightline/wire';
import fc from 'fast-check';
import { Labels } from '../../labels.ts';
import { SeriesInterner } from './interner.ts';
import { numberSeries, type Origin } from './numbering.ts';

const noBudget = { poll: () => undefined };

/** An origin that has the series with these names, under numbers of its own. */
function origin(interner: SeriesInterner, names: readonly string[], offset: number): Origin {
  return {
    numbers: names.map((_, i) => offset + i),
    idOf: (number) => {
      const pairs = ['__name__', names[number - offset] ?? ''];
      const bytes = labelsFromPairs(pairs);
      return interner.id(bytes, 0, bytes.length, () => Labels.fromPairs(pairs));
    },
  };
}

const names: fc.Arbitrary<string[]> = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'));

test('every series has one index, under which each origin has its own number', () => {
  fc.assert(
    fc.property(fc.array(names, { maxLength: 4 }), (sets: string[][]) => {
      const interner = new SeriesInterner();
      const origins = sets.map((set, i) => origin(interner, set, 1 + i * 100));
      const numbering = numberSeries(origins, interner, noBudget);
      const union = [...new Set(sets.flat())];
      const nameAt = (index: number): string => interner.labels(numbering.idAt(index)).metricName;
      const found = Array.from({ length: numbering.length }, (_, index) => nameAt(index));
      assert.deepEqual([...found].sort(), union.sort());
      sets.forEach((set, i) => {
        found.forEach((name, index) => {
          const at = set.indexOf(name);
          assert.equal(numbering.numbers[i]?.[index] ?? 0, at < 0 ? 0 : 1 + i * 100 + at);
        });
      });
      assert.ok(interner.places.every((place) => place === 0));
    }),
  );
});
