import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AgentEvent } from '../source.ts';
import type { Vitals } from '../vitals.ts';
import { Tracker, type TrackerOptions } from './tracker.ts';

function fixture(options: TrackerOptions = {}) {
  const time = { ms: 1000 };
  const events: AgentEvent[] = [];
  const tracker = new Tracker({
    clock: { now: () => time.ms, unixMs: () => 1_700_000_000_000 + time.ms },
    emit: (event) => events.push(event),
    ...options,
  });
  /** Tracks calls of the given durations, one after the other. */
  const run = (name: string, ...durations: number[]): void => {
    for (const ms of durations) {
      tracker.track(name, () => {
        time.ms += ms;
      });
    }
  };
  return { tracker, time, events, run };
}

const metric = (tracker: Tracker, name: string): number | undefined =>
  tracker.collect().find((one) => one.name === name)?.value;

test('a tracked function hands out its result, its promise and its error as they are', async () => {
  const { tracker } = fixture();
  const value = {};
  assert.equal(
    tracker.track('sync', () => value),
    value,
  );
  assert.equal(await tracker.track('async', async () => value), value);
  const error = new Error('broken');
  assert.throws(
    () =>
      tracker.track('throws', () => {
        throw error;
      }),
    (thrown) => thrown === error,
  );
  await assert.rejects(
    tracker.track('rejects', async () => {
      throw error;
    }),
    (thrown) => thrown === error,
  );
  const counts = Object.entries(tracker.summary()).map(([name, { count, errors }]) => [
    name,
    count,
    errors,
  ]);
  assert.deepEqual(counts, [
    ['sync', 1, 0],
    ['async', 1, 0],
    ['throws', 1, 1],
    ['rejects', 1, 1],
  ]);
});

test('what can be awaited only once by its maker is not awaited by the tracker', () => {
  const { tracker } = fixture();
  let awaited = 0;
  const awaitable = 'then';
  const lazy = {
    [awaitable]: () => {
      awaited++;
    },
  };
  assert.equal(
    tracker.track('lazy', () => lazy),
    lazy,
  );
  assert.equal(awaited, 0);
});

test('the summary is plain JSON by name', () => {
  const { tracker, run, time } = fixture();
  run('work', 10, 20, 30, 40);
  tracker.trackEnd(tracker.trackStart('work'), { error: new Error('no') });
  time.ms += 900;
  assert.deepEqual(JSON.parse(JSON.stringify(tracker.summary())), {
    work: {
      count: 5,
      errors: 1,
      errorRatePct: 20,
      meanMs: 20,
      minMs: 0,
      maxMs: 40,
      p50Ms: 19.968,
      p95Ms: 39.936,
      p99Ms: 39.936,
      lastMs: 0,
      perSecond: 5,
      trend: { direction: 'flat', change: null },
    },
  });
});

test('a trend compares the last window with the one before', () => {
  const trendAfter = (before: number, after: number) => {
    const { tracker, run, time } = fixture({ windowMs: 60_000 });
    time.ms = 600_000;
    for (let i = 0; i < 6; i++) run('work', before);
    time.ms = 660_000;
    for (let i = 0; i < 6; i++) run('work', after);
    return tracker.summary().work?.trend;
  };
  assert.deepEqual(trendAfter(100, 150), { direction: 'rising', change: 0.5 });
  assert.deepEqual(trendAfter(100, 50), { direction: 'falling', change: -0.5 });
  assert.deepEqual(trendAfter(100, 105), { direction: 'flat', change: 0.05 });
});

test('windows that are long past say nothing', () => {
  const { tracker, run, time } = fixture({ windowMs: 60_000 });
  run('work', 1, 1, 1, 1, 1, 1);
  time.ms += 10_000_000;
  const { perSecond, trend } = tracker.summary().work ?? {};
  assert.equal(perSecond, 0);
  assert.deepEqual(trend, { direction: 'flat', change: null });
});

test('names past the bound are counted together', () => {
  const { tracker, run } = fixture({ maxOperations: 2 });
  for (const name of ['a', 'b', 'c', 'd', 'a', '__proto__']) run(name, 1);
  assert.deepEqual(Object.keys(tracker.summary()), ['a', 'b', '(other)']);
  assert.equal(tracker.summary()['(other)']?.count, 3);
  assert.equal(metric(tracker, 'operation_names_overflow_total'), 3);
});

test('a name may be one that objects have', () => {
  const { tracker, run } = fixture();
  for (const name of ['__proto__', 'constructor', 'x'.repeat(300)]) run(name, 1);
  assert.deepEqual(Object.keys(tracker.summary()), ['__proto__', 'constructor', 'x'.repeat(200)]);
});

test('operations that are never ended are given up and counted', () => {
  const { tracker, time } = fixture({ maxOpen: 3, maxOpenMs: 1000 });
  const first = tracker.trackStart('a');
  time.ms += 999;
  const second = tracker.trackStart('a');
  time.ms += 1;
  assert.equal(metric(tracker, 'operations_leaked_total'), 1);
  assert.equal(tracker.trackEnd(first), false);
  assert.equal(tracker.trackEnd(second, null), true);
  assert.equal(tracker.trackEnd(second), false);
  for (let i = 0; i < 5; i++) tracker.trackStart('b');
  assert.equal(metric(tracker, 'operations_leaked_total'), 3);
  assert.equal(metric(tracker, 'operations_open'), 3);
});

test('a threshold is told once when it is crossed and once when the vital has recovered', () => {
  const { tracker, events } = fixture();
  const told: string[] = [];
  const off = tracker.onThreshold(({ vital, state }) => told.push(`${vital} ${state}`));
  tracker.onThreshold(() => {
    throw new Error('a listener of the application');
  });
  for (const cpuPct of [80, 81, 79, 95, 76.5, 76, 76]) tracker.checkThresholds({ cpuPct });
  assert.deepEqual(told, ['cpuPct crossed', 'cpuPct recovered']);
  assert.deepEqual(
    events.map(({ name, severity, message }) => [name, severity, message]),
    [
      ['threshold.crossed', 'warn', 'CPU is over its limit of 80 %: 81 %.'],
      ['threshold.recovered', 'info', 'CPU has recovered: 76 % (limit 80 %).'],
    ],
  );
  off();
  tracker.checkThresholds({ cpuPct: 100 });
  assert.equal(told.length, 2);
});

test('every vital has its default limit', () => {
  const crossed = (vitals: Vitals): string[] =>
    fixture()
      .tracker.checkThresholds(vitals)
      .map(({ vital, limit }) => `${vital} ${limit}`);
  const fine: Vitals = {
    cpuPct: 80,
    memoryPct: 85,
    diskPct: 90,
    responseTimeMs: 2000,
    errorRatePct: 5,
    successRatePct: 95,
  };
  assert.deepEqual(crossed(fine), []);
  assert.deepEqual(crossed({}), []);
  assert.deepEqual(
    crossed({
      cpuPct: 80.1,
      memoryPct: 85.1,
      diskPct: 90.1,
      responseTimeMs: 2001,
      errorRatePct: 5.1,
      successRatePct: 94.9,
    }),
    [
      'cpuPct 80',
      'memoryPct 85',
      'diskPct 90',
      'responseTimeMs 2000',
      'errorRatePct 5',
      'successRatePct 95',
    ],
  );
});

test('the success rate recovers when a fifth of what was missing is back', () => {
  const { tracker } = fixture();
  const states = [94, 95, 95.9, 96].flatMap((successRatePct) =>
    tracker.checkThresholds({ successRatePct }).map(({ state }) => `${successRatePct} ${state}`),
  );
  assert.deepEqual(states, ['94 crossed', '96 recovered']);
});

test('an event of a threshold is a sentence, its value rounded', () => {
  const { tracker, events } = fixture();
  tracker.checkThresholds({ cpuPct: 86.80412, successRatePct: 90.123 });
  assert.deepEqual(
    events.map(({ message, attributes }) => [message, attributes?.value]),
    [
      ['CPU is over its limit of 80 %: 86.8 %.', 86.8],
      ['Success rate is below its limit of 95 %: 90.12 %.', 90.12],
    ],
  );
});

test('thresholds can be moved and left out, and have to be numbers', () => {
  const { tracker } = fixture({ thresholds: { cpuPct: 50, memoryPct: false } });
  const changes = tracker.checkThresholds({ cpuPct: 60, memoryPct: 99, diskPct: Number.NaN });
  assert.deepEqual(
    changes.map(({ vital }) => vital),
    ['cpuPct'],
  );
  assert.throws(() => new Tracker({ thresholds: { cpuPct: Number.NaN } }), /threshold cpuPct: NaN/);
});

test('monitoring looks at once, and at no interval that would be a load', () => {
  const { tracker, events } = fixture({ vitals: () => ({ diskPct: 99 }) });
  assert.throws(() => tracker.startMonitoring(1), RangeError);
  tracker.startMonitoring(60_000);
  tracker.stopMonitoring();
  assert.deepEqual(
    events.map(({ name }) => name),
    ['threshold.crossed'],
  );
});

test('metrics are exported as JSON and as Prometheus text, whole or not at all', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'export-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const { tracker, run } = fixture();
  run('work', 10, 30);
  await tracker.exportMetrics(join(dir, 'metrics.json'));
  const exported = JSON.parse(readFileSync(join(dir, 'metrics.json'), 'utf8'));
  assert.equal(exported.operations.work.count, 2);
  assert.equal(exported.exportedAt, '2023-11-14T22:13:21.040Z');
  await tracker.exportMetrics(join(dir, 'metrics.prom'));
  const text = readFileSync(join(dir, 'metrics.prom'), 'utf8');
  assert.match(text, /^# TYPE operation_duration_seconds histogram$/m);
  assert.match(text, /^operation_duration_seconds_bucket\{operation="work",le="0.01"\} 1$/m);
  assert.match(text, /^operation_duration_seconds_count\{operation="work"\} 2$/m);
  await tracker.exportMetrics(join(dir, 'any'), { format: 'prometheus' });
  assert.deepEqual(readdirSync(dir).sort(), ['any', 'metrics.json', 'metrics.prom']);
  await assert.rejects(
    tracker.exportMetrics(join(dir, 'missing', 'x.json')),
    /cannot write metrics/,
  );
});

test('a name that cannot be shown does not cost the result', () => {
  const tracker = new Tracker();
  const hostile: unknown = Object.create(null);
  assert.equal(Reflect.apply(tracker.track, tracker, [hostile, () => 5]), 5);
  assert.equal(tracker.summary().object?.count, 1);
});
