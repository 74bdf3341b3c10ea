import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { QueryData } from '../api/prometheus.ts';
import { parseSearch, stringifySearch } from '../app/search.ts';
import { edgesOf } from './graph.ts';
import { durationQuery, mergeServed, rateQuery, redColumns, redRows, sortRows } from './red.ts';
import { searchFromState, stateFromSearch } from './services-state.ts';

function vector(values: Readonly<Record<string, number>>): QueryData {
  const result = Object.entries(values).map(([service, value]) => ({
    metric: { service },
    value: [1, String(value)] as const,
  }));
  return { resultType: 'vector', result };
}

const answers = [
  vector({ cart: 10, shop: 4, idle: 0 }),
  vector({ cart: 1 }),
  vector({ cart: 0.1, shop: Number.NaN }),
  vector({ cart: 0.2 }),
  vector({ cart: 0.3 }),
];

test('queries name what is measured', () => {
  const scope = { service: 'a"b', kind: 'served', by: 'span_name' } as const;
  assert.equal(
    rateQuery(scope, '60s'),
    'sum by (span_name) (rate(traces_spanmetrics_calls_total{service="a\\"b", span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"}[60s]))',
  );
  assert.match(
    durationQuery({ service: '', kind: 'all', by: 'service' }, 0.5, '60s'),
    /bucket\{\}\[60s\]/,
  );
});

test('what was called becomes a row; without failures it has failed in no case', () => {
  const rows = redRows(answers, 'service', false);
  assert.deepEqual(
    rows.map((row) => [row.name, row.rate, row.errors, row.p50]),
    [
      ['cart', 10, 0.1, 0.1],
      ['shop', 4, 0, Number.NaN],
    ],
  );
});

test('a service that serves something is not measured by all of its spans', () => {
  const served = redRows([vector({ a: 1 })], 'service', false);
  const all = redRows([vector({ a: 9, b: 2 })], 'service', true);
  assert.deepEqual(
    mergeServed(served, all).map((row) => [row.name, row.rate, row.isInner]),
    [
      ['a', 1, false],
      ['b', 2, true],
    ],
  );
});

test('rows without a number stand last in both directions', () => {
  const rows = redRows(answers, 'service', false);
  for (const isUp of [true, false]) assert.equal(sortRows(rows, 'p50', isUp).at(-1)?.name, 'shop');
  assert.equal(sortRows(rows, 'rate', true)[0]?.name, 'shop');
});

test('edges join rate, failures and duration', () => {
  const metric = { client: 'a', server: 'b', connection_type: 'database' };
  const one = (value: string): QueryData => ({
    resultType: 'vector',
    result: [{ metric, value: [1, value] }],
  });
  assert.deepEqual(edgesOf([one('4'), one('1'), one('0.5')]), [
    { client: 'a', server: 'b', type: 'database', rate: 4, errors: 0.25, p95: 0.5 },
  ]);
  assert.deepEqual(edgesOf([one('0'), undefined, undefined]), []);
});

test('a link carries the whole state, and any address opens', () => {
  const states = fc.record({
    range: fc.record({ from: fc.constantFrom('now-1h', 'now-5m'), to: fc.constant('now') }),
    view: fc.constantFrom('table' as const, 'map' as const),
    service: fc.string(),
    column: fc.constantFrom(...redColumns),
    isUp: fc.boolean(),
  });
  fc.assert(
    fc.property(states, (state) => {
      const address = stringifySearch(searchFromState(state));
      assert.deepEqual(stateFromSearch(parseSearch(address)), structuredClone(state));
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (search) => void stateFromSearch(search)),
  );
});
