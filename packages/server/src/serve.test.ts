import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parseCommandLine } from './config/flags.ts';
import { loadConfig } from './config/load.ts';
import { intakeStatus, systemStatus } from './http/v1/status.ts';
import { createLog } from './log.ts';
import { type RunningServer, startServer } from './serve.ts';

const running: RunningServer[] = [];
after(async () => {
  for (const server of running) await server.stop();
});

const OFF = ['--otlp-http', 'off', '--otlp-grpc', 'off'];

/** Starts a server on a free port; `args` are flags. */
async function start(args: readonly string[], data = mkdtempSync(join(tmpdir(), 'sightline-'))) {
  const lines: string[] = [];
  const load = (flags: readonly string[]) =>
    loadConfig({
      flags: parseCommandLine(['--http', '127.0.0.1:0', '--data', data, ...flags]).flags,
      env: {},
      file: undefined,
    });
  let next = args;
  const server = await startServer({
    loaded: await load(args),
    log: createLog('debug', (line) => lines.push(line)),
    reload: () => load(next),
  });
  running.push(server);
  const get = async (path: string) => JSON.parse(await (await fetch(server.url + path)).text());
  const reloadWith = (flags: readonly string[]) => {
    next = flags;
    return server.reload();
  };
  return { server, lines, get, reloadWith, data };
}

test('records itself, and answers from what it recorded', async () => {
  const { server, get } = await start([...OFF, '--self-interval-ms', '1s']);
  assert.equal(await (await fetch(`${server.url}/readyz`)).text(), 'ready\n');
  let names: string[] = [];
  while (!names.includes('process_memory_usage_bytes')) {
    names = (await get('/api/v1/label/__name__/values')).data;
  }
  const intake = await get('/api/v1/status/intake');
  const self = intake.protocols.find((one: { protocol: string }) => one.protocol === 'self');
  assert.ok(self.points_accepted > 0);
  assert.equal(intake.first_external_sample_ms, null);
  const system = await get('/api/v1/status/system');
  assert.equal(system.tenants, 1);
  assert.equal(system.retention.metrics, '7d');
  assert.deepEqual(
    system.listeners.map((one: { name: string; state: string }) => [one.name, one.state]),
    [
      ['http', 'listening'],
      ['otlp_http', 'off'],
      ['otlp_grpc', 'off'],
    ],
  );
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(metrics, /^sightline_intake_points_total\{protocol="self"\} \d+$/m);
  const config = await get('/api/v1/status/config');
  assert.match(config.data.yaml, /^durability: process$/m);
});

test('our own API answers what its document declares', async () => {
  const { server, get } = await start([...OFF, '--self-interval-ms', '1s']);
  const sent = await fetch(`${server.url}/api/v1/import/prometheus`, {
    method: 'POST',
    body: 'a{b="c"} 1\nnot a line\n',
  });
  assert.equal(sent.status, 400);
  for (const [path, schema] of [
    ['/api/v1/status/intake', intakeStatus],
    ['/api/v1/status/system', systemStatus],
  ] as const) {
    const answer = await get(path);
    // Parsing drops what is not declared.
    assert.deepEqual(schema.parse(answer), answer);
  }
  const { openapi, paths } = await get('/openapi.json');
  assert.equal(openapi, '3.1.0');
  const system = paths['/api/v1/status/system'].get.responses[200].content['application/json'];
  assert.equal(system.schema.type, 'object');
  assert.ok(system.schema.required.includes('listeners'));
  const tail = paths['/api/v1/logs/tail'].get;
  assert.deepEqual(Object.keys(tail.responses[200].content), ['text/event-stream']);
  assert.deepEqual(
    tail.parameters.map(({ name, in: where, required }: Record<string, unknown>) =>
      [where, name, required].join(' '),
    ),
    ['query query true', 'query start false', 'query limit false', 'query delay_for false'],
  );
});

test('what was stored is there after a restart', async () => {
  // What the process records of itself would go on until its end.
  const first = await start([...OFF, '--no-self-enabled']);
  const url = `${first.server.url}/api/v1/import/prometheus`;
  assert.equal((await fetch(url, { method: 'POST', body: 'a 1\nb{c="d"} 2\n' })).status, 204);
  await first.server.stop();
  const second = await start([...OFF, '--no-self-enabled'], first.data);
  const { data } = await second.get('/api/v1/query?query={__name__=~".%2B"}');
  const stored = data.result.map((one: { metric: object; value: [number, string] }) => [
    one.metric,
    one.value[1],
  ]);
  assert.deepEqual(stored, [
    [{ __name__: 'a' }, '1'],
    [{ __name__: 'b', c: 'd' }, '2'],
  ]);
});

test('patterns of lines are counted over a restart', async () => {
  const first = await start(OFF);
  const nowMs = Date.now();
  const values = ['user 1 paid', 'user 2 paid'].map((line) => [`${nowMs}000000`, line]);
  const sent = await fetch(`${first.server.url}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { service_name: 'shop' }, values }] }),
  });
  assert.equal(sent.status, 204);
  const query = encodeURIComponent('{service_name="shop"}');
  const path = `/loki/api/v1/patterns?query=${query}&start=${nowMs - 60_000}000000`;
  const { data } = await first.get(path);
  assert.equal(data[0].pattern, 'user <_> paid');
  await first.server.stop();
  const second = await start(OFF, first.data);
  assert.deepEqual((await second.get(path)).data, data);
});

test('OTLP has a listener of its own that knows nothing else', async () => {
  const { get } = await start(['--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0']);
  const { listeners } = await get('/api/v1/status/system');
  const [, otlp, grpc] = listeners;
  assert.deepEqual([otlp.state, grpc.state], ['listening', 'listening']);
  const sent = await fetch(`${otlp.url}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"resourceMetrics":[]}',
  });
  assert.equal(sent.status, 200);
  assert.equal((await fetch(`${otlp.url}/api/v1/status/system`)).status, 404);
  assert.equal((await fetch(`${otlp.url}/`)).status, 404);
});

test('a taken address is told; a taken default of OTLP is only warned of', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const address = blocker.address();
  assert.ok(typeof address === 'object' && address !== null);
  const taken = `127.0.0.1:${address.port}`;
  await assert.rejects(start([...OFF, '--http', taken]), {
    name: 'ListenError',
    message: `http: ${taken} is taken by another process; choose another with --http HOST:PORT`,
  });
  await assert.rejects(
    start(['--otlp-http', taken, '--otlp-grpc', 'off']),
    /otlp_http: .* is taken/,
  );
  await assert.rejects(
    start(['--otlp-http', 'off', '--otlp-grpc', taken]),
    /otlp_grpc: .* is taken/,
  );
  blocker.close();
});

test('a directory in use is refused', async () => {
  const { data } = await start(OFF);
  await assert.rejects(start(OFF, data), { name: 'DirectoryError' });
});

test('a reload takes over what it can and names the rest', async () => {
  const { server, lines, get, reloadWith } = await start(OFF);
  await reloadWith([...OFF, '--retention-metrics', '2d', '--query-workers', '5']);
  assert.equal((await get('/api/v1/status/system')).retention.metrics, '2d');
  const text = lines.join('');
  assert.match(text, /configuration reloaded; changed: retention\.metrics/);
  assert.match(text, /by a restart only: query\.workers/);
  assert.ok((await get('/api/v1/status/runtimeinfo')).data.reloadConfigSuccess);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
});
