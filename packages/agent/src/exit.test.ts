import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flushBeforeExit } from './exit.ts';

test('a listener of the application that is called once, and was there first, decides when the process ends', async () => {
  let flushed = 0;
  let handled = 0;
  const killed: unknown[] = [];
  const { kill } = process;
  process.kill = (_pid, signal) => {
    killed.push(signal);
    return true;
  };
  try {
    process.once('SIGTERM', () => handled++);
    const remove = flushBeforeExit(async () => {
      flushed++;
    });
    process.emit('SIGTERM', 'SIGTERM');
    await new Promise(setImmediate);
    remove();
  } finally {
    process.kill = kill;
  }
  assert.deepEqual([handled, flushed, killed], [1, 1, []]);
});
