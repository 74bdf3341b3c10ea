import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KIND_HISTOGRAM, MetricBatch, STALE_HI, STALE_LO } from './batch.ts';
import type { Histogram } from './histogram.ts';
import { appendHistogram, isStaleHistogram, readHistogram } from './histogram-record.ts';

const plainHistogram: Histogram = {
  schema: 3,
  resetHint: 2,
  zeroThreshold: 1e-128,
  zeroCount: 2,
  count: 12,
  sum: -0.5,
  positiveSpans: [
    { offset: -3, length: 2 },
    { offset: 5, length: 1 },
  ],
  negativeSpans: [{ offset: 0, length: 1 }],
  positiveBuckets: [1, 2, 3],
  negativeBuckets: [4],
  customValues: [],
};

test('a histogram comes back from its record', () => {
  const batch = new MetricBatch();
  batch.reserveSide(3);
  const row = batch.row();
  appendHistogram(batch, row, plainHistogram);
  assert.equal(batch.kind[row], KIND_HISTOGRAM);
  assert.equal(batch.lo[row], 3);
  assert.deepEqual(
    readHistogram(batch.side, batch.lo[row] ?? 0, batch.hi[row] ?? 0),
    plainHistogram,
  );
});

test('the sum of a stale histogram is the stale marker, whatever became of its quiet bit', () => {
  const words = new Uint32Array(2);
  const value = new Float64Array(words.buffer);
  for (const high of [STALE_HI, STALE_HI | 0x80000]) {
    words[0] = STALE_LO;
    words[1] = high;
    const stale: Histogram = { ...plainHistogram, sum: value[0] ?? 0 };
    assert.ok(isStaleHistogram(stale));
    const batch = new MetricBatch();
    appendHistogram(batch, batch.row(), stale);
    const view = new DataView(batch.side.buffer);
    assert.equal(view.getUint32(48, true), STALE_LO);
    assert.equal(view.getUint32(52, true), STALE_HI);
    assert.ok(isStaleHistogram(readHistogram(batch.side, 0, batch.sideLength)));
  }
  assert.ok(!isStaleHistogram({ ...plainHistogram, sum: Number.NaN }));
  assert.ok(!isStaleHistogram(plainHistogram));
});

test('any histogram survives', () => {
  const span = fc.record({ offset: fc.integer(), length: fc.nat() }, { noNullPrototype: true });
  const counts = fc.array(fc.double(), { maxLength: 10 });
  const histogram = fc.record(
    {
      schema: fc.constantFrom(-53, -4, 0, 8),
      resetHint: fc.constantFrom<0 | 1 | 2 | 3>(0, 1, 2, 3),
      zeroThreshold: fc.double(),
      zeroCount: fc.double(),
      count: fc.double(),
      sum: fc.double(),
      positiveSpans: fc.array(span, { maxLength: 5 }),
      negativeSpans: fc.array(span, { maxLength: 5 }),
      positiveBuckets: counts,
      negativeBuckets: counts,
      customValues: counts,
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(histogram, (h) => {
      const batch = new MetricBatch();
      appendHistogram(batch, batch.row(), h);
      assert.deepEqual(readHistogram(batch.side, 0, batch.sideLength), h);
    }),
  );
});

test('a damaged record is a RangeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        readHistogram(bytes, 0, bytes.length);
      } catch (error) {
        assert.ok(error instanceof RangeError);
      }
    }),
  );
});
