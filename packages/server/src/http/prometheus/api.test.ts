import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { createLog } from '../../log.ts';
import { QueryPool } from '../../queries/pool.ts';
import { MANY_SERIES, type MemoryData } from '../../queries/testing/memory-reader.ts';
import { buildApp } from '../app.ts';
import { BodyBudget } from '../body.ts';
import { unescapeLabelName } from './label-name.ts';
import { MAX_TIME_MS, MIN_TIME_MS, parseTimeMs } from './params.ts';
import { registerPrometheus } from './routes.ts';

const NOW = 1_700_000_000_000;
const data: MemoryData = {
  series: [
    { labels: { __name__: 'up', job: 'a', instance: 'x:1' }, samples: [NOW - 1000, 1] },
    { labels: { __name__: 'up', job: 'b"\n' }, samples: [NOW - 2000, 0.5, NOW - 400_000, 7] },
    { labels: { __name__: 'http.x', 'a.b': '1' }, samples: [NOW - 1000, 3] },
  ],
  metadata: [
    { name: 'up', type: 'gauge', help: 'Whether', unit: '' },
    { name: 'up', type: 'gauge', help: 'Other', unit: '' },
    { name: 'b_total', type: 'counter', help: '', unit: 'bytes' },
  ],
};
const log = createLog('error', () => {});
const queries = new QueryPool({
  threads: 1,
  heapBytes: 64 * 1024 * 1024,
  idleMs: 60_000,
  limits: {
    queue: 100,
    maxSamples: 1e6,
    maxSamplesRead: 1e6,
    maxBytes: 1e7,
    maxResidentBytes: 1e12,
  },
  readerModule: new URL('../../queries/testing/memory-reader.ts', import.meta.url).href,
  store: data,
  snapshots: { snapshot: (tenant) => ({ id: 1, tenant }), release: () => {} },
  log,
});
const app = newApp();
after(() => queries.close());

function newApp(): FastifyInstance {
  const made = buildApp({
    log,
    token: undefined,
    allowedHosts: () => [],
    maxBodyBytes: 10_000_000,
    bodyBudget: new BodyBudget(1e7),
    pageFolder: '/nowhere',
  });
  registerPrometheus(made, {
    queries,
    targets: {
      active: () => [],
      dropped: () => [{ discoveredLabels: { job: 'p' }, scrapePool: 'p' }],
      droppedCounts: () => ({ p: 1 }),
      pools: () => ['p'],
    },
    limits: () => ({ timeoutMs: 60_000, lookbackMs: 300_000 }),
    status: {
      version: '0.0.0',
      startedMs: NOW,
      flags: () => ({ http: 'x' }),
      configYaml: async () => 'http: x\n',
      retention: () => '7d',
      reload: () => ({ ok: true, atMs: NOW }),
    },
    now: () => NOW,
  });
  return made;
}

async function get(url: string) {
  const answer = await app.inject(url);
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
}

const BIG =
  'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)';
const ZERO =
  'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer';
const EMPTY = 'invalid parameter "match[]": match[] must contain at least one non-empty matcher';
const refused: [string, string][] = [
  [
    'query?query=up&time=x',
    `invalid parameter "time": Invalid time value for 'time': cannot parse "x" to a valid timestamp`,
  ],
  ['query?query=up&timeout=x', 'invalid parameter "timeout": cannot parse "x" to a valid duration'],
  [
    'query?query=up&lookback_delta=x',
    'error parsing lookback delta duration: cannot parse "x" to a valid duration',
  ],
  [
    'query?query=up&limit=x',
    'invalid parameter "limit": strconv.Atoi: parsing "x": invalid syntax',
  ],
  ['query?query=up&limit=-1', 'invalid parameter "limit": limit must be non-negative'],
  [
    'query_range?query=up&end=1&step=1',
    'invalid parameter "start": cannot parse "" to a valid timestamp',
  ],
  [
    'query_range?query=up&start=2&end=1&step=1',
    'invalid parameter "end": end timestamp must not be before start time',
  ],
  ['query_range?query=up&start=1&end=2&step=0', ZERO],
  [
    'query_range?query=up&start=1&end=2&step=-1s',
    'invalid parameter "step": cannot parse "-1s" to a valid duration',
  ],
  ['query_range?query=up&start=1&end=2&step=-1', ZERO],
  [
    'query_range?query=up&start=1&end=2&step=1e99',
    'invalid parameter "step": cannot parse "1e99" to a valid duration. It overflows int64',
  ],
  ['query_range?query=up&start=0&end=11001&step=1', BIG],
  ['query_exemplars?query=(&start=1&end=2', '1:2: parse error: unclosed left parenthesis'],
  ['series', 'no match[] parameter provided'],
  ['series?match[]={}', EMPTY],
  ['series?match[]={a=~".*"}', EMPTY],
  [
    'labels?match[]=',
    'invalid parameter "match[]": unknown position: parse error: unexpected end of input',
  ],
  [
    'labels?start=x',
    `invalid parameter "start": Invalid time value for 'start': cannot parse "x" to a valid timestamp`,
  ],
  ['label/U__/values', 'invalid label name: "U__"'],
  ['metadata?limit=x', 'limit must be a number'],
  ['rules?type=x', 'invalid parameter "type": not supported value "x"'],
  ['status/tsdb?limit=0', 'limit must be a positive number'],
];
for (const [url, error] of refused) {
  test(`refuses ${url}`, async () => {
    const { status, body } = await get(`/api/v1/${encodeURI(url)}`);
    assert.deepEqual(body, { status: 'error', errorType: 'bad_data', error });
    assert.equal(status, 400);
  });
}

const answered: [string, unknown][] = [
  [
    'series?match[]=up',
    [
      { __name__: 'up', instance: 'x:1', job: 'a' },
      { __name__: 'up', job: 'b"\n' },
    ],
  ],
  [
    'series?match[]=up{job="a"}&match[]={instance="x:1"}',
    [{ __name__: 'up', instance: 'x:1', job: 'a' }],
  ],
  ['series?match[]=nothing', []],
  ['labels', ['__name__', 'a.b', 'instance', 'job']],
  ['labels?match[]={__name__="http.x"}&start=0&end=1', ['__name__', 'a.b']],
  ['label/__name__/values', ['http.x', 'up']],
  ['label/U__a_2e_b/values', ['1']],
  ['label/a.b/values', ['1']],
  ['label/nothing/values', []],
  ['metadata?metric=b_total', { b_total: [{ type: 'counter', help: '', unit: 'bytes' }] }],
  ['metadata?limit=1&limit_per_metric=1', { up: [{ type: 'gauge', help: 'Whether', unit: '' }] }],
  ['query_exemplars?query=test&start=1600000000000&end=1700000000000', []],
  ['format_query?query=sum  (up)', 'sum(up)'],
  ['parse_query?query=1', { type: 'numberLiteral', val: '1' }],
  ['scrape_pools', { scrapePools: ['p'] }],
  ['rules', { groups: [] }],
  ['rules?type=alert', { groups: [] }],
  ['alerts', { alerts: [] }],
  ['status/flags', { http: 'x' }],
  ['status/config', { yaml: 'http: x\n' }],
  ['targets?state=active', { activeTargets: [], droppedTargets: [], droppedTargetCounts: null }],
];
for (const [url, want] of answered) {
  test(`answers ${url}`, async () => {
    for (const prefix of ['', '/prometheus']) {
      const { status, body } = await get(`${prefix}/api/v1/${encodeURI(url)}`);
      assert.deepEqual(body, { status: 'success', data: want });
      assert.equal(status, 200);
    }
  });
}

test('a limit cuts the answer and warns', async () => {
  const warnings = ['results truncated due to limit'];
  const labels = await get('/api/v1/labels?limit=1');
  assert.deepEqual(labels.body, { status: 'success', data: ['__name__'], warnings });
  const series = await get('/api/v1/series?limit=1&match[]=up');
  assert.equal(series.body.data.length, 1);
  assert.deepEqual((await get('/api/v1/series?limit=2&match[]=up')).body.warnings, undefined);
});

test('an expression without selectors has no exemplars: 204', async () => {
  assert.deepEqual(await get('/api/v1/query_exemplars?query=1'), { status: 204, body: null });
});

test('a form is read like the query string, and before it', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/series?match[]=http_none',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'match%5B%5D=up%7Bjob%3D%22a%22%7D&start=1&end=2000000000',
  });
  assert.equal(answer.json().data.length, 1);
});

test('a large answer comes in pieces, whole and compressed', async () => {
  const url = '/api/v1/series?match[]=many';
  const plain = await app.inject(url);
  assert.equal(plain.json().data.length, MANY_SERIES);
  assert.equal(plain.headers['content-length'], String(plain.rawPayload.length));
  const headers = { 'accept-encoding': 'gzip' };
  const packed = await app.inject({ url, headers });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.deepEqual(gunzipSync(packed.rawPayload), plain.rawPayload);
  const smaller = `${url}&limit=1000`;
  const distant = { ...headers, 'x-forwarded-for': '203.0.113.7' };
  const small = await app.inject({ url: smaller, headers: distant });
  assert.equal(JSON.parse(gunzipSync(small.rawPayload).toString()).data.length, 1000);
  const local = await app.inject({ url: smaller, headers });
  assert.equal(local.headers['content-encoding'], undefined);
  assert.equal(local.json().data.length, 1000);
  const refused = await app.inject({ url, headers: { 'accept-encoding': 'gzip;q=0' } });
  assert.equal(refused.headers['content-encoding'], undefined);
});

test('a query ends when its client hangs up', async () => {
  const live = newApp();
  const address = await live.listen({ host: '127.0.0.1', port: 0 });
  const before = queries.stats().cancelled;
  const client = new AbortController();
  const asked = fetch(`${address}/api/v1/series?match[]=fault_spin`, { signal: client.signal });
  while (queries.stats().running === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  client.abort();
  await assert.rejects(asked, { name: 'AbortError' });
  while (queries.stats().running > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(queries.stats().cancelled, before + 1);
  await live.close();
});

test('a form is bounded', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/query',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: Buffer.alloc(1024 * 1024 + 1),
  });
  assert.equal(answer.statusCode, 413);
  assert.equal(answer.json().status, 'error');
});

test('buildinfo has no features: Grafana would look for a ruler', async () => {
  const { body } = await get('/api/v1/status/buildinfo');
  assert.equal(body.data.features, undefined);
  assert.match(body.data.version, /^3\./);
});

test('federate: the last samples as text', async () => {
  const answer = await app.inject(
    `/federate?match[]=up&match[]=${encodeURIComponent('{__name__=~".+"}')}`,
  );
  assert.match(String(answer.headers['content-type']), /^text\/plain; version=0\.0\.4/);
  assert.equal(
    answer.body,
    `# TYPE "http.x" untyped
{"http.x","a.b"="1",instance=""} 3 ${NOW - 1000}
# TYPE up untyped
up{instance="x:1",job="a"} 1 ${NOW - 1000}
up{job="b\\"\\n",instance=""} 0.5 ${NOW - 2000}
`,
  );
  const refusal = await app.inject('/federate?match[]={}');
  assert.equal(refusal.statusCode, 400);
  assert.match(refusal.body, /non-empty matcher\n$/);
});

test('cardinality of the last hour', async () => {
  const { body } = await get('/api/v1/status/tsdb?limit=1');
  assert.equal(body.data.headStats.numSeries, 3);
  assert.deepEqual(body.data.seriesCountByMetricName, [{ name: 'up', value: 2 }]);
});

const times: [string, number | undefined][] = [
  ['1', 1000],
  ['1.5', 1500],
  ['1603774699.0004', 1_603_774_699_000],
  ['1603774699.9996', 1_603_774_700_000],
  ['-1.5', -1500],
  ['1e9', 1e12],
  ['1600000000000', 1.6e15],
  ['2015-07-01T20:10:51.781Z', 1_435_781_451_781],
  ['2015-07-01T20:10:51+02:00', 1_435_774_251_000],
  ['-292273086-05-16T16:47:06Z', MIN_TIME_MS],
  ['292277025-08-18T07:12:54.999999999Z', MAX_TIME_MS],
  ['', undefined],
  ['NaN', undefined],
  ['Inf', undefined],
  ['2015-07-01', undefined],
  ['2015-13-01T00:00:00Z', undefined],
];
for (const [text, want] of times) {
  test(`time ${JSON.stringify(text)}`, () => assert.equal(parseTimeMs(text), want));
}

const names: [string, string][] = [
  ['job', 'job'],
  ['U__a_2e_b', 'a.b'],
  ['U__a__b', 'a_b'],
  ['U___1f600_', '😀'],
  ['U__a_zz_b', 'U__a_zz_b'],
  ['U__a_2e', 'U__a_2e'],
  ['U__a_d800_', 'U__a_d800_'],
  ['U__a_110000_', 'U__a_110000_'],
];
for (const [escaped, want] of names) {
  test(`label name ${escaped}`, () => assert.equal(unescapeLabelName(escaped), want));
}
