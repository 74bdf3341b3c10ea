import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Slab } from './slab.ts';

test('pieces begin as zeros and never overlap', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 1500 }), { maxLength: 200 }), (lengths) => {
      const slab = new Slab();
      const floats = lengths.map((length) => slab.floats(length));
      const bytes = lengths.map((length) => slab.bytes(length));
      lengths.forEach((length, i) => {
        for (const piece of [floats[i], bytes[i]]) {
          assert.equal(piece?.length, length);
          assert.ok(piece?.every((value) => value === 0));
          piece?.fill(1 + (i % 200));
        }
      });
      lengths.forEach((_, i) => {
        assert.ok(floats[i]?.every((value) => value === 1 + (i % 200)));
        assert.ok(bytes[i]?.every((value) => value === 1 + (i % 200)));
      });
    }),
  );
});
