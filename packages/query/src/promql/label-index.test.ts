import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels } from '@sightline/store';
import fc from 'fast-check';
import { Grouper, LabelsIndex, labelsText, SequenceIndex, withoutMetadata } from './label-index.ts';
import { labelsHashShare, xxHash64 } from './labels-hash.ts';

test('ordinals are as good as map keys', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }), { maxLength: 400 }),
      (all) => {
        const index = new SequenceIndex();
        const known = new Map<string, number>();
        for (const ids of all) {
          const key = ids.join();
          if (!known.has(key)) known.set(key, known.size);
          assert.equal(index.intern(ids, ids.length), known.get(key));
        }
        assert.equal(index.size, known.size);
      },
    ),
  );
});

test('groups by and without labels', () => {
  const a = Labels.of({ __name__: 'x', host: 'a', job: 'j' });
  const b = Labels.of({ __name__: 'y', host: 'b', job: 'j' });
  const by = new Grouper(['job', 'absent'], false);
  assert.equal(by.ordinal(a), by.ordinal(b));
  assert.deepEqual(by.part(a).toObject(), { job: 'j' });
  const without = new Grouper(['host'], true);
  assert.equal(without.ordinal(a), without.ordinal(b));
  assert.deepEqual(without.part(b).toObject(), { job: 'j' });
  const all = new LabelsIndex();
  assert.notEqual(all.ordinal(a), all.ordinal(b));
});

test('label sets as text, and without metadata', () => {
  const labels = Labels.of({ __name__: 'x', __type__: 'gauge', 'a.b': 'c"' });
  assert.equal(labelsText(labels), '{__name__="x", __type__="gauge", "a.b"="c\\""}');
  assert.deepEqual(withoutMetadata(labels).toObject(), { 'a.b': 'c"' });
});

test('the hash is xxHash64', () => {
  const is = (text: string, want: bigint) =>
    assert.equal(xxHash64(new TextEncoder().encode(text)), want);
  is('', 0xef46db3751d8e999n);
  is('a', 0xd24ec4f1a98c6e5bn);
  is('abc', 0x44bc2cf5ad770999n);
  is('Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n);
  const share = labelsHashShare(Labels.of({ a: 'b' }));
  assert.ok(share >= 0 && share < 1);
});
