/** The requests that Grafana's Tempo data source and Traces Drilldown send (grafana-tempo-datasource), asked of the real server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Peer, startSightline } from './harness/peers.ts';

let server: Peer;
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
const range = { start: `${startMs / 1000 - 60}`, end: `${startMs / 1000 + 600}` };
const TRACES = 40;

const id = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');
const nanos = (ms: number): string => `${Math.round(ms * 1000)}000`;
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** One trace every ten seconds: `frontend` asks `cart`, every fourth time in vain. */
function requestOf(i: number) {
  const at = startMs + i * 10_000;
  const failed = i % 4 === 0;
  const status = { code: failed ? 2 : 0 };
  const root = {
    traceId: id(i + 1, 32),
    spanId: id(1, 16),
    name: 'GET /cart',
    kind: 2,
    startTimeUnixNano: nanos(at),
    endTimeUnixNano: nanos(at + 100 + i),
    attributes: [text('http.route', '/cart'), { key: 'n', value: { intValue: `${i}` } }],
    status,
  };
  const exception = {
    timeUnixNano: nanos(at + 20),
    name: 'exception',
    attributes: [text('exception.type', 'Timeout'), text('exception.message', `no answer ${i}`)],
  };
  const child = {
    traceId: id(i + 1, 32),
    spanId: id(2, 16),
    parentSpanId: id(1, 16),
    name: 'load cart',
    kind: 3,
    startTimeUnixNano: nanos(at + 10),
    endTimeUnixNano: nanos(at + 60),
    events: failed ? [exception] : [],
    status,
  };
  const of = (service: string, span: object) => ({
    resource: { attributes: [text('service.name', service)] },
    scopeSpans: [{ scope: { name: 'test' }, spans: [span] }],
  });
  return { resourceSpans: [of('frontend', root), of('cart', child)] };
}

before(async () => {
  server = await startSightline({ args: ['--no-self-enabled'] });
  for (let i = 0; i < TRACES; i++) {
    const answer = await fetch(`${server.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(requestOf(i)),
    });
    assert.equal(answer.status, 200, await answer.text());
  }
});

after(() => server.stop());

async function get(path: string, parameters: Record<string, string> = {}) {
  const url = `${server.url}/tempo/api/${path}?${new URLSearchParams(parameters)}`;
  const answer = await fetch(url, { headers: { accept: 'application/json' } });
  const body = await answer.text();
  assert.equal(answer.status, 200, `${url}: ${body}`);
  return JSON.parse(body);
}

const search = async (q: string, more = {}) =>
  (await get('search', { q, ...range, limit: '200', spss: '10', ...more })).traces;

test('save and test', async () => {
  const answer = await fetch(`${server.url}/tempo/api/echo`);
  assert.deepEqual([answer.status, await answer.text()], [200, 'echo']);
});

test('a trace opened by its id: protobuf with a range; not found is 404 in both versions', async () => {
  const headers = { accept: 'application/protobuf' };
  const url = (version: string, n: number) =>
    `${server.url}/tempo/api/${version}traces/${id(n, 32)}?start=${range.start}&end=${range.end}`;
  const found = await fetch(url('v2/', 1), { headers });
  assert.deepEqual(
    [found.status, found.headers.get('content-type')],
    [200, 'application/protobuf'],
  );
  assert.ok((await found.arrayBuffer()).byteLength > 200);
  for (const version of ['v2/', '']) {
    const answer = await fetch(url(version, 9999), { headers });
    assert.equal(answer.status, 404);
    await answer.text();
  }
});

test('the search builder and TraceQL: newest first, the same again and again', async () => {
  const q = '{nestedSetParent<0 && true}';
  const traces = await search(q, { limit: '20', spss: '3' });
  const wanted = Array.from({ length: 20 }, (_, i) => id(TRACES - i, 32));
  assert.deepEqual(
    traces.map(({ traceID }: { traceID: string }) => traceID),
    wanted,
  );
  assert.deepEqual(await search(q, { limit: '20', spss: '3' }), traces);
  assert.equal(traces[0].rootServiceName, 'frontend');
  assert.equal(traces[0].rootTraceName, 'GET /cart');
  assert.equal(traces[0].durationMs, 100 + TRACES - 1);
  assert.equal(traces[0].startTimeUnixNano, nanos(startMs + (TRACES - 1) * 10_000));
});

test('structure, exceptions and errors of Traces Drilldown', async () => {
  const structure = await search(
    '({nestedSetParent<0 && true  && status = error} &>> { status = error }) || ({nestedSetParent<0 && true  && status = error}) | select(status, resource.service.name, name, nestedSetParent, nestedSetLeft, nestedSetRight)',
  );
  assert.equal(structure.length, TRACES / 4);
  const { spans, matched } = structure[0].spanSets[0];
  assert.equal(matched, 2);
  const attribute = (span: { attributes: { key: string; value: object }[] }, key: string) =>
    span.attributes.find((one) => one.key === key)?.value;
  assert.deepEqual(attribute(spans[1], 'service.name'), { stringValue: 'cart' });
  assert.deepEqual(attribute(spans[1], 'nestedSetParent'), { intValue: '1' });
  const exceptions = await search(
    '{nestedSetParent<0 && true && status = error} >> {event.exception.type != nil} | select(resource.service.name, event.exception.message,event.exception.stacktrace,event.exception.type) with(most_recent=true)',
  );
  assert.equal(exceptions.length, TRACES / 4);
  assert.match(JSON.stringify(exceptions[0]), /no answer 36/);
  assert.equal((await search('{span.n >= 30 && duration > 120ms}')).length, 10);
});

test('names and values to choose from, before anything was flushed', async () => {
  const { scopes } = await get('v2/search/tags', { limit: '5000', ...range });
  const tags = new Map(
    scopes.map(({ name, tags: own }: { name: string; tags: string[] }) => [name, own]),
  );
  assert.deepEqual(tags.get('resource'), ['service.name']);
  assert.deepEqual(tags.get('span'), ['http.route', 'n']);
  assert.deepEqual(tags.get('event'), ['exception.message', 'exception.type']);
  const values = async (tag: string, q = '') =>
    (
      await get(`v2/search/tag/${tag}/values`, {
        ...(q === '' ? {} : { q }),
        limit: '5000',
        ...range,
      })
    ).tagValues;
  assert.deepEqual(await values('resource.service.name', '{nestedSetParent<0 && true}'), [
    { type: 'string', value: 'frontend' },
  ]);
  assert.deepEqual(await values('event.exception.type'), [{ type: 'string', value: 'Timeout' }]);
  assert.equal((await values('span.n')).length, TRACES);
  assert.deepEqual(
    (await values('name')).map(({ value }: { value: string }) => value),
    ['GET /cart', 'load cart'],
  );
});

test('panels: rate, errors, durations, breakdown, comparison', async () => {
  const panel = async (q: string, step = '60s') =>
    (await get('metrics/query_range', { q, ...range, step })).series;
  const total = (series: { samples: { value: number }[] }[]): number =>
    series.flatMap(({ samples }) => samples).reduce((sum, { value }) => sum + value, 0);
  const count = await panel('{nestedSetParent<0 && true} | count_over_time()  with(sample=true)');
  assert.equal(total(count), TRACES);
  const errors = await panel('{nestedSetParent<0 && true && status=error} | rate()');
  assert.ok(Math.abs(total(errors) * 60 - TRACES / 4) < 1e-6);
  const histogram = await panel('{nestedSetParent<0 && true} | histogram_over_time(duration)');
  assert.ok(
    histogram.every(({ labels }: { labels: { key: string }[] }) => labels[0].key === '__bucket'),
  );
  const services = await panel(
    '{true && resource.service.name != nil} | rate() by(resource.service.name)',
  );
  assert.deepEqual(
    services.map(({ labels }: { labels: object[] }) => labels[0]),
    ['cart', 'frontend'].map((service) => text('resource.service.name', service)),
  );
  const quantile = await panel(
    '{true} | quantile_over_time(duration, 0.9) by(resource.service.name)',
  );
  assert.equal(quantile.length, 2);
  const compare = await panel(
    '{nestedSetParent<0 && true} | compare({status = error}, 10)',
    '660s',
  );
  assert.ok(compare.length > 0);
  const { series } = await get('metrics/query', { q: '{} | count_over_time()', ...range });
  assert.equal(series[0].value, TRACES * 2);
});

test('exemplars lead to their traces', async () => {
  const q = '{nestedSetParent<0} | quantile_over_time(duration, 0.5)';
  const { series } = await get('metrics/query_range', { q, ...range, step: '60s' });
  const [{ labels, timestampMs }] = series[0].exemplars;
  const { trace } = await get(`v2/traces/${labels[0].value.stringValue}`);
  const [span] = trace.resourceSpans[0].scopeSpans[0].spans;
  assert.equal(timestampMs, span.startTimeUnixNano.slice(0, 13));
});
