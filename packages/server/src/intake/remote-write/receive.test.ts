import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { StoreUnavailableError, TenantLimitError } from '@sightline/store';
import {
  compressSnappy,
  encodeWriteRequestV1,
  encodeWriteRequestV2,
  type MetricBatch,
  type WriteSeries,
} from '@sightline/wire';
import { Intake } from '../intake.ts';
import type { IntakeLimits } from '../limits.ts';
import { MemoryStore } from '../test-store.ts';
import { versionOf } from './content-type.ts';
import { type RemoteWriteAnswer, receiveRemoteWrite } from './receive.ts';

/** Remembers digests, as a real store does. */
class RepeatingStore extends MemoryStore {
  resolverFailure: Error | undefined;
  readonly #digests = new Set<string>();

  override resolver(tenant: string): ReturnType<MemoryStore['resolver']> {
    if (this.resolverFailure !== undefined) throw this.resolverFailure;
    return super.resolver(tenant);
  }

  override async append(
    tenant: string,
    batch: MetricBatch,
    digest: Uint8Array | null = null,
  ): Promise<'stored' | 'repeated'> {
    const key = digest === null ? '' : Buffer.from(digest).toString('hex');
    if (this.#digests.has(key)) return 'repeated';
    const outcome = await super.append(tenant, batch);
    if (digest !== null) this.#digests.add(key);
    return outcome;
  }
}

const NOW = 1_760_000_000_000;
const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
const intakes: Intake[] = [];
after(async () => {
  for (const intake of intakes) await intake.close();
});

function setUp(limits: Partial<IntakeLimits> = {}): { store: RepeatingStore; intake: Intake } {
  const store = new RepeatingStore();
  const intake = new Intake({ store, limits, now: () => NOW });
  intakes.push(intake);
  return { store, intake };
}

function send(
  intake: Intake,
  body: Uint8Array,
  contentType: string | undefined = undefined,
  tenant = 'default',
): Promise<RemoteWriteAnswer> {
  return receiveRemoteWrite(intake, {
    tenant,
    route: 'remote_write',
    contentType,
    contentEncoding: 'snappy',
    body,
  });
}

const v1 = (series: WriteSeries[]) => compressSnappy(encodeWriteRequestV1(series));
const v2 = (series: WriteSeries[]) => compressSnappy(encodeWriteRequestV2(series));

function series(count: number, at = NOW): WriteSeries[] {
  return Array.from({ length: count }, (_, i) => ({
    labels: ['__name__', 'm', 'i', `${i}`],
    samples: [{ t: at, value: i }],
  }));
}

function written(answer: RemoteWriteAnswer): string {
  return ['samples', 'histograms', 'exemplars']
    .map((kind) => answer.headers[`x-prometheus-remote-write-${kind}-written`])
    .join();
}

test('a stored request is answered with 204, and 2.0 with what was written', async () => {
  const { store, intake } = setUp();
  assert.deepEqual(await send(intake, v1(series(2))), { status: 204, headers: {}, text: '' });
  const answer = await send(intake, v2(series(3, NOW - 5)), V2);
  assert.equal(answer.status, 204);
  assert.equal(written(answer), '3,0,0');
  assert.equal(store.rows.length, 5);
  assert.deepEqual(store.rows[1], { series: 'm{i="1"}', t: NOW, value: 1 });
  const counted = intake.counters.snapshot();
  const own = counted.protocols.find(({ protocol }) => protocol === 'remote_write');
  assert.equal(own?.requests, 2);
  assert.equal(own?.points.accepted, 5);
  assert.equal(own?.lastReceivedMs, NOW);
  assert.equal(counted.firstExternalSampleMs, NOW);
});

test('what is refused makes it 400 with the reason, the rest is stored', async () => {
  const { store, intake } = setUp();
  const body = [
    ...series(2),
    ...series(1, NOW + 600_001),
    { labels: [], samples: [{ t: NOW, value: 1 }] },
  ];
  const answer = await send(intake, v2(body), V2);
  assert.equal(answer.status, 400);
  assert.equal(written(answer), '2,0,0');
  assert.match(
    answer.text,
    /m\{i="0"\}: 2025-10-09T09:03:20.001Z is too far in the future; series \{\}: no labels/,
  );
  assert.equal(store.rows.length, 2);
  const { rejections } = intake.counters.snapshot();
  assert.deepEqual(
    rejections.map(({ reason, count }) => `${reason} ${count}`),
    ['too_far_in_future 1', 'invalid_labels 1'],
  );
  assert.match(rejections[0]?.lastMessage ?? '', /too far in the future/);
});

test('many refusals are told in a bounded text', async () => {
  const { intake } = setUp();
  const { status, text } = await send(intake, v1(series(5000, NOW + 1e9)));
  assert.equal(status, 400);
  assert.ok(text.length < 3000);
  assert.match(text, /5000 points were refused in all$/);
});

test('a repeat stores nothing and is answered as the first time', async () => {
  const { store, intake } = setUp();
  const body = v2([...series(3), ...series(1, NOW + 1e9)]);
  const first = await send(intake, body, V2);
  const second = await send(intake, body, V2);
  assert.deepEqual(second, first);
  assert.equal(store.rows.length, 3);
  assert.equal(intake.counters.snapshot().protocols[0]?.points.repeated, 3);
  await send(intake, body, V2, 'other');
  assert.equal(store.rows.length, 6, 'another tenant is another request');
});

test('a request whose refused samples have come into range is no repeat', async () => {
  const store = new RepeatingStore();
  let now = NOW;
  const intake = new Intake({ store, now: () => now });
  const body = v1([
    ...series(1),
    { labels: ['__name__', 'n'], samples: [{ t: NOW + 700_000, value: 1 }] },
  ]);
  assert.equal((await send(intake, body)).status, 400);
  now += 200_000;
  assert.equal((await send(intake, body)).status, 204);
  assert.ok(store.rows.some((row) => row.series === 'n'));
});

test('bodies that cannot be read', async () => {
  const { intake } = setUp({ maxDecompressedBytes: 10_000, maxPointsPerRequest: 100 });
  const want = async (body: Uint8Array, status: number, text: RegExp) => {
    const answer = await send(intake, body, V2);
    assert.equal(answer.status, status);
    assert.match(answer.text, text);
    assert.equal(written(answer), '0,0,0');
  };
  await want(new Uint8Array(0), 400, /no snappy block/);
  await want(Uint8Array.of(5, 0), 400, /snappy/);
  await want(compressSnappy(Uint8Array.of(0x2a, 5)), 400, /past the end \(at byte 1\)/);
  await want(compressSnappy(new Uint8Array(10_001)), 413, /10001 bytes when decompressed/);
  await want(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0), 413, /4294967295 bytes/);
  await want(v2(series(101)), 413, /more than 100 points/);
  // The framed format: "sNaPpY".
  const framed = Uint8Array.of(0xff, 6, 0, 0, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59);
  await want(framed, 400, /snappy/);
  assert.equal(intake.counters.snapshot().protocols[0]?.failedRequests, 7);
  assert.equal((await send(intake, v2(series(1)), V2)).status, 204);
});

test('content types and encodings', () => {
  const want = (
    type: string | undefined,
    encoding: string | undefined,
    version: 1 | 2 | RegExp,
  ) => {
    const got = versionOf(type, encoding);
    if (version instanceof RegExp) assert.match(got.problem, version);
    else assert.deepEqual(got, { version, problem: '' });
  };
  want(undefined, undefined, 1);
  want('application/x-protobuf', 'snappy', 1);
  want('Application/X-Protobuf', 'Snappy', 1);
  want('application/x-protobuf;proto=prometheus.WriteRequest', 'snappy', 1);
  want('application/x-protobuf; proto=io.prometheus.write.v2.Request', 'snappy', 2);
  want(
    'application/x-protobuf; charset=utf-8; proto="io.prometheus.write.v2.Request"',
    'snappy',
    2,
  );
  want(
    'application/x-protobuf;proto=io.prometheus.write.v3.Request',
    'snappy',
    /v3.Request" is not/,
  );
  want('application/json', 'snappy', /content type "application\/json" is not supported/);
  want('application/x-protobuf', 'gzip', /content encoding "gzip" is not supported/);
  want('application/x-protobuf', 'snappy, gzip', /is not supported/);
});

test('an unsupported type is 415', async () => {
  const { intake } = setUp();
  assert.equal((await send(intake, v1(series(1)), 'text/plain')).status, 415);
  const zstd = await receiveRemoteWrite(intake, {
    tenant: 'default',
    route: 'remote_write',
    contentType: V2,
    contentEncoding: 'zstd',
    body: v2(series(1)),
  });
  assert.equal(zstd.status, 415);
  assert.equal(written(zstd), '0,0,0');
});

test('the state of the store', async () => {
  const { store, intake } = setUp();
  store.failure = new StoreUnavailableError('the disk is full');
  const full = await send(intake, v2(series(1)), V2);
  assert.equal(full.status, 503);
  assert.equal(full.headers['retry-after'], '5');
  assert.equal(full.text, 'the disk is full');
  assert.equal(written(full), '0,0,0');
  store.failure = undefined;
  assert.equal((await send(intake, v2(series(1)), V2)).status, 204);
  store.resolverFailure = new TenantLimitError('1000 tenants, no more are allowed');
  const limited = await send(intake, v1(series(1)));
  assert.equal(limited.status, 429);
  assert.equal(limited.headers['retry-after'], '60');
  const [rejection] = intake.counters.snapshot().rejections;
  assert.deepEqual(
    [rejection?.protocol, rejection?.reason, rejection?.count],
    ['remote_write', 'tenant_limit', 1],
  );
  store.resolverFailure = undefined;
  store.failure = new TypeError('a mistake of ours');
  await assert.rejects(send(intake, v1(series(1))), TypeError);
});

test('past the series limit: 429 when nothing is left, 400 when something is', async () => {
  const { store, intake } = setUp();
  store.resolver('default').maxSeries = 1;
  assert.equal((await send(intake, v1(series(2)))).status, 400);
  const answer = await send(intake, v1(series(3).slice(1)));
  assert.equal(answer.status, 429);
  assert.match(answer.text, /series m\{i="1"\}: too many series/);
});

test('large bodies go to the worker and come back the same', async () => {
  const { store, intake } = setUp({ offloadBytes: 100 });
  const big = [
    ...series(100),
    ...series(1, NOW + 1e9),
    {
      labels: ['__name__', 'm', 'i', '0'],
      samples: [{ t: NOW - 1, value: 5, st: NOW - 100 }],
      exemplars: [{ labels: ['trace_id', 'x'], value: 1, t: NOW }],
      metadata: { type: 'counter' as const, help: 'h' },
    },
  ];
  const answer = await send(intake, v2(big), V2);
  assert.ok(intake.offload.running);
  assert.equal(answer.status, 400);
  assert.equal(written(answer), '101,0,1');
  assert.match(answer.text, /^m\{i="0"\}: .* is too far in the future$/);
  assert.equal(store.rows.length, 101);
  assert.deepEqual(store.rows[100], { series: 'm{i="0"}', t: NOW - 1, value: 5 });
  assert.deepEqual(store.metadata, [{ name: 'm', type: 'counter', help: 'h', unit: '' }]);
  const here = setUp();
  await send(here.intake, v2(big), V2);
  assert.deepEqual(here.store.rows, store.rows);

  store.resolver('small').maxSeries = 10;
  const limited = await send(intake, v2(series(50)), V2, 'small');
  assert.equal(limited.status, 400);
  assert.equal(written(limited), '10,0,0');
  const bad = encodeWriteRequestV2(series(50)).subarray(0, -1);
  const broken = await send(intake, compressSnappy(bad), V2);
  assert.equal(broken.status, 400);
  assert.match(broken.text, /past the end \(at byte \d+\)$/);
});
