import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { ReadSnapshot } from '@sightline/store';
import { createLog } from '../log.ts';
import { type PoolOptions, QueryPool } from './pool.ts';
import type { QueryAnswer, QueryRequest } from './requests.ts';
import type { MemoryData } from './testing/memory-reader.ts';

const MIB = 1024 * 1024;
const LIMITS = {
  queue: 1,
  maxSamples: 100,
  maxSamplesRead: 100,
  maxBytes: MIB,
  maxResidentBytes: Number.POSITIVE_INFINITY,
};
const data: MemoryData = {
  series: [
    { labels: { __name__: 'up', job: 'a' }, samples: [1000, 1, 2000, 0] },
    { labels: { __name__: 'up', job: 'b' }, samples: [1000, 1] },
  ],
  metadata: [{ name: 'up', type: 'gauge', help: 'Whether', unit: '' }],
};

const pools: QueryPool[] = [];
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

function setup(options: Partial<PoolOptions> = {}) {
  const open = new Map<number, ReadSnapshot>();
  const lines: string[] = [];
  let id = 0;
  const pool = new QueryPool({
    threads: 1,
    heapBytes: 64 * MIB,
    idleMs: 60_000,
    limits: LIMITS,
    readerModule: new URL('./testing/memory-reader.ts', import.meta.url).href,
    store: data,
    snapshots: {
      snapshot(tenant) {
        if (tenant === 'nobody') return null;
        const snapshot = { id: id++, tenant };
        open.set(snapshot.id, snapshot);
        return snapshot;
      },
      release: (snapshot) => open.delete(snapshot.id),
    },
    log: createLog('debug', (line) => lines.push(line)),
    ...options,
  });
  pools.push(pool);
  const client = new AbortController();
  const run = (request: QueryRequest, timeoutMs = 60_000, tenant = 'default') =>
    pool.run(request, { tenant, timeoutMs, signal: client.signal });
  return { pool, run, open, lines, client };
}

const series = (match: string): QueryRequest => ({
  kind: 'series',
  matches: [match],
  startMs: 0,
  endMs: 5000,
  limit: 0,
});

function json(answer: QueryAnswer) {
  return JSON.parse(Buffer.concat(answer.body).toString('utf8'));
}

test('answers from a thread that starts with the first query', async () => {
  const { pool, run, open } = setup();
  assert.equal(pool.stats().workers, 0);
  const answer = await run(series('up'));
  assert.equal(answer.status, 200);
  assert.deepEqual(json(answer).data, [
    { __name__: 'up', job: 'a' },
    { __name__: 'up', job: 'b' },
  ]);
  assert.equal(open.size, 0);
  assert.deepEqual(pool.stats().workers, 1);
});

test('a tenant without data has empty answers', async () => {
  const { run } = setup();
  assert.deepEqual(json(await run(series('up'), 60_000, 'nobody')).data, []);
});

test('queries wait in order, and past the bound they are refused', async () => {
  const { pool, run } = setup();
  const answers = await Promise.all([run(series('up')), run(series('up')), run(series('up'))]);
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [200, 200, 503],
  );
  assert.match(json(answers[2] ?? answers[0]).error, /1 queries are waiting already/);
  assert.equal(pool.stats().refused, 1);
});

test('a query that runs too long is stopped and tells so', async () => {
  const { pool, run, open } = setup();
  const answer = await run(series('fault_spin'), 100);
  assert.equal(answer.status, 503);
  const { errorType, error } = json(answer);
  assert.deepEqual([errorType, error], ['timeout', 'query timed out in expression evaluation']);
  assert.equal(open.size, 0);
  assert.equal((await run(series('up'))).status, 200);
  assert.equal(pool.stats().workers, 1);
});

test('a query that waits too long is told so', async () => {
  const { run } = setup();
  const busy = run(series('fault_spin'), 300);
  const waiting = await run(series('up'), 20);
  assert.equal(json(waiting).error, 'query timed out in query queue');
  await busy;
});

test('a query stops when its client leaves', async () => {
  const { pool, run, client } = setup();
  const first = run(series('fault_spin'));
  const second = run(series('up'));
  setTimeout(() => client.abort(), 300);
  assert.equal((await first).status, 499);
  assert.equal(json(await second).errorType, 'canceled');
  assert.equal(pool.stats().cancelled, 2);
});

test('a thread that hears nothing is ended and replaced', async () => {
  const { run, open } = setup({ graceMs: 100 });
  await run(series('up'));
  const answer = await run(series('fault_deaf'), 50);
  assert.equal(json(answer).errorType, 'timeout');
  assert.equal(open.size, 0);
  assert.equal((await run(series('up'))).status, 200);
});

const deaths: [string, number, RegExp][] = [
  ['fault_throw', 500, /failed in an unexpected way/],
  ['fault_exit', 500, /failed in an unexpected way/],
  ['fault_memory', 422, /more memory than its thread may use/],
];
for (const [name, status, want] of deaths) {
  test(`a thread that dies of ${name} fails its own query only`, async () => {
    const { run, open, lines } = setup({ heapBytes: 32 * MIB });
    const [failed, next] = await Promise.all([run(series(name)), run(series('up'))]);
    assert.equal(failed.status, status);
    assert.match(json(failed).error, want);
    assert.equal(next.status, 200);
    assert.equal(open.size, 0);
    assert.ok(status === 422 || lines.length > 0);
  });
}

test('an idle thread is ended', async () => {
  const { pool, run } = setup({ idleMs: 20 });
  await run(series('up'));
  while (pool.stats().workers > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await run(series('up'))).status, 200);
});

test('a query that fills the memory of the process is ended', async () => {
  const maxResidentBytes = process.memoryUsage.rss() + 200 * MIB;
  const { run, open } = setup({ limits: { ...LIMITS, maxResidentBytes } });
  const [ended, next] = await Promise.all([run(series('fault_arrays')), run(series('up'))]);
  assert.equal(ended.status, 422);
  assert.match(json(ended).error, /running out of memory/);
  assert.equal(next.status, 200);
  assert.equal(open.size, 0);
});

test('a closed pool answers what waits and ends what runs', async () => {
  const { pool, run, open } = setup();
  const first = run(series('fault_deaf'));
  const second = run(series('up'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await pool.close();
  assert.equal((await first).status, 503);
  assert.equal((await second).status, 503);
  assert.equal(open.size, 0);
  assert.equal((await run(series('up'))).status, 503);
});

test('memory of answers is bounded', async () => {
  const { run } = setup({ limits: { ...LIMITS, maxBytes: 300 } });
  const answer = await run(series('up'));
  assert.equal(answer.status, 422);
  assert.match(json(answer).error, /query\.max_bytes 300/);
});
