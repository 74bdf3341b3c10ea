import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appendHistogram,
  CUSTOM_SCHEMA,
  type Histogram,
  isStaleHistogram,
  MetricBatch,
  type ResetHint,
} from '@sightline/wire';
import fc from 'fast-check';
import { SampleBuffer } from '../../querier.ts';
import { CorruptionError } from './errors.ts';
import { HistogramBlockReader } from './histogram-reader.ts';
import { HistogramBlockEncoder } from './histograms.ts';

interface Run {
  t: number[];
  h: Histogram[];
  st: number[] | null;
}

function histogram(of: Partial<Histogram>): Histogram {
  return {
    schema: 3,
    resetHint: 0,
    zeroThreshold: 2 ** -128,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: [],
    negativeSpans: [],
    positiveBuckets: [],
    negativeBuckets: [],
    customValues: [],
    ...of,
  };
}

function encode(runs: readonly Run[]): Uint8Array {
  const encoder = new HistogramBlockEncoder();
  runs.forEach(({ t, h, st }, i) => {
    const starts = st === null ? null : Float64Array.from(st);
    if (i % 2 === 0) encoder.addHistograms(i * 2 + 1, t.length, Float64Array.from(t), h, starts);
    else addRecords(encoder, i * 2 + 1, Float64Array.from(t), h, starts);
  });
  return encoder.finish();
}

/** Through the records that intake and journal keep, from the second row on. */
function addRecords(
  encoder: HistogramBlockEncoder,
  dsid: number,
  t: Float64Array,
  h: readonly Histogram[],
  st: Float64Array | null,
): void {
  const batch = new MetricBatch(1);
  for (const each of [histogram({}), ...h]) appendHistogram(batch, batch.row(), each);
  const shift = (column: Float64Array): Float64Array => Float64Array.of(-1, ...column);
  const { lo, hi, side } = batch;
  encoder.addRun(dsid, h.length, shift(t), lo, hi, side, st === null ? null : shift(st), 1);
}

function assertReadsBack(runs: readonly Run[]): void {
  const block = HistogramBlockReader.open(encode(runs), 'test');
  assert.equal(block.runs, runs.length);
  runs.forEach((run, i) => {
    assert.equal(block.find(i * 2 + 1), i);
    assert.equal(block.find(i * 2 + 2), -1);
    const middle = run.t[run.t.length >> 1];
    for (const [minT, maxT] of [
      [-Infinity, Infinity],
      [middle, Infinity],
      [-Infinity, middle],
    ]) {
      const into = new SampleBuffer();
      into.n = 2;
      block.read(i, into, minT, maxT);
      const rows = [...run.t.keys()].filter((k) => run.t[k] >= minT && run.t[k] <= maxT);
      assert.equal(into.n, 2 + rows.length);
      rows.forEach((k, at) => {
        assert.equal(into.t[2 + at], run.t[k]);
        assert.equal(into.hasStart ? into.st[2 + at] : 0, run.st?.[k] ?? 0);
        assert.deepEqual(into.h[2 + at], run.h[k]);
        if (!Number.isNaN(run.h[k].sum)) assert.ok(Object.is(into.v[2 + at], run.h[k].sum));
      });
    }
  });
}

test('a growing histogram comes back and is small', () => {
  const rows = Array.from({ length: 60 }, (_, i) => i);
  const h = rows.map((i) =>
    histogram({
      count: i * 55,
      sum: i * 1.25,
      positiveSpans: [
        { offset: -3, length: 5 },
        { offset: 2, length: 5 },
      ],
      positiveBuckets: Array.from({ length: 10 }, (_, b) => i * (b + 1)),
    }),
  );
  const run = { t: rows.map((i) => i * 15_000), h, st: null };
  assertReadsBack([run]);
  assert.ok(encode([run]).length < 250);
});

test('layouts may change within a run', () => {
  const stale = new Uint32Array([2, 0x7ff00000]);
  const h = [
    histogram({ positiveSpans: [{ offset: 0, length: 1 }], positiveBuckets: [1], resetHint: 1 }),
    histogram({ positiveSpans: [{ offset: 0, length: 1 }], positiveBuckets: [2], resetHint: 2 }),
    histogram({ negativeSpans: [{ offset: 0, length: 2 }], negativeBuckets: [0.5, 1e300] }),
    histogram({
      schema: CUSTOM_SCHEMA,
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveBuckets: [1, 2, 3],
      customValues: [0.1, 2.5],
    }),
    histogram({ sum: new Float64Array(stale.buffer)[0] }),
    histogram({ sum: -0, zeroCount: 4 }),
  ];
  const runs = [{ t: [1, 2, 3, 5, 8, 13], h, st: [0, 0, 5, 5, 5, 7] }];
  const block = HistogramBlockReader.open(encode(runs), 'test');
  const into = new SampleBuffer();
  block.read(0, into, -Infinity, Infinity);
  const read = into.h[4];
  assert.ok(read !== undefined && isStaleHistogram(read));
  assert.deepEqual([into.bits[8], into.bits[9]], [2, 0x7ff00000]);
  assertReadsBack(runs);
});

const anyHistogram = fc
  .record({
    schema: fc.constantFrom(-4, 0, 3, 8),
    resetHint: fc.constantFrom<ResetHint>(0, 1, 2, 3),
    zeroThreshold: fc.constantFrom(0, 1e-128, 0.5),
    zeroCount: fc.nat(),
    count: fc.oneof(fc.nat(), fc.double({ noNaN: true })),
    sum: fc.double({ noNaN: true }),
    positiveBuckets: fc.array(fc.nat(), { maxLength: 4 }),
    negativeBuckets: fc.array(fc.double({ noNaN: true }), { maxLength: 2 }),
  })
  .map((parts) =>
    histogram({
      ...parts,
      positiveSpans: [{ offset: -2, length: parts.positiveBuckets.length }],
      negativeSpans: [{ offset: 5, length: parts.negativeBuckets.length }],
    }),
  );

const anyRun = fc
  .tuple(
    fc.array(anyHistogram, { minLength: 1, maxLength: 10 }),
    fc.nat({ max: 2 ** 40 }),
    fc.boolean(),
  )
  .map(([h, t0, started]) => ({
    t: h.map((_, i) => t0 + i * 1000 + (i % 3)),
    h,
    st: started ? h.map(() => t0) : null,
  }));

test('any histograms come back', () => {
  fc.assert(fc.property(fc.array(anyRun, { minLength: 1, maxLength: 5 }), assertReadsBack));
});

test('damage is a CorruptionError', () => {
  const sealed = encode([
    { t: [1, 2], h: [histogram({ sum: 1 }), histogram({ sum: 2 })], st: null },
  ]);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const damaged = sealed.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    assert.throws(() => HistogramBlockReader.open(damaged, 'test'), CorruptionError);
  }
});
