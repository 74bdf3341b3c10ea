import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteLru, BytePool } from './lru.ts';

test('keeps what was used last, within its bytes', () => {
  const lru = new ByteLru<{ bytes: number }>(10);
  const loads: string[] = [];
  const get = (key: string, bytes = 4): { bytes: number } =>
    lru.get(key, () => {
      loads.push(key);
      return { bytes };
    });
  get('a');
  get('b');
  get('a');
  get('c');
  assert.deepEqual(loads, ['a', 'b', 'c']);
  get('a');
  get('b');
  assert.deepEqual(loads, ['a', 'b', 'c', 'b']);
  assert.equal(lru.bytes, 8);
});

test('follows entries that grow, and lets one be larger than the bound', () => {
  const lru = new ByteLru<{ bytes: number }>(10);
  const a = lru.get('a', () => ({ bytes: 1 }));
  lru.get('b', () => ({ bytes: 1 }));
  a.bytes = 50;
  assert.equal(
    lru.get('a', () => assert.fail()),
    a,
  );
  assert.equal(lru.bytes, 50);
  lru.get('c', () => ({ bytes: 2 }));
  assert.equal(lru.bytes, 2);
});

test('what was used is asked again when its user is done', () => {
  const lru = new ByteLru<{ bytes: number }>(10);
  const entries = ['a', 'b', 'c'].map((key) => lru.get(key, () => ({ bytes: 1 })));
  for (const entry of entries) entry.bytes = 4;
  assert.equal(lru.bytes, 3);
  lru.settle();
  assert.equal(lru.bytes, 8, 'the first one went');
  for (const entry of entries) entry.bytes = 5;
  lru.settle();
  assert.equal(lru.bytes, 8, 'nothing was used since');
});

test('a failed load leaves nothing behind', () => {
  const lru = new ByteLru<{ bytes: number }>(10);
  assert.throws(() =>
    lru.get('a', () => {
      throw new RangeError('no');
    }),
  );
  assert.deepEqual(
    lru.get('a', () => ({ bytes: 3 })),
    { bytes: 3 },
  );
});

test('caches of one pool leave each other what they do not need, and keep what is their own', () => {
  const pool = new BytePool(10);
  const large = new ByteLru<{ bytes: number }>(10, { pool, ownBytes: 6 });
  const small = new ByteLru<{ bytes: number }>(4, { pool, ownBytes: 4 });
  for (const key of 'abcdefghijk') large.get(key, () => ({ bytes: 1 }));
  assert.deepEqual([large.bytes, pool.bytes], [10, 10], 'all of the pool, no more');
  for (const key of 'abcdefg') small.get(key, () => ({ bytes: 1 }));
  assert.deepEqual([small.bytes, pool.bytes], [4, 14], 'overdrawn by its own part at most');
  large.get('l', () => ({ bytes: 1 }));
  assert.deepEqual([large.bytes, small.bytes, pool.bytes], [6, 4, 10]);
  small.clear();
  for (const key of 'mnopq') large.get(key, () => ({ bytes: 1 }));
  assert.deepEqual([large.bytes, pool.bytes], [10, 10]);
  large.delete('q');
  assert.equal(pool.bytes, 9);
});

test('whatever is done, the sum is that of the entries as they were settled, and within the bound', () => {
  const key = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz');
  const step = fc.oneof(
    { weight: 8, arbitrary: fc.record({ key, grows: fc.nat(6) }) },
    key.map((dropped) => ({ dropped })),
    fc.constant('settle' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const lru = new ByteLru<{ bytes: number }>(20);
      const held = new Map<string, { bytes: number }>();
      for (const each of steps) {
        if (each === 'settle') lru.settle();
        else if ('dropped' in each) lru.delete(each.dropped);
        else {
          const made = { bytes: 1 };
          const value = lru.get(each.key, () => made);
          value.bytes += each.grows;
          held.set(each.key, value);
        }
      }
      lru.settle();
      const largest = Math.max(0, ...[...held.values()].map(({ bytes }) => bytes));
      assert.ok(lru.bytes <= Math.max(20, largest), 'only one entry may be larger than the bound');
      let sum = 0;
      for (const [name, value] of held) {
        let isHeld = true;
        lru.get(name, () => {
          isHeld = false;
          return { bytes: 0 };
        });
        if (isHeld) sum += value.bytes;
        else lru.delete(name);
      }
      lru.settle();
      assert.equal(lru.bytes, sum);
    }),
  );
});
