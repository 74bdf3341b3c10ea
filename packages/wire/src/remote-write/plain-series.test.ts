import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { TestResolver } from '../exposition/test-resolver.ts';
import { MetricBatch } from '../model/batch.ts';
import type { DecodeLimits } from '../model/resolver.ts';
import { compressSnappy, uncompressSnappyBlock } from '../snappy/snappy.ts';
import { encodeWriteRequestV1 } from './encode.ts';
import { decodeRemoteWriteV1 } from './v1.ts';

const limits: DecodeLimits = {
  minTime: -1e6,
  maxTime: 2e12,
  maxLabels: 5,
  maxLabelNameBytes: 20,
  maxLabelValueBytes: 30,
  maxPoints: 100_000,
};

/** Rows as text, in order, with canonical labels instead of handles. */
function rows(body: Uint8Array, resolver: TestResolver): string[] {
  const batch = new MetricBatch(1);
  const counts = decodeRemoteWriteV1(body, resolver, limits, batch);
  const all = Array.from({ length: batch.n }, (_, i) =>
    [
      resolver.text(batch.series[i]),
      batch.t[i],
      batch.kind[i],
      batch.lo[i],
      batch.hi[i],
      batch.st[i],
    ].join(' '),
  );
  return [...all, JSON.stringify([...batch.rejected]), ...batch.rejections, JSON.stringify(counts)];
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '0'), minLength: 1, maxLength: 25 });
const sample = fc.record({
  t: fc.oneof(fc.integer({ min: 1.6e12, max: 1.9e12 }), fc.integer({ min: -2e6, max: 3e12 })),
  value: fc.oneof(fc.double(), fc.constant('stale' as const), fc.constant(0)),
});
const series = fc.record({
  labels: fc.array(text, { maxLength: 12 }).map((texts) => texts.slice(0, texts.length & ~1)),
  samples: fc.array(sample, { maxLength: 40 }),
});

test('plain series make the same rows as the general way', () => {
  fc.assert(
    fc.property(fc.array(series, { maxLength: 30 }), (list) => {
      const plain = encodeWriteRequestV1(list);
      const inKernel = uncompressSnappyBlock(compressSnappy(plain), 1 << 24);
      assert.deepEqual(rows(inKernel, new TestResolver()), rows(plain, new TestResolver()));
    }),
  );
});

test('damaged requests end the same way, in the kernel and out of it', () => {
  const sound = encodeWriteRequestV1([
    { labels: ['__name__', 'a', 'b', 'c'], samples: [{ t: 1.7e12, value: 1 }] },
    {
      labels: ['__name__', 'd'],
      samples: [
        { t: 1.7e12, value: 2 },
        { t: 1.7e12 + 1, value: 3 },
      ],
    },
  ]);
  const outcome = (body: Uint8Array): string[] => {
    try {
      return rows(body, new TestResolver());
    } catch (error) {
      assert.ok(error instanceof Error);
      return [error.name];
    }
  };
  for (let at = 0; at < sound.length; at++) {
    for (const byte of [0, 1, 8, 10, 18, 127, 128, 255]) {
      const damaged = sound.slice();
      damaged[at] = byte;
      const inKernel = uncompressSnappyBlock(compressSnappy(damaged), 1 << 20);
      assert.deepEqual(outcome(inKernel), outcome(damaged), `byte ${byte} at ${at}`);
    }
    const cut = sound.slice(0, at);
    if (at > 0)
      assert.deepEqual(outcome(uncompressSnappyBlock(compressSnappy(cut), 1 << 20)), outcome(cut));
  }
});

test('more series and rows than the kernel takes at once', () => {
  const list = Array.from({ length: 3000 }, (_, i) => ({
    labels: ['__name__', `m${i}`],
    samples: Array.from({ length: i % 7 === 0 ? 3 : i === 1500 ? 5000 : 1 }, (_, k) => ({
      t: 1.7e12 + k,
      value: i,
    })),
  }));
  const plain = encodeWriteRequestV1(list);
  const inKernel = uncompressSnappyBlock(compressSnappy(plain), 1 << 24);
  assert.deepEqual(rows(inKernel, new TestResolver()), rows(plain, new TestResolver()));
});
