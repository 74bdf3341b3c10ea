/**
 * Kills the server again and again, at any moment, while log records and spans arrive: what was acknowledged must be found after the next
 * start, once. Segments of the head are flushed at the age of 0.2 s and the records lie in four days, so that rotation, replay, flushes and
 * merges are under way when the signal comes.
 */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from './harness/directory.ts';
import { type Peer, startSightline } from './harness/peers.ts';
import { sleep } from './harness/process.ts';

const KILLS = 25;
const DAYS = 4;
const DAY_MS = 86_400_000;
const START_MS = Date.now() - 3_600_000;
/** Lines of one answer. */
const WINDOW = 2000;
/** Traces that are asked for after a kill. */
const TRACES = 60;

let next = 0;
/** Numbers of acknowledged requests. Request i has a log record and a span for each of four days, i milliseconds into it. */
const acknowledged = { logs: new Set<number>(), traces: new Set<number>() };

const startOf = (day: number): number => START_MS - day * DAY_MS;
const nanos = (ms: number): string => `${ms}000000`;
const traceOf = (i: number): string => `00000000000000aa${(i + 1).toString(16).padStart(16, '0')}`;

const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'kill' } }] };

function logsBody(i: number): unknown {
  const logRecords = Array.from({ length: DAYS }, (_, day) => ({
    timeUnixNano: nanos(startOf(day) + i),
    body: { stringValue: `request ${i} day ${day}` },
  }));
  return { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] };
}

function tracesBody(i: number): unknown {
  const spans = Array.from({ length: DAYS }, (_, day) => ({
    traceId: traceOf(i),
    spanId: (day + 1).toString(16).padStart(16, '0'),
    name: `day ${day}`,
    startTimeUnixNano: nanos(startOf(day) + i),
    endTimeUnixNano: nanos(startOf(day) + i + 1),
  }));
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}

async function send(url: string, signal: 'logs' | 'traces', i: number): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v1/${signal}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(signal === 'logs' ? logsBody(i) : tracesBody(i)),
    });
    await response.arrayBuffer();
    if (response.ok) acknowledged[signal].add(i);
    return true;
  } catch {
    return false;
  }
}

async function write(url: string, signal: 'logs' | 'traces'): Promise<void> {
  while (await send(url, signal, next++));
}

function start(dir: string): Promise<Peer> {
  const flags = {
    'head-segments': '3',
    'flush-interval-ms': '200ms',
    'flush-max-interval-ms': '200ms',
    'flush-seal-after-ms': '1m',
    'retention-traces': '7d',
    'self-enabled': 'false',
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  return startSightline({ dir, args });
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text);
}

/** Lines of a day that requests from `first` to `first + WINDOW` may have written. */
async function lines(url: string, day: number, first: number): Promise<string[]> {
  const query = new URLSearchParams({
    query: '{service_name="kill"}',
    start: nanos(startOf(day) + first),
    end: nanos(startOf(day) + first + WINDOW),
    limit: String(WINDOW + 1),
  });
  const answer: { data: { result: { values: [string, string][] }[] } } = JSON.parse(
    JSON.stringify(await ask(`${url}/loki/api/v1/query_range?${query}`)),
  );
  return answer.data.result.flatMap(({ values }) => values.map(([, line]) => line));
}

async function assertLogs(url: string, kill: number): Promise<void> {
  for (let day = 0; day < DAYS; day++) {
    const found: string[] = [];
    for (let first = 0; first < next; first += WINDOW) {
      found.push(...(await lines(url, day, first)));
    }
    const distinct = new Set(found);
    assert.equal(distinct.size, found.length, `a record of day ${day} twice after kill ${kill}`);
    const missing = [...acknowledged.logs].filter((i) => !distinct.has(`request ${i} day ${day}`));
    assert.deepEqual(missing, [], `day ${day} lacks acknowledged records after kill ${kill}`);
  }
}

/** The latest traces, and as many of all. */
async function assertTraces(url: string, kill: number): Promise<void> {
  const all = [...acknowledged.traces];
  const chosen = new Set(all.slice(-TRACES / 2));
  for (let i = 0; i < TRACES / 2 && all.length > 0; i++) {
    chosen.add(all[Math.floor(Math.random() * all.length)] ?? 0);
  }
  for (const i of chosen) {
    const answer: { spans: { id: string[] } } = JSON.parse(
      JSON.stringify(await ask(`${url}/api/v1/traces/${traceOf(i)}`)),
    );
    assert.equal(answer.spans.id.length, DAYS, `spans of request ${i} after kill ${kill}`);
  }
}

test(`${KILLS} kills lose no log record and no span that was acknowledged`, async () => {
  const dir = temporaryDirectory('kill-records');
  for (let kill = 1; kill <= KILLS; kill++) {
    const server = await start(dir);
    await assertLogs(server.url, kill - 1);
    await assertTraces(server.url, kill - 1);
    const writers = (['logs', 'traces'] as const).map((signal) => write(server.url, signal));
    // Mostly short lives; some reach flushes and merges, a second after the start.
    await sleep(Math.random() ** 2 * 2500);
    server.kill('SIGKILL');
    await Promise.all([server.exited, ...writers]);
  }
  const server = await start(dir);
  await assertLogs(server.url, KILLS);
  await assertTraces(server.url, KILLS);
  assert.ok(acknowledged.logs.size > KILLS, `${acknowledged.logs.size} requests acknowledged`);
  for (const folder of ['logs', 'traces']) {
    const files = readdirSync(join(dir, 'tenants', 'default', folder));
    assert.ok(files.length > 0, `no file of ${folder} was flushed`);
  }
  await server.stop();
});
