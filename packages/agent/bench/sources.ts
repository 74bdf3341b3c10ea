/**
 * What a collection of each built-in source costs the application: again and again, and a second after the one before, as the caches of the processor are
 * when it comes every half minute.
 */
import { Redis } from 'ioredis';
import type pg from 'pg';
import { poolOf, startPostgres } from '../../../test/harness/postgres.ts';
import { freePort, startProcess } from '../../../test/harness/process.ts';
import { startRedis } from '../../../test/harness/redis.ts';
import { HttpMonitor } from '../src/http/monitor.ts';
import { DatabaseProfiler } from '../src/profiler/profiler.ts';
import type { MonitoringSource } from '../src/source.ts';
import { BusinessMetrics } from '../src/sources/business/source.ts';
import { HealthSource } from '../src/sources/health/source.ts';
import { PostgresSource } from '../src/sources/postgres/source.ts';
import { ProcessSource } from '../src/sources/process/source.ts';
import { RedisSource } from '../src/sources/redis/source.ts';
import { SystemSource } from '../src/sources/system/source.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { cpuOf, cpuOfOne, median, memoryOf, shown, sleep, tell } from './measure.ts';
import { ask, plainServer } from './requests.ts';

const TABLES = 60;
const STATEMENTS = 400;
const KEYS = 20_000;
const NAMES = 50;
const PAUSES = 6;
const PAUSE_MS = 1000;

interface Measured {
  readonly name: string;
  readonly runs: number;
  readonly make: () => MonitoringSource | Promise<MonitoringSource>;
}

export async function measureSources(): Promise<void> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const pool = poolOf(postgres.url);
  const client = new Redis(redis.url);
  const port = await freePort();
  const target = await startProcess(
    process.execPath,
    ['-e', `require('http').createServer((q, r) => r.end('ok')).listen(${port}, '127.0.0.1')`],
    { ready: async () => (await fetch(`http://127.0.0.1:${port}`)).ok },
  );
  let nowMs = 0;
  /** Every target is always due. */
  const hasty = { now: () => (nowMs += 60_000), unixMs: () => Date.now() };
  try {
    await fillPostgres(pool);
    await fillRedis(client);
    const targets = [{ name: 'target', url: `http://127.0.0.1:${port}/` }];
    await measureAll([
      { name: 'system', runs: 500, make: () => new SystemSource({ intervalMs: 30_000 }) },
      { name: 'process', runs: 2000, make: () => new ProcessSource({ intervalMs: 30_000 }) },
      {
        name: `PostgreSQL (${TABLES} tables, ${STATEMENTS} statements)`,
        runs: 10,
        make: () => new PostgresSource({ pool }),
      },
      { name: `Redis (${KEYS} keys)`, runs: 20, make: () => new RedisSource({ client }) },
      {
        name: 'health, one target',
        runs: 50,
        make: () => new HealthSource({ targets, clock: hasty }),
      },
      { name: `business, ${NAMES} operations`, runs: 500, make: business },
      { name: `http, ${NAMES} endpoints`, runs: 500, make: http },
      { name: `tracker, ${NAMES} operations`, runs: 500, make: tracker },
      { name: `database, ${NAMES} statements`, runs: 500, make: database },
    ]);
  } finally {
    client.disconnect();
    await pool.end();
    await Promise.all([postgres.stop(), redis.stop(), target.stop()]);
  }
}

async function measureAll(all: readonly Measured[]): Promise<void> {
  const signal = new AbortController().signal;
  const context = { signal, emit: () => {} };
  const sources = await Promise.all(all.map(({ make }) => make()));
  const again: number[] = [];
  for (const [i, source] of sources.entries()) {
    again.push(await cpuOf(all[i]?.runs ?? 1, () => source.collect(context)));
  }
  const afterPause = sources.map((): number[] => []);
  for (let pause = 0; pause < PAUSES; pause++) {
    await sleep(PAUSE_MS);
    for (const [i, source] of sources.entries()) {
      afterPause[i]?.push(await cpuOfOne(() => source.collect(context)));
    }
  }
  for (const [i, source] of sources.entries()) {
    const measured = all[i];
    if (measured === undefined) continue;
    const values = (await source.collect(context)).length;
    await source.close?.();
    const bytes = await memoryOf(async () => {
      const one = await measured.make();
      await one.collect(context);
      return one;
    });
    tell('CPU us of a collection', {
      source: measured.name,
      'again and again': shown(again[i] ?? Number.NaN),
      'after a pause': shown(median(afterPause[i] ?? [])),
      values: String(values),
      'KB of memory': shown(bytes / 1000),
    });
  }
}

async function fillPostgres(pool: pg.Pool): Promise<void> {
  for (let table = 0; table < TABLES; table++) {
    await pool.query(`CREATE TABLE t${table} (id int PRIMARY KEY, a int, b int);
      INSERT INTO t${table} SELECT i, i, i FROM generate_series(1, 200) i;
      CREATE INDEX t${table}_a ON t${table} (a); CREATE INDEX t${table}_b ON t${table} (b)`);
  }
  await pool.query('ANALYZE');
  for (let i = 0; i < STATEMENTS; i++) {
    await pool.query(`SELECT a AS a${Math.floor(i / TABLES)} FROM t${i % TABLES} WHERE id = $1`, [
      i,
    ]);
  }
}

async function fillRedis(client: Redis): Promise<void> {
  const pipeline = client.pipeline();
  for (let i = 0; i < KEYS; i++) pipeline.set(`kind${i % 20}:${i}`, 'x'.repeat(100));
  await pipeline.exec();
}

function business(): BusinessMetrics {
  const metrics = new BusinessMetrics();
  for (let i = 0; i < NAMES; i++) metrics.processed(`operation ${i}`, { ok: true, durationMs: i });
  for (let i = 0; i < 1000; i++) metrics.activeUser(`user ${i}`);
  return metrics;
}

async function http(): Promise<HttpMonitor> {
  const monitor = new HttpMonitor();
  const server = plainServer(monitor);
  for (let i = 0; i < NAMES; i++)
    await ask(server, `/route${String.fromCharCode(97 + (i % 26))}${i % 2}`);
  return monitor;
}

function tracker(): Tracker {
  const tracked = new Tracker();
  for (let i = 0; i < NAMES; i++) tracked.track(`operation ${i}`, () => i);
  return tracked;
}

function database(): DatabaseProfiler {
  const profiler = new DatabaseProfiler();
  const db = profiler.sqlite({ exec: (_sql: string) => {} });
  for (let i = 0; i < NAMES; i++) db.exec(`SELECT a FROM t${i} WHERE id = 1`);
  return profiler;
}
