import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WasteCollector } from './waste.ts';

test('the nursery is collected after work, everything when much has come together', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let outside = 0;
  const collected: unknown[] = [];
  const waste = new WasteCollector(
    ({ type }) => collected.push(type),
    () => outside,
  );
  const work = (megabytes: number, kept: number): unknown[] => {
    outside = megabytes * 2 ** 20;
    waste.workDone();
    t.mock.timers.tick(30);
    t.mock.timers.tick(200);
    outside = kept * 2 ** 20;
    t.mock.timers.tick(30);
    return collected.splice(0);
  };
  assert.deepEqual(work(5, 5), ['minor']);
  assert.deepEqual(work(40, 30), ['minor', 'major']);
  assert.deepEqual(work(35, 35), ['minor']);
  assert.deepEqual(work(40, 30), ['minor', 'major']);
  // What was collected goes little by little.
  assert.deepEqual(work(50, 49), ['minor', 'major']);
  assert.deepEqual(work(30, 30), ['minor']);
  assert.deepEqual(work(37, 30), ['minor', 'major']);
});

test('nothing is collected while one piece of work follows another', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let collections = 0;
  const waste = new WasteCollector(
    () => collections++,
    () => 0,
  );
  for (let i = 0; i < 10; i++) {
    waste.workDone();
    t.mock.timers.tick(4);
  }
  assert.equal(collections, 0);
});

test('everything is collected only when nothing has been asked for a while', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const collected: unknown[] = [];
  const waste = new WasteCollector(
    ({ type }) => collected.push(type),
    () => 100 * 2 ** 20,
  );
  for (let i = 0; i < 10; i++) {
    waste.workDone();
    t.mock.timers.tick(100);
  }
  assert.equal(collected.includes('major'), false);
  t.mock.timers.tick(200);
  assert.equal(collected.at(-1), 'major');
});

test('long work collects the nursery when that is worth it', () => {
  let outside = 100;
  let collections = 0;
  const waste = new WasteCollector(
    () => collections++,
    () => outside * 2 ** 20,
  );
  const look = (megabytes: number): number => {
    outside = megabytes;
    for (let i = 0; i < 2; i++) waste.working();
    return collections;
  };
  assert.deepEqual([100, 103, 105, 108, 101, 104, 106].map(look), [0, 0, 1, 1, 1, 1, 2]);
});
