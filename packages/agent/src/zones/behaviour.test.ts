/** What the agent does in each zone, with a clock and a meter of the test's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PRIORITIES, type Priority } from '../source.ts';
import { type CoreRig, CountingSource, coreRig } from '../test-core.ts';
import type { Zone } from './zone.ts';

const MINUTE = 60_000;
/** Values of each source. */
const METRICS = 20;

interface Rig extends CoreRig {
  sources: Record<Priority, CountingSource>;
  /** Number of collections of each source in the next minutes, the most important first. */
  collections(minutes: number): number[];
  /** Lets the load last until its zone holds. */
  settle(cpuPct: number): void;
}

function rig(options: Parameters<typeof coreRig>[0] = {}): Rig {
  const core = coreRig(options);
  const { timers } = core;
  const source = (priority: Priority) => {
    const made = new CountingSource(timers, priority, MINUTE, METRICS);
    core.core.add(made);
    return made;
  };
  const sources = {
    critical: source('critical'),
    high: source('high'),
    medium: source('medium'),
    low: source('low'),
  };
  core.core.start();
  timers.advance(10 * MINUTE);
  return {
    ...core,
    sources,
    collections(minutes) {
      const before = PRIORITIES.map((priority) => sources[priority].collected.length);
      timers.advance(minutes * MINUTE);
      return PRIORITIES.map((priority, i) => sources[priority].collected.length - (before[i] ?? 0));
    },
    settle(cpuPct) {
      core.load.cpuPct = cpuPct;
      timers.advance(10 * MINUTE);
    },
  };
}

/** Part of the values collected in the next hour that is not sent. */
function heldBackPart({ collections, exporter }: Rig): number {
  const before = exporter.points.length;
  const collected = collections(60).reduce((a, b) => a + b) * METRICS;
  return 1 - (exporter.points.length - before) / collected;
}

test('green: everything', () => {
  const green = rig();
  assert.equal(green.core.zones.zone, 'green');
  assert.deepEqual(green.collections(12), [12, 12, 12, 12]);
  assert.equal(heldBackPart(green), 0);
});

test('yellow: compression is on, sources of low priority are collected less often', () => {
  const yellow = rig();
  yellow.settle(65);
  assert.equal(yellow.core.zones.zone, 'yellow');
  assert.deepEqual(yellow.collections(12), [12, 12, 12, 6]);
  assert.equal(heldBackPart(yellow), 0);
  // What does not change is held back.
  yellow.core.add({
    id: 'calm',
    name: 'calm',
    priority: 'critical',
    intervalMs: MINUTE / 2,
    enabled: true,
    collect: () => [
      { name: 'calm', value: 1 },
      { name: 'moving', value: yellow.timers.now() },
    ],
  });
  const before = yellow.exporter.points.length;
  yellow.timers.advance(20 * MINUTE);
  const sent = yellow.exporter.points.slice(before);
  const count = (name: string) => sent.filter((point) => point.name === name).length;
  assert.ok(count('calm') >= 10 && count('calm') <= 12, `${count('calm')}`);
  assert.ok(count('moving') > 40);
});

test('orange: compression of 30 to 50 %, non-critical sources are off, a warning', () => {
  const orange = rig();
  for (const load of [75.5, 80, 84]) {
    orange.settle(load);
    assert.equal(orange.core.zones.zone, 'orange');
    assert.deepEqual(orange.collections(12), [12, 0, 0, 0]);
    const part = heldBackPart(orange);
    assert.ok(part >= 0.3 && part <= 0.5, `${load} %: ${part}`);
  }
  const event = orange.exporter.records.find(({ attributes }) => attributes.to === 'orange');
  assert.equal(event?.severityText, 'WARN');
  assert.equal(event?.eventName, 'agent.zone');
  assert.match(orange.lines.join(''), /warn: resource zone orange/);
});

test('red: only critical sources, optimization rules run', () => {
  const red = rig();
  let asked = 0;
  red.core.onStrain = () => asked++;
  red.settle(80);
  assert.equal(asked, 0);
  red.settle(90);
  assert.equal(red.core.zones.zone, 'red');
  assert.ok(asked > 0);
  assert.deepEqual(red.collections(12), [12, 0, 0, 0]);
});

test('critical: the bare minimum, and the degradation is announced, and its end', () => {
  const critical = rig();
  let asked = 0;
  critical.core.onStrain = () => asked++;
  const zones: Zone[] = [];
  critical.core.listeners.on('zone', ({ to }) => zones.push(to));
  critical.settle(99);
  assert.equal(critical.core.zones.zone, 'critical');
  assert.deepEqual(critical.collections(12), [6, 0, 0, 0]);
  assert.ok(asked > 0);
  const named = (name: string) =>
    critical.exporter.records.filter(({ eventName }) => eventName === name);
  const [degraded] = named('agent.degraded');
  assert.equal(degraded?.severityText, 'ERROR');
  assert.match(degraded?.body ?? '', /monitoring is degraded to the bare minimum/);
  critical.settle(10);
  assert.equal(named('agent.recovered').length, 1);
  assert.equal(zones.at(-1), 'green');
  assert.deepEqual(critical.collections(12), [12, 12, 12, 12]);
});

test('memory makes the zone as CPU does, and thresholds move it', () => {
  const standard = rig();
  standard.load.memoryPct = 88;
  standard.settle(10);
  assert.equal(standard.core.zones.zone, 'red');
  const tolerant = rig({ memoryThreshold: 95, cpuThreshold: 40 });
  tolerant.load.memoryPct = 88;
  tolerant.settle(10);
  assert.equal(tolerant.core.zones.zone, 'yellow');
  tolerant.settle(41);
  assert.equal(tolerant.core.zones.zone, 'yellow');
  tolerant.settle(52);
  assert.equal(tolerant.core.zones.zone, 'orange');
});

test('a load that oscillates by 3 % about a bound changes nothing of what is collected', () => {
  const steady = rig();
  steady.settle(76);
  for (let i = 0; i < 200; i++) {
    steady.load.cpuPct = 75 + 3 * Math.sin(i);
    steady.timers.advance(5000);
    assert.equal(steady.core.zones.zone, 'orange');
  }
});

test('switched off, there is no compression in any zone', () => {
  const off = rig({ metricCompression: false });
  off.settle(80);
  assert.equal(heldBackPart(off), 0);
});

test('errors go out in every zone with what is known of the moment; others become fewer', () => {
  const critical = rig();
  critical.settle(99);
  const before = critical.exporter.records.length;
  for (let i = 0; i < 500; i++) {
    const severity = i % 2 === 0 ? 'error' : 'info';
    critical.core.emit('test', { name: `e${i % 50}`, severity, message: 'm', attributes: { i } });
  }
  const records = critical.exporter.records.slice(before);
  const errors = records.filter(({ severityText }) => severityText === 'ERROR');
  assert.equal(errors.length, 250);
  assert.deepEqual(errors[3]?.attributes, {
    'agent.source': 'test',
    'agent.zone': 'critical',
    'vitals.cpu_pct': 99,
    'vitals.memory_pct': 10,
    i: 6,
  });
  const weights = records
    .filter(({ severityText }) => severityText === 'INFO')
    .map(({ attributes }) => attributes['sampling.weight']);
  assert.ok(weights.length < 60);
  for (const weight of weights) assert.equal(weight, 50);
});
