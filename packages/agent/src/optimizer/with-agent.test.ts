/** Rules in a started agent: what the application registers is looked at, changed within its bounds, told, and set back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentEvent } from '../source.ts';
import { start } from '../start.ts';
import { FakeCache } from './test-world.ts';

const RULE = 'cache-hit-rate';

/** Monitors fast, sends nowhere; resolves with the first event of an optimization. */
async function withAgent(
  dryRun: boolean,
  use: (cache: FakeCache, event: AgentEvent, undo: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const agent = await start({
    endpoint: 'http://127.0.0.1:9',
    logLevel: 'off',
    flushTimeoutMs: 0,
    flushOnExit: false,
    optimizer: { dryRun },
  });
  try {
    const cache = new FakeCache('pages');
    agent.optimizer.registerCache(cache);
    const event = new Promise<AgentEvent>((resolve) => {
      // The machine that runs the test may be short of memory.
      agent.on('optimization', (one) => one.attributes?.rule === RULE && resolve(one));
    });
    cache.look(10, 90);
    agent.startMonitoring(100);
    const applied = await event;
    await use(cache, applied, () => agent.optimizer.undo(String(applied.attributes?.id)));
  } finally {
    await agent.stop();
  }
}

test('a cache that misses lives longer and is warmed, until that is undone', () =>
  withAgent(false, async (cache, event, undo) => {
    assert.deepEqual([cache.lifetimeMs, cache.warmed], [2000, 1]);
    assert.equal(event.attributes?.state, 'applied');
    assert.deepEqual(await undo(), { done: true });
    assert.equal(cache.lifetimeMs, 1000);
  }));

test('unless it is allowed, nothing is changed', () =>
  withAgent(true, async (cache, event, undo) => {
    assert.deepEqual([cache.lifetimeMs, cache.warmed], [1000, 0]);
    assert.equal(event.attributes?.state, 'planned');
    assert.deepEqual(await undo(), { done: false, reason: 'it is planned' });
  }));
