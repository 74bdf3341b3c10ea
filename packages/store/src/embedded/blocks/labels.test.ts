import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsFromPairs } from '@sightline/wire';
import fc from 'fast-check';
import { Labels } from '../../labels.ts';
import { ByteWriter } from './bytes.ts';
import { CorruptionError } from './errors.ts';
import { LabelSegment, LabelSegmentEncoder } from './labels.ts';

function encode(sets: readonly (readonly string[])[], first = 1): Uint8Array {
  const encoder = new LabelSegmentEncoder();
  sets.forEach((pairs, i) => {
    const bytes = labelsFromPairs(pairs);
    encoder.add(first + i, Uint8Array.of(7, ...bytes, 7), 1, 1 + bytes.length);
  });
  return encoder.finish();
}

function assertReadsBack(sets: readonly (readonly string[])[], first = 1): void {
  const segment = LabelSegment.open(encode(sets, first), 'test');
  assert.equal(segment.first, first);
  assert.equal(segment.count, sets.length);
  sets.forEach((pairs, i) => {
    assert.equal(segment.labels(first + i).key, Labels.fromPairs(pairs).key);
    const out = new ByteWriter(1);
    segment.canonical(first + i, out);
    assert.deepEqual(out.copy(), labelsFromPairs(pairs));
  });
}

test('labels come back', () => {
  assertReadsBack([[]]);
  assertReadsBack([['__name__', 'up', 'job', 'node'], ['__name__', 'up'], [], ['job', 'a']], 100);
  assertReadsBack([
    ['name', 'x'.repeat(5000), 'ключ', 'значение', 'emoji', '🙂🙃', 'é', 'e\u0301'],
  ]);
});

const anySet = fc
  .dictionary(
    fc.oneof(
      fc.constantFrom('a', 'ab', 'job', '__name__'),
      fc.string({ unit: 'grapheme', minLength: 1 }),
    ),
    fc.string({ unit: 'grapheme' }),
    { maxKeys: 6 },
  )
  .map((set) => Object.entries(set).flat());

test('any labels come back', () => {
  fc.assert(
    fc.property(fc.array(anySet, { minLength: 1, maxLength: 30 }), (sets) => assertReadsBack(sets)),
  );
});

test('a segment of like series is small', () => {
  const sets = Array.from({ length: 512 }, (_, i) => [
    '__name__',
    `node_cpu_seconds_total_${i >> 7}`,
    'instance',
    `10.0.0.${i % 100}:9100`,
    'job',
    'node',
  ]);
  assert.ok(encode(sets).length < 512 * 3);
});

test('damage is a CorruptionError', () => {
  const sealed = encode([
    ['a', 'b'],
    ['a', 'c', 'd', 'e'],
  ]);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const damaged = sealed.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    assert.throws(() => LabelSegment.open(damaged, 'test'), CorruptionError);
  }
});

test('gaps between dsids are refused', () => {
  const encoder = new LabelSegmentEncoder();
  const bytes = labelsFromPairs(['a', 'b']);
  encoder.add(5, bytes, 0, bytes.length);
  assert.throws(() => encoder.add(7, bytes, 0, bytes.length), RangeError);
});
