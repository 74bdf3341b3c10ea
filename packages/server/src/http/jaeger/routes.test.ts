import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CRON_TRACE, SHOP_TRACE, shopRequest, traceRig } from '../test-trace-rig.ts';

const NOW = 1_700_000_060_000;
const series = [
  {
    labels: {
      __name__: 'traces_service_graph_request_total',
      client: 'shop',
      server: 'db',
    },
    samples: [NOW - 50_000, 0, NOW - 40_000, 4, NOW - 10_000, 10],
  },
];
const { app } = traceRig([shopRequest], series, NOW);

async function get(path: string) {
  const answer = await app.inject(`/jaeger/api/${path}`);
  return { status: answer.statusCode, body: answer.json() };
}

async function idsOf(query: string): Promise<string[]> {
  const { status, body } = await get(`traces?${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body.data.map((trace: { traceID: string }) => trace.traceID);
}

test('services and operations, under both prefixes', async () => {
  const services = { data: ['cron', 'db', 'shop'], total: 3, limit: 0, offset: 0, errors: null };
  assert.deepEqual(await get('services'), { status: 200, body: services });
  assert.deepEqual((await app.inject('/api/services')).json(), services);
  assert.deepEqual((await get('services/shop/operations')).body.data, ['GET /cart']);
  const withKinds = await get('operations?service=db');
  assert.deepEqual(withKinds.body.data, [{ name: 'SELECT', spanKind: 'client' }]);
  assert.deepEqual((await get('operations?service=db&spanKind=server')).body.data, []);
  assert.equal((await get('operations')).status, 400);
  assert.deepEqual((await get('services/a%2Fb/operations')).body.data, []);
});

test('a trace in the words of Jaeger', async () => {
  const { status, body } = await get(`traces/${SHOP_TRACE.toUpperCase()}`);
  assert.equal(status, 200);
  const [trace] = body.data;
  assert.equal(trace.traceID, SHOP_TRACE);
  assert.deepEqual(trace.processes, {
    p1: {
      serviceName: 'shop',
      tags: [
        { key: 'host.name', type: 'string', value: 'h1' },
        { key: 'pid', type: 'string', value: '7' },
      ],
    },
    p2: { serviceName: 'db', tags: [] },
  });
  const [root, child] = trace.spans;
  assert.deepEqual(root, {
    traceID: SHOP_TRACE,
    spanID: '00f067aa0ba902b7',
    operationName: 'GET /cart',
    references: [{ refType: 'FOLLOWS_FROM', traceID: CRON_TRACE, spanID: '00000000000000aa' }],
    startTime: 1_700_000_000_000_000,
    duration: 250_001,
    tags: [
      { key: 'otel.scope.name', type: 'string', value: 'http' },
      { key: 'otel.scope.version', type: 'string', value: '1.0' },
      { key: 'http.route', type: 'string', value: '/cart' },
      { key: 'http.status_code', type: 'int64', value: 200 },
      { key: 'big', type: 'int64', value: '9223372036854775807' },
      { key: 'ratio', type: 'float64', value: 0.5 },
      { key: 'cached', type: 'bool', value: true },
      { key: 'raw', type: 'binary', value: 'AAEC' },
      { key: 'list', type: 'string', value: '["x",5]' },
      { key: 'span.kind', type: 'string', value: 'server' },
      { key: 'otel.status_code', type: 'string', value: 'OK' },
      { key: 'w3c.tracestate', type: 'string', value: 'a=b' },
    ],
    logs: [
      {
        timestamp: 1_700_000_000_010_000,
        fields: [
          { key: 'event', type: 'string', value: 'cache miss' },
          { key: 'key', type: 'string', value: 'cart:1' },
        ],
      },
    ],
    processID: 'p1',
    warnings: null,
  });
  assert.deepEqual(child.references, [
    { refType: 'CHILD_OF', traceID: SHOP_TRACE, spanID: '00f067aa0ba902b7' },
  ]);
  assert.deepEqual(child.tags.slice(1), [
    { key: 'span.kind', type: 'string', value: 'client' },
    { key: 'otel.status_code', type: 'string', value: 'ERROR' },
    { key: 'error', type: 'bool', value: true },
    { key: 'otel.status_description', type: 'string', value: 'deadlock' },
  ]);
});

test('short ids are padded; unknown ones are not found; others are refused', async () => {
  assert.equal((await get('traces/c1')).body.data[0].traceID, CRON_TRACE);
  assert.deepEqual(await get('traces/c2'), {
    status: 404,
    body: {
      data: null,
      total: 0,
      limit: 0,
      offset: 0,
      errors: [{ code: 404, msg: 'trace not found' }],
    },
  });
  for (const id of ['xyz', '0'.repeat(33), '%00', '..%2f..', 'c1%20']) {
    const { status, body } = await get(`traces/${id}`);
    assert.equal(status, 400, id);
    assert.equal(body.errors[0].code, 400);
  }
  const some = await get(`traces?traceID=c1&traceID=c2&traceID=c1`);
  assert.equal(some.body.data.length, 1);
  assert.deepEqual(some.body.errors, [
    { msg: 'trace not found', traceID: '000000000000000000000000000000c2' },
  ]);
});

test('search', async () => {
  const range = 'start=1699999999000000&end=1700000060000000';
  const find = (query: string) => idsOf(`${range}&${query}`);
  const tags = (object: object) => `tags=${encodeURIComponent(JSON.stringify(object))}`;
  assert.deepEqual(await find('service=shop'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&operation=GET%20%2Fcart'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&operation=SELECT'), []);
  assert.deepEqual(await find(`service=shop&${tags({ 'http.status_code': 200 })}`), [SHOP_TRACE]);
  assert.deepEqual(await find(`service=shop&${tags({ big: '9223372036854775807' })}`), [
    SHOP_TRACE,
  ]);
  assert.deepEqual(await find('service=shop&tag=key:cart:1'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&tag=why:x&tag=host.name:h1'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&tag=why:y'), []);
  assert.deepEqual(await find('service=shop&tag=span.kind:server'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&tag=span.kind:client'), []);
  assert.deepEqual(await find('service=shop&tag=otel.library.name:http'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&minDuration=250ms'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&minDuration=251ms'), []);
  assert.deepEqual(await find('service=db&maxDuration=100ms'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=db&maxDuration=99.9ms'), []);
  assert.deepEqual(await find('service=shop&tag=http.route:%2Fca.*'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&tag=http.route:.*ca'), [], 'the whole text');
  assert.deepEqual(await find('service=shop&tag=http.route:%5C%2Fcart'), [SHOP_TRACE]);
  assert.deepEqual(await find('service=shop&tag=http.route:*%2F*'), [], 'no pattern');
  assert.deepEqual(await find('service=shop&tag=event:cache%20miss'), [SHOP_TRACE]);
  assert.deepEqual(await find(`service=nobody`), []);
  assert.deepEqual(await idsOf('service=shop'), [SHOP_TRACE], 'the last two days');
  assert.deepEqual(await idsOf('service=shop&lookback=5s'), []);
});

test('error=true finds spans with status error and spans that say so', async () => {
  const query = (service: string, value: string) =>
    idsOf(`service=${service}&tags=${encodeURIComponent(JSON.stringify({ error: value }))}`);
  assert.deepEqual(await query('db', 'true'), [SHOP_TRACE]);
  assert.deepEqual(await query('cron', 'true'), [CRON_TRACE]);
  assert.deepEqual(await query('shop', 'true'), []);
  assert.deepEqual(await query('shop', 'false'), [SHOP_TRACE]);
  assert.deepEqual(await query('db', 'false'), []);
});

test('what a search refuses', async () => {
  for (const query of [
    '',
    'service=a&start=x',
    'service=a&start=9&end=1',
    'service=a&limit=0',
    'service=a&limit=-1',
    'service=a&limit=1e9',
    'service=a&minDuration=5',
    'service=a&minDuration=2s&maxDuration=1s',
    'service=a&tag=novalue',
    'service=a&tags=%7B',
    'service=a&tags=%5B1%5D',
    'service=a&tags=%7B%22a%22%3A%7B%7D%7D',
  ]) {
    const { status, body } = await get(`traces?${query}`);
    assert.equal(status, 400, query);
    assert.equal(body.data, null);
    assert.notEqual(body.errors[0].msg, '');
  }
  const service = `service=${'%F0%9F%92%A9'.repeat(1000)}`;
  assert.deepEqual(await idsOf(`${service}&tags=%7B%22__proto__%22%3A%221%22%7D`), []);
});

test('dependencies come from the metrics of the service graph', async () => {
  const { status, body } = await get(`dependencies?endTs=${NOW}&lookback=60000`);
  assert.equal(status, 200);
  assert.deepEqual(body.data, [{ parent: 'shop', child: 'db', callCount: 10 }]);
  const half = await get(`dependencies?endTs=${NOW}&lookback=40000`);
  assert.equal(half.body.data[0].callCount, 6);
  assert.deepEqual((await get(`dependencies?endTs=${NOW}&service=cron`)).body.data, []);
  assert.equal((await get('dependencies?endTs=x')).status, 400);
  assert.equal((await get('dependencies?lookback=999999999999999')).status, 200);
});

test('version 3: OTLP under result, both kinds of names', async () => {
  assert.deepEqual((await get('v3/services')).body, { services: ['cron', 'db', 'shop'] });
  assert.deepEqual((await app.inject('/api/v3/operations?service=cron')).json(), {
    operations: [{ name: 'tick', spanKind: 'internal' }],
  });
  const range =
    'query.start_time_min=2023-11-14T22:13:00Z&query.start_time_max=2023-11-14T22:14:00.123456789Z';
  const { status, body } = await get(`v3/traces?query.service_name=db&${range}`);
  assert.equal(status, 200);
  const { resourceSpans } = body.result;
  assert.equal(resourceSpans.length, 2);
  const [child] = resourceSpans[1].scopeSpans[0].spans;
  assert.deepEqual(child.status, { message: 'deadlock', code: 2 });
  assert.equal(child.startTimeUnixNano, '1700000000020000000');
  const attributes = encodeURIComponent('{"db.system":"postgresql"}');
  const camel = range.replaceAll('start_time_m', 'startTimeM');
  const again = await get(
    `v3/traces?query.serviceName=db&query.attributes=${attributes}&query.durationMin=1ms&query.searchDepth=1&${camel}`,
  );
  assert.deepEqual(again.body, body);
  const one = await get(`v3/traces/${SHOP_TRACE}`);
  assert.deepEqual(one.body, body);
  assert.deepEqual(await get('v3/traces/c2'), {
    status: 404,
    body: { error: { httpCode: 404, message: 'No traces found' } },
  });
});

test('version 3: summaries', async () => {
  const range =
    'query.startTimeMin=2023-11-14T22:13:00Z&query.startTimeMax=2023-11-14T22:14:00%2B00:00';
  const { body } = await get(`v3/trace-summaries?${range}`);
  assert.deepEqual(body.summaries, [
    {
      traceId: CRON_TRACE,
      minStartTimeUnixNano: '1700000001000000000',
      maxEndTimeUnixNano: '1700000001001000000',
      spanCount: 1,
      orphanSpanCount: 1,
      services: [{ name: 'cron', spanCount: 1 }],
    },
    {
      traceId: SHOP_TRACE,
      rootServiceName: 'shop',
      rootOperationName: 'GET /cart',
      minStartTimeUnixNano: '1700000000000000001',
      maxEndTimeUnixNano: '1700000000250001501',
      spanCount: 2,
      errorSpanCount: 1,
      services: [
        { name: 'db', spanCount: 1, errorSpanCount: 1 },
        { name: 'shop', spanCount: 1 },
      ],
    },
  ]);
});

test('version 3: what is refused', async () => {
  const range = 'query.startTimeMin=2023-11-14T22:13:00Z&query.startTimeMax=2023-11-14T22:14:00Z';
  for (const query of [
    'query.serviceName=a',
    'query.startTimeMin=x&query.startTimeMax=y',
    'query.startTimeMin=2023-11-14T22:13:00Z&query.startTimeMax=2022-11-14T22:13:00Z',
    `${range}&query.searchDepth=x`,
    `${range}&query.durationMax=1y`,
    `${range}&query.attributes=1`,
  ]) {
    const { status, body } = await get(`v3/traces?${query}`);
    assert.equal(status, 400, query);
    assert.equal(body.error.httpCode, 400);
  }
  assert.equal((await get('v3/traces/c1?start_time=x')).status, 400);
});

test('OTLP is turned into Jaeger JSON without being stored', async () => {
  const transform = (payload: string) =>
    app.inject({ method: 'POST', url: '/jaeger/api/transform', payload });
  const answer = await transform(JSON.stringify(shopRequest));
  assert.equal(answer.statusCode, 200);
  const stored = await get(`traces?traceID=${SHOP_TRACE}&traceID=${CRON_TRACE}`);
  assert.deepEqual(answer.json(), stored.body);
  assert.deepEqual((await transform('{}')).json().data, []);
  for (const bad of ['', '{', '[]', '{"resourceSpans":[{"scopeSpans":5}]}']) {
    const refused = await transform(bad);
    assert.equal(refused.statusCode, 400, bad);
    assert.equal(refused.json().errors[0].code, 400);
  }
});

test('errors before a route are Jaeger errors too', async () => {
  const other = await app.inject({ method: 'POST', url: '/jaeger/api/traces' });
  assert.equal(other.statusCode, 405);
  assert.equal(other.json().errors[0].code, 405);
  const unknown = await app.inject('/jaeger/api/v3/nothing');
  assert.equal(unknown.json().error.httpCode, 404);
  const tenant = await app.inject({
    url: '/api/traces/c1',
    headers: { 'x-scope-orgid': 'a b/..' },
  });
  assert.equal(tenant.json().errors[0].code, 400);
});
