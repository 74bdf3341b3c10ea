/** The agent in processes of their own, against a real Sightline: what it brings, and what it must never do to its application. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { projectRoot, temporaryDirectory } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { freePort, type Running, startProcess, until } from './harness/process.ts';

let server: Peer;
before(async () => {
  server = await startSightline();
});
after(() => server.stop());

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.stop()));
});

/** A Node process with the program given as text, ended with the test. */
async function application(
  program: string,
  env: Record<string, string> = {},
  flags: readonly string[] = [],
): Promise<Running> {
  const args = ['--conditions=development', ...flags, '--input-type=module', '-e', program];
  const app = await startProcess(process.execPath, args, {
    cwd: projectRoot,
    env: { ...process.env, PERFORMANCE_FLUSH_INTERVAL: '200', ...env },
  });
  running.push(app);
  return app;
}

interface Found {
  metric: Record<string, string>;
  value: [number, string];
}

async function query(url: string, text: string): Promise<Found[]> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`);
  const { data }: { data: { result: Found[] } } = JSON.parse(await answer.text());
  return data.result;
}

const REGISTER = ['--import', '@sightline/agent/register'];
const START = `import { start } from '@sightline/agent';`;

test('start() brings machine and process, with the resource', async () => {
  await application(
    `import { start } from '@sightline/agent';
     await start({ service: 'shop', endpoint: '${server.url}', resource: { team: 'a' } });
     setInterval(() => {}, 1000);`,
    { OTEL_RESOURCE_ATTRIBUTES: 'region=north%20east', PERFORMANCE_BATCH_SIZE: '100' },
  );
  await until('metrics are there', async () => {
    return (await query(server.url, 'process_memory_usage_bytes{job="shop"}')).length === 1;
  });
  const [cpu] = await query(server.url, 'sum(system_cpu_time_seconds_total{job="shop"})');
  assert.ok(Number(cpu?.value[1]) > 0);
  const [target] = await query(server.url, 'target_info{job="shop"}');
  assert.equal(target?.metric.team, 'a');
  assert.equal(target?.metric.region, 'north east');
});

test('register starts from the environment alone', async () => {
  await application(
    'setInterval(() => {}, 1000);',
    { OTEL_SERVICE_NAME: 'registered', OTEL_EXPORTER_OTLP_ENDPOINT: server.url },
    REGISTER,
  );
  await until('metrics are there', async () => {
    return (await query(server.url, 'v8js_memory_heap_limit_bytes{job="registered"}')).length === 1;
  });
});

test('a source that hangs, throws, floods or returns garbage hurts nothing beside it', async () => {
  const app = await application(
    `${START}
     const agent = await start({ service: 'odd', endpoint: '${server.url}', collectTimeoutMs: 100 });
     const source = (id, collect) =>
       agent.registerSource({ id, name: id, priority: 'high', enabled: true, intervalMs: 250, collect });
     let good = 0;
     source('hanging', () => new Promise(() => {}));
     source('throwing', () => { throw new Error('broken sensor'); });
     source('rejecting', () => Promise.reject(null));
     source('flooding', () => Array.from({ length: 200_000 }, (_, i) => ({ name: 'flood', value: i, attributes: { i } })));
     source('garbage', () => [null, 'x', { name: 'odd', value: {} }, { name: 'fine', value: 1 }]);
     source('nothing', () => undefined);
     source('good', async () => [{ name: 'good', kind: 'counter', value: ++good }]);
     agent.on('source', () => { throw new Error('a listener of the application'); });
     process.on('unhandledRejection', () => console.log('UNHANDLED'));
     process.on('uncaughtException', () => console.log('UNCAUGHT'));
     setInterval(() => {}, 1000);`,
  );
  const job = '{job="odd"}';
  await until('the good source goes on', async () => {
    const [found] = await query(server.url, `good_total${job}`);
    return Number(found?.value[1]) >= 12;
  });
  assert.equal((await query(server.url, `fine${job}`)).length, 1);
  const [flood] = await query(server.url, `count(flood${job})`);
  assert.ok(Number(flood?.value[1]) <= 5000);
  await until('the failures are told', async () => {
    const failed = await query(
      server.url,
      `agent_collections_total{job="odd",outcome="failed"} > 0`,
    );
    const ids = failed.map(({ metric }) => metric.source).sort();
    return ids.join() === 'hanging,nothing,rejecting,throwing';
  });
  assert.match(
    app.output(),
    /source flooding: 195000 values are refused: metrics\[5000\]: more than/,
  );
  assert.match(app.output(), /source garbage: 3 values are refused: metrics\[0\]: is null/);
  assert.doesNotMatch(app.output(), /UNHANDLED|UNCAUGHT/);
});

test('a back end that goes and comes back has everything', async (t) => {
  const dir = temporaryDirectory('data');
  const port = await freePort();
  const first = await startSightline({ dir, port });
  t.after(() => first.stop(0));
  const app = await application(
    `${START}
     const agent = await start({ service: 'shop', endpoint: '${first.url}' });
     let n = 0;
     agent.registerSource({ id: 's', name: 's', priority: 'high', enabled: true, intervalMs: 100,
       collect: ({ emit }) => {
         n++;
         emit({ name: 'tick', severity: 'error', message: 'tick ' + n });
         console.log('made ' + n + ' ' + Date.now());
         return [{ name: 'n', kind: 'counter', value: n }];
       } });
     setInterval(() => {}, 1000);`,
  );
  const made = (): number => Number(/made (\d+) \d+\n$/.exec(app.output())?.[1] ?? 0);
  await until('something was sent', async () => (await query(first.url, 'n_total')).length === 1);
  first.kill('SIGKILL');
  await first.exited;
  const before = made();
  await until('much was collected meanwhile', () => made() > before + 30);
  const second = await startSightline({ dir, port });
  t.after(() => second.stop());
  const back = made();
  await until('what was collected meanwhile is there', async () => {
    const [last] = await query(second.url, 'n_total{job="shop"}');
    return Number(last?.value[1]) > back;
  });
  const rows = await query(second.url, 'n_total{job="shop"}[10m]');
  const [series] = JSON.parse(JSON.stringify(rows));
  const values = new Set(series.values.map(([, value]: [number, string]) => Number(value)));
  const missing = Array.from({ length: back }, (_, i) => i + 1).filter((n) => !values.has(n));
  assert.deepEqual(missing, []);
  await until('the events are there as well', async () => {
    const selector = encodeURIComponent('{service_name="shop"} |= `tick`');
    const found = await fetch(
      `${second.url}/loki/api/v1/query_range?query=${selector}&limit=5000&since=10m`,
    );
    const { data }: { data: { result: { values: [string, string][] }[] } } = JSON.parse(
      await found.text(),
    );
    const ticks = new Set(data.result.flatMap((stream) => stream.values.map(([, line]) => line)));
    return Array.from({ length: back }, (_, i) => `tick ${i + 1}`).every((line) => ticks.has(line));
  });
});

/** A back end that takes connections and never answers. */
async function silentServer(): Promise<{ url: string; server: Server }> {
  const server = createServer((request) => void request.resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { url: `http://127.0.0.1:${address.port}`, server };
}

test('the end of the application is never delayed past the flush timeout', async () => {
  const silent = await silentServer();
  const gone = `http://127.0.0.1:${await freePort()}`;
  // Nothing but the flush timeout ends a request here: a process that waits for more than that never ends.
  const begin = (url: string): string =>
    `${START}
     const agent = await start({ endpoint: '${url}', flushTimeoutMs: 300, timeoutMs: 86400000 });
     agent.registerSource({ id: 'h', name: 'h', priority: 'critical', enabled: true, intervalMs: 100,
       collect: () => new Promise(() => {}) });
     await new Promise((resolve) => setTimeout(resolve, 300));`;
  const ends: [string, string, number | string][] = [
    ['by itself', '', 0],
    ['after stop()', 'await agent.stop();', 0],
    ['by exit()', 'process.exit(7);', 7],
    ['by SIGTERM', `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`, 'SIGTERM'],
    [
      'by SIGTERM that it handles',
      `process.on('SIGTERM', () => process.exit(3)); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`,
      3,
    ],
    ['by an error', `setTimeout(() => { throw new Error('the application'); });`, 1],
  ];
  for (const url of [silent.url, gone]) {
    const apps = await Promise.all(ends.map(([, end]) => application(begin(url) + end)));
    for (const [i, app] of apps.entries()) {
      const [how, , want] = ends[i] ?? [];
      assert.equal(await app.exited, want, `${how}: ${app.output()}`);
    }
  }
  silent.server.close();
  silent.server.closeAllConnections();
});

test('a short process leaves what it did behind', async () => {
  for (const [job, end] of [
    ['itself', ''],
    ['signalled', `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`],
  ] as const) {
    const app = await application(
      `${START}
       const agent = await start({ service: '${job}', endpoint: '${server.url}' });
       await agent.track('work', async () => 1);
       ${end}`,
      { PERFORMANCE_FLUSH_INTERVAL: '60000' },
    );
    await app.exited;
    const found = await query(
      server.url,
      `{job="${job}",__name__=~"operation.*count.*|operations.*total"}`,
    );
    assert.ok(found.length > 0, `${job}: ${app.output()}`);
  }
});

test('an agent that is switched off, or told nonsense by its environment, leaves the application alone', async () => {
  const seen = await silentServer();
  let requests = 0;
  seen.server.on('request', () => requests++);
  const program = `${START}
     const agent = await start({ endpoint: '${seen.url}' });
     agent.track('work', () => 1);
     console.log(agent.exposition() + JSON.stringify(agent.summary()));
     await agent.stop();`;
  const off = await application(program, { OTEL_SDK_DISABLED: 'true' });
  assert.equal(await off.exited, 0);
  assert.equal(requests, 0);
  const odd = await application(
    'console.log("ran")',
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense',
      PERFORMANCE_BATCH_SIZE: '-1',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
    },
    REGISTER,
  );
  assert.equal(await odd.exited, 0);
  const output = odd.output();
  assert.match(output, /^ran$/m);
  for (const name of [
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'PERFORMANCE_BATCH_SIZE',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
  ]) {
    assert.match(output, new RegExp(`warn: ${name}=`));
  }
  seen.server.close();
  seen.server.closeAllConnections();
});

test('one agent where an application that was started with register starts its own', async () => {
  const program = `${START}
     const count = () => process.listenerCount('SIGTERM');
     const before = count();
     await start({ service: 'own', endpoint: '${server.url}' });
     console.log('agents: ' + before + ' ' + count());
     setInterval(() => {}, 1000);`;
  const env = { OTEL_SERVICE_NAME: 'registered', OTEL_EXPORTER_OTLP_ENDPOINT: server.url };
  const app = await application(program, env, REGISTER);
  await until('its own agent reports', async () => {
    return (await query(server.url, 'process_uptime_seconds{job="own"}')).length === 1;
  });
  assert.match(app.output(), /^agents: 1 1$/m);
});
