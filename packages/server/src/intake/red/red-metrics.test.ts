import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreUnavailableError } from '@sightline/store';
import { Intake } from '../intake.ts';
import { RecordIntake } from '../record-intake.ts';
import { MemoryStore } from '../test-store.ts';
import { type RedLimits, RedMetrics } from './red-metrics.ts';

const START = 1_760_000_000_000;
const LIMITS: RedLimits = {
  maxOperations: 100,
  maxEdges: 10,
  maxPending: 4,
  waitMs: 10_000,
  intervalMs: 15_000,
};

const INTERNAL = 1;
const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;

interface TestSpan {
  service?: string;
  name?: string;
  kind?: number;
  trace?: number;
  id: number;
  parent?: number;
  ms?: number;
  error?: boolean;
  attributes?: Record<string, string>;
  agoMs?: number;
}

function setUp(limits: Partial<RedLimits> = {}) {
  const store = new MemoryStore();
  const clock = { ms: START };
  const intake = new Intake({ store, now: () => clock.ms });
  const records = new RecordIntake(intake, store);
  const red = new RedMetrics(intake, { ...LIMITS, ...limits });
  records.observers.watchSpans(red);
  const send = async (spans: TestSpan[], tenant = 'default') => {
    const body = Buffer.from(
      JSON.stringify({ resourceSpans: spans.map((s) => toOtlp(s, clock.ms)) }),
    );
    const job = { protocol: 'otlp_traces_json' } as const;
    const request = { protocol: 'otlp_http', tenant, job, body, plainBytes: body.length } as const;
    const result = await records.takeSpans(request);
    assert.deepEqual([result.accepted, result.rejected], [spans.length, 0], result.message);
  };
  /** Writes after a second and gives the last values by series. */
  const written = async () => {
    clock.ms += 1000;
    store.rows.length = 0;
    await red.write();
    return new Map(store.rows.map(({ series, value }) => [series, value]));
  };
  return { store, clock, intake, red, send, written };
}

function toOtlp(span: TestSpan, nowMs: number) {
  const { service = 'shop', name = 'get', kind = SERVER, trace = 1, parent, ms = 5 } = span;
  const end = BigInt(nowMs - (span.agoMs ?? 0)) * 1_000_000n;
  const hex = (value: number, length: number) => value.toString(16).padStart(length, '0');
  const attributes = Object.entries(span.attributes ?? {}).map(([key, stringValue]) => ({
    key,
    value: { stringValue },
  }));
  return {
    resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
    scopeSpans: [
      {
        spans: [
          {
            traceId: hex(trace, 32),
            spanId: hex(span.id, 16),
            parentSpanId: parent === undefined ? '' : hex(parent, 16),
            name,
            kind,
            startTimeUnixNano: `${end - BigInt(ms) * 1_000_000n}`,
            endTimeUnixNano: `${end}`,
            status: span.error === true ? { code: 2 } : {},
            attributes,
          },
        ],
      },
    ],
  };
}

function operation(
  name: string,
  { service = 'shop', kind = 'SERVER', status = 'UNSET', le = '' } = {},
): string {
  const bound = le === '' ? '' : `le="${le}",`;
  return `${name}{${bound}service="${service}",span_kind="SPAN_KIND_${kind}",span_name="get",status_code="STATUS_CODE_${status}"}`;
}

function edge(name: string, client: string, server: string, connection = '', le = ''): string {
  const type = connection === '' ? '' : `,connection_type="${connection}"`;
  const bound = le === '' ? '' : `,le="${le}"`;
  return `traces_service_graph_request_${name}{client="${client}"${type}${bound},server="${server}"}`;
}

test('requests, errors and durations by operation', async () => {
  const { send, written, store } = setUp();
  await send([
    { id: 1, ms: 2 },
    { id: 2, ms: 3 },
    { id: 3, ms: 20_000 },
    { id: 4, ms: 1, error: true },
    { id: 5, kind: INTERNAL, ms: 0 },
  ]);
  const values = await written();
  const calls = 'traces_spanmetrics_calls_total';
  const latency = 'traces_spanmetrics_latency';
  assert.equal(values.get(operation(calls)), 3);
  assert.equal(values.get(operation(calls, { status: 'ERROR' })), 1);
  assert.equal(values.get(operation(calls, { kind: 'INTERNAL' })), 1);
  assert.equal(values.get(operation(`${latency}_count`)), 3);
  assert.equal(values.get(operation(`${latency}_sum`)), 20.005);
  const buckets = ['0.002', '0.004', '0.008', '16.384', '+Inf'].map((le) =>
    values.get(operation(`${latency}_bucket`, { le })),
  );
  assert.deepEqual(buckets, [1, 2, 2, 2, 3]);
  assert.deepEqual(store.metadata.map(({ name, type }) => [name, type]).slice(0, 2), [
    [calls, 'counter'],
    [latency, 'histogram'],
  ]);
});

test('sums go on, unchanged ones are written once a minute, idle ones end', async () => {
  const { send, written, clock } = setUp();
  const calls = operation('traces_spanmetrics_calls_total');
  await send([{ id: 1 }]);
  assert.equal((await written()).get(calls), 1);
  assert.equal((await written()).size, 0);
  await send([{ id: 2 }]);
  assert.equal((await written()).get(calls), 2);
  clock.ms += 60_000;
  assert.equal((await written()).get(calls), 2);
  clock.ms += 15 * 60_000;
  assert.equal((await written()).get(calls), 'stale');
  assert.equal((await written()).size, 0);
  await send([{ id: 3 }]);
  assert.equal((await written()).get(calls), 1, 'a new run');
});

test('further names of a service count as (other)', async () => {
  const { send, written, red } = setUp({ maxOperations: 10 });
  await send(Array.from({ length: 20 }, (_, i) => ({ id: i + 1, name: `/user/${i}` })));
  await send([
    { id: 30, service: 'cart', name: 'add' },
    { id: 31, name: '/user/0' },
  ]);
  const values = await written();
  const calls = [...values].filter(([series]) => series.startsWith('traces_spanmetrics_calls'));
  const of = (service: string, name: string) =>
    calls.find(
      ([s]) => s.includes(`service="${service}"`) && s.includes(`span_name="${name}"`),
    )?.[1];
  assert.equal(calls.length, 7);
  assert.equal(of('shop', '(other)'), 15);
  assert.equal(of('shop', '/user/0'), 2);
  assert.equal(of('cart', 'add'), 1, 'one service leaves room for others');
  assert.deepEqual([red.stats().operations, red.stats().overflown], [7, 15]);
});

test('services without end count as one', async () => {
  const { send, red, written } = setUp({ maxOperations: 4 });
  const spans = Array.from({ length: 50 }, (_, i) => ({ id: i + 1, service: `s${i}` }));
  await send(spans);
  const values = await written();
  assert.equal(values.get(operation('traces_spanmetrics_calls_total', { service: 's0' })), 1);
  const other = [...values].find(
    ([s]) => s.startsWith('traces_spanmetrics_calls') && s.includes('service="(other)"'),
  );
  assert.equal(other?.[1], 44);
  assert.equal(red.stats().operations, 7);
});

for (const [order, swap] of [
  ['client first', false],
  ['server first', true],
] as const) {
  test(`an edge from both sides, ${order}`, async () => {
    const { send, written, red } = setUp();
    const client = { id: 1, service: 'web', kind: CLIENT, ms: 9 };
    const server = { id: 2, parent: 1, service: 'api', ms: 5, error: true };
    for (const span of swap ? [server, client] : [client, server]) await send([span]);
    const values = await written();
    assert.equal(values.get(edge('total', 'web', 'api')), 1);
    assert.equal(values.get(edge('failed_total', 'web', 'api')), 1);
    assert.equal(values.get(edge('server_seconds_sum', 'web', 'api')), 0.005);
    assert.equal(values.get(edge('client_seconds_sum', 'web', 'api')), 0.009);
    assert.equal(values.get(edge('client_seconds_bucket', 'web', 'api', '', '0.008')), 0);
    assert.equal(values.get(edge('client_seconds_bucket', 'web', 'api', '', '0.016')), 1);
    assert.equal(red.stats().pending, 0);
  });
}

test('messages, databases, users and virtual nodes', async () => {
  const { send, written, clock, red } = setUp();
  const database = { 'db.system': 'postgresql', 'db.namespace': 'orders', 'server.address': 'h' };
  await send([
    { id: 1, service: 'web', kind: PRODUCER },
    { id: 2, parent: 1, service: 'mail', kind: CONSUMER },
    { id: 3, service: 'web', kind: CLIENT, attributes: database },
    { id: 4, service: 'web', kind: CLIENT, attributes: { 'db.system': 'redis' } },
    { id: 5, service: 'web', kind: SERVER },
    { id: 6, service: 'web', kind: CLIENT, attributes: { 'server.address': 'api.example' } },
    { id: 7, service: 'web', kind: CLIENT },
    { id: 8, service: 'web', kind: SERVER, parent: 99 },
    { id: 9, service: 'web', kind: PRODUCER, attributes: { 'messaging.system': 'kafka' } },
  ]);
  const early = await written();
  assert.equal(early.get(edge('total', 'web', 'mail', 'messaging_system')), 1);
  assert.equal(early.get(edge('total', 'web', 'orders', 'database')), 1);
  assert.equal(early.get(edge('total', 'web', 'redis', 'database')), 1);
  assert.equal(early.get(edge('total', 'user', 'web', 'virtual_node')), 1);
  assert.equal(early.get(edge('total', 'web', 'api.example', 'virtual_node')), undefined);
  assert.equal(red.stats().pending, 4);
  clock.ms += 10_000;
  const late = await written();
  assert.equal(late.get(edge('total', 'web', 'api.example', 'virtual_node')), 1);
  assert.equal(late.get(edge('client_seconds_count', 'web', 'api.example', 'virtual_node')), 1);
  // Nobody has seen that side: it has no histogram.
  const unseen = edge('server_seconds_count', 'web', 'api.example', 'virtual_node');
  assert.equal(late.get(unseen), undefined);
  assert.equal(late.get(edge('total', 'web', 'kafka', 'messaging_system')), 1);
  assert.deepEqual([red.stats().pending, red.stats().unpaired], [0, 2]);
});

test('waiting spans and edges are bounded', async () => {
  const { send, red, written } = setUp({ maxPending: 100, maxEdges: 3 });
  const clients = Array.from({ length: 3000 }, (_, i) => ({
    id: i + 1,
    trace: i + 1,
    kind: CLIENT,
  }));
  await send(clients);
  await send(clients.slice(-50).map((span) => ({ ...span, ms: 7 })));
  assert.deepEqual([red.stats().pending, red.stats().unpaired], [100, 2900]);
  const servers = clients.slice(-100).map(({ id, trace }) => ({
    id: id + 10_000,
    parent: id,
    trace,
    service: `s${id % 10}`,
  }));
  await send(servers);
  assert.equal(red.stats().pending, 0);
  const values = await written();
  const totals = [...values].filter(([s]) => s.startsWith('traces_service_graph_request_total'));
  assert.equal(totals.length, 4);
  assert.equal(values.get(edge('total', 'shop', '(other)')), 70);
});

test('nodes that only attributes name are bounded by client, and make room when they go', async () => {
  const { send, written, clock } = setUp({ maxPending: 1000, maxEdges: 1000 });
  const calls = (service: string, from: number) =>
    Array.from({ length: 80 }, (_, i) => ({
      id: from + i,
      service,
      kind: CLIENT,
      attributes: { 'server.address': `10.0.0.${from + i}` },
    }));
  const nodesOf = (values: ReadonlyMap<string, unknown>, client: string) =>
    [...values.keys()].filter((series) =>
      series.startsWith(`traces_service_graph_request_total{client="${client}"`),
    ).length;
  await send([...calls('web', 1), ...calls('mail', 101), { id: 999, service: 'mail' }]);
  clock.ms += 10_000;
  const values = await written();
  assert.deepEqual(
    [nodesOf(values, 'web'), nodesOf(values, 'mail'), nodesOf(values, 'user')],
    [51, 51, 1],
  );
  assert.equal(values.get(edge('total', 'web', '(other)', 'virtual_node')), 30);
  clock.ms += 16 * 60_000;
  await written();
  await send(calls('web', 301).slice(0, 50));
  clock.ms += 10_000;
  const later = await written();
  assert.equal(nodesOf(later, 'web'), 50);
  assert.equal(later.get(edge('total', 'web', '(other)', 'virtual_node')), undefined);
});

test('spans from long ago are not counted; tenants are apart', async () => {
  const { send, written, store } = setUp();
  await send([
    { id: 1, agoMs: 2 * 3_600_000 },
    { id: 2, agoMs: 1_800_000 },
  ]);
  await send([{ id: 3 }], 'team');
  const calls = operation('traces_spanmetrics_calls_total');
  await written();
  const rows = store.rows.filter(({ series }) => series === calls);
  assert.deepEqual(
    rows.map(({ value }) => value),
    [1, 1],
  );
});

test('what could not be stored is part of the next', async () => {
  const { send, written, store, intake } = setUp();
  const calls = operation('traces_spanmetrics_calls_total');
  await send([{ id: 1 }]);
  store.failure = new StoreUnavailableError('the disk is full');
  assert.equal((await written()).size, 0);
  const own = intake.counters.snapshot().protocols.find(({ protocol }) => protocol === 'self');
  assert.equal(own?.lastFailure, 'the disk is full');
  store.failure = undefined;
  await send([{ id: 2 }]);
  assert.equal((await written()).get(calls), 2);
});
