import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter, unzigzag, varintLength, zigzag } from './bytes.ts';
import { CorruptionError } from './errors.ts';

const edges = [
  0,
  1,
  127,
  128,
  16383,
  16384,
  2 ** 21 - 1,
  2 ** 21,
  2 ** 28 - 1,
  2 ** 28,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 35 - 1,
  2 ** 35,
  2 ** 42,
  2 ** 49 - 1,
  2 ** 49,
  2 ** 53 - 1,
  2 ** 53,
];

test('varints come back, one by one and as columns', () => {
  const any = fc.oneof(fc.constantFrom(...edges), fc.maxSafeNat(), fc.nat({ max: 300 }));
  fc.assert(
    fc.property(fc.array(any), (values) => {
      const out = new ByteWriter(1);
      let length = 0;
      for (const value of values) {
        out.varint(value);
        length += varintLength(value);
      }
      assert.equal(out.length, length);
      const reader = new ByteReader(out.copy(), 'test');
      assert.deepEqual(
        values.map(() => reader.varint()),
        values,
      );
      assert.equal(reader.left, 0);
      const column = new Float64Array(values.length);
      const again = new ByteReader(out.copy(), 'test');
      again.varints(column);
      assert.deepEqual([...column], values);
      assert.equal(again.left, 0);
    }),
  );
});

test('zigzag comes back', () => {
  const any = fc.oneof(
    fc.integer(),
    fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
    fc.constantFrom(0, -1, 2 ** 30, -(2 ** 30), -(2 ** 30) - 1, 2 ** 52, -(2 ** 52)),
  );
  fc.assert(fc.property(any, (value) => assert.equal(unzigzag(zigzag(value)), value)));
});

test('reading past the end is a CorruptionError', () => {
  const bytes = Uint8Array.of(0x80, 0x80, 0x80);
  assert.throws(() => new ByteReader(bytes, 'x').varint(), CorruptionError);
  assert.throws(() => new ByteReader(bytes, 'x').varints(new Uint32Array(1)), CorruptionError);
  assert.throws(() => new ByteReader(bytes, 'x').u32(), CorruptionError);
  assert.throws(() => new ByteReader(bytes, 'x').f64(), CorruptionError);
  assert.throws(() => new ByteReader(bytes, 'x').take(4), CorruptionError);
  assert.throws(() => new ByteReader(bytes, 'x', 0, 2).section(3), CorruptionError);
  const long = new Uint8Array(12).fill(0xff);
  assert.throws(() => new ByteReader(long, 'x').varint(), /varint longer than 8 bytes/);
});
