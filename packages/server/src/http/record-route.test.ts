/** Loki's push, plain lines and Zipkin, from the route to the store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { StoreUnavailableError } from '@sightline/store';
import { compressSnappy, ProtobufWriter } from '@sightline/wire';
import type { FastifyInstance } from 'fastify';
import type { IntakeLimits } from '../intake/limits.ts';
import { registerLokiPush } from './loki/push.ts';
import { ApiRoutes } from './openapi.ts';
import { intakeRig, NOW } from './test-intake-rig.ts';
import { logsAnswer, registerPlainLogs } from './v1/logs.ts';
import { registerZipkin } from './zipkin/routes.ts';

function setUp(limits: Partial<IntakeLimits> = {}) {
  const { app, store, intake, records } = intakeRig(limits, 100_000);
  registerLokiPush(app, records);
  registerPlainLogs(app, records, new ApiRoutes(app, ''));
  registerZipkin(app, records);
  const counted = (name: string) =>
    intake.counters.snapshot().protocols.find(({ protocol }) => protocol === name);
  return { app, store, counted };
}

const LOKI = '/loki/api/v1/push';
const JSON_TYPE = { 'content-type': 'application/json' };
const GZIP = { 'content-encoding': 'gzip' };

function post(
  app: FastifyInstance,
  url: string,
  payload: unknown,
  headers: Record<string, string> = {},
) {
  const isText = typeof payload === 'string';
  const body = isText || payload instanceof Uint8Array ? payload : JSON.stringify(payload);
  return app.inject({ method: 'POST', url, headers, payload: Buffer.from(body) });
}

function push(...values: [ms: number, line: string, meta?: object][]) {
  const lines = values.map(([ms, line, meta]) => [`${ms}000000`, line, ...(meta ? [meta] : [])]);
  return { streams: [{ stream: { app: 'shop', env: 'x' }, values: lines }] };
}

function pushProtobuf(line: string): Uint8Array {
  const w = new ProtobufWriter();
  w.message(1, () => {
    w.text(1, '{app="shop", env="x"}');
    w.message(2, () => {
      w.message(1, () => {
        w.tag(1, 0);
        w.varint(NOW / 1000);
      });
      w.text(2, line);
    });
  });
  return compressSnappy(w.finish());
}

const SHOP = '{app="shop",env="x",service_name="shop"}';

for (const limits of [{}, { offloadBytes: 1 }]) {
  const where = limits.offloadBytes === undefined ? 'here' : 'in the worker';
  test(`Loki push in protobuf and JSON, decoded ${where}`, async () => {
    const { app, store, counted } = setUp(limits);
    const protobuf = { 'content-type': 'application/x-protobuf' };
    const answers = [
      await post(app, LOKI, pushProtobuf('a'), protobuf),
      await post(app, '/api/prom/push', pushProtobuf('b')),
      await post(app, LOKI, pushProtobuf('c'), { ...protobuf, 'content-encoding': 'snappy' }),
      await post(app, LOKI, push([NOW, 'd', { trace_id: 'ab'.repeat(16) }]), {
        'content-type': 'application/json; charset=utf-8',
      }),
      await post(app, LOKI, gzipSync(JSON.stringify(push([NOW, 'e']))), { ...JSON_TYPE, ...GZIP }),
    ];
    for (const answer of answers) {
      assert.equal(answer.statusCode, 204, answer.body);
      assert.equal(answer.body, '');
    }
    assert.deepEqual(
      store.logs.map(({ stream, body }) => [stream, body]),
      ['a', 'b', 'c', 'd', 'e'].map((line) => [SHOP, line]),
    );
    assert.equal(store.logs[3]?.fields.trace_id, 'ab'.repeat(16));
    assert.deepEqual(counted('loki')?.records, { accepted: 5, repeated: 0, rejected: 0 });
  });

  test(`plain lines, decoded ${where}`, async () => {
    const { app, store } = setUp(limits);
    const lines = '{"level":"error","msg":"no","n":1}\nsecond line\n';
    const url = '/api/v1/logs?service=checkout&env=prod';
    for (let i = 0; i < 2; i++) {
      const answer = await post(app, url, lines, { 'content-type': 'text/plain' });
      const counts = logsAnswer.parse(answer.json());
      assert.deepEqual(counts, { accepted: 2, rejected: 0, message: '' });
    }
    const [first, second] = store.logs;
    const stream = '{env="prod",service="checkout",service_name="checkout"}';
    assert.deepEqual([first?.stream, second?.stream], [stream, stream]);
    assert.deepEqual([first?.body, first?.severity], ['no', 17]);
    assert.equal(second?.body, 'second line');
    assert.ok((first?.time ?? 0n) < (second?.time ?? 0n), 'lines keep their order');
    assert.equal(store.logs.length, 4, 'the same lines are new lines');
  });

  test(`Zipkin, decoded ${where}`, async () => {
    const { app, store } = setUp(limits);
    const span = (id: string) => ({
      traceId: 'aa'.repeat(8),
      id,
      name: 'get',
      kind: 'SERVER',
      timestamp: NOW * 1000,
      duration: 5000,
      localEndpoint: { serviceName: 'front' },
    });
    for (const url of ['/api/v2/spans', '/zipkin/api/v2/spans']) {
      const answer = await post(app, url, [span('1'), span('2')], JSON_TYPE);
      assert.equal(answer.statusCode, 202, answer.body);
    }
    assert.equal(store.spans.length, 2, 'a repeat is one, whatever its path');
    assert.deepEqual(store.spans[0]?.stream, '{"service.name"="front"}');
    const partly = await post(app, '/api/v2/spans', [span('3'), span('zz')], JSON_TYPE);
    assert.equal(partly.statusCode, 400);
    assert.match(partly.body, /^1 spans were refused, 1 stored: /);
  });
}

test('Loki push of which a part is refused', async () => {
  const { app, store, counted } = setUp();
  const body = push([NOW, 'a'], [NOW + 3_600_000, 'b']);
  const answer = await post(app, LOKI, body, JSON_TYPE);
  assert.equal(answer.statusCode, 400);
  assert.match(String(answer.headers['content-type']), /^text\/plain/);
  assert.match(answer.body, /^1 log records were refused, 1 stored: .*too far in the future\n$/);
  assert.equal(counted('loki')?.failedRequests, 0);
  store.resolver('default').maxSeries = 0;
  const other = { streams: [{ stream: { app: 'other' }, values: [[`${NOW}000000`, 'x']] }] };
  const full = await post(app, LOKI, other, JSON_TYPE);
  assert.equal(full.statusCode, 429);
  assert.equal(full.headers['retry-after'], '60');
  assert.equal(full.body, 'too many series\n');
  assert.equal(counted('loki')?.failedRequests, 1);
});

test('requests that are refused whole', async () => {
  const { app, store, counted } = setUp({ maxDecompressedBytes: 20_000 });
  const large = new Uint8Array(50_000);
  const cases: [status: number, url: string, body: unknown, headers?: Record<string, string>][] = [
    [400, LOKI, 'no snappy'],
    [400, LOKI, { streams: [{}] }, JSON_TYPE],
    [413, LOKI, compressSnappy(large)],
    [413, LOKI, gzipSync(large), { ...JSON_TYPE, ...GZIP }],
    [413, LOKI, new Uint8Array(200_000)],
    [415, LOKI, '{}', { ...JSON_TYPE, 'content-encoding': 'lzw' }],
    [400, '/api/v2/spans', '{}', JSON_TYPE],
    [415, '/api/v2/spans', 'x', { 'content-type': 'application/x-thrift' }],
  ];
  for (const [status, url, body, headers] of cases) {
    const answer = await post(app, url, body, headers);
    assert.equal(answer.statusCode, status, answer.body);
    assert.match(String(answer.headers['content-type']), /^text\/plain/);
  }
  assert.equal(counted('loki')?.failedRequests, 6);
  const labels = `/api/v1/logs?${'a'.repeat(2000)}=x`;
  const plain = await post(app, labels, 'x');
  assert.equal(plain.statusCode, 400);
  assert.match(String(plain.headers['content-type']), /problem\+json/);
  assert.match(plain.json().detail, /^labels: /);
  assert.equal((await post(app, '/api/v1/logs?a=1&a=2', 'x')).statusCode, 400);
  assert.equal((await post(app, '/api/v1/logs', '[{"a":1},')).statusCode, 400);
  store.failure = new StoreUnavailableError('the disk is full');
  const full = await post(app, '/api/v1/logs', 'x');
  assert.deepEqual([full.statusCode, full.headers['retry-after']], [503, '5']);
  assert.equal(store.logs.length, 0);
});

test('an empty body of lines', async () => {
  const { app } = setUp();
  const answer = await post(app, '/api/v1/logs', '');
  assert.deepEqual(answer.json(), { accepted: 0, rejected: 0, message: '' });
});
