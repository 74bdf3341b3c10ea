import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CorruptionError } from '../blocks/errors.ts';
import { encodeActivity, readActivity } from './span-activity.ts';

interface Start {
  stream: number;
  ns: bigint;
}

function encode(starts: readonly Start[], areIdsDistinct = true): Uint8Array {
  const words = {
    lo: Uint32Array.from(starts, ({ ns }) => Number(ns & 0xffffffffn)),
    hi: Uint32Array.from(starts, ({ ns }) => Number(ns >> 32n)),
  };
  const streams = Uint32Array.from(starts, ({ stream }) => stream);
  return encodeActivity({ rows: starts.length, start: words, stream: streams, areIdsDistinct });
}

test('cells are the spans of a stream in an interval, to the nanosecond', () => {
  const base = 1_700_000_000_000_000_000n;
  const anyStart = fc.record({
    stream: fc.integer({ min: 1, max: 40 }),
    ns: fc.oneof(
      fc.bigInt({ min: 0n, max: 40n }).map((s) => base + s * 1_000_000_000n),
      fc.bigInt({ min: -2n, max: 2n }).map((ns) => base + 5_000_000_000n + ns),
      fc.bigInt({ min: 0n, max: 2n ** 63n }),
    ),
  });
  fc.assert(
    fc.property(fc.array(anyStart, { minLength: 1, maxLength: 60 }), fc.boolean(), (all, own) => {
      const found = readActivity(encode(all, own), 'test');
      assert.equal(found.areIdsDistinct, own);
      if (found.unitMs === 0) return;
      const unit = BigInt(found.unitMs) * 1_000_000n;
      const want = new Map<string, number>();
      for (const { stream, ns } of all) {
        const key = `${stream} ${(ns + unit - 1n) / unit}`;
        want.set(key, (want.get(key) ?? 0) + 1);
      }
      const cells = Array.from(found.streams, (stream, i): [string, number] => [
        `${stream} ${found.intervals[i]}`,
        found.counts[i],
      ]);
      assert.deepEqual(cells.sort(), [...want].sort());
    }),
  );
});

test('the unit is as short as the number of cells allows', () => {
  const spread = (n: number, everyMs: number): number =>
    readActivity(
      encode(
        Array.from({ length: n }, (_, i) => ({
          stream: 1 + (i % 2),
          ns: BigInt(i) * BigInt(everyMs) * 1_000_000n,
        })),
      ),
      'test',
    ).unitMs;
  assert.equal(spread(1000, 1000), 1000);
  assert.equal(spread(2000, 1000), 5000);
  assert.equal(spread(2000, 60_000), 300_000);
  assert.equal(spread(2000, 86_400_000), 0);
});

test('damage is told', () => {
  const bytes = encode([{ stream: 1, ns: 5n }]);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at] ^= 1;
    assert.throws(() => readActivity(damaged, 'test'), CorruptionError);
  }
});
