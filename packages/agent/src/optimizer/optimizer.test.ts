/** What holds for every rule: dry runs, bounds, failures. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCache, pooled, setting, World } from './test-world.ts';

test('a dry run changes nothing and tells what it would have done', async () => {
  const { world, pool } = pooled({ dryRun: true });
  world.optimizer.addRule(setting('pool.db.size', 20));
  await world.evaluate({ responseTimeMs: 5 });
  assert.equal(pool.size, 10);
  assert.deepEqual(world.lastSteps(), ['set pool.db.size 10 > 20 planned']);
  const [application] = world.optimizer.history();
  assert.equal(application?.state, 'planned');
  assert.deepEqual(application?.before, { responseTimeMs: 5 });
  assert.equal(world.events[0]?.name, 'optimization');
  assert.match(
    world.events[0]?.message ?? '',
    /would apply \(dry run\): set pool.db.size from 10 to 20/,
  );
});

test('the own code of an action does not run in a dry run', async () => {
  let ran = 0;
  const rule = {
    id: 'own',
    name: 'Own',
    cooldown: 0,
    condition: () => true,
    action: () => void ran++,
  };
  const dry = new World({ builtIn: false });
  dry.optimizer.addRule(rule);
  await dry.evaluate({});
  assert.deepEqual([ran, dry.lastSteps()], [0, ['run run the action of rule own planned']]);
  const allowed = new World({ builtIn: false, dryRun: false });
  allowed.optimizer.addRule(rule);
  await allowed.evaluate({});
  assert.deepEqual([ran, allowed.optimizer.history()[0]?.state], [1, 'applied']);
});

test('a dial is set within its bounds only', async () => {
  for (const [wanted, got] of [
    [1000, 50],
    [-3, 5],
    [12.6, 13],
  ] as const) {
    const { world, pool } = pooled();
    world.optimizer.addRule(setting('pool.db.size', wanted));
    await world.evaluate({});
    assert.equal(pool.size, got, `asked for ${wanted}`);
  }
});

test('a dial that is not judged yet is left alone by other rules', async () => {
  const { world, pool } = pooled();
  world.optimizer.addRule(setting('pool.db.size', 20, { cooldown: 1e9 }));
  world.optimizer.addRule(setting('pool.db.size', 30, { id: 'other', priority: 'low' }));
  await world.evaluate({});
  assert.equal(pool.size, 20);
  assert.deepEqual(world.lastSteps(), ['set pool.db.size 20 > 30 skipped']);
  await world.evaluate({}, 60_000);
  assert.equal(pool.size, 30);
});

test('a rule that throws is counted and rests, longer each time; the others go on', async () => {
  const { world, pool } = pooled();
  let asked = 0;
  world.optimizer.addRule({
    id: 'bad',
    name: 'Bad',
    priority: 'critical',
    cooldown: 0,
    condition: () => {
      asked++;
      throw new Error('broken');
    },
    action: () => {},
  });
  world.optimizer.addRule(setting('pool.db.size', 20));
  await world.evaluate({});
  assert.equal(pool.size, 20);
  await world.evaluate({}, 59_999);
  assert.equal(asked, 1);
  await world.evaluate({}, 1);
  assert.equal(asked, 2);
  await world.evaluate({}, 119_999);
  assert.equal(asked, 2);
  await world.evaluate({}, 1);
  assert.equal(asked, 3);
  assert.equal(world.events[0]?.name, 'optimization.rule_failed');
});

test('an action that never ends is given up; what it asks for later is not taken', async () => {
  const { world, pool } = pooled({ deadlineMs: 5 });
  let refused: unknown;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  world.optimizer.addRule(
    setting('', 0, {
      action: async (_metrics, changes) => {
        await ended;
        try {
          changes.set('pool.db.size', 20);
        } catch (error) {
          refused = error;
        }
      },
    }),
  );
  await world.evaluate({});
  const [application] = world.optimizer.history();
  assert.deepEqual([application?.state, application?.reason], ['failed', 'took more than 5 ms']);
  end();
  await ended;
  await Promise.resolve();
  assert.match(String(refused), /taken too long/);
  assert.equal(pool.size, 10);
});

test('a change that fails is told, and the others are done', async () => {
  const { world, pool } = pooled();
  world.optimizer.registerCache({
    name: 'c',
    hits: () => 0,
    misses: () => 0,
    clear: () => Promise.reject(new Error('connection lost')),
  });
  world.optimizer.addRule(
    setting('', 0, {
      action: (_metrics, changes) => {
        changes.clear('c');
        changes.set('pool.db.size', 20);
      },
    }),
  );
  await world.evaluate({});
  assert.deepEqual(world.lastSteps(), ['clear c failed', 'set pool.db.size 10 > 20 done']);
  assert.equal(world.optimizer.history()[0]?.steps[0]?.reason, 'connection lost');
  assert.equal(pool.size, 20);
});

test('a rule that finds nothing to do has not been applied and need not rest', async () => {
  const { world, pool } = pooled();
  let wanted = 0;
  world.optimizer.addRule(
    setting('', 0, {
      cooldown: 1e9,
      action: (_metrics, changes) => {
        if (wanted > 0) changes.set('pool.db.size', wanted);
      },
    }),
  );
  await world.evaluate({});
  assert.deepEqual([world.applied(), world.events], [[], []]);
  wanted = 20;
  await world.evaluate({});
  assert.equal(pool.size, 20);
});

test('an application whose functions throw hurts nothing', async () => {
  const { world, pool } = pooled();
  const broken = (): never => {
    throw new Error('broken');
  };
  world.optimizer.registerCache({
    ...{ name: 'c', hits: broken, misses: broken, size: broken, clear: broken, warm: broken },
    ...{ getTtlMs: broken, setTtlMs: broken, ttlMs: { min: 1, max: 2 } },
  });
  world.optimizer.registerLimit({ name: 'l', min: 0, max: 1, get: () => Number.NaN, set: broken });
  world.optimizer.registerSampling({ name: 's', min: 0, max: 1, get: () => 1, set: broken });
  world.optimizer.addRule(
    setting('', 0, {
      action: (_metrics, changes) => {
        changes.clear('c');
        changes.warm('c');
        for (const dial of ['cache.c.ttl_ms', 'limit.l', 'sampling.s']) changes.set(dial, 0.5);
        changes.run('fail', broken);
        changes.set('pool.db.size', 20);
      },
    }),
  );
  await world.evaluate({});
  assert.deepEqual(world.lastSteps(), [
    'clear c failed',
    'warm c failed',
    'set cache.c.ttl_ms undefined > 1 skipped',
    'set limit.l undefined > 0.5 skipped',
    'set sampling.s 1 > 0.5 failed',
    'run fail failed',
    'set pool.db.size 10 > 20 done',
  ]);
  assert.equal(pool.size, 20);
  assert.deepEqual(world.optimizer.vitals(), {});
  assert.ok(world.optimizer.collect().length > 0);
});

test('the history keeps the newest', async () => {
  const world = new World({ builtIn: false, historyLimit: 3 });
  world.optimizer.addRule(
    setting('', 0, { cooldown: 1, action: (_metrics, changes) => changes.propose('less') }),
  );
  for (let i = 0; i < 5; i++) await world.evaluate({}, 10);
  assert.deepEqual(
    world.optimizer.history().map(({ id }) => id),
    ['3', '4', '5'],
  );
});

test('rules that cannot be used are refused with the reason', () => {
  const { world } = pooled();
  const { optimizer } = world;
  const good = setting('pool.db.size', 20);
  const takeBack = optimizer.addRule(good);
  assert.throws(() => optimizer.addRule(good), /there is a rule set already/);
  takeBack();
  optimizer.addRule(good);
  const { cooldown: _, ...without } = good;
  const withoutCooldown: object = { ...without, id: 'x' };
  assert.throws(
    () => Reflect.apply(optimizer.addRule, optimizer, [withoutCooldown]),
    /needs a cooldown/,
  );
  assert.throws(
    () =>
      optimizer.registerPool({ name: 'x', min: 2, max: 1, getSize: () => 1, setSize: () => {} }),
    /min <= max/,
  );
  assert.throws(
    () =>
      optimizer.registerCache({ name: 'x', hits: () => 0, misses: () => 0, setTtlMs: () => {} }),
    /setTtlMs needs getTtlMs/,
  );
  assert.throws(
    () =>
      optimizer.registerPool({ name: 'db', min: 1, max: 2, getSize: () => 1, setSize: () => {} }),
    /already/,
  );
});

test('a hit rate is told once there have been enough lookups', () => {
  const { world } = pooled();
  const [often, seldom] = [new FakeCache('often'), new FakeCache('seldom')];
  world.optimizer.registerCache(often);
  assert.deepEqual(world.optimizer.vitals(), {});
  often.look(10, 9);
  assert.deepEqual(world.optimizer.vitals(), {}, '19 lookups');
  often.look(0, 1);
  assert.deepEqual(world.optimizer.vitals(), { cacheHitPct: 50 });
  world.optimizer.registerCache(seldom);
  often.look(10, 0);
  seldom.look(5, 5);
  assert.deepEqual(world.optimizer.vitals(), { cacheHitPct: 75 });
  often.lookups = { hits: 0, misses: 20 };
  assert.deepEqual(world.optimizer.vitals(), { cacheHitPct: 0 }, 'totals began anew');
});

test('its own numbers, and the hit rate as a vital', async () => {
  const { world } = pooled();
  const cache = new FakeCache('c');
  world.optimizer.registerCache(cache);
  assert.deepEqual(world.optimizer.vitals(), {});
  cache.look(30, 10);
  assert.deepEqual(world.optimizer.vitals(), { cacheHitPct: 75 });
  assert.deepEqual(world.optimizer.vitals(), {});
  world.optimizer.addRule(setting('pool.db.size', 20));
  await world.evaluate({});
  const metrics = world.optimizer.collect();
  assert.deepEqual(
    metrics.map(({ name, value, attributes }) => [
      name,
      value,
      Object.values(attributes ?? {}).join(),
    ]),
    [
      ['agent.optimizations', 1, 'set,applied'],
      ['cache.hits', 30, 'c'],
      ['cache.misses', 10, 'c'],
      ['cache.entries', 7, 'c'],
      ['agent.dial', 20, 'pool.db.size'],
      ['agent.dial', 1000, 'cache.c.ttl_ms'],
    ],
  );
});
