import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { StoreUnavailableError, TenantLimitError } from '@sightline/store';
import type { FastifyInstance } from 'fastify';
import type { IntakeLimits } from '../../intake/limits.ts';
import { OtlpIntake } from '../../intake/otlp/otlp-intake.ts';
import { intakeRig, NOW } from '../test-intake-rig.ts';
import { registerOtlp } from './routes.ts';

function setUp(limits: Partial<IntakeLimits> = {}) {
  const rig = intakeRig(limits, 10_000_000);
  const { app, intake, records } = rig;
  registerOtlp(app, { otlp: new OtlpIntake({ intake, records }) });
  return rig;
}

const ns = (ms: number) => `${ms}000000`;
const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const resource = { attributes: [attribute('service.name', 'shop'), attribute('host.name', 'h1')] };
const STREAM = '{"host.name"="h1","service.name"="shop"}';

function logs(...records: object[]) {
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords: records }] }] };
}
function log(body: string, more: object = {}) {
  return { timeUnixNano: ns(NOW), body: { stringValue: body }, ...more };
}
function traces(...spans: object[]) {
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}
function span(id: number, more: object = {}) {
  return {
    traceId: id.toString(16).padStart(32, '0'),
    spanId: id.toString(16).padStart(16, '0'),
    name: `span ${id}`,
    kind: 2,
    startTimeUnixNano: ns(NOW),
    endTimeUnixNano: ns(NOW + 5),
    ...more,
  };
}

function post(
  app: FastifyInstance,
  url: string,
  payload: unknown,
  headers: Record<string, string> = {},
) {
  const body = payload instanceof Uint8Array ? Buffer.from(payload) : JSON.stringify(payload);
  const all = { 'content-type': 'application/json', ...headers };
  return app.inject({ method: 'POST', url, headers: all, payload: body });
}

for (const limits of [{}, { offloadBytes: 10 }]) {
  const where = limits.offloadBytes === undefined ? 'here' : 'in the worker';
  test(`logs and spans at every path, decoded ${where}`, async () => {
    const { app, store } = setUp(limits);
    for (const prefix of ['', '/api/v1/otlp', '/otlp']) {
      const more = {
        severityNumber: 17,
        traceId: 'AB'.repeat(16),
        spanId: 'cd'.repeat(8),
        attributes: [
          attribute('k', prefix),
          { key: 'n', value: { intValue: 9007199254740993n.toString() } },
        ],
      };
      const answer = await post(app, `${prefix}/v1/logs`, logs(log(prefix, more)));
      assert.equal(answer.statusCode, 200, answer.body);
      assert.equal(answer.body, '{}');
      assert.deepEqual(store.logs.pop(), {
        stream: STREAM,
        time: BigInt(NOW) * 1_000_000n,
        severity: 17,
        body: prefix,
        fields: {
          trace_id: 'ab'.repeat(16),
          span_id: 'cd'.repeat(8),
          k: prefix,
          n: '9007199254740993',
        },
      });
      const body = gzipSync(JSON.stringify(traces(span(7, { name: prefix }))));
      const zipped = await post(app, `${prefix}/v1/traces`, body, { 'content-encoding': 'gzip' });
      assert.equal(zipped.body, '{}');
      const stored = store.spans.pop();
      assert.deepEqual([stored?.stream, stored?.kind, stored?.record.name], [STREAM, 2, prefix]);
    }
  });

  test(`partial success, decoded ${where}`, async () => {
    const { app, store, intake } = setUp(limits);
    const late = { timeUnixNano: ns(NOW + 3_600_000) };
    const answer = await post(app, '/v1/logs', logs(log('a'), log('b', late), log('c', late)));
    assert.equal(answer.statusCode, 200);
    const { rejectedLogRecords, errorMessage } = answer.json().partialSuccess;
    assert.equal(rejectedLogRecords, '2');
    assert.match(errorMessage, /too far in the future/);
    const bad = await post(app, '/v1/traces', traces(span(1), span(2, { traceId: '00' })));
    assert.equal(bad.json().partialSuccess.rejectedSpans, '1');
    assert.deepEqual([store.logs.length, store.spans.length], [1, 1]);
    const { rejections, protocols } = intake.counters.snapshot();
    assert.deepEqual(
      rejections.map(({ item, reason, count }) => [item, reason, count]),
      [
        ['records', 'too_far_in_future', 2],
        ['spans', 'invalid_id', 1],
      ],
    );
    const own = protocols.find(({ protocol }) => protocol === 'otlp_http');
    assert.deepEqual(own?.records, { accepted: 1, repeated: 0, rejected: 2 });
    assert.deepEqual(own?.points, { accepted: 0, repeated: 0, rejected: 0 });
  });

  test(`what was left out of a record is told, and nothing counts as refused, decoded ${where}`, async () => {
    const { app, store, intake } = setUp(limits);
    const attributes = Array.from({ length: 10_000 }, (_, i) => attribute(`k${i}`, `${i}`));
    const answer = await post(app, '/v1/logs', logs(log('wide', { attributes })));
    assert.deepEqual(answer.json(), {
      partialSuccess: {
        rejectedLogRecords: '0',
        errorMessage: '9000 attributes of a log record were dropped',
      },
    });
    assert.equal(store.logs[0]?.fields.dropped_attributes_count, '9000');
    assert.deepEqual(intake.counters.snapshot().rejections, []);
  });

  test(`streams past a limit are refused with their records, decoded ${where}`, async () => {
    const { app, store } = setUp(limits);
    store.resolver('default').maxSeries = 1;
    const other = { attributes: [attribute('service.name', 'other')] };
    const body = {
      resourceLogs: [
        { resource, scopeLogs: [{ logRecords: [log('a'), log('b')] }] },
        { resource: other, scopeLogs: [{ logRecords: [log('c'), log('d')] }] },
        { resource, scopeLogs: [{ logRecords: [log('e')] }] },
      ],
    };
    const answer = await post(app, '/v1/logs', body);
    assert.equal(answer.json().partialSuccess.rejectedLogRecords, '2');
    assert.deepEqual(
      store.logs.map(({ stream, body }) => [stream, body]),
      ['a', 'b', 'e'].map((text) => [STREAM, text]),
    );
  });

  test(`a repeat is stored once; records without a time are new each time, decoded ${where}`, async () => {
    const { app, store, intake } = setUp(limits);
    for (let i = 0; i < 3; i++) {
      assert.equal((await post(app, '/v1/logs', logs(log('a')))).body, '{}');
      assert.equal((await post(app, '/v1/traces', traces(span(1)))).body, '{}');
      await post(app, '/v1/logs', logs({ body: { stringValue: 'now' } }));
    }
    assert.deepEqual(
      store.logs.map(({ body }) => body),
      ['a', 'now', 'now', 'now'],
    );
    assert.equal(store.spans.length, 1);
    const own = intake.counters
      .snapshot()
      .protocols.find(({ protocol }) => protocol === 'otlp_http');
    assert.deepEqual(own?.records, { accepted: 4, repeated: 2, rejected: 0 });
    assert.deepEqual(own?.spans, { accepted: 1, repeated: 2, rejected: 0 });
  });
}

test('observers see what was stored, once', async () => {
  const { app, records, store } = setUp();
  const seen: string[] = [];
  const stop = records.observers.watchLogs({
    onLogs(tenant, batch, labelsOf) {
      seen.push(`${tenant} ${batch.n} ${labelsOf(batch.stream[0]).join()}`);
    },
  });
  records.observers.watchSpans({
    onSpans(tenant, batch, labelsOf) {
      seen.push(`${tenant} ${batch.n} spans ${labelsOf(batch.stream[0]).join()}`);
    },
  });
  await post(app, '/v1/logs', logs(log('a'), log('b')));
  await post(app, '/v1/logs', logs(log('a'), log('b')));
  await post(app, '/v1/traces', traces(span(1)), { 'x-scope-orgid': 'team' });
  store.failure = new StoreUnavailableError('the disk is full');
  await post(app, '/v1/logs', logs(log('c')));
  store.failure = undefined;
  stop();
  await post(app, '/v1/logs', logs(log('d')));
  const labels = 'host.name,h1,service.name,shop';
  assert.deepEqual(seen, [`default 2 ${labels}`, `team 1 spans ${labels}`]);
});

test('errors', async () => {
  const { app, store, intake } = setUp({ maxDecompressedBytes: 10_000, maxPointsPerRequest: 3 });
  const four = [log('a'), log('b'), log('c'), log('d')];
  const bomb = gzipSync(new Uint8Array(1_000_000));
  const gzip = { 'content-encoding': 'gzip' };
  const protobuf = { 'content-type': 'application/x-protobuf' };
  const cases: [status: number, url: string, body: unknown, headers?: Record<string, string>][] = [
    [400, '/v1/logs', { resourceLogs: [1] }],
    [400, '/v1/traces', new Uint8Array([10, 5, 1]), protobuf],
    [413, '/v1/logs', bomb, gzip],
    [413, '/v1/logs', logs(...four)],
    [413, '/v1/traces', traces(span(1), span(2), span(3), span(4))],
    [415, '/v1/traces', 'x', { 'content-type': 'text/plain' }],
  ];
  for (const [status, url, body, headers] of cases) {
    assert.equal((await post(app, url, body, headers)).statusCode, status);
  }
  store.failure = new StoreUnavailableError('the disk is full');
  for (const url of ['/v1/logs', '/v1/traces']) {
    const body = url === '/v1/logs' ? logs(log('a')) : traces(span(1));
    const full = await post(app, url, body);
    assert.equal(full.statusCode, 503);
    assert.equal(full.headers['retry-after'], '5');
    assert.deepEqual(full.json(), { code: 14, message: 'the disk is full' });
  }
  store.failure = new TenantLimitError('too many tenants');
  assert.equal((await post(app, '/v1/logs', logs(log('a')))).statusCode, 429);
  const [rejection] = intake.counters.snapshot().rejections;
  assert.deepEqual([rejection?.item, rejection?.reason], ['records', 'tenant_limit']);
  assert.equal((await app.inject({ method: 'GET', url: '/v1/logs' })).statusCode, 405);
});

test('records before retention are refused', async () => {
  const { app, store } = setUp();
  store.minLogTime = NOW - 1000;
  const old = { timeUnixNano: ns(NOW - 2000) };
  const answer = await post(app, '/v1/logs', logs(log('a'), log('b', old)));
  assert.equal(answer.json().partialSuccess.rejectedLogRecords, '1');
  assert.match(answer.json().partialSuccess.errorMessage, /before retention/);
});
