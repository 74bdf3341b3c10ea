/**
 * `npm run bench -- mixed [MINUTES]`: the reference load, all signals at once: 10,000 samples/s over 100,000 series, 1,000 spans/s and
 * 5,000 log records/s, with a query of each kind in turn twice a second; prints how memory went, the slowest queries, and whether
 * everything that was sent is found.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compressSnappy, encodeWriteRequestV1, type WriteSeries } from '@sightline/wire';
import { startSightline } from '../test/harness/peers.ts';
import { MIXED_QUERIES, type MixedQuery, mixedCounts } from './mixed-queries.ts';
import { cpuSeconds, residentBytes } from './proc.ts';
import { encodeLogs, type LogRecord, makeLogs } from './records/logs.ts';
import { encodeSpans, makeTraces, type Span } from './records/spans.ts';
import { median, percentile, printTable } from './table.ts';

const TICK_MS = 100;
const SERIES = 100_000;
const SAMPLES_PER_TICK = 1000;
const LOGS_PER_TICK = 500;
const SPANS_PER_TICK = 100;
const QUERY_EVERY_MS = 500;
const MEMORY_EVERY_MS = 1000;
/** Records are made once and sent again and again under the time of their sending. */
const KEPT_LOGS = 50_000;
const KEPT_TRACES = 5000;

interface Sent {
  samples: number;
  logs: number;
  spans: number;
  failed: number;
}

export async function benchMixed([minutes = '10']: readonly string[]): Promise<void> {
  const peer = await startSightline({ built: true });
  try {
    await sleep(5000);
    const idle = residentBytes(peer.pid);
    const cpuBefore = cpuSeconds(peer.pid);
    const beganMs = Date.now();
    const endMs = beganMs + Number(minutes) * 60_000;
    const memory: number[] = [];
    const timer = setInterval(() => memory.push(residentBytes(peer.pid)), MEMORY_EVERY_MS);
    const times = new Map(MIXED_QUERIES.map((query) => [query, [] as number[]]));
    const [sent] = await Promise.all([
      load(peer.url, endMs),
      askAll(peer.url, beganMs, endMs, times),
    ]);
    clearInterval(timer);
    const cpuShare = (cpuSeconds(peer.pid) - cpuBefore) / ((Date.now() - beganMs) / 1000);
    const found = await mixedCounts(peer.url, beganMs, Date.now());
    printMemory(idle, memory, Number(minutes));
    process.stdout.write(`CPU: ${(cpuShare * 100).toFixed(1)} % of a core\n\n`);
    printQueries(times);
    const rows = (['samples', 'logs', 'spans'] as const).map((signal) => [
      signal,
      sent[signal].toLocaleString('en'),
      found[signal].toLocaleString('en'),
    ]);
    printTable(['', 'sent', 'found'], rows);
    process.stdout.write(`\nrequests that failed: ${sent.failed}\n`);
  } finally {
    await peer.stop();
  }
}

async function load(url: string, endMs: number): Promise<Sent> {
  const sent: Sent = { samples: 0, logs: 0, spans: 0, failed: 0 };
  const logs = [...makeLogs(KEPT_LOGS, 0)];
  const traces = [...makeTraces(KEPT_TRACES, 0)];
  const post = async (path: string, body: Uint8Array, headers = {}): Promise<void> => {
    const type = { 'content-type': 'application/x-protobuf', ...headers };
    const response = await fetch(url + path, { method: 'POST', body, headers: type });
    await response.arrayBuffer();
    if (!response.ok) sent.failed++;
  };
  const snappy = { 'content-encoding': 'snappy' };
  const pending = new Set<Promise<void>>();
  for (let tick = 0, due = Date.now(); due < endMs; tick++, due += TICK_MS) {
    await sleep(Math.max(0, due - Date.now()));
    const requests = [
      post('/api/v1/write', samplesOf(tick, due), snappy),
      post('/v1/logs', encodeLogs(logsOf(logs, tick, due))),
      post('/v1/traces', encodeSpans(spansOf(traces, tick, due))),
    ];
    for (const request of requests) {
      const done: Promise<void> = request
        .catch(() => {
          sent.failed++;
        })
        .finally(() => pending.delete(done));
      pending.add(done);
    }
    sent.samples += SAMPLES_PER_TICK;
    sent.logs += LOGS_PER_TICK;
    sent.spans += SPANS_PER_TICK;
  }
  await Promise.all(pending);
  return sent;
}

function samplesOf(tick: number, nowMs: number): Uint8Array {
  const series: WriteSeries[] = [];
  for (let i = 0; i < SAMPLES_PER_TICK; i++) {
    const id = (tick * SAMPLES_PER_TICK + i) % SERIES;
    const labels = [
      '__name__',
      `bench_requests_${id % 100}_total`,
      'instance',
      `host-${Math.floor(id / 100)}`,
      'job',
      'bench',
    ];
    const t = nowMs;
    series.push({ labels, samples: [{ value: tick * (id % 17), t }] });
  }
  return compressSnappy(encodeWriteRequestV1(series));
}

function logsOf(logs: readonly LogRecord[], tick: number, nowMs: number): LogRecord[] {
  const records: LogRecord[] = [];
  for (let i = 0; i < LOGS_PER_TICK; i++) {
    const record = logs[(tick * LOGS_PER_TICK + i) % logs.length];
    // The nanoseconds keep records apart.
    if (record !== undefined) records.push({ ...record, time: { ms: nowMs, ns: i * 1000 } });
  }
  return records;
}

function spansOf(traces: readonly Span[][], tick: number, nowMs: number): Span[] {
  const spans: Span[] = [];
  for (let i = 0; spans.length < SPANS_PER_TICK; i++) {
    const trace = traces[(tick * 10 + i) % traces.length] ?? [];
    const prefix = tick.toString(16).padStart(8, '0');
    for (const span of trace) {
      const traceId = prefix + span.traceId.slice(8);
      spans.push({ ...span, traceId, start: { ms: nowMs, ns: span.start.ns } });
    }
  }
  return spans;
}

async function askAll(
  url: string,
  beganMs: number,
  endMs: number,
  times: Map<MixedQuery, number[]>,
): Promise<void> {
  for (let i = 0; Date.now() < endMs; i++) {
    await sleep(QUERY_EVERY_MS);
    const query = MIXED_QUERIES[i % MIXED_QUERIES.length];
    if (query === undefined) continue;
    const began = performance.now();
    await query.ask(url, beganMs, Date.now());
    times.get(query)?.push(performance.now() - began);
  }
}

function printMemory(idle: number, memory: readonly number[], minutes: number): void {
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(0);
  const rows = [['idle', mega(idle), '']];
  const perRow = Math.max(1, Math.ceil(memory.length / 10));
  for (let i = 0; i < memory.length; i += perRow) {
    const part = memory.slice(i, i + perRow);
    const from = ((i / memory.length) * minutes).toFixed(1);
    rows.push([`from minute ${from}`, mega(median(part)), mega(Math.max(...part))]);
  }
  printTable(['resident MB', 'median', 'most'], rows);
  process.stdout.write(`\ngrown by at most ${mega(Math.max(...memory) - idle)} MB\n`);
}

function printQueries(times: ReadonlyMap<MixedQuery, readonly number[]>): void {
  const all = [...times.values()].flat();
  const row = (name: string, of: readonly number[]): string[] => [
    name,
    String(of.length),
    median(of).toFixed(1),
    percentile(of, 0.95).toFixed(1),
    Math.max(...of).toFixed(1),
  ];
  const rows = [...times].map(([{ name }, of]) => row(name, of));
  printTable(['query', 'asked', 'p50 ms', 'p95 ms', 'most ms'], [...rows, row('all', all)]);
  process.stdout.write('\n');
}
