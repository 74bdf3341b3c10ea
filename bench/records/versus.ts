/**
 * The same records into Sightline and into ClickHouse, one after the other in one run.
 *
 * What is measured, per server: records a second of the load; CPU of the whole process tree for the load and the 30 s after it; bytes of
 * the data directory at that moment (of ClickHouse those of live parts); highest resident memory since start; p50 and p95 of the queries, whose answers must have
 * the same number of rows.
 */
import type { Peer } from '../../test/harness/peers.ts';
import { startSightline } from '../../test/harness/peers.ts';
import { sleep } from '../../test/harness/process.ts';
import { askClickHouse, startClickHouse } from '../clickhouse/start.ts';
import { runLoad } from '../load-client.ts';
import { cpuSeconds, directoryBytes, peakResidentBytes, residentBytes } from '../proc.ts';
import { median, percentile, printTable } from '../table.ts';

const SETTLE_MS = 30_000;
const ROUNDS = 15;
const CONNECTIONS = 4;

export interface VersusQuery {
  name: string;
  /** Asks Sightline; resolves to the number of rows. */
  ours(url: string): Promise<number>;
  sql: string;
}

export interface Versus {
  /** What is counted: 'log record', 'span'. */
  item: string;
  items: number;
  ours: { path: string; file: string };
  theirs: { table: string; schema: readonly string[]; file: string };
  queries: readonly VersusQuery[];
}

interface Figures {
  name: string;
  perSecond: number;
  cpuS: number;
  bytes: number;
  idleBytes: number;
  peakBytes: number;
  queriesMs: number[][];
  rows: number[];
}

export async function versus(plan: Versus, names: readonly string[]): Promise<void> {
  const figures: Figures[] = [];
  if (names.length === 0 || names.includes('sightline')) figures.push(await measureOurs(plan));
  if (names.length === 0 || names.includes('clickhouse')) figures.push(await measureTheirs(plan));
  checkRows(plan, figures);
  print(plan, figures);
}

async function measureOurs(plan: Versus): Promise<Figures> {
  const peer = await startSightline({
    built: true,
    args: ['--retention-logs', 'forever', '--retention-traces', 'forever'],
  });
  const headers = { 'content-type': 'application/x-protobuf' };
  const url = peer.url + plan.ours.path;
  const ask = (query: VersusQuery): Promise<number> => query.ours(peer.url);
  return measure('Sightline', plan, peer, plan.ours.file, url, headers, ask, ({ dir }) =>
    directoryBytes(dir),
  );
}

async function measureTheirs(plan: Versus): Promise<Figures> {
  const { table, schema, file } = plan.theirs;
  const peer = await startClickHouse(schema);
  const url = `${peer.url}/insert?table=${table}`;
  const ask = async ({ sql }: VersusQuery): Promise<number> =>
    (await askClickHouse(peer.url, sql)).length;
  // Parts that were merged stay on the disk for some minutes; they do not count.
  const bytes = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'otel'";
  return measure('ClickHouse', plan, peer, file, url, {}, ask, async () =>
    Number((await askClickHouse(peer.url, bytes))[0]?.[0]),
  );
}

async function measure(
  name: string,
  plan: Versus,
  peer: Peer,
  file: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  ask: (query: VersusQuery) => Promise<number>,
  storedBytes: (peer: Peer) => number | Promise<number>,
): Promise<Figures> {
  process.stderr.write(`${name} ...\n`);
  try {
    await sleep(2000);
    const idleBytes = residentBytes(peer.pid);
    const cpuBefore = cpuSeconds(peer.pid);
    const load = await runLoad(file, url, CONNECTIONS, headers);
    if (load.failed > 0) {
      throw new Error(`${load.failed} requests failed\n${peer.output().slice(-2000)}`);
    }
    await sleep(SETTLE_MS);
    const cpuS = cpuSeconds(peer.pid) - cpuBefore;
    const bytes = await storedBytes(peer);
    const peakBytes = peakResidentBytes(peer.pid);
    const queriesMs: number[][] = plan.queries.map(() => []);
    const rows: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, query] of plan.queries.entries()) {
        const began = performance.now();
        rows[i] = await ask(query);
        queriesMs[i]?.push(performance.now() - began);
      }
    }
    const perSecond = (plan.items / load.tookMs) * 1000;
    return { name, perSecond, cpuS, bytes, idleBytes, peakBytes, queriesMs, rows };
  } finally {
    await peer.stop();
  }
}

function checkRows(plan: Versus, [ours, theirs]: readonly Figures[]): void {
  if (ours === undefined || theirs === undefined) return;
  for (const [i, { name }] of plan.queries.entries()) {
    if (ours.rows[i] === theirs.rows[i] && ours.rows[i] !== 0) continue;
    process.stdout.write(`${name}: ${ours.rows[i]} rows here, ${theirs.rows[i]} there\n`);
    process.exitCode = 1;
  }
}

function print({ item, items, queries }: Versus, figures: readonly Figures[]): void {
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
  const whole = (v: number): string => Math.round(v).toLocaleString('en');
  const mega = (v: number): string => (v / 1e6).toFixed(0);
  const rows = [
    row(`${item}s/s of the load`, (f) => f.perSecond, whole),
    row(
      'CPU-s, load and 30 s after',
      (f) => f.cpuS,
      (v) => v.toFixed(2),
    ),
    row(
      `CPU us a ${item}`,
      (f) => (f.cpuS / items) * 1e6,
      (v) => v.toFixed(2),
    ),
    row(
      `bytes a ${item}`,
      (f) => f.bytes / items,
      (v) => v.toFixed(1),
    ),
    row('resident MB before the load', (f) => f.idleBytes, mega),
    row('peak resident MB', (f) => f.peakBytes, mega),
    ...queries.map(({ name }, i) => [
      `${name}, p50 / p95 ms`,
      ...figures.map((f) => {
        const times = f.queriesMs[i] ?? [];
        const ratio = median(times) / median(ours.queriesMs[i] ?? []);
        const text = `${median(times).toFixed(1)} / ${percentile(times, 0.95).toFixed(1)}`;
        return f === ours ? text : `${text} (${ratio.toFixed(2)}x)`;
      }),
    ]),
  ];
  printTable(['', ...figures.map((f) => f.name)], rows);
  process.stdout.write('\n(Nx): that figure divided by ours.\n\n');
}
