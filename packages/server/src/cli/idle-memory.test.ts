import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectWhenIdle } from './idle-memory.ts';

test('memory is collected at the start and once after every busy time', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let cpuMs = 0;
  t.mock.method(process, 'cpuUsage', (before?: NodeJS.CpuUsage) => ({
    user: cpuMs * 1000 - (before?.user ?? 0),
    system: 0,
  }));
  let collected = 0;
  collectWhenIdle(() => collected++);
  const pass = (busyMs: number): number => {
    cpuMs += busyMs;
    t.mock.timers.tick(15_000);
    return collected;
  };
  const got = [10, 10, 9000, 9000, 10, 10, 460, 440].map(pass);
  assert.deepEqual(got, [2, 2, 2, 2, 3, 3, 3, 4]);
});

test('without a way to collect there is no timer', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  collectWhenIdle(undefined);
  t.mock.timers.tick(60_000);
});
