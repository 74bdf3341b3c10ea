import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HashTable } from './hash-table.ts';

const hash = fc
  .tuple(fc.nat(3), fc.nat(1), fc.nat(0xffffffff), fc.nat(1))
  .map((words) => Uint32Array.from(words));

test('behaves as a map, whatever collides', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(hash, fc.integer({ min: 1, max: 1000 })), { maxLength: 2000 }),
      (entries) => {
        const table = new HashTable(1 << 20);
        const model = new Map<string, number>();
        for (const [key, value] of entries) {
          table.set(key, value);
          model.set(key.join(), value);
        }
        assert.equal(table.size, model.size);
        for (const [key] of entries) assert.equal(table.get(key), model.get(key.join()));
        assert.equal(table.get(Uint32Array.of(9, 9, 9, 9)), 0);
        table.retain((value) => value % 2 === 0);
        for (const [key] of entries) {
          const value = model.get(key.join()) ?? 0;
          assert.equal(table.get(key), value % 2 === 0 ? value : 0);
        }
      },
    ),
  );
});

test('refuses past its bound and works on', () => {
  const table = new HashTable(150);
  let stored = 0;
  for (let i = 1; i <= 1000; i++) if (table.set(Uint32Array.of(i, i, i, i), i)) stored++;
  assert.equal(stored, 150);
  assert.equal(table.size, stored);
  assert.equal(table.get(Uint32Array.of(1, 1, 1, 1)), 1);
  table.clear();
  assert.equal(table.get(Uint32Array.of(1, 1, 1, 1)), 0);
});
