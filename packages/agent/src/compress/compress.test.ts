import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OtlpPoint } from '@sightline/wire/encode';
import fc from 'fast-check';
import { SourceIntake } from '../collect/check.ts';
import type { AgentEvent, Metric, Priority } from '../source.ts';
import { BEHAVIOURS } from '../zones/zone.ts';
import { EventSampling } from './event-sampling.ts';
import { MetricCompression, reductionAt } from './metric-compression.ts';

const STEP_MS = 30_000;

/** A small generator with a seed (mulberry32), so that tests say the same every time. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Compresses collections of one source, each a list of metrics. */
function sent(
  collections: readonly (readonly Metric[])[],
  mode: 'off' | 'light' | 'aggressive',
  utilization = 80,
  priority: Priority = 'critical',
): OtlpPoint[][] {
  const intake = new SourceIntake();
  const compression = new MetricCompression();
  return collections.map((metrics, i) =>
    compression.compress(
      [{ priority, samples: intake.take(metrics) }],
      i * STEP_MS,
      mode,
      utilization,
    ),
  );
}

const gauge = (value: number, name = 'g'): Metric => ({ name, value });

test('nothing is held back while compression is off', () => {
  const collections = Array.from({ length: 5 }, () => [gauge(1)]);
  assert.deepEqual(
    sent(collections, 'off').map((points) => points.length),
    [1, 1, 1, 1, 1],
  );
});

test('light: what does not change is sent every two minutes, and its last value when it changes', () => {
  const values = [5, 5, 5, 5, 5, 5, 6, 6, 7];
  const points = sent(
    values.map((value) => [gauge(value)]),
    'light',
  );
  assert.deepEqual(
    points.map((list) => list.map(({ value, timeMs }) => `${value}@${timeMs / STEP_MS}`)),
    [['5@0'], [], [], [], ['5@4'], [], ['5@5', '6@6'], [], ['6@7', '7@8']],
  );
});

test('light loses nothing: joined by straight lines, what is sent is what was collected', () => {
  const list = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(list, (values) => {
      const points = sent(
        values.map((value) => [gauge(value)]),
        'light',
      ).flat();
      for (const [i, value] of values.entries()) {
        const before = points.findLast(({ timeMs }) => timeMs <= i * STEP_MS);
        assert.equal(before?.value, value, `at ${i}`);
        assert.ok(i * STEP_MS - (before?.timeMs ?? 0) < 120_000);
      }
    }),
  );
});

test('aggressive holds back 30 to 50 % of all values, by utilisation', () => {
  assert.deepEqual([60, 75, 80, 85, 99].map(reductionAt), [0.3, 0.3, 0.4, 0.5, 0.5]);
  for (const [utilization, changing] of [
    [75, true],
    [80, true],
    [85, true],
    [100, true],
    [75, false],
    [85, false],
  ] as const) {
    const collections = Array.from({ length: 200 }, (_, i) =>
      Array.from({ length: 40 }, (_, j) => gauge(changing || j % 3 === 0 ? i : 1, `g${j}`)),
    );
    const points = sent(collections, 'aggressive', utilization);
    const part = 1 - points.flat().length / (200 * 40);
    assert.ok(part > 0.29 && part <= 0.5, `${utilization} %: ${part}`);
    assert.ok(Math.abs(part - reductionAt(utilization)) < 0.01, `${utilization} %: ${part}`);
  }
});

test('aggressive sends the mean of a gauge over what was held back, and the last total of a counter', () => {
  const collections = Array.from({ length: 100 }, (_, i) => [
    gauge(i % 7),
    { name: 'c', kind: 'counter' as const, value: i * 2 },
  ]);
  const points = sent(collections, 'aggressive', 85).flat();
  const counters = points.filter(({ name }) => name === 'c');
  for (const { value, timeMs } of counters) assert.equal(value, (timeMs / STEP_MS) * 2);
  let from = 0;
  for (const { value, timeMs } of points.filter(({ name }) => name === 'g')) {
    const to = timeMs / STEP_MS + 1;
    const window = collections.slice(from, to).map((metrics) => metrics[0]?.value ?? 0);
    assert.equal(value, window.reduce((a, b) => a + b) / window.length);
    assert.ok(window.length <= 2);
    from = to;
  }
});

test('aggressive holds back the least important first', () => {
  const intakes = { critical: new SourceIntake(), low: new SourceIntake() };
  const compression = new MetricCompression();
  const count = { critical: 0, low: 0 };
  for (let i = 0; i < 50; i++) {
    const of = (priority: 'critical' | 'low') => ({
      priority,
      samples: intakes[priority].take(
        Array.from({ length: 10 }, (_, j) => gauge(i, `${priority}${j}`)),
      ),
    });
    const points = compression.compress([of('critical'), of('low')], i * STEP_MS, 'aggressive', 75);
    for (const { name } of points) count[name.startsWith('low') ? 'low' : 'critical']++;
  }
  assert.ok(count.critical > count.low + 50, JSON.stringify(count));
});

test('what was held back is not sent late after compression was off', () => {
  const intake = new SourceIntake();
  const compression = new MetricCompression();
  const step = (value: number, i: number, mode: 'off' | 'light') =>
    compression
      .compress([{ priority: 'low', samples: intake.take([gauge(value)]) }], i, mode, 60)
      .map((point) => `${point.value}@${point.timeMs}`);
  assert.deepEqual(step(1, 1, 'light'), ['1@1']);
  assert.deepEqual(step(1, 2, 'light'), []);
  assert.deepEqual(step(2, 3, 'off'), ['2@3']);
  assert.deepEqual(step(3, 4, 'light'), ['3@4']);
});

const event = (severity: AgentEvent['severity'], name = 'e'): AgentEvent => ({
  name,
  severity,
  message: 'm',
});

test('errors are never left out, in any zone and any crowd', () => {
  const sampling = new EventSampling(() => 0.999999);
  for (const { events } of Object.values(BEHAVIOURS)) {
    for (let i = 0; i < 2000; i++) assert.equal(sampling.weigh(event('error'), events, i), 1);
  }
});

test('in zone green the first events of a name within a minute are all kept', () => {
  const sampling = new EventSampling(() => 0.999999);
  const { events } = BEHAVIOURS.green;
  for (let i = 0; i < 30; i++) assert.equal(sampling.weigh(event('info'), events, i), 1);
  assert.equal(sampling.weigh(event('info'), events, 31), 0);
  assert.equal(sampling.weigh(event('warn', 'other'), events, 32), 1);
  assert.equal(sampling.weigh(event('info'), events, 60_000), 1);
});

for (const zone of ['green', 'orange', 'red', 'critical'] as const) {
  test(`the sum of weights is an unbiased count in zone ${zone}`, () => {
    const { events } = BEHAVIOURS[zone];
    for (const count of [20, 100, 3000]) {
      const runs = 400;
      let sum = 0;
      let squares = 0;
      for (let run = 0; run < runs; run++) {
        const sampling = new EventSampling(randomOf(run * 7919 + count));
        let estimate = 0;
        for (let i = 0; i < count; i++) estimate += sampling.weigh(event('info'), events, 0);
        sum += estimate;
        squares += estimate * estimate;
      }
      const mean = sum / runs;
      const deviation = Math.sqrt(Math.max(0, squares / runs - mean * mean) / runs);
      // Four standard errors; the seeds are fixed, so this holds or it does not.
      assert.ok(Math.abs(mean - count) <= 4 * deviation + 1e-9, `${count}: ${mean} ± ${deviation}`);
    }
  });
}
