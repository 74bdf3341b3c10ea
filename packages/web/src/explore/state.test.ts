import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSearch, stringifySearch } from '../app/search.ts';
import {
  type ExploreState,
  freeLetter,
  searchFromState,
  stateFromSearch,
  withQuery,
} from './state.ts';

const letters = [...'abcdefghijklmnopqrstuvwxyz'];

const states: fc.Arbitrary<ExploreState> = fc.record({
  queries: fc
    .uniqueArray(
      fc.record({ id: fc.constantFrom(...letters), expression: fc.string(), hidden: fc.boolean() }),
      {
        minLength: 1,
        selector: (query) => query.id,
      },
    )
    .map((queries) => queries.sort((a, b) => (a.id < b.id ? -1 : 1))),
  range: fc.record({
    from: fc.constantFrom('now-1h', 'now-5m', '2026-05-04T10:30:00.000Z'),
    to: fc.constantFrom('now', 'now-1m'),
  }),
  step: fc.constantFrom('', '15s', '1h'),
  refresh: fc.constantFrom('', '5s'),
  view: fc.constantFrom('graph', 'table'),
  only: fc.string(),
});

test('a link carries the whole state', () => {
  fc.assert(
    fc.property(states, (state) => {
      const [first] = state.queries;
      // A single empty query in row A is what an empty address means; hiding it says nothing.
      fc.pre(
        !(
          state.queries.length === 1 &&
          first?.id === 'a' &&
          first.expression === '' &&
          first.hidden
        ),
      );
      const address = stringifySearch(searchFromState(state));
      assert.deepEqual(stateFromSearch(parseSearch(address)), structuredClone(state));
    }),
  );
});

test('any address opens', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (search) => {
      const state = stateFromSearch(search);
      assert.ok(state.queries.length >= 1 && state.queries.length <= 26);
    }),
  );
  assert.deepEqual(
    stateFromSearch({ step: 'soon', refresh: '-5s', view: 'pie' }),
    stateFromSearch({}),
  );
});

test('an empty state has an empty address', () => {
  assert.equal(stringifySearch(searchFromState(stateFromSearch({}))), '');
});

test('addresses are readable', () => {
  const state = stateFromSearch({ a: 'up', from: 'now-6h' });
  assert.equal(stringifySearch(searchFromState(state)), '?a=up&from=now-6h');
});

test('a new query takes the first free letter', () => {
  const { queries } = stateFromSearch({ a: 'x', c: 'y' });
  assert.equal(freeLetter(queries), 'b');
  assert.deepEqual(
    withQuery(queries, 'z').map((query) => query.id + query.expression),
    ['ax', 'bz', 'cy'],
  );
  const full = stateFromSearch(Object.fromEntries(letters.map((letter) => [letter, '1']))).queries;
  assert.equal(freeLetter(full), undefined);
  assert.equal(withQuery(full, 'z'), full);
});
