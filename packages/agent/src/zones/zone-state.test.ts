import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Zone, zoneOf } from './zone.ts';
import { ZoneState } from './zone-state.ts';
import { scaled } from './zone-watch.ts';

const STEP_MS = 5000;

/** Feeds readings, one every STEP_MS; the zones that were entered. */
function entered(readings: readonly number[], state = new ZoneState(), fromMs = 0): Zone[] {
  const zones: Zone[] = [];
  for (const [i, reading] of readings.entries()) {
    const change = state.update(reading, fromMs + i * STEP_MS);
    if (change !== undefined) zones.push(change.to);
  }
  return zones;
}

const times = (count: number, value: (i: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => value(i));

test('zones begin at their bounds', () => {
  const cases: [number, Zone][] = [
    [0, 'green'],
    [59.9, 'green'],
    [60, 'yellow'],
    [75, 'orange'],
    [84.9, 'orange'],
    [85, 'red'],
    [95, 'critical'],
    [100, 'critical'],
  ];
  for (const [utilization, want] of cases) {
    assert.equal(zoneOf(utilization), want);
    assert.equal(entered([utilization]).at(-1) ?? 'green', want);
  }
});

test('a load that oscillates by 3 % changes the zone once at most, wherever and however fast', () => {
  for (let middle = 0; middle <= 100; middle += 0.5) {
    // 3 % up and down, up to five minutes for an oscillation; 3 % from end to end, however slowly.
    for (const [points, period] of [
      [3, 2],
      [3, 3],
      [3, 7],
      [3, 20],
      [3, 60],
      [1.5, 100],
      [1.5, 400],
    ] as const) {
      const wave = times(800, (i) => middle + points * Math.sin((2 * Math.PI * i) / period));
      const state = new ZoneState();
      state.update(middle, -STEP_MS);
      const changes = entered(wave, state);
      assert.ok(changes.length <= 1, `${middle} %, period ${period}: ${changes.join()}`);
    }
  }
});

test('any load within 3 % of its middle', () => {
  const noise = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 100, noNaN: true }), noise, (middle, list) => {
      const state = new ZoneState();
      state.update(middle, -STEP_MS);
      assert.ok(
        entered(
          list.map((part) => middle + part),
          state,
        ).length <= 1,
      );
    }),
  );
});

test('a zone is entered as soon as the load is there, and left 5 points below after the hold', () => {
  const state = new ZoneState({ smoothingMs: 1, holdMs: 30_000 });
  assert.deepEqual(entered([50, 80], state), ['orange']);
  assert.deepEqual(
    entered(
      times(100, () => 70.1),
      state,
      2 * STEP_MS,
    ),
    [],
  );
  const below = times(20, () => 69.9);
  const changes = below.flatMap((reading, i) => {
    const change = state.update(reading, 1e6 + i * STEP_MS);
    return change === undefined ? [] : [`${change.to} after ${i * STEP_MS}`];
  });
  assert.deepEqual(changes, ['yellow after 30000']);
});

test('a break in the hold begins it anew; the highest zone that was wanted is entered', () => {
  const state = new ZoneState({ smoothingMs: 1, holdMs: 30_000 });
  entered([97], state);
  const load = [...times(5, () => 10), 96, ...times(3, () => 50), 78, ...times(10, () => 10)];
  const changes = load.flatMap((reading, i) => {
    const change = state.update(reading, STEP_MS + i * STEP_MS);
    return change === undefined ? [] : [`${i} ${change.to}`];
  });
  // 78 % + 5 is orange; from there 10 % is green after another hold.
  assert.deepEqual(changes, ['12 orange', '19 green']);
});

test('a short peak is smoothed away, a lasting one comes through within half a minute', () => {
  const state = new ZoneState();
  const calm = times(10, () => 40);
  assert.deepEqual(entered([...calm, 80, ...calm], state), []);
  const peak = times(6, () => 98);
  assert.equal(entered(peak, state, 21 * STEP_MS).at(-1), 'critical');
});

test('readings that are none change nothing', () => {
  const state = new ZoneState({ smoothingMs: 1 });
  assert.deepEqual(entered([Number.NaN, Number.POSITIVE_INFINITY, -5, 1000], state), ['critical']);
});

test('a threshold moves what counts as the standard and leaves both ends', () => {
  const cases: [number, number, number, number][] = [
    [0, 50, 70, 0],
    [50, 50, 70, 70],
    [75, 50, 70, 85],
    [100, 50, 70, 100],
    [63, 70, 70, 63],
    [95, 90, 80, 90],
  ];
  for (const [percent, threshold, standard, want] of cases) {
    assert.equal(Math.round(scaled(percent, threshold, standard) * 1000) / 1000, want);
  }
});
