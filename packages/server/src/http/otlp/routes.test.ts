import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { StoreUnavailableError, TenantLimitError } from '@sightline/store';
import { ProtobufWriter } from '@sightline/wire';
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

const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF_TYPE = { 'content-type': 'application/x-protobuf' };
const ns = (ms: number) => `${ms}000000`;

function post(
  app: FastifyInstance,
  payload: unknown,
  headers: Record<string, string> = JSON_TYPE,
  url = '/v1/metrics',
) {
  const body = payload instanceof Uint8Array ? Buffer.from(payload) : JSON.stringify(payload);
  return app.inject({ method: 'POST', url, headers, payload: body });
}

const gauge = (...points: { asDouble?: number; timeUnixNano?: string }[]) => ({
  resourceMetrics: [
    { scopeMetrics: [{ metrics: [{ name: 'g', gauge: { dataPoints: points } }] }] },
  ],
});
const delta = (start: number, end: number, asInt: string) => ({
  resourceMetrics: [
    {
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'd',
              sum: {
                aggregationTemporality: 1,
                isMonotonic: true,
                dataPoints: [{ startTimeUnixNano: ns(start), timeUnixNano: ns(end), asInt }],
              },
            },
          ],
        },
      ],
    },
  ],
});

/** `g` at NOW with this value. */
function protobuf(value: number): Uint8Array {
  const w = new ProtobufWriter();
  w.message(1, () =>
    w.message(2, () =>
      w.message(2, () => {
        w.text(1, 'g');
        w.message(5, () =>
          w.message(1, () => {
            const time = BigInt(NOW) * 1_000_000n;
            w.tag(3, 1);
            w.fixed64(Number(BigInt.asUintN(32, time)), Number(time >> 32n));
            w.tag(4, 1);
            w.double(value);
          }),
        );
      }),
    ),
  );
  return w.finish();
}

test('every path, encoding and compression stores the same', async () => {
  const { app, store } = setUp();
  for (const url of ['/v1/metrics', '/api/v1/otlp/v1/metrics', '/otlp/v1/metrics']) {
    store.rows.length = 0;
    const json = await post(app, gauge({ asDouble: 1.5, timeUnixNano: ns(NOW) }), JSON_TYPE, url);
    assert.equal(json.statusCode, 200);
    assert.equal(json.body, '{}');
    assert.match(String(json.headers['content-type']), /^application\/json/);
    for (const [coding, body] of [
      ['identity', protobuf(2)],
      ['gzip', gzipSync(protobuf(3))],
      ['zstd', zstdCompressSync(protobuf(4))],
    ] as const) {
      const headers = { ...PROTOBUF_TYPE, 'content-encoding': coding };
      const answer = await post(app, body, headers, url);
      assert.equal(answer.statusCode, 200, answer.body);
      assert.equal(answer.rawPayload.length, 0);
      assert.equal(answer.headers['content-type'], 'application/x-protobuf');
    }
    assert.deepEqual(store.values('g'), [1.5, 2, 3, 4]);
  }
});

test('an empty request is a success', async () => {
  const { app } = setUp();
  assert.equal((await post(app, new Uint8Array(0), PROTOBUF_TYPE)).statusCode, 200);
  const gzip = { ...PROTOBUF_TYPE, 'content-encoding': 'gzip' };
  assert.equal((await post(app, new Uint8Array(0), gzip)).statusCode, 200);
  assert.equal((await post(app, {})).body, '{}');
});

test('partial success', async () => {
  const { app, store, intake } = setUp();
  const body = gauge({ asDouble: 1, timeUnixNano: ns(NOW) }, { timeUnixNano: ns(NOW) }, {});
  const answer = await post(app, body);
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), {
    partialSuccess: {
      rejectedDataPoints: '2',
      errorMessage: 'metric "g": point without a value; metric "g": time_unix_nano is not set',
    },
  });
  assert.deepEqual(store.values('g'), [1]);
  const { rejections, protocols } = intake.counters.snapshot();
  assert.deepEqual(
    rejections.map(({ protocol, reason, count }) => [protocol, reason, count]),
    [
      ['otlp_http', 'no_value', 1],
      ['otlp_http', 'invalid_value', 1],
    ],
  );
  const own = protocols.find(({ protocol }) => protocol === 'otlp_http');
  assert.equal(own?.points.accepted, 1);
});

test('errors are google.rpc.Status in the encoding of the request', async () => {
  const { app, intake } = setUp({ maxDecompressedBytes: 10_000, maxPointsPerRequest: 3 });
  const json = await post(app, new TextEncoder().encode('{"resourceMetrics":[1]}'));
  assert.equal(json.statusCode, 400);
  assert.equal(json.json().code, 3);
  assert.match(json.json().message, /JSON: an object belongs here/);
  const binary = await post(app, new Uint8Array([10, 5, 1]), PROTOBUF_TYPE);
  assert.equal(binary.statusCode, 400);
  assert.equal(binary.headers['content-type'], 'application/x-protobuf');
  assert.deepEqual([...binary.rawPayload.subarray(0, 3)], [8, 3, 18]);
  const bomb = gzipSync(new Uint8Array(1_000_000));
  const large = await post(app, bomb, { ...PROTOBUF_TYPE, 'content-encoding': 'gzip' });
  assert.equal(large.statusCode, 413);
  assert.deepEqual([...large.rawPayload.subarray(0, 2)], [8, 8]);
  const point = { asDouble: 1, timeUnixNano: ns(NOW) };
  assert.equal((await post(app, gauge(point, point, point, point))).statusCode, 413);
  const broken = await post(app, new Uint8Array(9), { ...JSON_TYPE, 'content-encoding': 'gzip' });
  assert.equal(broken.statusCode, 400);
  const coding = await post(app, new Uint8Array(9), { ...JSON_TYPE, 'content-encoding': 'lzw' });
  assert.equal(coding.statusCode, 415);
  const type = await post(app, gauge(), { 'content-type': 'text/plain' });
  assert.equal(type.statusCode, 415);
  assert.equal(type.json().code, 3);
  const own = intake.counters.snapshot().protocols.find(({ protocol }) => protocol === 'otlp_http');
  assert.equal(own?.failedRequests, 7);
});

test('what may be tried again says when', async () => {
  const { app, store, intake } = setUp();
  store.failure = new StoreUnavailableError('the disk is full');
  const full = await post(app, gauge({ asDouble: 1, timeUnixNano: ns(NOW) }));
  assert.equal(full.statusCode, 503);
  assert.equal(full.headers['retry-after'], '5');
  assert.deepEqual(full.json(), { code: 14, message: 'the disk is full' });
  store.failure = new TenantLimitError('too many tenants');
  const tenants = await post(app, gauge({ asDouble: 1, timeUnixNano: ns(NOW) }));
  assert.equal(tenants.statusCode, 429);
  assert.equal(tenants.headers['retry-after'], '60');
  const [rejection] = intake.counters.snapshot().rejections;
  assert.deepEqual([rejection?.reason, rejection?.count], ['tenant_limit', 1]);
});

test('other methods and other signals', async () => {
  const { app } = setUp();
  const get = await app.inject({ method: 'GET', url: '/v1/metrics' });
  assert.equal(get.statusCode, 405);
  assert.equal(get.headers.allow, 'POST');
  const answer = await post(app, {}, JSON_TYPE, '/v1/profiles');
  assert.equal(answer.statusCode, 404);
  assert.equal(answer.json().code, 5);
  assert.match(answer.json().message, /not served/);
});

for (const limits of [{}, { offloadBytes: 10 }]) {
  test(`deltas are stored as what they have come to ${JSON.stringify(limits)}`, async () => {
    const { app, store } = setUp(limits);
    await post(app, delta(NOW - 3000, NOW - 2000, '5'));
    await post(app, delta(NOW - 2000, NOW - 1000, '2'));
    const repeat = await post(app, delta(NOW - 2000, NOW - 1000, '2'));
    assert.equal(repeat.body, '{}');
    const late = await post(app, delta(NOW - 3000, NOW - 2000, '5'));
    assert.equal(late.json().partialSuccess.rejectedDataPoints, '1');
    await post(app, delta(NOW - 1000, NOW, '1'), { ...JSON_TYPE, 'x-scope-orgid': 'other' });
    assert.deepEqual(store.values('d_total'), [5, 7, 7, 1]);
  });
}

test('a delta that did not reach the store may be sent again', async () => {
  const { app, store } = setUp();
  await post(app, delta(NOW - 3000, NOW - 2000, '5'));
  store.failure = new StoreUnavailableError('the disk is full');
  assert.equal((await post(app, delta(NOW - 2000, NOW - 1000, '2'))).statusCode, 503);
  store.failure = undefined;
  assert.equal((await post(app, delta(NOW - 2000, NOW - 1000, '2'))).body, '{}');
  assert.deepEqual(store.values('d_total'), [5, 2], 'a new run, which readers see as a reset');
});

test('large bodies are decoded in the worker and come out the same', async () => {
  const { app, store } = setUp({ offloadBytes: 1000 });
  const points = [...Array(100).keys()].map((i) => ({
    asInt: `${i}`,
    timeUnixNano: ns(NOW),
    attributes: [{ key: 'i', value: { intValue: i } }],
  }));
  assert.equal(
    (await post(app, gauge(...points, {}))).json().partialSuccess.rejectedDataPoints,
    '1',
  );
  assert.equal(store.rows.length, 100);
  assert.deepEqual(store.values('g{i="42"}'), [42]);
  const cut = Buffer.from(JSON.stringify(gauge(...points)).slice(0, -1));
  assert.equal((await post(app, cut)).statusCode, 400);
});
