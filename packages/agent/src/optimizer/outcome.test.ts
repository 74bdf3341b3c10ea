/** What comes of an application: its verdict, and undoing it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCache, pooled, setting } from './test-world.ts';

const verdicts: readonly [what: string, before: number, after: number, verdict: string][] = [
  ['much less', 1000, 800, 'better'],
  ['a little less', 1000, 950, 'unclear'],
  ['the same', 1000, 1000, 'unclear'],
  ['more', 1000, 1100, 'worse'],
];

for (const [what, before, after, verdict] of verdicts) {
  test(`judged by the averages once it has settled: ${what} response time is ${verdict}`, async () => {
    const { world } = pooled();
    world.optimizer.addRule(
      setting('pool.db.size', 20, {
        cooldown: 1e9,
        goal: { vital: 'responseTimeMs', better: 'lower' },
      }),
    );
    await world.evaluate({ responseTimeMs: before });
    await world.evaluate({ responseTimeMs: 1e6 }, 29_999);
    await world.evaluate({ responseTimeMs: after - 500, cpuPct: 10 }, 30_000);
    assert.equal(world.optimizer.history()[0]?.verdict, undefined);
    await world.evaluate({ responseTimeMs: after + 500 }, 1);
    const [application] = world.optimizer.history();
    assert.equal(application?.verdict, verdict);
    assert.deepEqual(application?.after, { responseTimeMs: after, cpuPct: 10 });
  });
}

test('more errors make things worse, whatever the goal says', async () => {
  const { world } = pooled();
  world.optimizer.addRule(
    setting('pool.db.size', 20, {
      cooldown: 1e9,
      goal: { vital: 'responseTimeMs', better: 'lower' },
    }),
  );
  await world.evaluate({ responseTimeMs: 1000, errorRatePct: 0 });
  await world.evaluate({ responseTimeMs: 10, errorRatePct: 30 }, 60_000);
  assert.equal(world.optimizer.history()[0]?.verdict, 'worse');
});

test('undo sets the dials back', async () => {
  const { world, pool } = pooled();
  world.optimizer.addRule(setting('pool.db.size', 20));
  await world.evaluate({});
  assert.equal(pool.size, 20);
  assert.deepEqual(await world.optimizer.undo('1'), { done: true });
  assert.equal(pool.size, 10);
  assert.deepEqual(world.lastSteps(), ['set pool.db.size 10 > 20 undone']);
  assert.deepEqual(await world.optimizer.undo('1'), { done: false, reason: 'it is undone' });
});

test('undo is refused when something else has changed the dial, and when there is nothing to undo', async () => {
  const { world, pool } = pooled();
  const cache = new FakeCache('c');
  world.optimizer.registerCache(cache);
  world.optimizer.addRule(setting('pool.db.size', 20));
  world.optimizer.addRule(
    setting('', 0, { id: 'clear', action: (_metrics, changes) => changes.clear('c') }),
  );
  await world.evaluate({});
  pool.size = 25;
  const reason = 'pool.db.size is 25 now, not 20: changed by something else since';
  assert.deepEqual(await world.optimizer.undo('1'), { done: false, reason });
  assert.equal(pool.size, 25);
  assert.match(JSON.stringify(await world.optimizer.undo('2')), /nothing that could be set back/);
  assert.match(JSON.stringify(await world.optimizer.undo('99')), /no application 99/);
});

test('what made things worse is undone by itself where that is wanted', async () => {
  const { world, pool } = pooled({ undoWorse: true });
  world.optimizer.addRule(setting('pool.db.size', 20, { cooldown: 1e9 }));
  await world.evaluate({ responseTimeMs: 100 });
  await world.evaluate({ responseTimeMs: 300 }, 60_000);
  assert.equal(pool.size, 10);
  const [application] = world.optimizer.history();
  assert.deepEqual([application?.state, application?.verdict], ['undone', 'worse']);
  assert.match(world.events.at(-1)?.message ?? '', /made things worse and was undone/);
});
