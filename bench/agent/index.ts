/**
 * `npm run bench -- agent [ROUNDS] [VARIANT...]`: what watching an application costs it: the same requests to the same Fastify server without
 * an agent, with ours, and with OpenTelemetry's plain Node SDK, each sending to a real Sightline; and what each takes while nobody asks.
 *
 * All servers are started once and asked in turn, so that what else the machine does falls on all alike. CPU is that of the
 * server's process alone.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Peer, startSightline } from '../../test/harness/peers.ts';
import { sleep } from '../../test/harness/process.ts';
import { cpuSeconds, ownResidentBytes, peakResidentBytes } from '../proc.ts';
import { median, printTable } from '../table.ts';
import { type App, isVariant, startApp, VARIANTS, type Variant } from './variants.ts';

const ROUNDS = 7;
const REQUESTS = 40_000;
const WARM_UP = 10_000;
const CONNECTIONS = 16;
/** Few enough that no variant has to drop a span. */
const STEADY_RATE = 200;
const STEADY_S = 30;
/** Longer than any variant keeps what it has measured. */
const EXPORT_MS = 20_000;
const IDLE_S = 60;

interface Round {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** CPU ms per 1000 requests. */
  cpuMs: number;
}

interface Measured {
  readonly rounds: readonly Round[];
  readonly residentMb: number;
  readonly peakMb: number;
}

export async function benchAgent(args: readonly string[]): Promise<void> {
  const rounds = Number(args.find((arg) => /^\d+$/.test(arg)) ?? ROUNDS);
  const named = args.filter(isVariant);
  const variants = named.length > 0 ? named : Object.keys(VARIANTS).filter(isVariant);
  const sightline = await startSightline({ built: true, args: ['--no-self-enabled'] });
  try {
    await underLoad(variants, sightline, rounds);
    await steady(variants, sightline);
    await idle(variants, sightline);
  } finally {
    await sightline.stop();
  }
}

async function withApps(
  variants: readonly Variant[],
  { url }: Peer,
  use: (apps: ReadonlyMap<Variant, App>) => Promise<void>,
): Promise<void> {
  const apps = new Map<Variant, App>();
  try {
    for (const variant of variants) apps.set(variant, await startApp(variant, url));
    await use(apps);
  } finally {
    await Promise.all([...apps.values()].map((app) => app.stop()));
  }
}

async function underLoad(
  variants: readonly Variant[],
  sightline: Peer,
  count: number,
): Promise<void> {
  await withApps(variants, sightline, async (apps) => {
    const rounds = new Map<Variant, Round[]>();
    for (const [variant, app] of apps) {
      await ask(app, WARM_UP, 0);
      rounds.set(variant, []);
    }
    for (let round = 0; round < count; round++) {
      for (const [variant, app] of apps) rounds.get(variant)?.push(await ask(app, REQUESTS, 0));
    }
    printLoad(
      new Map(
        [...apps].map(([variant, app]) => [variant, measured(app, rounds.get(variant) ?? [])]),
      ),
    );
  });
}

function measured({ pid }: App, rounds: readonly Round[]): Measured {
  return {
    rounds,
    residentMb: ownResidentBytes(pid) / 1e6,
    peakMb: peakResidentBytes(pid) / 1e6,
  };
}

async function ask(app: App, requests: number, rate: number): Promise<Round> {
  const client = fileURLToPath(new URL('./client.ts', import.meta.url));
  const before = cpuSeconds(app.pid);
  const { stdout } = await promisify(execFile)(process.execPath, [
    client,
    ...[app.port, requests, CONNECTIONS, rate].map(String),
  ]);
  const cpu = cpuSeconds(app.pid) - before;
  const { tookMs, p50Ms, p99Ms, failed }: Record<string, number> = JSON.parse(stdout);
  if (failed !== 0) throw new Error(`${failed} requests failed\n${app.output()}`);
  return {
    perSecond: (requests / Number(tookMs)) * 1000,
    p50Ms: Number(p50Ms),
    p99Ms: Number(p99Ms),
    cpuMs: (cpu * 1e6) / requests,
  };
}

/** Every figure, and in brackets its ratio to the application without an agent. */
function printLoad(measured: ReadonlyMap<Variant, Measured>): void {
  const columns = [...measured];
  const bare = measured.get('none');
  const row = (name: string, figure: (one: Measured) => number, digits: number): string[] => [
    name,
    ...columns.map(([variant, one]) => {
      const value = figure(one);
      const ratio =
        bare === undefined || variant === 'none' ? '' : ` (${(value / figure(bare)).toFixed(2)}x)`;
      return `${value.toFixed(digits)}${ratio}`;
    }),
  ];
  const of = (pick: (round: Round) => number) => (one: Measured) => median(one.rounds.map(pick));
  printTable(
    ['', ...columns.map(([variant]) => VARIANTS[variant])],
    [
      row(
        'requests/s',
        of((round) => round.perSecond),
        0,
      ),
      row(
        'p50 ms',
        of((round) => round.p50Ms),
        2,
      ),
      row(
        'p99 ms',
        of((round) => round.p99Ms),
        2,
      ),
      row(
        'CPU ms per 1000 requests',
        of((round) => round.cpuMs),
        1,
      ),
      row('resident MB after', (one) => one.residentMb, 0),
      row('peak resident MB', (one) => one.peakMb, 0),
    ],
  );
}

/** All at once, each asked as often as the others, long enough for several exports. */
async function steady(variants: readonly Variant[], sightline: Peer): Promise<void> {
  await withApps(variants, sightline, async (apps) => {
    const requests = STEADY_RATE * STEADY_S;
    await Promise.all([...apps.values()].map((app) => ask(app, requests / 2, STEADY_RATE)));
    const rounds = await Promise.all(
      [...apps].map(async ([variant, app]) => {
        return [variant, measured(app, [await ask(app, requests, STEADY_RATE)])] as const;
      }),
    );
    process.stdout.write(`\n${STEADY_RATE} requests/s each, ${STEADY_S} s\n\n`);
    printLoad(new Map(rounds));
    await sleep(EXPORT_MS);
    for (const variant of apps.keys()) await checkArrived(variant, sightline);
  });
}

/** A variant whose data do not arrive costs nothing and says nothing. */
async function checkArrived(variant: Variant, { url }: Peer): Promise<void> {
  if (variant === 'none') return;
  const query = encodeURIComponent(`count({job="bench-${variant}", __name__=~"http.*"})`);
  const metrics = await (await fetch(`${url}/api/v1/query?query=${query}`)).text();
  if (!metrics.includes('"value"')) throw new Error(`no metrics of ${variant} have arrived`);
  if (variant === 'ours' || variant === 'sdk-metrics') return;
  const search = encodeURIComponent(`{ resource.service.name = "bench-${variant}" }`);
  const traces = await (await fetch(`${url}/tempo/api/search?limit=1&q=${search}`)).text();
  if (!traces.includes('traceID')) throw new Error(`no spans of ${variant} have arrived`);
}

/** All at once, for nobody asks any of them. */
async function idle(variants: readonly Variant[], sightline: Peer): Promise<void> {
  await withApps(variants, sightline, async (apps) => {
    const before = [...apps.values()].map(({ pid }) => cpuSeconds(pid));
    await sleep(IDLE_S * 1000);
    const columns = [...apps.values()].map(({ pid }, index) => ({
      cpuPct: ((cpuSeconds(pid) - (before[index] ?? 0)) / IDLE_S) * 100,
      residentMb: ownResidentBytes(pid) / 1e6,
    }));
    const bareMb = columns[[...apps.keys()].indexOf('none')]?.residentMb ?? 0;
    process.stdout.write(`\nidle, ${IDLE_S} s\n\n`);
    printTable(
      ['', ...[...apps.keys()].map((variant) => VARIANTS[variant])],
      [
        ['CPU %', ...columns.map(({ cpuPct }) => cpuPct.toFixed(2))],
        ['resident MB', ...columns.map(({ residentMb }) => residentMb.toFixed(0))],
        ['more than without', ...columns.map(({ residentMb }) => (residentMb - bareMb).toFixed(0))],
      ],
    );
  });
}
