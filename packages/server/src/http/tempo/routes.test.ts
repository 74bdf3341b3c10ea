import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOfProtobuf } from '../../queries/testing/memory-traces.ts';
import { CRON_TRACE, SHOP_TRACE, shopRequest, traceRig } from '../test-trace-rig.ts';

const NOW = 1_700_000_060_000;
const { app } = traceRig([shopRequest], [], NOW);

async function ask(path: string, parameters: Record<string, string> = {}, accept = '*/*') {
  const query = new URLSearchParams(parameters);
  const url = `/tempo/api/${path}?${query}`;
  const answer = await app.inject({ url, headers: { accept } });
  return {
    status: answer.statusCode,
    type: answer.headers['content-type'],
    text: answer.body,
    bytes: answer.rawPayload,
  };
}

async function json(path: string, parameters: Record<string, string> = {}) {
  const { status, text } = await ask(path, parameters);
  assert.equal(status, 200, text);
  return JSON.parse(text);
}

test('a trace as JSON: ids in base64, enums by name', async () => {
  const { batches } = await json(`traces/${SHOP_TRACE}`);
  assert.equal(batches.length, 2);
  const [span] = batches[0].scopeSpans[0].spans;
  assert.equal(Buffer.from(span.traceId, 'base64').toString('hex'), SHOP_TRACE);
  assert.equal(span.kind, 'SPAN_KIND_SERVER');
  assert.deepEqual(span.status, { code: 'STATUS_CODE_OK' });
  assert.deepEqual(batches[0].scopeSpans[0].scope, { name: 'http', version: '1.0' });
  assert.deepEqual(span.attributes[2], { key: 'big', value: { intValue: '9223372036854775807' } });
  assert.deepEqual(span.attributes[6], {
    key: 'list',
    value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '5' }] } },
  });
  const v2 = await json(`v2/traces/${SHOP_TRACE}`, { start: '1', end: '2' });
  assert.deepEqual(v2, { trace: { resourceSpans: batches }, metrics: {} });
});

test('a trace as protobuf, alone and in an envelope', async () => {
  const v1 = await ask(`traces/${SHOP_TRACE}`, {}, 'application/protobuf');
  assert.equal(v1.type, 'application/protobuf');
  const rows = rowsOfProtobuf(v1.bytes);
  assert.deepEqual(
    rows.map(({ record }) => record.name),
    ['GET /cart', 'SELECT'],
  );
  const v2 = await ask(`v2/traces/${SHOP_TRACE}`, {}, 'application/protobuf');
  const head = v2.bytes.length - v1.bytes.length;
  assert.equal(v2.bytes[0], 0x0a);
  assert.deepEqual(v2.bytes.subarray(head), v1.bytes);
});

test('errors are text', async () => {
  assert.equal((await ask('traces/c2')).status, 404);
  const unknown = await ask('v2/traces/c2');
  assert.deepEqual(
    [unknown.status, unknown.type, unknown.text],
    [404, 'text/plain; charset=utf-8', 'trace not found\n'],
  );
  for (const id of ['xyz', '0'.repeat(40), '%00']) {
    assert.equal((await ask(`traces/${id}`)).status, 400, id);
  }
  const parameters: [string, Record<string, string>][] = [
    ['search', { q: '{ nonsense' }],
    ['search', { q: '{} | rate()' }],
    ['search', { q: '{}', tags: 'a=b' }],
    ['search', { tags: 'a=b a=c' }],
    ['search', { tags: 'a="b' }],
    ['search', { limit: '0' }],
    ['search', { limit: 'x' }],
    ['search', { limit: '1000000' }],
    ['search', { start: '5', end: '4' }],
    ['search', { start: '-5' }],
    ['search', { minDuration: '2s', maxDuration: '1s' }],
    ['search', { minDuration: 'x' }],
    ['v2/search/tags', { scope: 'planet' }],
    ['metrics/query_range', { q: '{}' }],
    ['metrics/query_range', { q: '{} | rate()', step: '0' }],
    ['metrics/query_range', { q: '{} | rate()', start: '9', end: '8' }],
    ['metrics/query_range', { q: '{} | rate()', since: 'long' }],
    ['v2/traces/c1', { q: '{} | count() > 1' }],
    ['v2/traces/c1', { q: '{' }],
  ];
  for (const [path, query] of parameters) {
    const { status, type } = await ask(path, query);
    assert.deepEqual([status, type], [400, 'text/plain; charset=utf-8'], JSON.stringify(query));
  }
  const post = await app.inject({ method: 'POST', url: '/tempo/api/search' });
  assert.deepEqual(
    [post.statusCode, post.headers['content-type']],
    [405, 'text/plain; charset=utf-8'],
  );
});

test('search by TraceQL: newest first, 64-bit integers as text', async () => {
  const { traces, metrics } = await json('search', { q: '{}', start: '1', end: '1800000000' });
  assert.deepEqual(
    traces.map(({ traceID }: { traceID: string }) => traceID),
    [CRON_TRACE, SHOP_TRACE],
  );
  assert.equal(metrics.inspectedTraces, 2);
  const found = await json('search', {
    q: '{ span.http.status_code = 200 } | select(status)',
    spss: '1',
  });
  assert.deepEqual(found.traces, [
    {
      traceID: SHOP_TRACE,
      rootServiceName: 'shop',
      rootTraceName: 'GET /cart',
      startTimeUnixNano: '1700000000000000001',
      durationMs: 250,
      spanSet: found.traces[0].spanSets[0],
      spanSets: [
        {
          spans: [
            {
              spanID: '00f067aa0ba902b7',
              name: 'GET /cart',
              startTimeUnixNano: '1700000000000000001',
              durationNanos: '250001500',
              attributes: [
                { key: 'http.status_code', value: { intValue: '200' } },
                { key: 'status', value: { stringValue: 'ok' } },
              ],
            },
          ],
          matched: 1,
        },
      ],
      serviceStats: { db: { spanCount: 1, errorCount: 1 }, shop: { spanCount: 1 } },
    },
  ]);
});

test('search by tags: part of a text, numbers, errors, durations', async () => {
  const find = async (parameters: Record<string, string>) =>
    (await json('search', parameters)).traces.map(({ traceID }: { traceID: string }) => traceID);
  assert.deepEqual(await find({ tags: 'service.name=SHO' }), [SHOP_TRACE]);
  assert.deepEqual(await find({ tags: 'service.name=shop http.status_code=200' }), [SHOP_TRACE]);
  assert.deepEqual(await find({ tags: 'service.name=shop http.status_code=404' }), []);
  assert.deepEqual(await find({ tags: 'name="get /"' }), [SHOP_TRACE]);
  assert.deepEqual(await find({ tags: 'http.route=.*' }), [], 'no pattern');
  assert.deepEqual(await find({ tags: 'error=true' }), [SHOP_TRACE]);
  assert.deepEqual(await find({ tags: 'status=error' }), [SHOP_TRACE]);
  assert.deepEqual(await find({ minDuration: '250ms' }), [SHOP_TRACE]);
  assert.deepEqual(await find({ maxDuration: '100ms' }), [CRON_TRACE]);
  assert.deepEqual(await find({ limit: '1' }), [CRON_TRACE]);
  assert.deepEqual(await find({ start: '1600000000', end: '1600000001' }), []);
});

test('a filter on a trace keeps the way to the root', async () => {
  const namesOf = async (parameters: Record<string, string>) => {
    const { trace } = await json(`v2/traces/${SHOP_TRACE}`, parameters);
    return trace.resourceSpans.flatMap(
      ({ scopeSpans }: { scopeSpans: { spans: { name: string }[] }[] }) =>
        scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
    );
  };
  const q = '{ status = error }';
  assert.deepEqual(await namesOf({ q }), ['GET /cart', 'SELECT']);
  assert.deepEqual(await namesOf({ q, keep_hierarchy: 'false' }), ['SELECT']);
  assert.deepEqual(await namesOf({ q: '{ name = "no" }' }), []);
});

test('completion: names by scope, values with types', async () => {
  const { scopes } = await json('v2/search/tags');
  const tagsOf = (name: string) =>
    scopes.find((scope: { name: string }) => scope.name === name)?.tags;
  assert.deepEqual(tagsOf('resource'), ['host.name', 'pid', 'service.name']);
  assert.ok(tagsOf('span').includes('http.route'));
  assert.ok(!tagsOf('span').includes('otel.scope.name'));
  assert.ok(tagsOf('intrinsic').includes('duration'));
  const resource = await json('v2/search/tags', { scope: 'resource', limit: '1' });
  assert.deepEqual(resource.scopes, [{ name: 'resource', tags: ['host.name'] }]);
  const { tagNames } = await json('search/tags');
  assert.ok(tagNames.includes('db.system') && tagNames.includes('service.name'));
  const values = async (tag: string, parameters = {}) =>
    (await json(`v2/search/tag/${encodeURIComponent(tag)}/values`, parameters)).tagValues;
  assert.deepEqual(await values('resource.service.name'), [
    { type: 'string', value: 'cron' },
    { type: 'string', value: 'db' },
    { type: 'string', value: 'shop' },
  ]);
  assert.deepEqual(await values('span.http.status_code'), [{ type: 'int', value: '200' }]);
  assert.deepEqual(await values('.cached'), [{ type: 'bool', value: 'true' }]);
  assert.deepEqual((await values('status')).length, 3);
  assert.deepEqual((await values('name')).length, 3);
  assert.deepEqual(await values('resource.service.name', { q: '{ status = error }' }), [
    { type: 'string', value: 'db' },
  ]);
  assert.equal((await values('resource.service.name', { q: '{ resource.a = }' })).length, 3);
  assert.deepEqual(await values('span.odd\n"\\', { q: '{ status = error }' }), []);
  assert.equal((await values('span.odd\n"\\', { q: '{ name = "tick" }' })).length, 1);
  assert.deepEqual(await json('search/tag/service.name/values', { limit: '2' }), {
    tagValues: ['cron', 'db'],
    metrics: {},
  });
  assert.deepEqual(await values('span.nothing'), []);
  assert.deepEqual(tagsOf('event'), ['key']);
  assert.deepEqual(tagsOf('link'), ['why']);
  const one = async (tag: string) =>
    (await values(tag)).map((each: { value: string }) => each.value);
  assert.deepEqual(await one('event.key'), ['cart:1']);
  assert.deepEqual(await one('event:name'), ['cache miss']);
  assert.deepEqual(await one('link.why'), ['x']);
  assert.deepEqual(await one('statusMessage'), ['deadlock']);
  assert.deepEqual(await one('instrumentation:name'), ['http']);
});

test('metrics: a range, one value, an exemplar', async () => {
  const range = { start: '1699999990', end: '1700000010', step: '10s' };
  const q = '{} | count_over_time() by (resource.service.name)';
  const { series } = await json('metrics/query_range', { q, ...range });
  assert.equal(series.length, 3);
  assert.deepEqual(series[0].labels, [
    { key: 'resource.service.name', value: { stringValue: 'cron' } },
  ]);
  const counts = series[0].samples.filter(({ value }: { value: number }) => value > 0);
  assert.deepEqual(counts, [{ timestampMs: '1700000010000', value: 1 }]);
  assert.equal(series[0].exemplars[0].labels[0].value.stringValue, CRON_TRACE);
  assert.equal(series[0].exemplars[0].timestampMs, '1700000001000');
  const instant = await json('metrics/query', { q: '{} | count_over_time()', since: '2m' });
  assert.deepEqual(instant.series, [
    { labels: [{ key: '__name__', value: { stringValue: 'count_over_time' } }], value: 3 },
  ]);
  const nanos = { start: '1699999990000000000', end: '2023-11-14T22:13:30Z' };
  const again = await json('metrics/query', { q: '{} | count_over_time()', ...nanos });
  assert.equal(again.series[0].value, 3);
});

test('echo and buildinfo', async () => {
  const echo = await ask('echo');
  assert.deepEqual([echo.status, echo.text], [200, 'echo']);
  assert.equal((await json('status/buildinfo')).version, '1.2.3');
});
