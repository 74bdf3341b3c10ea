/** The agent in a process of its own, against a real Sightline. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { projectRoot } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { type Running, startProcess, until } from './harness/process.ts';

let server: Peer;
before(async () => {
  server = await startSightline();
});
after(() => server.stop());

/** A Node process with the program given as text. */
function application(
  program: string,
  env: Record<string, string>,
  flags: readonly string[] = [],
): Promise<Running> {
  const args = ['--conditions=development', ...flags, '--input-type=module', '-e', program];
  return startProcess(process.execPath, args, {
    cwd: projectRoot,
    env: { ...process.env, PERFORMANCE_FLUSH_INTERVAL: '200', ...env },
  });
}

interface Found {
  metric: Record<string, string>;
  value: [number, string];
}

async function query(text: string): Promise<Found[]> {
  const url = `${server.url}/api/v1/query?query=${encodeURIComponent(text)}`;
  const answer: { data: { result: Found[] } } = JSON.parse(await (await fetch(url)).text());
  return answer.data.result;
}

test('start() brings machine and process, with the resource', async () => {
  const app = await application(
    `import { start } from '@sightline/agent';
     await start({ service: 'shop', endpoint: '${server.url}', resource: { team: 'a' } });
     setInterval(() => {}, 1000);`,
    { OTEL_RESOURCE_ATTRIBUTES: 'region=north%20east', PERFORMANCE_BATCH_SIZE: '100' },
  );
  await until('metrics are there', async () => {
    return (await query('process_memory_usage_bytes{job="shop"}')).length === 1;
  });
  const [cpu] = await query('sum(system_cpu_time_seconds_total{job="shop"})');
  assert.ok(Number(cpu?.value[1]) > 0);
  const [target] = await query('target_info{job="shop"}');
  assert.equal(target?.metric['team'], 'a');
  assert.equal(target?.metric['region'], 'north east');
  await app.stop();
});

test('register starts from the environment alone', async () => {
  const app = await application(
    'setInterval(() => {}, 1000);',
    { OTEL_SERVICE_NAME: 'registered', OTEL_EXPORTER_OTLP_ENDPOINT: server.url },
    ['--import', '@sightline/agent/register'],
  );
  await until('metrics are there', async () => {
    return (await query('v8js_memory_heap_limit_bytes{job="registered"}')).length === 1;
  });
  await app.stop();
});
