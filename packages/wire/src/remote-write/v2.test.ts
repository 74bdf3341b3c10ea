import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestResolver, WIDE_LIMITS } from '../exposition/test-resolver.ts';
import { MetricBatch } from '../model/batch.ts';
import type { Histogram } from '../model/histogram.ts';
import { encodeWriteRequestV2, type WriteSeries } from './encode.ts';
import { decodeRemoteWriteV2 } from './v2.ts';

const T = 1_760_000_000_123;
const up = ['__name__', 'up', 'job', 'a'];

function decode(series: readonly WriteSeries[]): MetricBatch {
  const batch = new MetricBatch(1);
  decodeRemoteWriteV2(encodeWriteRequestV2(series), new TestResolver(), WIDE_LIMITS, batch);
  return batch;
}

test('metadata belongs to the family and comes once', () => {
  const resolver = new TestResolver();
  const series = (name: string, type: 'histogram' | 'counter') => ({
    labels: ['__name__', name],
    samples: [{ t: T, value: 1 }],
    metadata: { type, help: `Help of ${type}.`, unit: 'seconds' },
  });
  const body = encodeWriteRequestV2([
    series('d_seconds_bucket', 'histogram'),
    series('n_total', 'counter'),
    series('n_total', 'counter'),
  ]);
  const limits = { ...WIDE_LIMITS, maxTime: T };
  const batch = new MetricBatch();
  decodeRemoteWriteV2(body, resolver, limits, batch);
  assert.deepEqual(batch.metadata, [
    { name: 'd_seconds', type: 'histogram', help: 'Help of histogram.', unit: 'seconds' },
    { name: 'n_total', type: 'counter', help: 'Help of counter.', unit: 'seconds' },
  ]);
  batch.clear();
  decodeRemoteWriteV2(body, resolver, limits, batch);
  assert.deepEqual(batch.metadata, []);
  decodeRemoteWriteV2(body, new TestResolver(), limits, batch);
  assert.equal(batch.metadata.length, 2, 'another tenant has not seen it');
});

test('start times are kept', () => {
  const batch = decode([
    {
      labels: up,
      samples: [
        { t: T, value: 1, st: T - 1000 },
        { t: T + 1, value: 1 },
      ],
    },
  ]);
  assert.ok(batch.hasStart);
  assert.deepEqual([...batch.st.subarray(0, 2)], [T - 1000, 0]);
});

test('a series has samples or histograms', () => {
  const histogram: Histogram = {
    schema: 0,
    resetHint: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: [],
    negativeSpans: [],
    positiveBuckets: [],
    negativeBuckets: [],
    customValues: [],
  };
  const batch = decode([
    { labels: up, samples: [{ t: T, value: 1 }], histograms: [{ t: T, histogram }] },
    { labels: up },
    { labels: up, samples: [{ t: T, value: 1 }] },
  ]);
  assert.equal(batch.n, 1);
  assert.deepEqual(Object.fromEntries(batch.rejected), { unsupported: 2, no_value: 1 });
});
