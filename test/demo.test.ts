/**
 * `npm run demo` on ports of its own: the shop's metrics arrive in Sightline, each fault that is switched on is seen there and at the agent's
 * own page, and all processes end with it, also when it is killed.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './harness/directory.ts';
import { answers, freePort, type Running, startProcess, until } from './harness/process.ts';

interface Demo extends Running {
  readonly sightline: string;
  readonly shop: string;
}

const FAST = {
  SOURCE_INTERVAL_MS: '1000',
  PERFORMANCE_FLUSH_INTERVAL: '300',
  ENABLE_ADAPTIVE_INTERVALS: 'false',
};
const SEEN_MS = 45_000;

async function startDemo(ready: (demo: Demo) => Promise<boolean>): Promise<Demo> {
  const [http, shop] = [await freePort(), await freePort()];
  const at = { sightline: `http://127.0.0.1:${http}`, shop: `http://127.0.0.1:${shop}` };
  const flags = ['--http', `127.0.0.1:${http}`, '--otlp-http', 'off', '--otlp-grpc', 'off'];
  const args = [join('scripts', 'demo.mjs'), ...flags, '--shop', String(shop), '--rate', '60'];
  const running = await startProcess(process.execPath, args, {
    cwd: projectRoot,
    env: { ...process.env, ...FAST },
    timeoutMs: 60_000,
    ready: (process) => ready({ ...process, ...at }),
  });
  return { ...running, ...at };
}

/** The first value of a query; undefined without one. */
async function value({ sightline }: Demo, promql: string): Promise<number | undefined> {
  const response = await fetch(`${sightline}/api/v1/query?query=${encodeURIComponent(promql)}`);
  const answer: { data: { result: { value: [number, string] }[] } } = JSON.parse(
    await response.text(),
  );
  const text = answer.data.result[0]?.value[1];
  return text === undefined ? undefined : Number(text);
}

/** All living processes below one, itself included. */
function family(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]));
    } catch {
      // It has ended since.
    }
  }
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid) found.push(child);
  }
  return found;
}

function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // A zombie has ended; whoever adopted it has not looked yet.
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

/** What shows each fault: in Sightline, and a line of the agent's page. */
const FAULTS: readonly [fault: string, promql: string, page: RegExp][] = [
  ['n-plus-one', 'database_n_plus_one_total{job="shop"} > 0', /^database_n_plus_one_total [1-9]/m],
  [
    'missing-index',
    'postgresql_index_advice{job="shop", postgresql_index_advice_kind="missing"} > 0',
    /^postgresql_index_advice\{[^}]*"missing"[^}]*\} [1-9]/m,
  ],
  [
    'slow-endpoint',
    'http_request_duration_seconds_sum{job="shop", endpoint="/recommendations"} / http_request_duration_seconds_count > 0.1',
    /^http_request_duration_seconds_sum\{[^}]*"\/recommendations"[^}]*\} [1-9]\d/m,
  ],
  [
    'memory-leak',
    'sum(v8js_memory_heap_used_bytes{job="shop"}) - sum(min_over_time(v8js_memory_heap_used_bytes{job="shop"}[5m])) > 15e6',
    /^v8js_memory_heap_used_bytes\{/m,
  ],
  [
    'cache-misses',
    'redis_keyspace_hit_ratio{job="shop"} < 0.5',
    /^redis_keyspace_hit_ratio 0\.[0-4]/m,
  ],
];

async function isSeen(demo: Demo, promql: string, page: RegExp): Promise<boolean> {
  if ((await value(demo, promql)) === undefined) return false;
  return page.test(await (await fetch(`${demo.shop}/metrics`)).text());
}

test('each fault of the shop is seen in Sightline and at the agent; SIGTERM ends every process', async () => {
  const demo = await startDemo(({ shop }) => answers(`${shop}/faults`));
  try {
    const requests = 'sum(http_requests_total{job="shop"})';
    await until(
      'the shop is seen',
      async () => (await value(demo, requests)) !== undefined,
      SEEN_MS,
    );
    const early = [
      await value(demo, FAULTS[0]?.[1] ?? ''),
      await value(demo, FAULTS[1]?.[1] ?? ''),
    ];
    assert.deepEqual(early, [undefined, undefined], 'no fault is seen before it is switched on');
    for (const [fault] of FAULTS) {
      const switched = await fetch(`${demo.shop}/faults/${fault}/on`, { method: 'POST' });
      assert.equal(switched.status, 200, await switched.text());
    }
    await Promise.all(
      FAULTS.map(([fault, promql, page]) =>
        until(`${fault} is seen\n${demo.output()}`, () => isSeen(demo, promql, page), SEEN_MS),
      ),
    );
  } finally {
    const processes = family(demo.pid);
    demo.kill('SIGTERM');
    assert.equal(await demo.exited, 0, demo.output());
    assert.deepEqual(processes.filter(isAlive), []);
    assert.ok(processes.length >= 7, `${processes.length} processes`);
  }
});

test('a demo that is killed leaves no process behind', async () => {
  const demo = await startDemo(({ sightline }) => answers(`${sightline}/readyz`));
  const processes = family(demo.pid);
  demo.kill('SIGKILL');
  await until('all have ended', () => !processes.some(isAlive));
});
