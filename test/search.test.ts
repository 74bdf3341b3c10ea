/** One search over our own store, a further Sightline asked as Loki and as Tempo, a real Prometheus, and a server that is not there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './harness/directory.ts';
import { startPrometheus, startSightline } from './harness/peers.ts';
import { freePort, until } from './harness/process.ts';

interface Item {
  signal: string;
  source: string;
  time_ns: string | null;
  text: string;
}

interface Answer {
  items: Item[];
  sides: {
    source: string;
    signal: string;
    error: string;
    count: number;
    more: boolean;
    skipped: string;
  }[];
  warnings: string[];
}

async function search(url: string, body: object, accept = 'application/json'): Promise<Response> {
  return fetch(`${url}/api/v1/search`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify(body),
  });
}

async function found(url: string, body: object): Promise<Answer> {
  const response = await search(url, body);
  assert.equal(response.status, 200);
  return JSON.parse(await response.text());
}

async function sendLog(url: string, service: string, line: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/logs?service=${service}`, {
    method: 'POST',
    body: line,
  });
  assert.equal(response.status, 200);
}

async function sendSpan(url: string, service: string, name: string, id: string): Promise<void> {
  const startMs = Date.now() - 1000;
  const span = {
    traceId: id.padStart(32, '0'),
    spanId: id.padStart(16, '0').slice(-16),
    name,
    kind: 2,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 50}000000`,
  };
  const attributes = [{ key: 'service.name', value: { stringValue: service } }];
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }],
    }),
  });
  assert.equal(response.status, 200);
}

test('one search asks everything and survives a side that is down', async (t) => {
  const remote = await startSightline();
  t.after(() => remote.stop());
  const prometheus = await startPrometheus(
    (address) => `scrape_configs:
  - job_name: itself
    scrape_interval: 200ms
    static_configs: [{ targets: ['${address}'] }]
`,
  );
  t.after(() => prometheus.stop());
  const dead = await freePort();
  const config = join(temporaryDirectory('search'), 'sightline.yaml');
  writeFileSync(
    config,
    `search:
  remotes:
    - { name: far logs, type: loki, url: '${remote.url}' }
    - { name: far traces, type: tempo, url: '${remote.url}/tempo', tenant: default }
    - { name: far metrics, type: prometheus, url: '${prometheus.url}' }
    - { name: gone, type: loki, url: 'http://127.0.0.1:${dead}', token: secret-of-remote }
`,
  );
  const server = await startSightline({ args: ['--config', config] });
  t.after(() => server.stop());
  await sendLog(server.url, 'here', 'Timeout in checkout');
  await sendLog(remote.url, 'there', 'a timeout elsewhere');
  await sendLog(remote.url, 'there', 'nothing of interest');
  await sendSpan(server.url, 'here', 'POST /timeout', 'a1');
  await sendSpan(remote.url, 'there', 'GET /timeout', 'b2');

  const all = await found(server.url, { freeText: 'timeout' });
  const seen = all.items.map(({ signal, source, text }) => `${signal} ${source}: ${text}`);
  for (const want of [
    'logs local: Timeout in checkout',
    'logs far logs: a timeout elsewhere',
    'traces local: POST /timeout',
    'traces far traces: GET /timeout',
  ]) {
    assert.ok(seen.includes(want), `${want} not in\n${seen.join('\n')}`);
  }
  assert.ok(!seen.some((text) => text.includes('interest')));
  const times = all.items.flatMap(({ time_ns }) => (time_ns === null ? [] : [BigInt(time_ns)]));
  assert.deepEqual(
    times,
    times.toSorted((a, b) => Number(b - a)),
  );
  assert.equal(all.warnings.length, 1);
  assert.match(all.warnings[0] ?? '', /^gone \(logs\): .*ECONNREFUSED/);

  // Prometheus needs a moment for its first scrape.
  const scraped = () => found(server.url, { freeText: 'tsdb_head_series', type: 'metrics' });
  await until('a scrape is found', async () => (await scraped()).items.length > 0, 60_000);
  const metrics = await scraped();
  const far = metrics.items.filter(({ source }) => source === 'far metrics');
  assert.ok(far.some(({ text }) => text === 'prometheus_tsdb_head_series'));
  assert.deepEqual(metrics.warnings, []);

  const job = { filters: { service: 'itself' }, type: 'metrics', limit: 5 };
  const ofJob = await found(server.url, job);
  assert.deepEqual(
    ofJob.items.map(({ source }) => source),
    Array(5).fill('far metrics'),
  );
  assert.equal(ofJob.sides.find(({ source }) => source === 'far metrics')?.more, true);

  const filtered = await found(server.url, { filters: { service: 'there' }, type: 'logs' });
  assert.deepEqual(new Set(filtered.items.map(({ source }) => source)), new Set(['far logs']));

  const shown = await (await fetch(`${server.url}/api/v1/status/config`)).text();
  assert.ok(shown.includes('far logs'));
  assert.ok(!shown.includes('secret-of-remote'));
});

test('ids, numbers and more than the limit', async (t) => {
  const server = await startSightline();
  t.after(() => server.stop());
  const id = '0af7651916cd43dd8448eb211c80319c';
  const record = (text: string, traceId: string) => ({
    timeUnixNano: `${Date.now() - 500}000000`,
    severityNumber: 13,
    traceId,
    body: { stringValue: text },
    attributes: [{ key: 'http.status', value: { intValue: '500' } }],
  });
  const logRecords = [record('belongs', id), record(`mentions ${id}`, ''), record('other', '')];
  const attributes = [{ key: 'service.name', value: { stringValue: 'shop' } }];
  await fetch(`${server.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceLogs: [{ resource: { attributes }, scopeLogs: [{ logRecords }] }],
    }),
  });
  await sendSpan(server.url, 'shop', 'GET /cart', id);
  await fetch(`${server.url}/api/v1/import/prometheus`, {
    method: 'POST',
    body: 'cart_size{service="shop"} 1\ncart_size{service="other"} 2\n',
  });
  const texts = async (body: object): Promise<string[]> =>
    (await found(server.url, body)).items.map(({ text }) => text).toSorted();
  const cases: [object, string[]][] = [
    [{ freeText: id.toUpperCase() }, ['GET /cart', 'belongs', `mentions ${id}`]],
    [{ filters: { trace_id: id } }, ['GET /cart', 'belongs']],
    [{ filters: { 'http.status': 500 }, type: 'logs' }, ['belongs', `mentions ${id}`, 'other']],
    [{ filters: { level: 'WARNING' } }, ['belongs', `mentions ${id}`, 'other']],
    [{ freeText: 'cart_', filters: { 'service.name': 'shop' } }, ['cart_size']],
    [{ freeText: 'nothing of it' }, []],
  ];
  for (const [body, want] of cases) assert.deepEqual(await texts(body), want, JSON.stringify(body));

  const cut = await found(server.url, { filters: { service: 'shop' }, type: 'logs', limit: 2 });
  assert.equal(cut.items.length, 2);
  const [only] = cut.sides;
  assert.deepEqual([only?.count, only?.more, only?.skipped], [2, true, '']);
  const levels = await found(server.url, { filters: { level: 'warn' } });
  assert.deepEqual(
    levels.sides
      .filter(({ skipped }) => skipped !== '')
      .map(({ signal }) => signal)
      .toSorted(),
    ['metrics', 'traces'],
  );
});

test('partial results come as lines, the summary last', async (t) => {
  const server = await startSightline();
  t.after(() => server.stop());
  await sendLog(server.url, 'here', 'a line');
  const response = await search(server.url, { limit: 5 }, 'application/x-ndjson');
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const lines: { kind: string }[] = (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ kind }) => kind),
    ['begin', 'side', 'side', 'side', 'summary'],
  );
});

test('what is no search is told what is wrong', async (t) => {
  const server = await startSightline();
  t.after(() => server.stop());
  const cases: [object, RegExp][] = [
    [{ type: 'all of it' }, /type/],
    [{ limit: 0 }, /limit/],
    [{ timeRange: { from: 'yesterday' } }, /timeRange/],
    [{ timeRange: { from: '5' } }, /timeRange/],
    [{ filters: { status: null } }, /filters/],
    [{ timeRange: { from: 2, to: 1 } }, /before/],
    [{ text: 'x' }, /text/],
    [{ freeText: 'a '.repeat(100) }, /words/],
  ];
  for (const [body, want] of cases) {
    const response = await search(server.url, body);
    assert.equal(response.status, 400);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/);
    const problem: { detail: string } = JSON.parse(await response.text());
    assert.match(problem.detail, want);
  }
});
