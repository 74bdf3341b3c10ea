import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareItems, logItems, metricItems, type SearchItem, traceItems } from './items.ts';
import type { SearchPlan } from './plan.ts';
import { type SideResult, search } from './search.ts';
import type { Found, Side } from './sides.ts';

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

function side(source: string, search: Side['search']): Side {
  return { signal: 'logs', source, search };
}

function found(...items: SearchItem[]): Found {
  return { items, isCut: false };
}

test('items of all sides come newest first, cut at the limit', async () => {
  const result = await search(
    [
      side('a', async () => found(item('a', '9'), item('a', null), item('a', '100'))),
      side('b', async () => found(item('b', '99'))),
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

test('many lines do not hide the few of other signals', async () => {
  const of = (signal: Side['signal'], times: (string | null)[]): Side => ({
    signal,
    source: 'x',
    search: async () => found(...times.map((time) => ({ ...item('x', time), signal }))),
  });
  const kept = async (sides: Side[], limit: number): Promise<string> => {
    const { items } = await search(sides, { ...plan, limit }, options);
    return items.map(({ signal, time_ns }) => `${signal}:${time_ns}`).join(' ');
  };
  const logs = of('logs', ['9', '8', '7', '6', '5']);
  const traces = of('traces', ['4', '3']);
  const metrics = of('metrics', [null, null, null]);
  assert.equal(
    await kept([logs, traces, metrics], 6),
    'logs:9 logs:8 traces:4 traces:3 metrics:null metrics:null',
  );
  assert.equal(await kept([logs, traces], 6), 'logs:9 logs:8 logs:7 logs:6 traces:4 traces:3');
  assert.equal(
    await kept([traces, metrics], 9),
    'traces:4 traces:3 metrics:null metrics:null metrics:null',
  );
  assert.equal(await kept([logs, traces, metrics], 1), 'logs:9');
});

test('a side that has more says so, and gives no more than the limit', async () => {
  const times = ['1', '2', '3', '4'].map((time) => item('a', time));
  const cases: [Found, number, boolean][] = [
    [found(...times), 3, true],
    [found(...times.slice(1)), 3, false],
    [{ items: times.slice(1), isCut: true }, 3, true],
    [found(), 0, false],
  ];
  for (const [one, count, more] of cases) {
    const { sides } = await search([side('a', async () => one)], plan, options);
    assert.deepEqual(
      sides.map((ended) => [ended.count, ended.more]),
      [[count, more]],
    );
  }
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
      side('good', async () => found(item('good', '1'))),
    ],
    plan,
    { ...options, sideTimeoutMs: 50, onSide: (one) => told.push(one) },
  );
  assert.equal(result.items.length, 1);
  assert.deepEqual(result.warnings.toSorted(), [
    'down (logs): fetch failed: connect ECONNREFUSED',
    'late (logs): no answer within 50 ms',
  ]);
  assert.deepEqual(told.map(({ source }) => source).toSorted(), [
    'down',
    'good',
    'late',
    'nothing to do',
  ]);
  assert.deepEqual(
    result.sides.filter(({ skipped }) => skipped !== '').map(({ source }) => source),
    ['nothing to do'],
  );
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
  const spanSets = [{ spans: [{ spanID: '5e', name: 'charge' }], matched: 1 }];
  const serviceStats = { a: { spanCount: 3, errorCount: 1 }, b: { spanCount: 2 } };
  const one = { traceID: 'ab', rootTraceName: 'GET /', startTimeUnixNano: '7', durationMs: 3 };
  const [trace] = traceItems({ traces: [{ ...one, spanSets, serviceStats }] }, 'x');
  assert.deepEqual(trace?.labels, {
    spans: '5',
    errors: '1',
    span_id: '5e',
    span_name: 'charge',
  });
  assert.deepEqual(traceItems({ traces: [{ traceID: 'ab' }] }, 'x')[0]?.labels, {});
  assert.equal(trace?.trace_id, 'ab'.padStart(32, '0'));
  assert.equal(trace?.duration_ms, 3);
  const family = { type: 'counter', help: 'h', unit: '' };
  const names = ['a_total', 'constructor'];
  const metrics = metricItems({ data: names }, { data: { a: [family] } }, 'x');
  assert.deepEqual(
    metrics.map(({ labels }) => labels),
    [family, {}],
  );
  assert.throws(() => logItems({ data: 1 }, 'x'));
  assert.ok(compareItems(item('a', '10'), item('a', '9')) < 0);
});
