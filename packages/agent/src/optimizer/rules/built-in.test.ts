/** The built-in rules: when they hold, what they do, and how long they then wait. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Metric } from '../../source.ts';
import type { Vitals } from '../../vitals.ts';
import { FakeCache, World } from '../test-world.ts';

const MINUTE_MS = 60_000;

const limits: readonly [rule: string, at: Vitals, over: Vitals, cooldownMin: number][] = [
  ['slow-responses', { responseTimeMs: 1000 }, { responseTimeMs: 1001 }, 10],
  ['memory', { memoryPct: 80 }, { memoryPct: 80.1 }, 5],
  ['slow-queries', { slowQueries: 5 }, { slowQueries: 6 }, 15],
  ['cache-hit-rate', { cacheHitPct: 50 }, { cacheHitPct: 49.9 }, 20],
];

for (const [rule, at, over, cooldownMin] of limits) {
  test(`${rule}: past its limit, then again after ${cooldownMin} minutes`, async () => {
    const world = new World({
      statements: () => [{ statement: 'SELECT 1', calls: 10, meanMs: 600, maxMs: 700 }],
    });
    const cache = new FakeCache('any');
    world.optimizer.registerCache(cache);
    const evaluate = world.evaluate.bind(world);
    world.evaluate = (vitals, afterMs) => {
      cache.look(1, 99);
      return evaluate(vitals, afterMs);
    };
    await world.evaluate(at);
    await world.evaluate({});
    assert.deepEqual(world.applied(), []);
    await world.evaluate(over);
    await world.evaluate(over, cooldownMin * MINUTE_MS - 1);
    assert.deepEqual(world.applied(), [rule]);
    await world.evaluate(over, 1);
    assert.deepEqual(world.applied(), [rule, rule]);
  });
}

/** What a histogram of request durations shows for an endpoint. */
function duration(endpoint: string, count: number, sum: number): Metric {
  const distribution = { bounds: [1], buckets: [0, count], sum };
  return {
    name: 'http_request_duration_seconds',
    kind: 'histogram',
    value: count,
    attributes: { method: 'GET', endpoint, status_code: '200' },
    distribution,
  };
}

test('slow responses: only caches of endpoints that are slow now live longer, up to their bound', async () => {
  const world = new World({ dryRun: false });
  const [slow, quick] = [new FakeCache('slow', ['/slow']), new FakeCache('quick', ['/quick'])];
  world.optimizer.registerCache(slow);
  world.optimizer.registerCache(quick);
  // Slow long ago, quick since.
  world.latest.set('http_request_duration_seconds', [
    duration('/quick', 10, 100),
    duration('/slow', 1, 1),
  ]);
  await world.evaluate({ responseTimeMs: 10 });
  world.latest.set('http_request_duration_seconds', [
    duration('/quick', 1010, 110),
    duration('/slow', 11, 31),
    duration('/bare', 5, 20),
  ]);
  await world.evaluate({ responseTimeMs: 1500 });
  assert.deepEqual(world.lastSteps(), [
    'set cache.slow.ttl_ms 1000 > 2000 done',
    'propose /bare takes 4000 ms on average and has no cache done',
  ]);
  assert.equal(quick.lifetimeMs, 1000);
  slow.lifetimeMs = 5000;
  world.latest.set('http_request_duration_seconds', [duration('/slow', 21, 61)]);
  await world.evaluate({ responseTimeMs: 1500 }, 10 * MINUTE_MS);
  assert.deepEqual(world.lastSteps(), ['set cache.slow.ttl_ms 5000 > 8000 done']);
});

test('slow responses: what was slow in the last reading holds until there is another', async () => {
  const world = new World();
  const reading = [duration('/slow', 10, 30)];
  world.latest.set('http_request_duration_seconds', reading);
  await world.evaluate({ responseTimeMs: 10 });
  await world.evaluate({ responseTimeMs: 1500 });
  assert.deepEqual(world.lastSteps(), [
    'propose /slow takes 3000 ms on average and has no cache done',
  ]);
});

test('memory: clears the caches of this process and collects garbage where Node exposes it', async () => {
  const world = new World({ dryRun: false });
  const cache = new FakeCache('own');
  const shared = new FakeCache('redis');
  world.optimizer.registerCache(cache);
  world.optimizer.registerCache({
    name: 'redis',
    hits: () => 0,
    misses: () => 0,
    shared: true,
    clear: () => shared.clear(),
  });
  const exposed = globalThis.gc;
  let collected = 0;
  globalThis.gc = Object.assign(() => Promise.resolve(void collected++), {});
  try {
    await world.evaluate({ memoryPct: 90 });
  } finally {
    globalThis.gc = exposed;
  }
  assert.deepEqual([cache.cleared, shared.cleared, collected], [1, 0, 1]);
  assert.deepEqual(world.lastSteps(), ['clear own done', 'collect_garbage process done']);
});

test('slow queries: tells which and proposes an index, and changes nothing', async () => {
  const world = new World({
    dryRun: false,
    statements: () => [
      { statement: 'SELECT * FROM orders WHERE email = $1', calls: 9, meanMs: 700, maxMs: 900 },
      { statement: 'SELECT 1', calls: 1000, meanMs: 1, maxMs: 500 },
      { statement: 'VACUUM', calls: 1, meanMs: 900, maxMs: 900 },
    ],
  });
  await world.evaluate({ slowQueries: 10 });
  assert.deepEqual(world.lastSteps(), [
    'propose try CREATE INDEX ON orders (email): 9 calls took 700 ms on average: SELECT * FROM orders WHERE email = $1 done',
    'propose look at its plan with EXPLAIN: 1 calls took 900 ms on average: VACUUM done',
  ]);
});

test('cache hit rate: the caches that miss live longer and are warmed, the others stay as they are', async () => {
  const world = new World({ dryRun: false });
  const [bad, good, idle] = [new FakeCache('bad'), new FakeCache('good'), new FakeCache('idle')];
  for (const cache of [bad, good, idle]) world.optimizer.registerCache(cache);
  bad.look(10, 90);
  good.look(90, 10);
  idle.look(0, 3);
  await world.evaluate({ cacheHitPct: 45 });
  assert.deepEqual(world.lastSteps(), ['set cache.bad.ttl_ms 1000 > 2000 done', 'warm bad done']);
  assert.deepEqual([bad.warmed, good.warmed, idle.warmed], [1, 0, 0]);
});
