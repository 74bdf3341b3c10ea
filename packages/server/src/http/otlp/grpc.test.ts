import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import {
  type CallOptions,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { StoreUnavailableError } from '@sightline/store';
import { ProtobufWriter } from '@sightline/wire';
import { Intake } from '../../intake/intake.ts';
import type { IntakeLimits } from '../../intake/limits.ts';
import { OtlpIntake } from '../../intake/otlp/otlp-intake.ts';
import { RecordIntake } from '../../intake/record-intake.ts';
import { MemoryStore } from '../../intake/test-store.ts';
import { createLog } from '../../log.ts';
import { ListenError } from '../listeners.ts';
import { listenOtlpGrpc } from './grpc.ts';

const NOW = 1_760_000_000_000;
const EXPORT = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
const stops: (() => unknown)[] = [];
after(async () => {
  for (const stop of stops.reverse()) await stop();
});

async function setUp(limits: Partial<IntakeLimits> = {}, token?: string) {
  const store = new MemoryStore();
  const intake = new Intake({ store, limits, now: () => NOW });
  const log = createLog('error', (line) => assert.fail(line));
  const deps = {
    otlp: new OtlpIntake({ intake, records: new RecordIntake(intake, store) }),
    log,
    token,
  };
  const listener = await listenOtlpGrpc(deps, { host: '127.0.0.1', port: 0 });
  stops.push(() => listener.stop());
  const client = new Client(new URL(listener.url).host, credentials.createInsecure());
  stops.push(() => client.close());
  return { store, intake, client, listener, deps };
}

const same = (bytes: Buffer): Buffer => bytes;

function call(
  client: Client,
  body: Uint8Array,
  headers: Record<string, string> = {},
  path = EXPORT,
  options: CallOptions = {},
): Promise<Buffer> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      path,
      same,
      same,
      Buffer.from(body),
      metadata,
      options,
      (error, answer) => {
        if (error !== null) reject(error);
        else resolve(answer ?? Buffer.alloc(0));
      },
    );
  });
}

/** A gauge `g` with a point per value; null is a point without one. */
function gauge(...values: (number | null)[]): Uint8Array {
  const w = new ProtobufWriter();
  const time = BigInt(NOW) * 1_000_000n;
  const points = () => {
    for (const value of values) {
      w.message(1, () => {
        w.tag(3, 1);
        w.fixed64(Number(BigInt.asUintN(32, time)), Number(time >> 32n));
        if (value === null) return;
        w.tag(4, 1);
        w.double(value);
      });
    }
  };
  const metric = () => {
    w.text(1, 'g');
    w.message(5, points);
  };
  w.message(1, () => w.message(2, () => w.message(2, metric)));
  return w.finish();
}

const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

function fixed64(w: ProtobufWriter, field: number, ms: number): void {
  const time = BigInt(ms) * 1_000_000n;
  w.tag(field, 1);
  w.fixed64(Number(BigInt.asUintN(32, time)), Number(time >> 32n));
}

/** A log record at each of these times (Unix ms). */
function logs(...times: number[]): Uint8Array {
  const w = new ProtobufWriter();
  const record = (ms: number) => () => {
    fixed64(w, 1, ms);
    w.message(5, () => w.text(1, `at ${ms}`));
  };
  w.message(1, () => w.message(2, () => times.forEach((ms) => void w.message(2, record(ms)))));
  return w.finish();
}

/** A span of each of these ids: all of its bytes are this one. */
function spans(...ids: number[]): Uint8Array {
  const w = new ProtobufWriter();
  const span = (id: number) => () => {
    w.bytes(1, new Uint8Array(16).fill(id));
    w.bytes(2, new Uint8Array(8).fill(id));
    w.text(5, `span ${id}`);
    fixed64(w, 7, NOW);
    fixed64(w, 8, NOW + 1);
  };
  w.message(1, () => w.message(2, () => ids.forEach((id) => void w.message(2, span(id)))));
  return w.finish();
}

test('log records and spans, with partial success', async () => {
  const { client, store, intake } = await setUp();
  assert.equal((await call(client, logs(NOW, NOW - 1), {}, LOGS)).length, 0);
  const late = await call(client, logs(NOW, NOW + 3_600_000), {}, LOGS);
  assert.equal(late.subarray(2, 4).join(), '8,1', 'one refused');
  assert.match(late.subarray(6).toString(), /too far in the future/);
  assert.deepEqual(
    store.logs.map(({ body }) => body),
    [`at ${NOW}`, `at ${NOW - 1}`, `at ${NOW}`],
  );
  assert.equal((await call(client, spans(1, 2), {}, TRACES)).length, 0);
  const partial = await call(client, spans(3, 0), {}, TRACES);
  assert.equal(partial.subarray(2, 4).join(), '8,1', 'one refused');
  assert.deepEqual(
    store.spans.map(({ record }) => record.name),
    ['span 1', 'span 2', 'span 3'],
  );
  const own = intake.counters.snapshot().protocols.find(({ protocol }) => protocol === 'otlp_grpc');
  assert.deepEqual(own?.records, { accepted: 3, repeated: 0, rejected: 1 });
  assert.deepEqual(own?.spans, { accepted: 3, repeated: 0, rejected: 1 });
  store.failure = new StoreUnavailableError('the disk is full');
  for (const path of [LOGS, TRACES]) {
    const full = await failure(call(client, path === LOGS ? logs(1) : spans(9), {}, path));
    assert.equal(full.code, status.UNAVAILABLE);
  }
});

async function failure(answer: Promise<unknown>): Promise<ServiceError> {
  try {
    await answer;
  } catch (error) {
    if (isServiceError(error)) return error;
    throw error;
  }
  return assert.fail('the call has not failed');
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}

test('points are stored, gzip too, and partial success says why', async () => {
  const { client, store, intake } = await setUp();
  assert.equal((await call(client, gauge(1))).length, 0);
  const gzip = { 'grpc-internal-encoding-request': 'gzip' };
  assert.equal((await call(client, gauge(2), gzip)).length, 0);
  assert.equal((await call(client, new Uint8Array(0))).length, 0);
  const partial = await call(client, gauge(3, null));
  assert.equal(partial.subarray(2, 4).join(), '8,1', 'one refused');
  assert.equal(partial.subarray(6).toString(), 'metric "g": point without a value');
  assert.deepEqual(store.values('g'), [1, 2, 3]);
  const own = intake.counters.snapshot().protocols.find(({ protocol }) => protocol === 'otlp_grpc');
  assert.deepEqual([own?.requests, own?.points.accepted, own?.points.rejected], [4, 3, 1]);
});

test('the first call may be large, and a connection that says nothing ends with the listener', async () => {
  const { client, store, deps } = await setUp();
  assert.equal((await call(client, gauge(...Array(100_000).fill(1)))).length, 0);
  assert.equal(store.rows.length, 100_000);
  const listener = await listenOtlpGrpc(deps, { host: '127.0.0.1', port: 0 });
  const { port } = new URL(listener.url);
  const silent = connect(Number(port), '127.0.0.1');
  await once(silent, 'connect');
  const noise = connect(Number(port), '127.0.0.1');
  noise.write('GET / HTTP/1.1\r\n\r\n');
  await once(noise.resume(), 'close');
  await Promise.all([once(silent.resume(), 'close'), listener.stop()]);
});

test('tenants', async () => {
  const { client, store } = await setUp();
  await call(client, gauge(1), { 'x-scope-orgid': 'team-a' });
  assert.deepEqual(store.tenants(), ['team-a']);
  const bad = await failure(call(client, gauge(1), { 'x-scope-orgid': 'a|b' }));
  assert.equal(bad.code, status.INVALID_ARGUMENT);
});

test('the token', async () => {
  const { client, store } = await setUp({}, 'secret');
  assert.equal((await failure(call(client, gauge(1)))).code, status.UNAUTHENTICATED);
  await call(client, gauge(1), { authorization: 'Bearer secret' });
  assert.deepEqual(store.values('g'), [1]);
});

test('calls that are refused or cancelled leave no room taken', async () => {
  const { client, store } = await setUp();
  for (let i = 0; i < 40; i++) {
    const late = call(client, gauge(1), {}, EXPORT, { deadline: Date.now() - 1 });
    assert.equal((await failure(late)).code, status.DEADLINE_EXCEEDED);
    await failure(call(client, gauge(1), { 'x-scope-orgid': 'a|b' }));
    await failure(call(client, new Uint8Array([10, 9])));
  }
  const many = Array.from({ length: 100 }, () => call(client, gauge(6)));
  await Promise.all(many);
  assert.equal(store.values('g').filter((value) => value === 6).length, 100);
});

test('compressed calls leave room too, however they end', async () => {
  const { client, store } = await setUp({ maxDecompressedBytes: 10_000 });
  const gzip = { 'grpc-internal-encoding-request': 'gzip' };
  for (let i = 0; i < 40; i++) await failure(call(client, new Uint8Array(20_000), gzip));
  const many = Array.from({ length: 32 }, () => call(client, gauge(7), gzip));
  await Promise.all(many);
  assert.equal(store.values('g').filter((value) => value === 7).length, 32);
});

test('errors', async () => {
  const { client, store, deps, listener, intake } = await setUp({ maxDecompressedBytes: 10_000 });
  const malformed = await failure(call(client, new Uint8Array([10, 9])));
  assert.equal(malformed.code, status.INVALID_ARGUMENT);
  const large = await failure(call(client, new Uint8Array(20_000)));
  assert.equal(large.code, status.RESOURCE_EXHAUSTED);
  const gzip = { 'grpc-internal-encoding-request': 'gzip' };
  const bomb = await failure(call(client, new Uint8Array(5_000_000), gzip));
  assert.equal(bomb.code, status.RESOURCE_EXHAUSTED);
  const counted = intake.counters.snapshot().protocols.find((one) => one.protocol === 'otlp_grpc');
  assert.equal(counted?.failedRequests, 3);
  assert.match(counted?.lastFailure ?? '', /too large/);
  store.failure = new StoreUnavailableError('the disk is full');
  const full = await failure(call(client, gauge(1)));
  assert.equal(full.code, status.UNAVAILABLE);
  const [details] = full.metadata.get('grpc-status-details-bin');
  assert.match(String(details), /google\.rpc\.RetryInfo/);
  store.failure = undefined;
  assert.equal((await call(client, gauge(1))).length, 0, 'the next good request works');
  const other = EXPORT.replace('Export', 'Import');
  assert.equal((await failure(call(client, gauge(1), {}, other))).code, status.UNIMPLEMENTED);
  const port = Number(new URL(listener.url).port);
  await assert.rejects(listenOtlpGrpc(deps, { host: '127.0.0.1', port }), (error) => {
    assert.ok(error instanceof ListenError);
    assert.match(error.message, /taken by another process; choose another with --otlp-grpc/);
    return true;
  });
});
