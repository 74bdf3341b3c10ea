import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coordinator } from './coordinator.ts';
import type { InstrumentSource } from './instrument-source.ts';
import { InstrumentSet } from './metrics.ts';

class CountingSource implements InstrumentSource {
  readonly id: string;
  readonly name = 'counting';
  readonly priority: number;
  readonly intervalMs: number;
  readonly instruments = [];
  enabled = true;
  collected = 0;
  closed = false;
  fails = false;

  constructor(id: string, priority: number, intervalMs: number) {
    this.id = id;
    this.priority = priority;
    this.intervalMs = intervalMs;
  }

  collect(): void {
    this.collected++;
    if (this.fails) throw new Error('broken sensor');
  }

  refresh(): void {}

  close(): void {
    this.closed = true;
  }
}

test('collects what is due together, by priority, and again at each interval', async () => {
  const fast = new CountingSource('fast', 1, 60);
  const slow = new CountingSource('slow', 2, 60_000);
  const off = new CountingSource('off', 3, 60);
  off.enabled = false;
  const calls: string[] = [];
  await new Promise<void>((resolve) => {
    const coordinator = new Coordinator([fast, slow, off], (sources, timeMs) => {
      assert.ok(Math.abs(Date.now() - timeMs) < 60_000);
      calls.push(sources.map(({ id }) => id).join());
      if (calls.length === 3) {
        coordinator.stop();
        resolve();
      }
    });
    coordinator.start();
    // The coordinator's own timer lets the process end.
    setTimeout(resolve, 10_000).unref();
    const alive = setInterval(() => calls.length >= 3 && clearInterval(alive), 10);
  });
  assert.deepEqual(calls, ['slow,fast', 'fast', 'fast']);
  assert.equal(off.collected, 0);
  assert.ok(fast.closed && slow.closed && off.closed);
});

test('a source that throws is counted and does not stop the others', () => {
  const bad = new CountingSource('bad', 2, 1000);
  const good = new CountingSource('good', 1, 1000);
  bad.fails = true;
  const calls: string[] = [];
  const coordinator = new Coordinator([bad, good], (sources) => {
    calls.push(sources.map(({ id }) => id).join());
  });
  coordinator.collectAll();
  coordinator.collectAll();
  assert.deepEqual(calls, ['good', 'good']);
  const state = coordinator.states.find(({ source }) => source === bad);
  assert.equal(state?.failures, 2);
  assert.equal(state?.lastError, 'broken sensor');
  coordinator.stop();
});

test('points are absent until set, keep their identity, and are bounded', () => {
  const set = new InstrumentSet();
  const gauge = set.gauge('g', '1', 'A gauge.', 'k');
  const point = gauge.point('a');
  point.set(1);
  assert.equal(gauge.point('a'), point);
  set.begin();
  assert.equal(point.present, false);
  for (let i = 0; i < 5000; i++) gauge.point(String(i)).set(i);
  assert.equal(gauge.points.length, 4096);
  assert.equal(gauge.overflowed, 5000 - 4095);
});

test('histograms put a value into the first bucket whose bound is not below it', () => {
  const set = new InstrumentSet();
  const histogram = set.histogram('h', 's', 'A histogram.', [1, 2]);
  const point = histogram.point();
  for (const value of [0.5, 1, 1.5, 2, 3]) histogram.observe(point, value);
  assert.deepEqual([...point.buckets], [2, 2, 1]);
  assert.equal(point.value, 5);
  assert.equal(point.sum, 8);
  set.begin();
  assert.equal(point.present, true);
});
