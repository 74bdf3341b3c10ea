/**
 * `npm run bench -- metrics`: the same recorded stream into Sightline, VictoriaMetrics and Prometheus, one after the other in one
 * run; prints what each took and the ratios to ours.
 *
 * What is measured, per server: samples a second of the load; CPU of the whole process tree for the load and the 30 s after it; bytes of
 * the data directory at that moment; highest resident memory since start; p50 and p95 of eight queries.
 */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { temporaryDirectory } from '../../test/harness/directory.ts';
import {
  type Peer,
  startPrometheus,
  startSightline,
  startVictoriaMetrics,
} from '../../test/harness/peers.ts';
import { sleep } from '../../test/harness/process.ts';
import { runLoad } from '../load-client.ts';
import { cpuSeconds, directoryBytes, peakResidentBytes, residentBytes } from '../proc.ts';
import { median, percentile, printTable } from '../table.ts';
import { ask, type BenchQuery, QUERIES, RefusedError } from './queries.ts';
import { CHURN, makeStream, STEADY, type Stream, type StreamPlan } from './stream.ts';

const CONNECTIONS = 4;
const SETTLE_MS = 30_000;
/** Enough for a 95th percentile; the first round, with everything cold, counts. */
const QUERY_ROUNDS = 50;

interface Figures {
  name: string;
  samplesPerSecond: number;
  cpuS: number;
  bytes: number;
  /** Resident before the load. */
  idleBytes: number;
  peakBytes: number;
  queriesMs: number[][];
}

interface Contestant {
  name: string;
  start(): Promise<Peer>;
  writePath: string;
  dataDir(peer: Peer): string;
}

const contestants: readonly Contestant[] = [
  {
    name: 'Sightline',
    start: () => startSightline({ built: true, args: ['--retention-metrics', 'forever'] }),
    writePath: '/api/v1/write',
    dataDir: (peer) => peer.dir,
  },
  {
    name: 'VictoriaMetrics',
    start: () => startVictoriaMetrics(['-search.latencyOffset=0s']),
    writePath: '/api/v1/write',
    dataDir: (peer) => join(peer.dir, 'data'),
  },
  {
    name: 'Prometheus',
    // Requests of four connections overtake each other; without a window Prometheus refuses the late ones.
    start: () => startPrometheus('storage: { tsdb: { out_of_order_time_window: 30m } }\n'),
    writePath: '/api/v1/write',
    dataDir: (peer) => join(peer.dir, 'data'),
  },
];

const PARTS: Readonly<Record<string, StreamPlan>> = { steady: STEADY, churn: CHURN };

/** `args`: `steady` or `churn` for one part only, and names of servers for some only. */
export async function benchMetrics(args: readonly string[]): Promise<void> {
  const chosenParts = Object.entries(PARTS).filter(([name]) => args.includes(name));
  const names = args.filter((arg) => !(arg in PARTS)).map((name) => name.toLowerCase());
  const chosen = contestants.filter(
    ({ name }) => names.length === 0 || names.some((one) => name.toLowerCase().includes(one)),
  );
  for (const [name, plan] of chosenParts.length > 0 ? chosenParts : Object.entries(PARTS)) {
    const stream = await makeStream(join(temporaryDirectory('bench'), 'stream.bin'), plan);
    process.stdout.write(
      `${name}: ${stream.samples} samples of ${stream.series} series in ${stream.requests} requests over ${CONNECTIONS} connections\n\n`,
    );
    await warmClient(stream);
    const figures: Figures[] = [];
    for (const contestant of chosen) figures.push(await measure(contestant, stream));
    print(stream, figures);
  }
}

/** The first requests of a process are slow in the client itself, which must not count against the server that comes first. */
async function warmClient(stream: Stream): Promise<void> {
  const body = gzipSync(JSON.stringify({ data: Array.from({ length: 2000 }, Math.random) }));
  const server = createServer((_request, response) => {
    response.setHeader('content-encoding', 'gzip').end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (let round = 0; round < QUERY_ROUNDS * 4; round++) {
    for (const query of QUERIES) await ask(`http://127.0.0.1:${port}`, query, stream);
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function measure(contestant: Contestant, stream: Stream): Promise<Figures> {
  process.stderr.write(`${contestant.name} ...\n`);
  const peer = await contestant.start();
  try {
    await sleep(2000);
    const idleBytes = residentBytes(peer.pid);
    const cpuBefore = cpuSeconds(peer.pid);
    const load = await runLoad(stream.path, peer.url + contestant.writePath, CONNECTIONS, {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    });
    if (load.failed > 0)
      throw new Error(`${load.failed} requests failed\n${peer.output().slice(-2000)}`);
    await sleep(SETTLE_MS);
    const cpuS = cpuSeconds(peer.pid) - cpuBefore;
    const bytes = directoryBytes(contestant.dataDir(peer));
    const peakBytes = peakResidentBytes(peer.pid);
    const queriesMs: number[][] = QUERIES.map(() => []);
    for (let round = 0; round < QUERY_ROUNDS; round++) {
      for (const [i, query] of QUERIES.entries()) {
        const tookMs = await timed(peer.url, query, stream);
        if (tookMs !== null) queriesMs[i]?.push(tookMs);
      }
    }
    const samplesPerSecond = (stream.samples / load.tookMs) * 1000;
    return {
      name: contestant.name,
      samplesPerSecond,
      cpuS,
      bytes,
      idleBytes,
      peakBytes,
      queriesMs,
    };
  } finally {
    await peer.stop();
  }
}

/** null when the server refuses the query (Prometheus 2.42 has no delayed removal of metric names). */
async function timed(url: string, query: BenchQuery, stream: Stream): Promise<number | null> {
  try {
    return (await ask(url, query, stream)).tookMs;
  } catch (error) {
    if (error instanceof RefusedError) return null;
    throw error;
  }
}

function print(stream: Stream, figures: readonly Figures[]): void {
  const ours = figures[0];
  if (ours === undefined) return;
  const row = (
    what: string,
    value: (f: Figures) => number,
    text: (v: number) => string,
  ): string[] => {
    const cells = figures.map((f) => {
      const ratio = value(f) / value(ours);
      return f === ours ? text(value(f)) : `${text(value(f))} (${ratio.toFixed(2)}x)`;
    });
    return [what, ...cells];
  };
  const rows = [
    row(
      'samples/s of the load',
      (f) => f.samplesPerSecond,
      (v) => Math.round(v).toLocaleString('en'),
    ),
    row(
      'CPU-s, load and 30 s after',
      (f) => f.cpuS,
      (v) => v.toFixed(2),
    ),
    row(
      'samples per CPU-s',
      (f) => stream.samples / f.cpuS,
      (v) => Math.round(v).toLocaleString('en'),
    ),
    row(
      'bytes a sample',
      (f) => f.bytes / stream.samples,
      (v) => v.toFixed(2),
    ),
    row(
      'resident MB before the load',
      (f) => f.idleBytes,
      (v) => (v / 1e6).toFixed(0),
    ),
    row(
      'peak resident MB',
      (f) => f.peakBytes,
      (v) => (v / 1e6).toFixed(0),
    ),
    ...QUERIES.map(({ name }, i) => [
      `${name}, p50 / p95 ms`,
      ...figures.map((f) => {
        const times = f.queriesMs[i] ?? [];
        if (times.length === 0) return 'refused';
        const ratio = median(times) / median(ours.queriesMs[i] ?? []);
        const text = `${median(times).toFixed(1)} / ${percentile(times, 0.95).toFixed(1)}`;
        return f === ours ? text : `${text} (${ratio.toFixed(2)}x)`;
      }),
    ]),
  ];
  printTable(['', ...figures.map((f) => f.name)], rows);
  process.stdout.write('\n(Nx): that figure divided by ours.\n\n');
}
