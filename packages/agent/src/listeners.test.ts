import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AgentListeners } from './listeners.ts';

test('an event that there is not, and a listener that is none, are told where they are given', () => {
  const listeners = new AgentListeners();
  const on = (...args: unknown[]) => Reflect.apply(listeners.on, listeners, args);
  const known = 'there are zone, threshold, optimization, source';
  for (const name of ['zones', 'toString', '__proto__']) {
    const message = `there is no event ${name}; ${known}`;
    assert.throws(() => on(name, () => {}), { name: 'TypeError', message });
  }
  assert.throws(() => on('zone'), {
    name: 'TypeError',
    message: 'a listener of zone is a function',
  });
});
