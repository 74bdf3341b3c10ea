import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestResolver, WIDE_LIMITS } from '../exposition/test-resolver.ts';
import { MetricBatch } from '../model/batch.ts';
import { encodeWriteRequestV1 } from './encode.ts';
import { decodeRemoteWriteV1 } from './v1.ts';

const T = 1_760_000_000_123;

test('metadata comes once, and again after ten minutes', () => {
  const resolver = new TestResolver();
  const decodeAt = (maxTime: number) => {
    const batch = new MetricBatch();
    const body = encodeWriteRequestV1(
      [],
      [
        { name: 'requests', type: 'counter', help: 'Requests so far.', unit: 's' },
        { name: 'x', type: 'stateset' },
      ],
    );
    decodeRemoteWriteV1(body, resolver, { ...WIDE_LIMITS, maxTime }, batch);
    return batch.metadata;
  };
  assert.deepEqual(decodeAt(T), [
    { name: 'requests', type: 'counter', help: 'Requests so far.', unit: 's' },
    { name: 'x', type: 'stateset', help: '', unit: '' },
  ]);
  assert.deepEqual(decodeAt(T), []);
  assert.equal(decodeAt(T + 600_000).length, 2);
});
