import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { OtlpLogRecord, OtlpPoint } from '@sightline/wire/encode';
import { AgentLog } from '../log.ts';
import { ManualTimers } from '../test-timers.ts';
import type { Chunk } from './buffer.ts';
import { ExportBuffer } from './buffer.ts';
import { Exporter, type ExporterOptions } from './exporter.ts';
import type { Answer } from './post.ts';
import { retryWaitMs, verdictOf } from './retry.ts';
import { rejectedItems } from './sender.ts';

const MINUTE = 60_000;

function point(i: number): OtlpPoint {
  const name = `metric_${i}`;
  return {
    name,
    kind: 'gauge',
    unit: '',
    description: '',
    attributes: {},
    timeMs: 1,
    startMs: 0,
    value: i,
  };
}

function record(severityNumber: number, body = 'text'): OtlpLogRecord {
  return {
    timeMs: 1,
    severityNumber,
    severityText: '',
    body,
    eventName: 'e',
    attributes: {},
    traceId: '',
    spanId: '',
  };
}

const answer = (status: number, retryAfter?: string, body = ''): Answer => ({
  status,
  retryAfter,
  body: Buffer.from(body),
});

interface Rig {
  exporter: Exporter;
  timers: ManualTimers;
  /** Bodies that were posted, unpacked, by path. */
  posted: { path: string; body: Buffer; atMs: number }[];
  /** What the back end does now. */
  backEnd: { answer: () => Answer };
  lines: string[];
  /** Lets time pass in steps, so that what waits for promises goes on. */
  pass(ms: number): Promise<void>;
}

function rig(options: Partial<ExporterOptions> = {}): Rig {
  const timers = new ManualTimers();
  const lines: string[] = [];
  const posted: Rig['posted'] = [];
  const backEnd = { answer: () => answer(200) };
  const exporter = new Exporter({
    sender: { resource: { 'service.name': 's' }, scope: 'test', scopeVersion: '' },
    urls: {
      metrics: new URL('http://b/v1/metrics'),
      logs: new URL('http://b/v1/logs'),
      traces: new URL('http://b/v1/traces'),
    },
    headers: { metrics: { a: 'm' }, logs: { a: 'l' }, traces: { a: 't' } },
    timeoutMs: 1000,
    gzip: true,
    batchSize: 10,
    intervalMs: 15_000,
    bufferBytes: 1 << 20,
    userAgent: 'test',
    timers,
    log: new AgentLog('info', (line) => lines.push(line)),
    post: async (target, body) => {
      posted.push({ path: target.url.pathname, body: gunzipSync(body), atMs: timers.now() });
      return backEnd.answer();
    },
    ...options,
  });
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 500) {
      timers.advance(Math.min(500, left));
      await timers.settle();
    }
  };
  return { exporter, timers, posted, backEnd, lines, pass };
}

/** Indexes of the points whose names are in the bodies. */
function received(posted: Rig['posted']): Set<number> {
  const found = new Set<number>();
  for (const { body } of posted) {
    for (const [, index] of body.toString('latin1').matchAll(/metric_(\d+)/g))
      found.add(Number(index));
  }
  return found;
}

test('a batch goes out when it is full, and at the interval when it is not', async () => {
  const { exporter, posted, pass } = rig();
  exporter.addPoints(Array.from({ length: 25 }, (_, i) => point(i)));
  await pass(1000);
  assert.equal(posted.length, 2);
  assert.equal(received(posted).size, 20);
  await pass(14_000);
  assert.equal(received(posted).size, 25);
  await pass(5 * MINUTE);
  assert.equal(posted.length, 3);
});

test('a batch goes out when it is large, whatever its number', async () => {
  const { exporter, posted, pass } = rig({ batchSize: 10_000 });
  for (let i = 0; i < 60; i++) exporter.addRecord(record(9, 'x'.repeat(10_000)));
  await pass(500);
  assert.equal(posted.length, 1);
});

test('log records of errors go apart and first', async () => {
  const { exporter, posted, pass } = rig();
  exporter.addRecord(record(9, 'fine'));
  exporter.addRecord(record(17, 'broken'));
  await pass(15_000);
  assert.deepEqual(
    posted.map(({ path, body }) => `${path} ${/fine|broken/.exec(body.toString('latin1'))}`),
    ['/v1/logs broken', '/v1/logs fine'],
  );
});

for (const away of [
  { what: 'refuses connections', now: () => Promise.reject(new Error('connect ECONNREFUSED')) },
  { what: 'answers 503', now: async () => answer(503) },
]) {
  test(`a back end that ${away.what} for 10 minutes loses nothing within the buffer`, async () => {
    const posted: Rig['posted'] = [];
    let isAway = true;
    const { exporter, timers, lines, pass } = rig({
      post: async (target, body) => {
        if (isAway) return away.now();
        posted.push({ path: target.url.pathname, body: gunzipSync(body), atMs: timers.now() });
        return answer(200);
      },
    });
    let made = 0;
    for (let step = 0; step < 20; step++) {
      exporter.addPoints(Array.from({ length: 50 }, () => point(made++)));
      await pass(30_000);
    }
    assert.equal(posted.length, 0);
    assert.equal(exporter.buffer.items, 1000);
    assert.ok(exporter.senders.metrics.failedAttempts < 25);
    assert.equal(lines.filter((line) => line.includes('cannot be sent now')).length, 1);
    isAway = false;
    await pass(61_000);
    assert.equal(received(posted).size, 1000);
    assert.equal(exporter.buffer.length, 0);
    assert.equal(exporter.buffer.bytes, 0);
    assert.match(lines.at(-1) ?? '', /metrics are sent again/);
  });
}

test('past the bound of the buffer the oldest without errors goes, and is counted', () => {
  const buffer = new ExportBuffer(1000);
  const chunk = (id: number, hasErrors = false): Chunk => ({
    signal: hasErrors ? 'logs' : 'metrics',
    body: new Uint8Array(300).fill(id),
    items: 10,
    hasErrors,
    attempts: 0,
    inFlight: false,
  });
  buffer.push(chunk(0, true));
  for (let id = 1; id <= 10; id++) buffer.push(chunk(id));
  assert.equal(buffer.next('logs')?.body[0], 0);
  assert.equal(buffer.next('metrics')?.body[0], 9);
  assert.deepEqual(buffer.evicted, { metrics: 80, logs: 0, traces: 0 });
  for (let id = 11; id <= 14; id++) buffer.push(chunk(id, true));
  assert.equal(buffer.next('metrics'), undefined);
  assert.equal(buffer.next('logs')?.body[0], 12);
  assert.deepEqual(buffer.evicted, { metrics: 100, logs: 20, traces: 0 });
  assert.ok(buffer.bytes <= 1000);
});

test('what is being sent does not make room', () => {
  const buffer = new ExportBuffer(500);
  const chunk = (id: number): Chunk => ({
    signal: 'metrics',
    body: new Uint8Array(300).fill(id),
    items: 1,
    hasErrors: false,
    attempts: 0,
    inFlight: id === 1,
  });
  for (let id = 1; id <= 4; id++) buffer.push(chunk(id));
  assert.equal(buffer.next('metrics')?.body[0], 1);
  assert.equal(buffer.length, 1);
});

test('a flood while the back end is away stays within the buffer', async () => {
  const { exporter, pass } = rig({
    bufferBytes: 100_000,
    post: () => Promise.reject(new Error('away')),
  });
  for (let i = 0; i < 400; i++) {
    exporter.addPoints(Array.from({ length: 100 }, (_, j) => point(i * 100 + j)));
    await pass(100);
    assert.ok(exporter.buffer.bytes <= 100_000);
  }
  const { evicted, items } = exporter.buffer;
  assert.equal(evicted.metrics + items, 40_000);
  assert.ok(evicted.metrics > 10_000);
});

test('Retry-After is honoured, in seconds and as a date', async () => {
  const { exporter, timers, backEnd, posted, pass } = rig();
  backEnd.answer = () => answer(429, '120');
  exporter.addPoints([point(1)]);
  await pass(15_000);
  assert.equal(posted.length, 1);
  backEnd.answer = () => answer(503, new Date(timers.unixMs() + 5 * MINUTE).toUTCString());
  await pass(2 * MINUTE - 1000);
  assert.equal(posted.length, 1);
  await pass(2000);
  assert.equal(posted.length, 2);
  backEnd.answer = () => answer(200);
  await pass(2 * MINUTE);
  assert.equal(posted.length, 2);
  await pass(3.5 * MINUTE);
  assert.equal(posted.length, 3);
  assert.equal(exporter.buffer.length, 0);
});

test('what is refused for good is dropped, counted and told once', async () => {
  const { exporter, backEnd, posted, lines, pass } = rig();
  backEnd.answer = () => answer(400, undefined, 'bad\nname');
  exporter.addPoints(Array.from({ length: 30 }, (_, i) => point(i)));
  await pass(1000);
  assert.equal(posted.length, 3);
  assert.equal(exporter.senders.metrics.droppedItems, 30);
  assert.deepEqual(lines, [
    'sightline-agent: warn: http://b/v1/metrics refuses metrics with 400 (bad name); they are dropped and counted\n',
  ]);
});

test('where the back end may not take gzip, the warning names the option', async () => {
  for (const gzip of [true, false]) {
    const { exporter, backEnd, lines, pass } = rig({ gzip });
    backEnd.answer = () => answer(415);
    exporter.addPoints(Array.from({ length: 10 }, (_, i) => point(i)));
    await pass(1000);
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.includes("compression: 'none'"), gzip);
  }
});

test('one signal does not wait for the other', async () => {
  const seen: string[] = [];
  const { exporter, pass } = rig({
    post: async ({ url }) => {
      seen.push(url.pathname);
      return answer(url.pathname === '/v1/logs' ? 503 : 200);
    },
  });
  for (let i = 0; i < 10; i++) exporter.addRecord(record(9));
  exporter.addPoints(Array.from({ length: 20 }, (_, i) => point(i)));
  await pass(500);
  assert.deepEqual(seen, ['/v1/logs', '/v1/metrics', '/v1/metrics']);
  assert.equal(exporter.senders.metrics.sentItems, 20);
});

test('flush sends what waits at once, and gives up after one failure or in time', async () => {
  const { exporter, posted, backEnd } = rig();
  exporter.addPoints([point(1)]);
  await exporter.flush(1000);
  assert.equal(posted.length, 1);
  await exporter.flush(1000);
  assert.equal(posted.length, 1);
  backEnd.answer = () => answer(503);
  exporter.addPoints(Array.from({ length: 35 }, (_, i) => point(i)));
  await exporter.flush(60_000);
  assert.equal(posted.length, 2);
  const hanging = rig({ post: () => new Promise(() => {}) });
  hanging.exporter.addPoints([point(1)]);
  await hanging.exporter.flush(20);
});

test('after it is closed nothing goes out any more', async () => {
  const { exporter, posted, pass } = rig();
  exporter.close();
  exporter.addPoints(Array.from({ length: 20 }, (_, i) => point(i)));
  exporter.addRecord(record(17));
  await pass(60_000);
  await exporter.flush(1000);
  assert.equal(posted.length, 0);
});

test('verdicts by status', () => {
  const cases: [number, number, string][] = [
    [200, 1, 'sent'],
    [202, 1, 'sent'],
    [301, 1, 'drop'],
    [400, 1, 'drop'],
    [401, 1, 'drop'],
    [404, 1, 'drop'],
    [413, 1, 'drop'],
    [429, 100, 'retry'],
    [500, 1, 'retry'],
    [501, 1, 'drop'],
    [502, 29, 'retry'],
    [503, 30, 'drop'],
  ];
  for (const [status, attempts, want] of cases) {
    assert.equal(verdictOf(answer(status), attempts), want, `${status}`);
  }
});

test('waits double up to a minute, with some chance', () => {
  assert.deepEqual(
    [1, 2, 3, 7, 100].map((attempts) => retryWaitMs(attempts, undefined, 0, 1)),
    [1000, 2000, 4000, 60_000, 60_000],
  );
  assert.equal(retryWaitMs(1, undefined, 0, 0), 500);
  assert.equal(retryWaitMs(1, '7', 0, 0), 7000);
  assert.equal(retryWaitMs(1, '99999', 0, 0), 600_000);
  assert.equal(retryWaitMs(1, 'Thu, 01 Jan 1970 00:00:09 GMT', 4000, 0), 5000);
  assert.equal(retryWaitMs(1, 'soon', 0, 0), 500);
  assert.equal(retryWaitMs(1, '0', 0, 0), 1000);
  assert.equal(retryWaitMs(1, 'Thu, 01 Jan 1970 00:00:09 GMT', 10_000, 0), 1000);
});

test('what the back end refused within a request is read', () => {
  assert.equal(rejectedItems(Buffer.alloc(0)), 0);
  assert.equal(rejectedItems(Buffer.from([0x0a, 0x03, 0x08, 0xac, 0x02])), 300);
  assert.equal(rejectedItems(Buffer.from('{"partialSuccess":{}}')), 0);
});
