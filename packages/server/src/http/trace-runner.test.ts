/** Nothing that can be asked of the trace APIs makes them fail otherwise than with an error of the asker. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shopRequest, traceRig } from './test-trace-rig.ts';
import { goDurationNs, traceIdOf } from './trace-runner.ts';

const { app } = traceRig([shopRequest]);

const NAMES = [
  ...['service', 'operation', 'spanKind', 'tags', 'tag', 'start', 'end', 'lookback', 'limit'],
  ...['minDuration', 'maxDuration', 'traceID', 'endTs', 'query.serviceName', 'query.startTimeMin'],
  ...['query.start_time_max', 'query.durationMin', 'query.attributes', 'query.searchDepth', 'q'],
  ...['spss', 'scope', 'step', 'since', 'exemplars', 'keep_hierarchy', 'query'],
];
const PATHS = [
  ...['jaeger/api/services/shop/operations', 'jaeger/api/operations', 'jaeger/api/traces'],
  ...['jaeger/api/dependencies', 'jaeger/api/v3/operations', 'jaeger/api/v3/traces'],
  ...['jaeger/api/v3/trace-summaries', 'tempo/api/search', 'tempo/api/v2/search/tags'],
  ...['tempo/api/search/tag/name/values', 'tempo/api/v2/search/tag/span.http.route/values'],
  ...['tempo/api/metrics/query_range', 'tempo/api/metrics/query', 'tempo/api/v2/traces/c1'],
];
const value = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    ...['0', '1', '-1', '1e9', '99999999999999999999', 'NaN', '1700000000', '1700000000000000'],
    ...['{}', '[]', '{"error":"true"}', '{"a":null}', '{"a":1e400}', 'a=b', 'shop', 'true', '5ms'],
    ...['1h', '2023-11-14T22:13:20Z', '9999-12-31T23:59:59.999999999Z', '{ status = error }'],
    ...['{} | rate()', '{} | rate() by (name)', '{ .a =~ "(" }', 'resource.', '(((((', '\u0000'],
  ),
);

test('random parameters', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PATHS),
      fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 5 }),
      async (path, pairs) => {
        const url = `/${path}?${new URLSearchParams(pairs)}`;
        const { statusCode, body } = await app.inject(url);
        assert.ok(statusCode < 500, `${url}: ${statusCode} ${body}`);
      },
    ),
    { numRuns: 600 },
  );
});

test('random paths', async () => {
  const bases = [
    ...['jaeger/api/traces/', 'jaeger/api/v3/traces/', 'tempo/api/traces/', 'api/v1/traces/'],
    ...['tempo/api/v2/search/tag/', 'jaeger/api/services/', 'api/v1/traces/c1/spans/'],
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...bases), value, async (base, text) => {
      const url = `/${base}${encodeURIComponent(text.toWellFormed())}${base.includes('tag') ? '/values' : ''}`;
      const { statusCode, body } = await app.inject(url);
      assert.ok(statusCode < 500, `${url}: ${statusCode} ${body}`);
    }),
    { numRuns: 200 },
  );
});

test('paths that look like patterns of routes', async () => {
  for (const path of ['services/* ', 'services/*', ':x(', 'traces/a/:b', '*']) {
    const { statusCode } = await app.inject(`/jaeger/api/${encodeURI(path)}`);
    assert.equal(statusCode, 404, path);
  }
});

test('deep and long queries are refused', async () => {
  const deep = `${'('.repeat(5000)}{}${')'.repeat(5000)}`;
  for (const q of [deep, `{ ${'.a = 1 && '.repeat(3000)}.a = 1 }`]) {
    const answer = await app.inject(`/tempo/api/search?${new URLSearchParams({ q })}`);
    assert.equal(answer.statusCode, 400);
  }
  const tags = JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [i, 'x'])));
  const many = await app.inject(
    `/jaeger/api/traces?${new URLSearchParams({ service: 'a', tags })}`,
  );
  assert.equal(many.statusCode, 400);
  const nested = `${'['.repeat(20_000)}`;
  const odd = await app.inject(
    `/jaeger/api/traces?${new URLSearchParams({ service: 'a', tags: nested })}`,
  );
  assert.equal(odd.statusCode, 400);
});

test('durations as Go writes them', () => {
  const cases: [string, number | undefined][] = [
    ['1.5ms', 1_500_000],
    ['1h2m3s', 3_723_000_000_000],
    ['.5s', 500_000_000],
    ['10µs', 10_000],
    ['0', 0],
    ['+5ns', 5],
    ['', undefined],
    ['5', undefined],
    ['-5ms', undefined],
    ['1ms2', undefined],
    ['99999999h', undefined],
  ];
  for (const [text, want] of cases) assert.equal(goDurationNs(text), want, text);
});

test('trace ids', () => {
  assert.equal(traceIdOf('Ab'), '000000000000000000000000000000ab');
  assert.equal(traceIdOf('f'.repeat(32)), 'f'.repeat(32));
  for (const text of ['', 'g', 'f'.repeat(33), ' a']) assert.throws(() => traceIdOf(text));
});
