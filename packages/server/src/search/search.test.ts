import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareItems, logItems, metricItems, type SearchItem, traceItems } from './items.ts';
import type { SearchPlan } from './plan.ts';
import { type SideResult, search } from './search.ts';
import type { Side } from './sides.ts';

const plan: SearchPlan = { words: [], filters: new Map(), fromMs: 0, toMs: 1, limit: 3 };

function item(source: string, time: string | null): SearchItem {
  return {
    signal: 'logs',
    source,
    time_ns: time,
    service: '',
    text: '',
    trace_id: '',
    duration_ms: null,
    labels: {},
  };
}

const options = { sideTimeoutMs: 5000, signal: new AbortController().signal };

function side(source: string, found: Side['search']): Side {
  return { signal: 'logs', source, search: found };
}

test('items of all sides come newest first, cut at the limit', async () => {
  const result = await search(
    [
      side('a', async () => [item('a', '9'), item('a', null), item('a', '100')]),
      side('b', async () => [item('b', '99')]),
    ],
    plan,
    options,
  );
  assert.deepEqual(
    result.items.map(({ source, time_ns }) => [source, time_ns]),
    [
      ['a', '100'],
      ['b', '99'],
      ['a', '9'],
    ],
  );
});

test('a side that fails or is late is named and costs nothing else', async () => {
  const late = side(
    'late',
    (_plan, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );
  const told: SideResult[] = [];
  const result = await search(
    [
      side('down', async () => {
        throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
      }),
      late,
      side('nothing to do', async () => null),
      side('good', async () => [item('good', '1')]),
    ],
    plan,
    { ...options, sideTimeoutMs: 50, onSide: (one) => told.push(one) },
  );
  assert.equal(result.items.length, 1);
  assert.deepEqual(result.warnings.toSorted(), [
    'down (logs): fetch failed: connect ECONNREFUSED',
    'late (logs): no answer within 50 ms',
  ]);
  assert.deepEqual(told.map(({ source }) => source).toSorted(), ['down', 'good', 'late']);
});

test('answers of the three APIs become items', () => {
  const loki = {
    data: { result: [{ stream: { service_name: 's', trace_id: 't' }, values: [['5', 'line']] }] },
  };
  assert.deepEqual(logItems(loki, 'x'), [
    {
      ...item('x', '5'),
      service: 's',
      text: 'line',
      trace_id: 't',
      labels: { service_name: 's', trace_id: 't' },
    },
  ]);
  const [trace] = traceItems(
    { traces: [{ traceID: 'ab', rootTraceName: 'GET /', startTimeUnixNano: '7', durationMs: 3 }] },
    'x',
  );
  assert.equal(trace?.trace_id, 'ab'.padStart(32, '0'));
  assert.equal(trace?.duration_ms, 3);
  const family = { type: 'counter', help: 'h', unit: '' };
  const [metric] = metricItems({ data: ['a_total'] }, { data: { a: [family] } }, 'x');
  assert.deepEqual(metric?.labels, family);
  assert.throws(() => logItems({ data: 1 }, 'x'));
  assert.ok(compareItems(item('a', '10'), item('a', '9')) < 0);
});
