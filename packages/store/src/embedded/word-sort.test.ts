import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { orderByWords, sortRun } from './word-sort.ts';

test('orders numbers by their words, equal ones as they are', () => {
  fc.assert(
    fc.property(fc.uint32Array({ maxLength: 200, max: 50 }), (words) => {
      const want = [...words.keys()].sort((a, b) => words[a] - words[b] || a - b);
      assert.deepEqual([...orderByWords(words)], want);
    }),
  );
  assert.deepEqual([...orderByWords(Uint32Array.of(0xffffffff, 0, 0xfffffffe))], [1, 2, 0]);
});

test('sorts a part of an order, whatever it was', () => {
  fc.assert(
    fc.property(fc.uint32Array({ minLength: 2, maxLength: 200 }), (keys) => {
      const order = Uint32Array.from(keys.keys());
      const by = (a: number, b: number): number => keys[a] - keys[b];
      sortRun(order, 1, order.length, by);
      const want = [...keys.keys()].slice(1).sort((a, b) => by(a, b) || a - b);
      assert.deepEqual([...order], [0, ...want]);
    }),
  );
});
