/**
 * `npm run bench -- sustained [SECONDS]`: log records, then spans, as fast as the server takes them, the client beside it: records a second over
 * all and in the slowest ten seconds, CPU time, memory, and whether everything that was acknowledged is stored.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../test/harness/directory.ts';
import { startSightline } from '../test/harness/peers.ts';
import { cpuSeconds, directoryBytes, residentBytes } from './proc.ts';
import { encodeLogs, makeLogs } from './records/logs.ts';
import type { MovingSignal } from './records/moving.ts';
import { encodeSpans, makeTraces } from './records/spans.ts';
import { RequestFile } from './request-file.ts';
import { median, printTable } from './table.ts';

const REQUESTS = 200;
const LOGS_PER_REQUEST = 1000;
const TRACES_PER_REQUEST = 50;
const CONNECTIONS = 4;
const MEMORY_EVERY_MS = 1000;
/** What the last flushes and merges take is counted. */
const SETTLE_MS = 15_000;
const WANTED = { logs: 200_000, spans: 100_000 } as const;

interface Report {
  records: number;
  refused: number;
  retries: number;
  tookMs: number;
}

interface Measured {
  reports: readonly Report[];
  cpuS: number;
  memory: readonly number[];
  stored: number;
  diskBytes: number;
}

export async function benchSustained([seconds = '120']: readonly string[]): Promise<void> {
  const rows: string[][] = [];
  for (const signal of ['logs', 'spans'] as const) {
    const measured = await measure(signal, Number(seconds));
    rows.push(rowOf(signal, measured));
  }
  const head = ['', 'a second', 'slowest 10 s', 'wanted', 'CPU us each', 'bytes each'];
  printTable([...head, 'MB median', 'MB most', 'retries', 'sent', 'stored'], rows);
}

async function measure(signal: MovingSignal, seconds: number): Promise<Measured> {
  const path = join(temporaryDirectory('bench'), `${signal}.otlp`);
  record(signal, path);
  const peer = await startSightline({ built: true });
  try {
    const cpuBefore = cpuSeconds(peer.pid);
    const memory: number[] = [];
    const timer = setInterval(() => memory.push(residentBytes(peer.pid)), MEMORY_EVERY_MS);
    const url = `${peer.url}/v1/${signal === 'logs' ? 'logs' : 'traces'}`;
    const reports = await load(path, signal, url, seconds);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    clearInterval(timer);
    const cpuS = cpuSeconds(peer.pid) - cpuBefore;
    const stored = await storedIn(peer.url, signal);
    return { reports, cpuS, memory, stored, diskBytes: directoryBytes(peer.dir) };
  } finally {
    await peer.stop();
  }
}

/** What the server says that it has in partition files and in its head. */
async function storedIn(url: string, signal: MovingSignal): Promise<number> {
  const response = await fetch(`${url}/api/v1/status/system`);
  const { store }: { store: Record<string, number> } = JSON.parse(await response.text());
  return store[`${signal}_appended`] ?? 0;
}

function record(signal: MovingSignal, path: string): void {
  const file = new RequestFile(path);
  const logs = [...makeLogs(REQUESTS * LOGS_PER_REQUEST, 0)];
  const traces = signal === 'spans' ? [...makeTraces(REQUESTS * TRACES_PER_REQUEST, 0)] : [];
  for (let i = 0; i < REQUESTS; i++) {
    if (signal === 'logs') {
      file.add(encodeLogs(logs.slice(i * LOGS_PER_REQUEST, (i + 1) * LOGS_PER_REQUEST)));
    } else {
      const some = traces.slice(i * TRACES_PER_REQUEST, (i + 1) * TRACES_PER_REQUEST);
      file.add(encodeSpans(some.flat()));
    }
  }
  file.finish();
}

async function load(
  path: string,
  signal: MovingSignal,
  url: string,
  seconds: number,
): Promise<Report[]> {
  const script = fileURLToPath(new URL('./sustained-client.ts', import.meta.url));
  const args = ['--conditions=development', script, path, signal, url];
  const client = spawn(process.execPath, [...args, String(CONNECTIONS), String(seconds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(client, 'exit');
  const reports: Report[] = [];
  for await (const line of createInterface({ input: client.stdout })) {
    reports.push(JSON.parse(line));
  }
  await ended;
  return reports;
}

function rowOf(signal: MovingSignal, measured: Measured): string[] {
  const { reports, cpuS, memory, stored, diskBytes } = measured;
  const sum = (of: (report: Report) => number): number =>
    reports.reduce((all, report) => all + of(report), 0);
  const sent = sum(({ records }) => records);
  const rates = reports
    .filter(({ tookMs }) => tookMs > 5000)
    .map(({ records, tookMs }) => (records / tookMs) * 1000);
  const count = (value: number): string => Math.round(value).toLocaleString('en');
  const mega = (bytes: number): string => (bytes / 1e6).toFixed(0);
  return [
    signal,
    count((sent / sum(({ tookMs }) => tookMs)) * 1000),
    count(Math.min(...rates)),
    count(WANTED[signal]),
    ((cpuS / sent) * 1e6).toFixed(2),
    (diskBytes / sent).toFixed(1),
    mega(median(memory)),
    mega(Math.max(...memory)),
    count(sum(({ retries }) => retries)),
    count(sent),
    count(stored),
  ];
}
