/**
 * The trace queries of Jaeger's storage tests, asked of the real server: traces come in by OTLP/HTTP, and both versions of Jaeger's
 * query API find exactly the expected ones, before and after a restart.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Peer, startSightline } from './harness/peers.ts';

const folder = new URL('../../shared/conformance/jaeger/', import.meta.url);
const skip = existsSync(folder) ? false : 'there is no ../shared/conformance/jaeger';
const args = ['--retention-traces', 'forever', '--no-self-enabled'];

interface Query {
  Caption: string;
  Query: {
    ServiceName: string;
    OperationName: string;
    Tags: Record<string, unknown> | null;
    StartTimeMin: string;
    StartTimeMax: string;
    /** Nanoseconds. */
    DurationMin: number;
    DurationMax: number;
    NumTraces: number;
  };
  ExpectedFixtures: string[];
}

interface Span {
  traceId: string;
  spanId: string;
  name: string;
}

interface TracesData {
  resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
}

let server: Peer;
const fixtures = new Map<string, Span[]>();

before(async () => {
  if (skip !== false) return;
  server = await startSightline({ args });
  const traces = new URL('traces/', folder);
  for (const file of readdirSync(traces)) {
    const body = readFileSync(new URL(file, traces));
    const answer = await fetch(`${server.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    assert.equal(answer.status, 200, `${file}: ${await answer.text()}`);
    fixtures.set(file.replace('.json', ''), spansOf(JSON.parse(body.toString())));
  }
});

after(() => server?.stop());

function spansOf({ resourceSpans }: TracesData): Span[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

/** Trace and span ids, sorted; a span that is there twice counts once. */
function idsOf(spans: readonly { traceId: string; spanId: string }[]): string[] {
  return [...new Set(spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`))].sort();
}

function expected({ ExpectedFixtures }: Query): string[] {
  return idsOf(ExpectedFixtures.flatMap((name) => fixtures.get(name) ?? []));
}

async function get(path: string, parameters: Record<string, string>) {
  const answer = await fetch(`${server.url}/${path}?${new URLSearchParams(parameters)}`);
  return { status: answer.status, body: JSON.parse(await answer.text()) };
}

/** Microseconds; the milliseconds of a Date leave the rest out. */
function micros(time: string): string {
  const [, rest = ''] = /\.\d{3}(\d{1,3})/.exec(time) ?? [];
  return String(Date.parse(time) * 1000 + Number(rest.padEnd(3, '0')));
}

async function classic({ Query: query }: Query): Promise<string[]> {
  const { status, body } = await get('jaeger/api/traces', {
    service: query.ServiceName,
    operation: query.OperationName,
    start: micros(query.StartTimeMin),
    end: micros(query.StartTimeMax),
    limit: String(query.NumTraces),
    ...(query.Tags === null ? {} : { tags: JSON.stringify(query.Tags) }),
    ...(query.DurationMin > 0 ? { minDuration: `${query.DurationMin}ns` } : {}),
    ...(query.DurationMax > 0 ? { maxDuration: `${query.DurationMax}ns` } : {}),
  });
  assert.equal(status, 200);
  assert.equal(body.errors, null);
  const spans = body.data.flatMap((trace: { spans: { traceID: string; spanID: string }[] }) =>
    trace.spans.map(({ traceID, spanID }) => ({ traceId: traceID, spanId: spanID })),
  );
  return idsOf(spans);
}

async function version3({ Query: query }: Query): Promise<string[]> {
  const { status, body } = await get('jaeger/api/v3/traces', {
    'query.serviceName': query.ServiceName,
    'query.operation_name': query.OperationName,
    'query.startTimeMin': query.StartTimeMin,
    'query.start_time_max': query.StartTimeMax,
    'query.searchDepth': String(query.NumTraces),
    ...(query.Tags === null ? {} : { 'query.attributes': JSON.stringify(query.Tags) }),
    ...(query.DurationMin > 0 ? { 'query.durationMin': `${query.DurationMin}ns` } : {}),
    ...(query.DurationMax > 0 ? { 'query.duration_max': `${query.DurationMax}ns` } : {}),
  });
  assert.equal(status, 200);
  return idsOf(spansOf(body.result));
}

async function checkAll(): Promise<void> {
  const queries = ['queries.json', 'queries_es.json'].flatMap((file): Query[] =>
    JSON.parse(readFileSync(new URL(file, folder), 'utf8')),
  );
  assert.ok(queries.length > 0);
  for (const query of queries) {
    assert.deepEqual(await classic(query), expected(query), query.Caption);
    assert.deepEqual(await version3(query), expected(query), `${query.Caption}, version 3`);
  }
}

test('every query finds its traces and no others', { skip }, checkAll);

test('every trace is found by its id, whole', { skip }, async () => {
  const byId = Map.groupBy([...fixtures.values()].flat(), ({ traceId }) => traceId);
  for (const [traceId, spans] of byId) {
    const { status, body } = await get(`jaeger/api/v3/traces/${traceId}`, {});
    assert.equal(status, 200, traceId);
    assert.deepEqual(idsOf(spansOf(body.result)), idsOf(spans));
    const short = await get(`jaeger/api/traces/${traceId.replace(/^0+/, '')}`, {});
    assert.equal(short.body.data[0].spans.length, idsOf(spans).length);
  }
});

test('services and operations', { skip }, async () => {
  const services = (await get('jaeger/api/services', {})).body.data;
  const names = [...fixtures.keys()];
  assert.ok(services.length > 0 && names.length >= services.length);
  for (const service of services) {
    const { body } = await get(`jaeger/api/services/${encodeURIComponent(service)}/operations`, {});
    assert.ok(body.data.length > 0, service);
  }
});

test('OTLP in the words of Jaeger', { skip }, async () => {
  const answer = await fetch(`${server.url}/jaeger/api/transform`, {
    method: 'POST',
    body: readFileSync(new URL('api-v3/otlp2jaeger-in.json', folder)),
  });
  const want = JSON.parse(readFileSync(new URL('api-v3/otlp2jaeger-out.json', folder), 'utf8'));
  assert.deepEqual(await answer.json(), want);
});

test('and after a restart', { skip }, async () => {
  const { dir } = server;
  await server.stop();
  server = await startSightline({ dir, args });
  await checkAll();
});
