import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeCache, World } from './test-world.ts';
import { WarmUp } from './warm-up.ts';

/** `[seconds, hits, misses]` since the look before; the index of the look from which on it is warm, or -1. */
function warmAt(
  looks: readonly (readonly [seconds: number, hits: number, misses: number])[],
  known: { size?: number; ttlMs?: number } = {},
): number {
  const warmUp = new WarmUp({ hits: 0, misses: 0 });
  let [nowMs, hits, misses] = [0, 0, 0];
  return looks.findIndex(([seconds, hit, missed]) => {
    nowMs += seconds * 1000;
    hits += hit;
    misses += missed;
    return warmUp.look({ nowMs, hits, misses, ...known }) !== undefined;
  });
}

const never = [15, 0, 100] as const;

test('a cache is warm', () => {
  const cases: [string, number, number][] = [
    ['never without a lookup', warmAt([[600, 0, 0]]), -1],
    ['at once when half is found', warmAt([[15, 5, 5]]), 0],
    ['not by a handful of hits', warmAt([[15, 5, 0]]), -1],
    [
      'not while it fills',
      warmAt([
        [15, 20, 80],
        [15, 30, 70],
        [15, 40, 60],
      ]),
      -1,
    ],
    [
      'when it is found',
      warmAt([
        [15, 20, 80],
        [15, 40, 60],
        [15, 60, 40],
      ]),
      2,
    ],
    ['when its rate rises no more', warmAt([never, never, never, never]), 2],
    [
      'after five minutes',
      warmAt([
        [15, 1, 99],
        [150, 2, 98],
        [149, 3, 97],
        [1, 4, 96],
      ]),
      3,
    ],
    ['after a lifetime', warmAt([never, [5, 10, 90], [5, 20, 80]], { ttlMs: 10_000 }), 2],
    ['when it misses more than it holds', warmAt([[15, 10, 90]], { size: 44 }), 0],
    ['not when it holds what it missed', warmAt([[15, 10, 90]], { size: 90 }), -1],
    [
      'seldom asked: when there is enough to tell',
      warmAt([
        [600, 0, 19],
        [600, 0, 19],
      ]),
      1,
    ],
  ];
  for (const [name, got, want] of cases) assert.equal(got, want, name);
});

test('what it missed while it was cold is not told; what it misses since is', () => {
  const world = new World({ builtIn: false });
  const cache = new FakeCache('c');
  cache.lifetimeMs = 60_000;
  cache.size = () => cache.misses();
  world.optimizer.registerCache(cache);
  const told: (number | undefined)[] = [];
  for (const [hits, misses] of [
    [0, 100],
    [30, 70],
    [40, 60],
    [70, 30],
    [10, 90],
  ] as const) {
    cache.look(hits, misses);
    world.nowMs += 15_000;
    told.push(world.optimizer.vitals().cacheHitPct);
  }
  assert.deepEqual(told, [undefined, undefined, undefined, 70, 10]);
});

test('a cache that a rule has cleared is cold again', async () => {
  const world = new World({ builtIn: false, dryRun: false });
  const cache = new FakeCache('c');
  cache.lifetimeMs = 60_000;
  cache.size = () => 1000;
  world.optimizer.registerCache(cache);
  world.optimizer.addRule({
    id: 'clear',
    name: 'Clear',
    cooldown: 0,
    condition: () => true,
    action: (_metrics, changes) => changes.clear('c'),
  });
  cache.look(90, 10);
  assert.deepEqual(world.optimizer.vitals(), { cacheHitPct: 90 });
  await world.evaluate({});
  assert.equal(cache.cleared, 1);
  cache.look(10, 90);
  assert.deepEqual(world.optimizer.vitals(), {});
});
