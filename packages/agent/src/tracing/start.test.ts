/** The agent as it is started, in a process of its own, with a back end that takes what it sends. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { listening } from '../http/test-server.ts';
import { spansOf } from './test-traced.ts';

const INDEX = new URL('../index.ts', import.meta.url).href;

/** Runs a program that is given `agent`, stops the agent, and tells which modules of OpenTelemetry it has loaded. */
async function run(t: TestContext, options: object, program: string) {
  const bodies: { path: string; body: Buffer }[] = [];
  const url = await listening(
    t,
    createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      bodies.push({ path: request.url ?? '', body: gunzipSync(Buffer.concat(parts)) });
      response.end();
    }),
  );
  const source = `
    import { createServer } from 'node:http';
    import { once } from 'node:events';
    import { createRequire } from 'node:module';
    import { DatabaseSync } from 'node:sqlite';
    import { start } from '${INDEX}';
    const agent = await start({ endpoint: '${url}', ...${JSON.stringify(options)} });
    ${program}
    await agent.stop();
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('@opentelemetry'));
    console.log(JSON.stringify({ loaded: loaded.length, output: globalThis.output }));
    process.exit();
  `;
  const args = ['--conditions=development', '--input-type=module', '--eval', source];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: import.meta.dirname,
  });
  const { loaded, output }: { loaded: number; output: unknown } = JSON.parse(stdout);
  const of = (path: string) => bodies.filter((one) => one.path === path).map(({ body }) => body);
  return { loaded, output, stderr, of };
}

const SERVE = `
  const db = agent.database.sqlite(new DatabaseSync(':memory:'));
  const server = createServer(agent.http.handler((request, response) => {
    for (let i = 0; i < 6; i++) db.prepare('SELECT 1 WHERE 2 = ?').all(i);
    response.end();
  }));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await (await fetch('http://127.0.0.1:' + server.address().port + '/users/7')).text();
  server.close();
  await once(server, 'close');
`;

test('spans, events of their trace and metrics reach the back end', async (t) => {
  const { of, loaded } = await run(t, { traces: true }, SERVE);
  const spans = of('/v1/traces').flatMap(spansOf);
  const server = spans.find(({ name }) => name === 'GET /users/:id');
  assert.ok(server !== undefined);
  assert.equal(spans.filter(({ parentId }) => parentId === server.spanId).length, 6);
  const logs = Buffer.concat(of('/v1/logs'));
  assert.ok(logs.includes('database.repeated_query'));
  assert.ok(logs.includes(Buffer.from(server.traceId, 'hex')));
  const metrics = Buffer.concat(of('/v1/metrics'));
  for (const name of ['http_requests_total', 'database_query_duration_seconds']) {
    assert.ok(metrics.includes(name), name);
  }
  assert.ok(loaded > 0);
});

test('without traces nothing of OpenTelemetry is loaded', async (t) => {
  const { of, loaded } = await run(t, {}, SERVE);
  assert.equal(loaded, 0);
  assert.equal(of('/v1/traces').length, 0);
  assert.ok(Buffer.concat(of('/v1/metrics')).includes('http_requests_total'));
});

test('without details statements are not profiled, nor are sources of medium priority sent', async (t) => {
  const program = `${SERVE}
    agent.business.processed('checkout');
    globalThis.output = [agent.http.endpoints().length, agent.database.statements()];
  `;
  const { of, output } = await run(t, { detailedMonitoring: false, traces: true }, program);
  assert.deepEqual(output, [1, []]);
  const metrics = Buffer.concat(of('/v1/metrics'));
  assert.ok(metrics.includes('http_requests_total'));
  for (const name of ['database_', 'business.', 'nodejs.eventloop.block']) {
    assert.ok(!metrics.includes(name), name);
  }
  const spans = of('/v1/traces').flatMap(spansOf);
  assert.ok(spans.every(({ name }) => !name.startsWith('SELECT')));
});

test('an agent that is switched off watches nothing and stands in nobody’s way', async (t) => {
  const program = `${SERVE}
    globalThis.output = [agent.http.endpoints(), agent.database.statements(), agent.track('a', () => 5)];
  `;
  const { output } = await run(t, { enabled: false, traces: true }, program);
  assert.deepEqual(output, [[], [], 5]);
});

test('an SDK that is not installed is told of, with the command', async (t) => {
  const { stderr } = await run(t, { traces: 'sdk' }, '');
  assert.match(stderr, /npm install @opentelemetry\/sdk-node/);
});
