/** What a profiled statement costs more than one that is not, and what else the application calls. */
import { DatabaseSync } from 'node:sqlite';
import Libsql from 'libsql';
import { poolOf, startPostgres } from '../../../test/harness/postgres.ts';
import { type RequestContext, runInRequest } from '../src/http/request-context.ts';
import { DatabaseProfiler } from '../src/profiler/profiler.ts';
import { BusinessMetrics } from '../src/sources/business/source.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { cpuOf, cpuOfEach, differences, shown, tell } from './measure.ts';

const ROWS = 1000;

interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): { get(...ids: number[]): unknown };
}

function filled<Opened extends Database>(db: Opened): Opened {
  db.exec('CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT)');
  db.exec(`INSERT INTO items SELECT value, 'item' FROM (WITH RECURSIVE n(value) AS
    (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ${ROWS}) SELECT value FROM n)`);
  return db;
}

function added(what: string, us: number | undefined): void {
  tell('CPU us that profiling adds to a statement', {
    statement: what,
    added: shown(us ?? Number.NaN),
  });
}

export async function measureStatements(): Promise<void> {
  await measureSqlite('node:sqlite', () => new DatabaseSync(':memory:'));
  await measureSqlite('libsql', () => new Libsql(':memory:'));
  await measurePg();
  await measureCalls();
}

async function measureSqlite(name: string, open: () => Database): Promise<void> {
  const profiler = new DatabaseProfiler();
  const [bare, wrapped] = [filled(open()), profiler.sqlite(filled(open()))];
  const sql = 'SELECT name FROM items WHERE id = ?';
  const [own, profiled] = [bare.prepare(sql), wrapped.prepare(sql)];
  const [prepared] = await differences(20_000, [
    (i) => own.get(i % ROWS),
    (i) => profiled.get(i % ROWS),
  ]);
  added(`${name}, prepared before`, prepared);
  const request: RequestContext = {
    id: 1,
    method: 'GET',
    endpoint: '/',
    trace: undefined,
    onEnd: () => {},
  };
  const [within] = await runInRequest(request, () =>
    differences(20_000, [(i) => own.get(i % ROWS), (i) => profiled.get(i % ROWS)]),
  );
  added(`${name}, within a request`, within);
  let next = 0;
  const fresh = (db: Database) => () =>
    db.prepare(`SELECT name FROM items WHERE id = ${next++}`).get();
  const [text] = await differences(3000, [fresh(bare), fresh(wrapped)]);
  added(`${name}, prepared each time, a text never seen`, text);
  profiler.close();
}

async function measurePg(): Promise<void> {
  const server = await startPostgres();
  const profiler = new DatabaseProfiler();
  const bare = poolOf(server.url, 1);
  const wrapped = profiler.pg(poolOf(server.url, 1));
  try {
    const [pool] = await differences(1000, [
      (i) => bare.query('SELECT $1::int AS n', [i]),
      (i) => wrapped.query('SELECT $1::int AS n', [i]),
    ]);
    added('pg, by a pool', pool);
  } finally {
    profiler.close();
    await bare.end();
    await wrapped.end();
    await server.stop();
  }
}

async function measureCalls(): Promise<void> {
  const tracker = new Tracker();
  const business = new BusinessMetrics();
  const [sync = Number.NaN, promise = Number.NaN, bare = Number.NaN] = await cpuOfEach(50_000, [
    () => {
      tracker.track('sync', () => 1);
    },
    () => tracker.track('promise', () => Promise.resolve(1)),
    () => Promise.resolve(1),
  ]);
  const rows: readonly (readonly [string, number])[] = [
    ['track() of a function', sync],
    ['track() of a function that returns a promise', promise - bare],
    [
      'trackStart() and trackEnd()',
      await cpuOf(50_000, () => {
        tracker.trackEnd(tracker.trackStart('open'));
      }),
    ],
    [
      'business.processed()',
      await cpuOf(50_000, () => business.processed('order', { ok: true, durationMs: 5 })),
    ],
    ['business.activeUser()', await cpuOf(50_000, (i) => business.activeUser(`user ${i % 1000}`))],
  ];
  for (const [call, us] of rows) tell('CPU us of a call', { call, us: shown(us) });
}
