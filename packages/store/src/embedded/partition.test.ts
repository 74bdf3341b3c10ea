import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  isNextDay,
  isOf,
  parseFileName,
  partitionByName,
  partitionFileName,
  partitionOf,
} from './partition.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const DAY = 86_400_000;

test('a sample goes to its day, old ones to their month, very old ones to their year', () => {
  const named = (t: number, want: string): void => assert.equal(partitionOf(t, NOW).name, want);
  named(NOW, '2026-11-21');
  named(NOW + 300_000, '2026-11-21');
  named(NOW - 31 * DAY, '2026-10-21');
  named(NOW - 33 * DAY, '2026-10');
  named(NOW - 399 * DAY, '2025-10');
  named(NOW - 401 * DAY, '2025');
  named(0, '1970');
  named(-1, '1969');
});

test('a partition contains the time that it was found by, and its name gives it back', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: NOW }), (t) => {
      const partition = partitionOf(t, NOW);
      assert.ok(partition.startMs <= t && t < partition.endMs);
      assert.deepEqual(partitionByName(partition.name), partition);
      assert.deepEqual(parseFileName(partitionFileName(partition, 3)), {
        partition,
        retentionClass: '',
        generation: 3,
        fileName: `${partition.name}.3.db`,
      });
      assert.equal(parseFileName(`${partition.name}.slow.3.db`)?.retentionClass, 'slow');
      assert.equal(partitionFileName(partition, 3, 'slow'), `${partition.name}.slow.3.db`);
    }),
  );
});

test('a time is of a partition when that is its partition', () => {
  const time = fc.oneof(
    fc.integer({ min: NOW - 36 * DAY, max: NOW }),
    fc.integer({ min: NOW - 900 * DAY, max: NOW }),
  );
  fc.assert(
    fc.property(time, time, (t, other) => {
      const partition = partitionOf(t, NOW);
      const same = partitionOf(other, NOW).name === partition.name;
      assert.equal(isOf(partition, other, NOW), same);
    }),
  );
});

test('only a day that follows a day is the next', () => {
  const day = (t: number) => partitionOf(t, NOW);
  assert.ok(isNextDay(day(NOW - DAY), day(NOW)));
  assert.ok(!isNextDay(day(NOW), day(NOW)));
  assert.ok(!isNextDay(day(NOW), day(NOW - DAY)));
  assert.ok(!isNextDay(day(NOW - 2 * DAY), day(NOW)));
  assert.ok(!isNextDay(day(NOW - 60 * DAY), day(NOW - 31 * DAY)));
});

test('other names are not partition files', () => {
  for (const name of [
    '2026-11-21.db',
    'x.1.db',
    '2026-11-21.1.db.tmp',
    '2026-11-21.1.db-wal',
    '',
  ]) {
    assert.equal(parseFileName(name), null, name);
  }
});
