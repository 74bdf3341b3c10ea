import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  compressSnappy,
  encodeWriteRequestV1,
  MetricBatch,
  type WriteSeries,
} from '@sightline/wire';
import { Offload, OffloadBusyError, type OffloadOptions } from './offload.ts';
import { MemoryStore } from './test-store.ts';

const NOW = 1_760_000_000_000;
const JOB = { protocol: 'remote_write_v1', maxBytes: 1 << 26 } as const;
const LIMITS = {
  minTime: 0,
  maxTime: NOW,
  maxLabels: 64,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 16_384,
  maxPoints: 5_000_000,
};

function bodyOf(count: number, extra: Partial<WriteSeries> = {}): Uint8Array {
  const series = Array.from({ length: count }, (_, i) => ({
    labels: ['__name__', 'm', 'i', `${i}`],
    samples: [{ t: NOW, value: i }],
    ...extra,
  }));
  return compressSnappy(encodeWriteRequestV1(series));
}

async function withOffload(
  options: Partial<OffloadOptions>,
  use: (offload: Offload, decode: (body: Uint8Array) => Promise<MetricBatch>) => Promise<void>,
): Promise<void> {
  const offload = new Offload(options);
  const store = new MemoryStore();
  const decode = async (body: Uint8Array) => {
    const batch = new MetricBatch();
    await offload.decode(JOB, body, 't', LIMITS, () => store.resolver('t'), batch);
    return batch;
  };
  try {
    await use(offload, decode);
  } finally {
    await offload.close();
  }
}

test('jobs one after the other and at once, of many series', async () => {
  await withOffload({}, async (offload, decode) => {
    const [a, b] = await Promise.all([decode(bodyOf(5000)), decode(bodyOf(3))]);
    assert.equal(a?.n, 5000);
    assert.equal(b?.n, 3);
    const again = await decode(bodyOf(5000));
    assert.deepEqual(again.series.subarray(0, 5000), a?.series.subarray(0, 5000));
    assert.equal(offload.jobs, 0);
  });
});

test('the caller keeps its body', async () => {
  await withOffload({}, async (_, decode) => {
    const body = bodyOf(10);
    const length = body.length;
    await decode(body);
    assert.equal(body.length, length);
    assert.equal((await decode(body)).n, 10);
  });
});

test('waiting jobs are bounded in number and in bytes', async () => {
  await withOffload({ maxJobs: 1 }, async (_, decode) => {
    const first = decode(bodyOf(100));
    await assert.rejects(decode(bodyOf(1)), OffloadBusyError);
    await first;
    assert.equal((await decode(bodyOf(1))).n, 1);
  });
  await withOffload({ maxBytes: 10 }, async (_, decode) => {
    const first = decode(bodyOf(100));
    await assert.rejects(decode(bodyOf(1)), OffloadBusyError);
    assert.equal((await first).n, 100);
  });
});

test('the worker ends when idle and starts again', async () => {
  await withOffload({ idleMs: 20 }, async (offload, decode) => {
    await decode(bodyOf(1));
    assert.ok(offload.running);
    for (let i = 0; offload.running && i < 200; i++) await wait(10);
    assert.ok(!offload.running);
    assert.equal((await decode(bodyOf(2))).n, 2);
  });
});

test('a worker that runs out of memory takes its job with it, not the process', async () => {
  // All that a request may bring in metadata: more than the heap has, less than the bounds forbid.
  const families = Array.from({ length: 10_000 }, (_, i) => ({
    name: `family_${i}`,
    type: 'counter' as const,
    help: `${i}`.padEnd(1024, '-'),
  }));
  const series = [{ labels: ['__name__', 'm'], samples: [{ t: NOW, value: 1 }] }];
  const large = compressSnappy(encodeWriteRequestV1(series, families));
  await withOffload({ heapBytes: 12 << 20 }, async (_, decode) => {
    await assert.rejects(decode(large), /the intake worker died/);
    assert.equal((await decode(bodyOf(2))).n, 2);
  });
});

test('closing rejects what waits, and everything after', async () => {
  await withOffload({}, async (offload, decode) => {
    const pending = decode(bodyOf(10_000));
    const rejected = assert.rejects(pending, /stopping/);
    await offload.close();
    await rejected;
    await assert.rejects(decode(bodyOf(1)), OffloadBusyError);
  });
});
