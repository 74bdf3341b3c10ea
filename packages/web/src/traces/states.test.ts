import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSearch, stringifySearch } from '../app/search.ts';
import { traceOrders } from './found-traces.ts';
import * as one from './trace-state.ts';
import * as list from './traces-state.ts';

const id = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));
const range = fc.record({
  from: fc.constantFrom('now-1h', 'now-5m', '2026-05-04T10:30:00.000Z'),
  to: fc.constantFrom('now', 'now-1m'),
});

test('a link of the list carries its whole state', () => {
  const states = fc.record({
    query: fc.string(),
    range,
    limit: fc.constantFrom(...list.limits),
    order: fc.constantFrom(...traceOrders),
    picked: fc.uniqueArray(id(32), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(states, (state) => {
      const address = stringifySearch(list.searchFromState(state));
      assert.deepEqual(list.stateFromSearch(parseSearch(address)), structuredClone(state));
    }),
  );
});

test('a link of a trace carries its whole state', () => {
  const us = fc.integer({ min: 0, max: 1e9 }).map((nanos) => nanos / 1000);
  const window = fc
    .tuple(us, us)
    .filter(([a, b]) => a < b)
    .map(([fromUs, toUs]) => ({ fromUs, toUs }));
  const states = fc.record({
    view: fc.constantFrom('waterfall' as const, 'flame' as const),
    span: fc.oneof(fc.constant(''), id(16)),
    find: fc.string(),
    window: fc.oneof(fc.constant(undefined), window),
    closed: fc.array(id(16), { maxLength: one.maxClosed }),
    critical: fc.boolean(),
    everyRow: fc.boolean(),
  });
  fc.assert(
    fc.property(states, (state) => {
      const address = stringifySearch(one.searchFromState(state));
      assert.deepEqual(one.stateFromSearch(parseSearch(address)), structuredClone(state));
    }),
  );
});

test('any address opens', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (search) => {
      list.stateFromSearch(search);
      one.stateFromSearch(search);
    }),
  );
  assert.equal(one.stateFromSearch({ window: '9-3' }).window, undefined);
  assert.equal(list.stateFromSearch({ limit: '1e9' }).limit, 100);
});

test('of three traces picked the last two stay', () => {
  assert.deepEqual(list.togglePicked(['a', 'b'], 'c'), ['b', 'c']);
  assert.deepEqual(list.togglePicked(['a', 'b'], 'a'), ['b']);
});
