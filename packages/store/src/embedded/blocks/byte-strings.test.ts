import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteStrings } from './byte-strings.ts';

test('equal strings have one number, distinct strings their own', () => {
  const anyStrings = fc.array(
    fc.oneof(fc.uint8Array({ maxLength: 3, max: 2 }), fc.uint8Array({ maxLength: 40 })),
    { maxLength: 200 },
  );
  const table = new ByteStrings();
  fc.assert(
    fc.property(anyStrings, (strings) => {
      table.clear();
      const known = new Map<string, number>();
      for (const string of strings) {
        const key = string.join();
        const want = known.get(key) ?? known.size;
        const around = Uint8Array.of(9, ...string, 9);
        assert.equal(table.find(around, 1, 1 + string.length), known.get(key) ?? -1);
        known.set(key, want);
        const id = table.id(around, 1, 1 + string.length);
        assert.equal(id, want);
        assert.deepEqual(table.bytes.slice(table.offsets[id], table.offsets[id + 1]), string);
      }
      assert.equal(table.count, known.size);
    }),
  );
});

test('many strings', () => {
  const table = new ByteStrings();
  const bytes = (i: number): Uint8Array => Buffer.from(`value ${i}`);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 20_000; i++) assert.equal(table.id(bytes(i), 0, bytes(i).length), i);
  }
  assert.ok(!table.is(0, bytes(1), 0, bytes(1).length));
});
