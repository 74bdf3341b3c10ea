import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KIND_DELTA, KIND_HISTOGRAM } from '../model/batch.ts';
import type { Histogram } from '../model/histogram.ts';
import { isStaleHistogram, readHistogram } from '../model/histogram-record.ts';
import {
  decode,
  double,
  exponential,
  type Field,
  fixed,
  message,
  packedVarints,
  request,
  sint,
  time,
  varint,
} from './test-payload.ts';

const T = 1_700_000_000_000;

const buckets = (field: number, offset: number, counts: number[]): Field =>
  message(field, sint(1, offset), packedVarints(2, counts));

function one(...point: Field[]): { histogram: Histogram | null; rejected: [string, number][] } {
  const { batch } = decode(request([], [exponential('e', 2, [time(T), ...point])]));
  const rejected = [...batch.rejected];
  if (batch.n === 0) return { histogram: null, rejected };
  return { histogram: readHistogram(batch.side, batch.lo[0] ?? 0, batch.hi[0] ?? 0), rejected };
}

test('an exponential histogram becomes a native histogram, its indexes one higher', () => {
  const { histogram } = one(
    fixed(4, 11n),
    double(5, 20.5),
    sint(6, 1),
    fixed(7, 1n),
    buckets(8, -2, [1, 0, 0, 2, 0, 0, 0, 0, 3]),
    buckets(9, 3, [0, 4]),
  );
  assert.deepEqual(histogram, {
    schema: 1,
    resetHint: 0,
    zeroThreshold: 1e-128,
    zeroCount: 1,
    count: 11,
    sum: 20.5,
    positiveSpans: [
      { offset: -1, length: 4 },
      { offset: 4, length: 1 },
    ],
    negativeSpans: [{ offset: 5, length: 1 }],
    positiveBuckets: [1, 0, 0, 2, 3],
    negativeBuckets: [4],
    customValues: [],
  });
});

test('scales above 8 are merged down', () => {
  const { histogram } = one(fixed(4, 6n), sint(6, 10), buckets(8, -5, [1, 1, 1, 1, 1, 1]));
  assert.equal(histogram?.schema, 8);
  assert.deepEqual(histogram?.positiveSpans, [{ offset: -1, length: 3 }]);
  assert.deepEqual(histogram?.positiveBuckets, [1, 4, 1]);
  const finest = one(fixed(4, 3n), sint(6, 2_000_000_000), buckets(8, -1, [1, 2]));
  assert.deepEqual(finest.histogram?.positiveSpans, [{ offset: 0, length: 2 }]);
});

test('what cannot be kept is refused', () => {
  const reason = (want: string, ...point: Field[]) =>
    assert.deepEqual(one(...point).rejected, [[want, 1]]);
  reason('unsupported', sint(6, -5));
  reason('invalid_value', fixed(4, 2n), buckets(8, 0, [1]));
  reason('invalid_value', fixed(4, 1n), buckets(8, 2147483647, [1]));
  reason('unsupported', fixed(4, 0n), buckets(8, 0, Array(70_000).fill(0)));
  assert.notEqual(one(sint(6, -4)).histogram, null);
  assert.notEqual(one(fixed(4, 2n), double(5, Number.NaN), buckets(8, 0, [1])).histogram, null);
});

test('stale points, zero thresholds and delta', () => {
  const stale = one(varint(10, 1), fixed(4, 5n)).histogram;
  assert.ok(stale !== null && isStaleHistogram(stale));
  assert.equal(one(double(14, 0.25)).histogram?.zeroThreshold, 0.25);
  const { batch } = decode(request([], [exponential('e', 1, [time(T)])]));
  assert.equal(batch.kind[0], KIND_HISTOGRAM | KIND_DELTA);
});

test('every observation stays in the bucket whose bounds contain it', () => {
  const counts = fc.array(fc.nat(3), { maxLength: 300 });
  const offsets = fc.integer({ min: -1000, max: 1000 });
  fc.assert(
    fc.property(counts, offsets, fc.integer({ min: -4, max: 20 }), (dense, offset, scale) => {
      const total = dense.reduce((a, b) => a + b, 0);
      const { histogram } = one(fixed(4, BigInt(total)), sint(6, scale), buckets(8, offset, dense));
      assert.ok(histogram !== null);
      const want = new Map<number, number>();
      for (const [i, count] of dense.entries()) {
        const index = Math.floor((offset + i) / 2 ** Math.max(0, scale - 8)) + 1;
        if (count > 0) want.set(index, (want.get(index) ?? 0) + count);
      }
      const got = new Map<number, number>();
      let index = 0;
      let at = 0;
      for (const span of histogram.positiveSpans) {
        index += span.offset;
        for (let i = 0; i < span.length; i++, index++) {
          const count = histogram.positiveBuckets[at++] ?? 0;
          if (count > 0) got.set(index, count);
        }
      }
      assert.deepEqual(got, want);
      assert.equal(at, histogram.positiveBuckets.length);
    }),
  );
});
