import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { until } from '../../../../../test/harness/process.ts';
import { CRON_TRACE, SHOP_TRACE, shopRequest, traceRig } from '../test-trace-rig.ts';
import { spanDetail, traceColumns } from './traces.ts';

const manySpans = Array.from({ length: 20_000 }, (_, i) => ({
  traceId: '000000000000000000000000000000aa',
  spanId: (i + 1).toString(16).padStart(16, '0'),
  parentSpanId:
    i === 0
      ? ''
      : Math.ceil(i / 2)
          .toString(16)
          .padStart(16, '0'),
  name: `step ${i % 50}`,
  startTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(i) * 1000n),
  endTimeUnixNano: String(1_700_000_001_000_000_000n),
}));
const spinning = {
  traceId: '0000000000000000000000000000dead',
  spanId: '00000000000000dd',
  name: 'x',
  startTimeUnixNano: '1600000000000000000',
  endTimeUnixNano: '1600000000000000000',
};
const many = { resourceSpans: [{ scopeSpans: [{ spans: [...manySpans, spinning] }] }] };
const { app, queries } = traceRig([shopRequest, many]);

test('columns of a trace', async () => {
  const answer = await app.inject(`/api/v1/traces/${SHOP_TRACE}`);
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.deepEqual(traceColumns.parse(answer.json()), {
    trace_id: SHOP_TRACE,
    start_ns: '1700000000000000001',
    duration_ns: 250_001_500,
    services: ['shop', 'db'],
    names: ['GET /cart', 'SELECT'],
    spans: {
      id: ['00f067aa0ba902b7', 'b7ad6b7169203331'],
      parent: [-1, 0],
      service: [0, 1],
      name: [0, 1],
      start_us: [0, 19_999.999],
      duration_us: [250_001.5, 100_000],
      kind: [2, 3],
      status: [1, 2],
      events: [1, 0],
    },
  });
  const orphan = (await app.inject('/api/v1/traces/C1')).json();
  assert.equal(orphan.trace_id, CRON_TRACE);
  assert.deepEqual(orphan.spans.parent, [-2]);
});

test('everything of a span', async () => {
  const answer = await app.inject(`/api/v1/traces/${SHOP_TRACE}/spans/00f067aa0ba902b7`);
  const span = spanDetail.parse(answer.json());
  assert.deepEqual(span.scope, { name: 'http', version: '1.0' });
  assert.equal(span.trace_state, 'a=b');
  assert.deepEqual(span.resource, [
    { name: 'host.name', type: 'string', value: 'h1' },
    { name: 'pid', type: 'string', value: '7' },
    { name: 'service.name', type: 'string', value: 'shop' },
  ]);
  assert.deepEqual(
    span.attributes.map(({ name, type, value }) => `${name} ${type} ${value}`),
    [
      'http.route string /cart',
      'http.status_code int 200',
      'big int 9223372036854775807',
      'ratio double 0.5',
      'cached bool true',
      'raw bytes AAEC',
      'list json ["x",5]',
    ],
  );
  assert.deepEqual(span.events[0], {
    time_ns: '1700000000010000000',
    name: 'cache miss',
    attributes: [{ name: 'key', type: 'string', value: 'cart:1' }],
    dropped_attributes: 0,
  });
  assert.equal(span.links[0].trace_id, CRON_TRACE);
  const child = await app.inject(`/api/v1/traces/${SHOP_TRACE}/spans/b7ad6b7169203331`);
  assert.equal(child.json().status_message, 'deadlock');
});

test('problems', async () => {
  const cases: [string, number][] = [
    ['/api/v1/traces/c2', 404],
    ['/api/v1/traces/c2/spans/aa', 404],
    ['/api/v1/traces/c1/spans/bb', 404],
    ['/api/v1/traces/xyz', 400],
    [`/api/v1/traces/${'f'.repeat(33)}`, 400],
    ['/api/v1/traces/c1/spans/%00', 400],
    [`/api/v1/traces/c1/spans/${'f'.repeat(17)}`, 400],
  ];
  for (const [url, status] of cases) {
    const answer = await app.inject(url);
    assert.equal(answer.statusCode, status, url);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    assert.equal(answer.json().status, status);
  }
});

test('a large trace is answered in pieces, compressed for who asks', async () => {
  const plain = await app.inject('/api/v1/traces/aa');
  const columns = traceColumns.parse(plain.json());
  assert.equal(columns.spans.id.length, 20_000);
  assert.deepEqual(columns.spans.parent.slice(0, 5), [-1, 0, 0, 1, 1]);
  assert.equal(columns.spans.start_us[19_999], 19_999);
  const packed = await app.inject({
    url: '/api/v1/traces/aa',
    headers: { 'accept-encoding': 'gzip', via: '1.1 proxy' },
  });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(packed.rawPayload).toString(), plain.body);
});

test('a client that leaves stops its query', async () => {
  const server = await app.listen({ host: '127.0.0.1', port: 0 });
  const before = queries.stats().cancelled;
  const client = new AbortController();
  const asked = fetch(`${server}/api/v1/traces/dead`, { signal: client.signal });
  await until('the query runs', () => queries.stats().running > 0);
  client.abort();
  await assert.rejects(asked);
  await until('the query has ended', () => queries.stats().running === 0);
  assert.equal(queries.stats().cancelled, before + 1);
  assert.equal((await fetch(`${server}/api/v1/traces/c1`)).status, 200);
  await app.close();
});

test('the document declares both routes and their parameters', async () => {
  const { app: other } = traceRig([]);
  const { paths } = (await other.inject('/openapi.json')).json();
  const route = paths['/api/v1/traces/{traceId}/spans/{spanId}'].get;
  assert.equal(route.operationId, 'getSpan');
  assert.deepEqual(
    route.parameters.map(({ name, in: where }: { name: string; in: string }) => `${where} ${name}`),
    ['path traceId', 'path spanId'],
  );
  assert.equal(paths['/api/v1/traces/{traceId}'].get.operationId, 'getTrace');
});
