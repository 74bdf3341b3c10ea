import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFromPairs } from '@sightline/wire';
import fc from 'fast-check';
import { compareBytes } from '../../labels.ts';
import { CorruptionError } from './errors.ts';
import { CHUNK_ENTRIES, PostingsBuilder } from './postings.ts';
import { PostingsReader } from './postings-reader.ts';

type Sets = readonly Readonly<Record<string, string>>[];

function build(sets: Sets, first = 1): Uint8Array {
  const builder = new PostingsBuilder();
  sets.forEach((set, i) => {
    const bytes = labelsFromPairs(Object.entries(set).flat());
    builder.add(first + i, bytes, 0, bytes.length);
  });
  return builder.finish();
}

function assertReadsBack(blob: Uint8Array, sets: Sets, first = 1): void {
  const reader = PostingsReader.open(blob, 'test');
  assert.equal(reader.series, sets.length);
  const names = [
    ...new Set(sets.flatMap((set) => Object.keys(set).filter((name) => set[name] !== ''))),
  ];
  names.sort(compareBytes);
  assert.deepEqual(reader.names(), names);
  for (const name of names) {
    const having = (keeps: (value: string) => boolean): number[] =>
      sets.flatMap((set, i) =>
        Object.hasOwn(set, name) && set[name] !== '' && keeps(set[name]) ? [first + i] : [],
      );
    assert.deepEqual(
      [...reader.list(reader.present(name))],
      having(() => true),
    );
    const values = [
      ...new Set(
        sets.flatMap((set) => (Object.hasOwn(set, name) && set[name] !== '' ? [set[name]] : [])),
      ),
    ];
    values.sort(compareBytes);
    assert.deepEqual(reader.values(name), values);
    for (const value of values) {
      const entry = reader.find(name, value);
      const want = having((other) => other === value);
      assert.equal(reader.count(entry), want.length);
      assert.deepEqual([...reader.list(entry)], want);
    }
    assert.equal(reader.find(name, 'no such value\u{10ffff}'), -1);
  }
  assert.equal(reader.find('no such name', 'x'), -1);
}

const anySets = fc.array(
  fc.dictionary(
    fc.constantFrom('a', 'ab', 'job', 'é', '🙂'),
    fc.oneof(fc.constantFrom('1', '2', '3', '10'), fc.string({ unit: 'grapheme' })),
  ),
  { minLength: 1, maxLength: 60 },
);

test('any postings come back', () => {
  fc.assert(fc.property(anySets, (sets) => assertReadsBack(build(sets, 7), sets, 7)));
});

test('a segment of many chunks comes back', () => {
  const sets = Array.from({ length: CHUNK_ENTRIES * 2 + 100 }, (_, i) => ({
    id: `id-${i}`,
    mod: `${i % 3}`,
    part: `${(i * 7919) % 11 < 6}`,
    every: 'one',
  }));
  assertReadsBack(build(sets), sets);
});

test('damage is a CorruptionError', () => {
  const sets = Array.from({ length: 40 }, (_, i) => ({ id: `${i}`, half: `${(i * 7) % 5 > 2}` }));
  const blob = build(sets);
  for (let bit = 0; bit < blob.length * 8; bit += 3) {
    const damaged = blob.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    assert.throws(() => assertReadsBack(damaged, sets), CorruptionError);
  }
  for (let length = 0; length < blob.length; length += 5) {
    assert.throws(() => assertReadsBack(blob.subarray(0, length), sets), CorruptionError);
  }
});

test('an empty segment opens', () => {
  const reader = PostingsReader.open(new PostingsBuilder().finish(), 'test');
  assert.deepEqual(reader.names(), []);
});
