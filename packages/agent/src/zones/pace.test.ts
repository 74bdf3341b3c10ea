import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Coordinator } from '../collect/coordinator.ts';
import type { Metric, MonitoringSource, Priority } from '../source.ts';
import { ManualTimers } from '../test-timers.ts';
import { Pace } from './pace.ts';
import type { Zone } from './zone.ts';

const MINUTE = 60_000;

interface Rig {
  timers: ManualTimers;
  pace: Pace;
  source: MonitoringSource & { collected: number[]; values: number[]; takesMs: number };
  /** Minutes at which the source was collected in the next `minutes`. */
  collectedIn(minutes: number): number[];
}

function rig(options: { adaptive?: boolean; zone?: () => Zone; priority?: Priority } = {}): Rig {
  const timers = new ManualTimers();
  const source = {
    id: 's',
    name: 's',
    priority: options.priority ?? 'medium',
    intervalMs: MINUTE,
    enabled: true,
    collected: [] as number[],
    values: [1, 2],
    takesMs: 0,
    collect(): Metric[] {
      source.collected.push(timers.now());
      timers.advance(source.takesMs);
      return source.values.map((value, i) => ({ name: `m${i}`, value }));
    },
  };
  const pace = new Pace({
    zone: options.zone ?? (() => 'green'),
    adaptive: options.adaptive ?? true,
    detailed: true,
  });
  new Coordinator({ sources: [source], timers, plan: pace, sink: () => {} }).start();
  return {
    timers,
    pace,
    source,
    collectedIn(minutes) {
      const before = source.collected.length;
      const fromMs = timers.now();
      timers.advance(minutes * MINUTE);
      return source.collected.slice(before).map((ms) => Math.round((ms - fromMs) / MINUTE));
    },
  };
}

test('what does not change is collected less often, up to four times; at once again when it changes', () => {
  const { source, pace, collectedIn } = rig();
  collectedIn(1);
  const calm = collectedIn(60);
  const gaps = calm.map((minute, i) => minute - (calm[i - 1] ?? 0));
  assert.equal(Math.max(...gaps.slice(3)), 4);
  assert.deepEqual(gaps.slice(-5), [4, 4, 4, 4, 4]);
  assert.equal(pace.stretch(source), 4);
  source.values = [1, 3];
  collectedIn(5);
  source.values = [1, 4];
  assert.equal(pace.stretch(source), 1);
  source.values = [1, 5];
  assert.deepEqual(collectedIn(1), [1]);
});

test('a critical source does not rest', () => {
  const { source, pace, collectedIn } = rig({ priority: 'critical' });
  collectedIn(60);
  assert.equal(pace.stretch(source), 1);
});

test('values that swap places have changed', () => {
  const { source, pace, collectedIn } = rig();
  for (let i = 0; i < 20; i++) {
    source.values = source.values.toReversed();
    collectedIn(1);
  }
  assert.equal(pace.stretch(source), 1);
});

test('a source whose collection takes more than a hundredth of its interval is lengthened', () => {
  const { source, pace, collectedIn } = rig();
  let value = 0;
  Object.defineProperty(source, 'values', { get: () => [++value] });
  collectedIn(3);
  assert.equal(pace.stretch(source), 1);
  source.takesMs = 2400;
  collectedIn(40);
  assert.equal(pace.stretch(source), 4);
  assert.ok(source.takesMs / (pace.stretch(source) * MINUTE) <= 0.01);
  source.takesMs = 30_000;
  collectedIn(100);
  assert.equal(pace.stretch(source), 10);
  source.takesMs = 0;
  collectedIn(100);
  assert.equal(pace.stretch(source), 1);
});

test('without adaptive intervals only the zone counts', () => {
  let zone: Zone = 'green';
  const { source, pace, collectedIn } = rig({
    adaptive: false,
    zone: () => zone,
    priority: 'low',
  });
  source.takesMs = 5000;
  collectedIn(30);
  assert.equal(pace.stretch(source), 1);
  zone = 'yellow';
  assert.equal(pace.stretch(source), 2);
});

test('without details only sources of priority critical and high are collected', () => {
  const pace = new Pace({ zone: () => 'green', adaptive: true, detailed: false });
  const allowed = (priority: Priority): boolean =>
    pace.allows({ id: 's', name: 's', priority, enabled: true, intervalMs: 1, collect: () => [] });
  assert.deepEqual((['critical', 'high', 'medium', 'low'] as const).map(allowed), [
    true,
    true,
    false,
    false,
  ]);
});
