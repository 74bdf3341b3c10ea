import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthScore } from './health-score.ts';
import { ACCEPTED, CountingSource, coreRig } from './test-core.ts';
import { VitalsBook } from './vitals-book.ts';
import { systemMeter } from './zones/meter.ts';

const MINUTE = 60_000;

test('the agent tells its own numbers, by OTLP and on the page', async () => {
  let answer = async () => ACCEPTED;
  const { core, timers, lines } = coreRig({}, () => answer());
  const high = new CountingSource(timers, 'high', 10_000, 3);
  core.add(high);
  core.add(core.own);
  core.add({
    id: 'bad',
    name: 'bad',
    priority: 'medium',
    enabled: true,
    intervalMs: 10_000,
    collect: () => {
      throw new Error('no luck');
    },
  });
  core.start();
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1000) {
      timers.advance(1000);
      await timers.settle();
    }
  };
  await pass(5 * MINUTE);
  const value = (pattern: RegExp): number => Number(pattern.exec(core.exposition())?.[1]);
  // The agent itself is collected before: it does not know yet of what is collected with it.
  assert.equal(
    value(/^agent_metrics_total\{source="high",priority="high"\} (\d+)$/m),
    (high.collected.length - 1) * 3,
  );
  assert.ok(value(/^agent_collections_total\{source="bad",outcome="failed"\} (\d+)$/m) > 3);
  assert.ok(value(/^agent_export_items_total\{signal="metrics",outcome="sent"\} (\d+)$/m) > 100);
  assert.ok(value(/^agent_batch_size (\d+)$/m) > 0);
  assert.equal(value(/^agent_zone\{zone="green"\} (\d)$/m), 1);
  assert.equal(value(/^agent_resource_utilization_ratio (\S+)$/m), 0.1);
  assert.equal(value(/^agent_health_score (\S+)$/m), 90);
  assert.equal(lines.filter((line) => /source bad has failed: no luck/.test(line)).length, 1);
  answer = () => Promise.reject(new Error('away'));
  await pass(5 * MINUTE);
  assert.ok(value(/^agent_health_score (\S+)$/m) < 80);
  assert.ok(value(/^agent_export_buffer_bytes (\d+)$/m) > 0);
});

test('a source that fails and recovers is told, by an event and to listeners', async () => {
  const { core, timers, exporter } = coreRig();
  const told: string[] = [];
  core.listeners.on('source', ({ source, state, error }) =>
    told.push(`${source} ${state} ${error}`),
  );
  core.listeners.on('source', () => {
    throw new Error('a listener of the application');
  });
  assert.throws(
    () => Reflect.apply(core.listeners.on, core.listeners, ['nothing', () => {}]),
    /zone/,
  );
  let broken = true;
  core.add({
    id: 's',
    name: 's',
    priority: 'low',
    enabled: true,
    intervalMs: MINUTE,
    collect: () => {
      if (broken) throw new Error('cable');
      return [];
    },
  });
  core.start();
  timers.advance(5 * MINUTE);
  broken = false;
  timers.advance(10 * MINUTE);
  assert.deepEqual(told, ['s failed cable', 's recovered ']);
  const names = exporter.records.map(({ eventName }) => eventName);
  assert.deepEqual(names, ['agent.source.failed', 'agent.source.recovered']);
});

test('a source whose properties begin to throw costs the others nothing', async () => {
  const { core, timers, exporter } = coreRig({ processIntervalMs: 10_000 });
  const good = new CountingSource(timers, 'high', 10_000);
  const hostile = new CountingSource(timers, 'medium', 10_000);
  const removeHostile = core.add(hostile);
  core.add(good);
  core.add(core.own);
  core.start();
  timers.advance(MINUTE);
  for (const name of ['id', 'name', 'priority', 'enabled', 'intervalMs', 'collect', 'close']) {
    Object.defineProperty(hostile, name, {
      get: () => {
        throw new Error(`hostile ${name}`);
      },
    });
  }
  core.coordinator.replan();
  exporter.points.length = 0;
  const before = good.collected.length;
  timers.advance(MINUTE);
  await timers.settle();
  assert.equal(good.collected.length - before, 6);
  const sent = exporter.points.filter(({ name }) => name.startsWith('high_'));
  assert.equal(sent.length, 6);
  assert.match(core.exposition(), /^agent_metrics_total\{source="medium",priority="medium"\} /m);
  assert.ok(exporter.points.some(({ name }) => name === 'agent.health_score'));
  removeHostile();
  assert.doesNotMatch(core.exposition(), /medium_0/);
});

test('a source that changes what it is called while it is added is refused', () => {
  const { core, timers } = coreRig();
  const source = new CountingSource(timers, 'high', MINUTE);
  let reads = 0;
  Object.defineProperty(source, 'id', { get: () => (reads++ === 0 ? 'fine' : '') });
  assert.throws(() => core.add(source), /a source has an id/);
  assert.equal(core.coordinator.states.length, 0);
});

test('without metrics events still go, and the page has what was collected', () => {
  const { core, timers, exporter } = coreRig({ metrics: false });
  core.add(new CountingSource(timers, 'high', MINUTE));
  core.start();
  timers.advance(MINUTE);
  core.emit('s', { name: 'e', severity: 'warn', message: 'm' });
  assert.equal(exporter.points.length, 0);
  assert.equal(exporter.records.length, 1);
  assert.match(core.exposition(), /^high_0 \d+$/m);
});

test('a source that is taken back is forgotten', () => {
  const { core, timers } = coreRig();
  const source = new CountingSource(timers, 'high', MINUTE);
  const remove = core.add(Object.assign(source, { vitals: () => ({ slowQueries: 3 }) }));
  core.start();
  timers.advance(MINUTE);
  assert.match(core.exposition(), /^high_0 3$/m);
  assert.equal(core.vitals.refresh().slowQueries, 3);
  remove();
  assert.equal(core.exposition(), '');
  assert.deepEqual(core.vitals.refresh(), { cpuPct: 10, memoryPct: 10 });
});

test('of events there is a bound in a second, and what is none is refused', () => {
  const { core, exporter, timers, lines } = coreRig();
  for (let i = 0; i < 5000; i++) core.emit('s', { name: 'e', severity: 'error', message: `${i}` });
  assert.equal(exporter.records.length, 1000);
  assert.equal(core.pipeline.eventsRefused, 4000);
  timers.advance(1000);
  const emit: (origin: string, event: never) => void = core.emit.bind(core);
  for (const odd of [null, 5, { name: 'x' }]) Reflect.apply(emit, core, ['s', odd]);
  assert.equal(core.pipeline.eventsRefused, 4003);
  assert.equal(lines.length, 1);
});

test('vitals of several are brought together, the worse counts', () => {
  const book = new VitalsBook();
  book.add(() => ({ cpuPct: 20, slowQueries: 2, cacheHitPct: 90, errorRatePct: Number.NaN }));
  book.add(() => ({ cpuPct: 30, slowQueries: 3, cacheHitPct: 40 }));
  const remove = book.add(() => ({ diskPct: 1 }));
  book.add(() => {
    throw new Error('no');
  });
  remove();
  assert.deepEqual(book.refresh(), { cpuPct: 30, slowQueries: 3, cacheHitPct: 40 });
  assert.equal(book.latest.cpuPct, 30);
});

test('the health score falls by what is wrong', () => {
  const fine = {
    zone: 'green',
    sources: [{ failuresInRow: 0 }],
    exportFailing: false,
    bufferPart: 0,
    lost: 0,
  } as const;
  const cases: [Partial<Parameters<typeof healthScore>[0]>, number][] = [
    [{}, 100],
    [{ zone: 'critical' }, 60],
    [{ sources: [{ failuresInRow: 2 }, { failuresInRow: 0 }] }, 85],
    [{ sources: [] }, 100],
    [{ exportFailing: true, bufferPart: 1, lost: 1 }, 70],
    [
      {
        zone: 'critical',
        sources: [{ failuresInRow: 1 }],
        exportFailing: true,
        bufferPart: 1,
        lost: 5,
      },
      0,
    ],
  ];
  for (const [facts, want] of cases) assert.equal(healthScore({ ...fine, ...facts }), want);
});

for (const platform of [process.platform, 'sunos'] as const) {
  test(`the meter reads this machine on ${platform}`, () => {
    const meter = systemMeter(platform);
    assert.equal(meter.read().cpuPct, undefined);
    const until = process.hrtime.bigint() + 150_000_000n;
    while (process.hrtime.bigint() < until) Math.sqrt(2);
    const { cpuPct, memoryPct } = meter.read();
    assert.ok(cpuPct !== undefined && cpuPct > 0 && cpuPct <= 100);
    assert.ok(memoryPct !== undefined && memoryPct > 0 && memoryPct < 100);
    meter.close();
  });
}

test('a mistake of the agent itself is told and does not end it', () => {
  const { core, timers, exporter, lines } = coreRig();
  core.add(new CountingSource(timers, 'critical', MINUTE));
  core.start();
  const addPoints = exporter.addPoints.bind(exporter);
  exporter.addPoints = () => {
    throw new Error('a mistake');
  };
  timers.advance(3 * MINUTE);
  assert.equal(
    lines.filter((line) => /taking in metrics has failed: a mistake/.test(line)).length,
    1,
  );
  exporter.addPoints = addPoints;
  timers.advance(MINUTE);
  assert.ok(exporter.points.length > 0);
});

test('what cannot be collected from is refused where it is registered', () => {
  const { core } = coreRig();
  const fine = {
    id: 's',
    name: 's',
    priority: 'low',
    enabled: true,
    intervalMs: 1000,
    collect: () => [],
  };
  const add = (source: unknown): unknown => Reflect.apply(core.add, core, [source]);
  const cases: [unknown, RegExp][] = [
    [undefined, /a source is an object/],
    [{ ...fine, id: '' }, /an id of 1 to 100 characters/],
    [{ ...fine, collect: [] }, /source s: collect is not a function/],
    [{ ...fine, enabled: undefined }, /source s: enabled is not true or false/],
    [{ ...fine, priority: 1 }, /source s: priority is one of critical, high, medium, low, not 1/],
    [{ ...fine, intervalMs: '5' }, /source s: intervalMs is not a number above 0/],
    [{ ...fine, intervalMs: Number.NaN }, /intervalMs/],
  ];
  for (const [source, want] of cases) assert.throws(() => add(source), want);
  add(fine);
  assert.throws(() => add(fine), /a source with the id s already/);
});
