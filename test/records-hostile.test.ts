/**
 * Log records and spans that nobody should send, sent to the real server by every protocol: each is answered in the protocol's own way,
 * memory stays where it was, and the next good request works. And the examples of OpenTelemetry's own documentation.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { compressSnappy } from '@sightline/wire';
import { type Peer, startSightline } from './harness/peers.ts';

let server: Peer;
before(async () => {
  const kept = ['--retention-logs', 'forever', '--retention-traces', 'forever'];
  server = await startSightline({ args: ['--no-self-enabled', ...kept] });
});
after(() => server.stop());

type Body = string | Uint8Array;

function send(path: string, body: Body, type = 'application/json', coding = 'identity') {
  const headers = { 'content-type': type, 'content-encoding': coding };
  const bytes = typeof body === 'string' ? body : new Uint8Array(body);
  return fetch(`${server.url}${path}`, { method: 'POST', headers, body: bytes });
}

const ns = (ms: number) => `${ms}000000`;
const attribute = (key: string, value: object) => ({ key, value });
const logs = (...logRecords: (object | string)[]) =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const log = (text: string, more: object = {}) => ({
  timeUnixNano: ns(Date.now()),
  body: { stringValue: text },
  ...more,
});
const traces = (...spans: object[]) =>
  JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const span = (id: number, more: object = {}) => ({
  traceId: id.toString(16).padStart(32, '0'),
  spanId: id.toString(16).padStart(16, '0'),
  name: 's',
  startTimeUnixNano: ns(Date.now()),
  endTimeUnixNano: ns(Date.now()),
  ...more,
});
const push = (line: string) =>
  JSON.stringify({ streams: [{ stream: { app: 'a' }, values: [[ns(Date.now()), line]] }] });
const deep = (levels: number) =>
  `${'{"arrayValue":{"values":['.repeat(levels)}{"stringValue":"x"}${']}}'.repeat(levels)}`;
const deepLogs = (levels: number) =>
  logs(log('deep', { attributes: ['here'] })).replace(
    '"here"',
    `{"key":"k","value":${deep(levels)}}`,
  );

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

const PROTOBUF = 'application/x-protobuf';
const LOKI = '/loki/api/v1/push';
const hostile: [
  what: string,
  status: number,
  path: string,
  body: () => Body,
  type?: string,
  coding?: string,
][] = [
  ['no JSON', 400, '/v1/logs', () => 'x'],
  ['no protobuf', 400, '/v1/traces', () => new Uint8Array(1000).fill(0xff), PROTOBUF],
  ['cut protobuf', 400, '/v1/logs', () => new Uint8Array([10, 200, 1, 1]), PROTOBUF],
  ['not gzip', 400, '/v1/logs', () => logs(log('a')), 'application/json', 'gzip'],
  ['a bomb', 413, '/v1/traces', () => gzipSync(new Uint8Array(200_000_000)), PROTOBUF, 'gzip'],
  ['100 MB', 413, '/v1/logs', () => new Uint8Array(100_000_000), PROTOBUF],
  ['100 MB of lines', 413, '/api/v1/logs', () => new Uint8Array(100_000_000).fill(10)],
  ['100 MB of spans', 413, '/api/v2/spans', () => new Uint8Array(100_000_000).fill(32)],
  ['100 MB to Loki', 413, LOKI, () => new Uint8Array(100_000_000), PROTOBUF],
  ['JSON nested 100,000 deep', 400, '/v1/logs', () => '[{"a":'.repeat(100_000)],
  ['Zipkin nested 100,000 deep', 400, '/api/v2/spans', () => '[{"a":'.repeat(100_000)],
  ['Loki nested 100,000 deep', 400, LOKI, () => '{"streams":'.repeat(100_000)],
  ['an attribute nested 10,000 deep', 400, '/v1/logs', () => deepLogs(10_000)],
  ['no snappy', 400, LOKI, () => new Uint8Array(1000).fill(0xff), PROTOBUF],
  ['a snappy bomb', 413, LOKI, () => compressSnappy(new Uint8Array(100_000_000)), PROTOBUF],
  ['a wrong type', 415, '/v1/logs', () => logs(log('a')), 'text/csv'],
  [
    'too many records',
    413,
    '/v1/logs',
    () => logs('many').replace('"many"', Array(500_001).fill('{}').join()),
  ],
];

test('requests that are refused whole', async () => {
  await send('/v1/logs', logs(log('first')));
  const before = residentMegabytes();
  for (const [what, status, path, body, type, coding] of hostile) {
    const answer = await send(path, body(), type, coding);
    assert.equal(answer.status, status, `${what}: ${await answer.text()}`);
  }
  const after = residentMegabytes();
  assert.ok(after < before + 400, `from ${before} to ${after} MB`);
  assert.equal(await (await send('/v1/logs', logs(log('good')))).text(), '{}');
  assert.equal(await (await send('/v1/traces', traces(span(1)))).text(), '{}');
  assert.equal((await send(LOKI, push('good'))).status, 204);
  assert.deepEqual(await lines('{service_name="unknown_service"} |= "good"'), ['good']);
});

test('records that are refused one by one, and parts that are left out', async () => {
  const many = Array.from({ length: 10_000 }, (_, i) => attribute(`k${i}`, { intValue: i }));
  const late = { timeUnixNano: ns(4e12) };
  const most = { timeUnixNano: '18446744073709551615' };
  const long = log('x'.repeat(1_000_000));
  const body = logs(log('late', late), log('most', most), log('wide', { attributes: many }), long);
  const answer = await send('/v1/logs', body);
  assert.equal(answer.status, 200);
  const { partialSuccess } = JSON.parse(await answer.text());
  assert.equal(partialSuccess.rejectedLogRecords, '2');
  assert.match(partialSuccess.errorMessage, /9000 attributes of a log record were dropped/);
  assert.match(partialSuccess.errorMessage, /log body cut at 262144 bytes/);
  const [wide] = await lines('{service_name="unknown_service"} |= "wide"');
  assert.equal(wide, 'wide');
  const [cut = ''] = await lines('{service_name="unknown_service"} |= "xxxxxxxx"');
  assert.equal(cut.length, 262_144);
  const events = Array.from({ length: 10_000 }, () => ({ name: 'e' }));
  const links = Array.from({ length: 10_000 }, () => span(9));
  const spans = traces(span(2, { attributes: many, events, links }), span(3, { spanId: 'zz' }));
  const partly = await send('/v1/traces', spans);
  assert.equal(JSON.parse(await partly.text()).partialSuccess.rejectedSpans, '1');
  const trace = await (await fetch(`${server.url}/api/traces/${'2'.padStart(32, '0')}`)).text();
  assert.match(trace, /otel\.dropped_attributes_count/);
});

test('values nested 20 deep are kept', async () => {
  assert.equal(await (await send('/v1/logs', deepLogs(20))).text(), '{}');
});

/** The lines that a log query finds. */
async function lines(logql: string): Promise<string[]> {
  const url = `${server.url}/loki/api/v1/query_range?query=${encodeURIComponent(logql)}`;
  const answer = await fetch(url);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  const body: { data: { result: { values: [string, string][] }[] } } = JSON.parse(text);
  return body.data.result.flatMap(({ values }) => values.map(([, line]) => line));
}

const examples = new URL('../../shared/conformance/otlp/', import.meta.url);

test('the examples of the protocol are stored', async (t) => {
  if (!existsSync(examples)) {
    t.skip('no conformance data beside the repository');
    return;
  }
  const example = (name: string) => readFileSync(new URL(name, examples), 'utf8');
  assert.equal(await (await send('/v1/traces', example('trace.json'))).text(), '{}');
  for (const name of ['logs.json', 'events.json']) {
    assert.equal(await (await send('/v1/logs', example(name))).text(), '{}', name);
  }
  const { resourceSpans } = JSON.parse(example('trace.json'));
  const [{ traceId, name }] = resourceSpans[0].scopeSpans[0].spans;
  const stored = await (await fetch(`${server.url}/api/traces/${traceId}`)).text();
  assert.ok(stored.includes(JSON.stringify(name)), stored);
});
