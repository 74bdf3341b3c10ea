import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchFromState, stateFromSearch } from './state.ts';

test('the address holds the state; defaults are left out and damage falls back to them', () => {
  assert.deepEqual(searchFromState(stateFromSearch({})), {});
  const full = { q: 'a level:error', type: 'logs', from: 'now-3h', to: 'now-1h', limit: '1000' };
  assert.deepEqual(searchFromState(stateFromSearch(full)), full);
  const damaged = stateFromSearch({ type: 'x', limit: '7' });
  assert.deepEqual([damaged.type, damaged.limit], ['all', 100]);
});
