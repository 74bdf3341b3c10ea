import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nanos, setNanos } from './nanos.ts';

function nanosOf(count: number, factor: number, rest: number): bigint {
  setNanos(count, factor, rest);
  return (BigInt(nanos[1]) << 32n) | BigInt(nanos[0]);
}

test('milliseconds and seconds become exact nanoseconds', () => {
  const milliseconds = fc.integer({ min: 0, max: 2 ** 44 - 1 });
  const seconds = fc.integer({ min: 0, max: 2 ** 34 - 1 });
  const rest = fc.integer({ min: 0, max: 999_999_999 });
  fc.assert(
    fc.property(milliseconds, (ms) => {
      assert.equal(nanosOf(ms, 1e6, 0), BigInt(ms) * 1_000_000n);
    }),
  );
  fc.assert(
    fc.property(seconds, rest, (s, ns) => {
      assert.equal(nanosOf(s, 1e9, ns), BigInt(s) * 1_000_000_000n + BigInt(ns));
    }),
  );
});
