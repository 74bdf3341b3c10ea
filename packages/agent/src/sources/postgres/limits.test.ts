/** Against a real server: what the source does where it may not look, cannot look, or would be in the way. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import {
  type PostgresServer,
  poolOf,
  startPostgres,
} from '../../../../../test/harness/postgres.ts';
import { DatabaseProfiler } from '../../profiler/profiler.ts';
import type { AgentEvent } from '../../source.ts';
import { collect, named, value, withSource } from '../test-collect.ts';
import { PostgresSource } from './source.ts';

let server: PostgresServer;
let admin: pg.Pool;

before(async () => {
  server = await startPostgres();
  admin = poolOf(server.url);
  await admin.query(`
    CREATE TABLE purchase (id serial PRIMARY KEY, status text);
    INSERT INTO purchase (status) SELECT 'open' FROM generate_series(1, 100) i;
    ANALYZE`);
});

after(async () => {
  await admin.end();
  await server.stop();
});

test('a user without rights gets what it may see, and is told once what is missing', async () => {
  await admin.query("CREATE ROLE plain LOGIN PASSWORD 'plain'");
  const url = new URL(server.url);
  url.username = 'plain';
  url.password = 'plain';
  await withSource(new PostgresSource({ connectionString: url.href }), async (source) => {
    const run = await collect(source);
    assert.ok(value(run, 'postgresql.commits') > 0);
    assert.match(named(run, 'postgresql.limited')[0]?.message ?? '', /GRANT pg_monitor/);
    assert.deepEqual(named(await collect(source), 'postgresql.limited'), []);
  });
});

test('a database without pg_stat_statements is told how to get it', async () => {
  await admin.query('CREATE DATABASE bare');
  const url = new URL(server.url);
  url.pathname = '/bare';
  await withSource(new PostgresSource({ connectionString: url.href }), async (source) => {
    const run = await collect(source);
    assert.match(
      named(run, 'postgresql.limited')[0]?.message ?? '',
      /CREATE EXTENSION pg_stat_statements/,
    );
    assert.ok(value(run, 'postgresql.backends') > 0);
  });
});

test('locks of the application do not hold the source up, and it takes none that matter', async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query('BEGIN; LOCK TABLE purchase IN ACCESS EXCLUSIVE MODE');
    await withSource(new PostgresSource({ pool: admin, timeoutMs: 1000 }), async (source) => {
      const run = await collect(source);
      assert.deepEqual(named(run, 'postgresql.limited'), []);
      assert.equal(
        value(run, 'postgresql.backends', { 'postgresql.state': 'idle in transaction' }),
        1,
      );
      const locks = { mode: 'AccessExclusiveLock', 'postgresql.lock.granted': 'true' };
      assert.ok(value(run, 'postgresql.database.locks', locks) >= 1);
      assert.ok(value(run, 'postgresql.table.size', { 'db.collection.name': 'purchase' }) >= 0);
    });
  } finally {
    await client.end();
  }
});

test('a part that the server refuses fails alone', async () => {
  await admin.query('CREATE SCHEMA hidden; ALTER EXTENSION pg_stat_statements SET SCHEMA hidden');
  try {
    const url = new URL(server.url);
    url.username = 'plain';
    url.password = 'plain';
    await withSource(new PostgresSource({ connectionString: url.href }), async (source) => {
      const run = await collect(source);
      const limited = named(run, 'postgresql.limited').map(({ attributes }) => attributes);
      assert.deepEqual(
        limited.map((a) => [a?.['postgresql.part'], a?.['db.response.status_code']]),
        [
          ['rights', undefined],
          ['statements', '42501'],
        ],
      );
      assert.ok(value(run, 'postgresql.backends') > 0);
    });
  } finally {
    await admin.query('ALTER EXTENSION pg_stat_statements SET SCHEMA public');
  }
});

test('leaves the connections of the pool as they were', async () => {
  const pool = poolOf(server.url, 1);
  const settings = `SELECT current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path,
    current_setting('transaction_read_only') AS read_only`;
  const { rows: before } = await pool.query(settings);
  await withSource(new PostgresSource({ pool }), async (source) => {
    await collect(source);
    assert.equal(pool.totalCount, 1);
    assert.deepEqual((await pool.query(settings)).rows, before);
  });
  await pool.end();
});

test('is no work of the application to the database profiler', async () => {
  const pool = poolOf(server.url, 1);
  const profiler = new DatabaseProfiler({ emit: () => {} });
  profiler.pg(pool);
  await withSource(new PostgresSource({ pool }), async (source) => {
    await pool.query('SELECT 1');
    await collect(source);
    assert.deepEqual(
      profiler.statements().map(({ statement }) => statement),
      ['SELECT ?'],
    );
  });
  await pool.end();
});

test('parts behind a lock fail alone, soon, and are told', async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query('BEGIN; LOCK TABLE pg_catalog.pg_constraint IN ACCESS EXCLUSIVE MODE');
    await withSource(new PostgresSource({ pool: admin }), async (source) => {
      const run = await collect(source);
      assert.deepEqual(
        named(run, 'postgresql.limited').map(({ attributes }) => [
          attributes?.['postgresql.part'],
          attributes?.['db.response.status_code'],
        ]),
        // The planner looks at constraints for joins, too.
        [
          ['tables', '55P03'],
          ['indexes', '55P03'],
        ],
      );
      assert.ok(value(run, 'postgresql.commits') > 0);
      assert.ok(Number.isFinite(value(run, 'postgresql.bgwriter.checkpoint.count')));
    });
  } finally {
    await client.end();
  }
});

test('what a slow server has told is kept, the rest is left out and told', async () => {
  let atMs = 0;
  const clock = { now: () => atMs, unixMs: () => atMs };
  const slow = {
    query: (sql: string) => {
      atMs += 1000;
      return admin.query(sql);
    },
  };
  await withSource(new PostgresSource({ pool: slow, timeoutMs: 1000, clock }), async (source) => {
    const run = await collect(source);
    assert.ok(value(run, 'postgresql.commits') > 0);
    assert.match(
      named(run, 'postgresql.limited')[0]?.message ?? '',
      /answers slowly: .*indexes.* left out/,
    );
  });
});

test('a server that takes too long is cancelled by its own limit', async () => {
  const slow = {
    query: async (sql: string) => admin.query(sql.replace(/; SELECT/, '; SELECT pg_sleep(5),')),
  };
  await withSource(new PostgresSource({ pool: slow, timeoutMs: 50 }), async (source) => {
    await assert.rejects(collect(source), /statement timeout/);
  });
});

test('a server that is killed while it is asked', async () => {
  const doomed = await startPostgres();
  const events: AgentEvent[] = [];
  await withSource(new PostgresSource({ connectionString: doomed.url }), async (source) => {
    await collect(source);
    const signal = new AbortController().signal;
    const collecting = source.collect({ signal, emit: (event) => events.push(event) });
    process.kill(doomed.pid, 'SIGKILL');
    // It may have answered everything by then.
    await collecting.catch(() => {});
    await doomed.stop();
    await assert.rejects(async () =>
      source.collect({ signal, emit: (event) => events.push(event) }),
    );
  });
  assert.deepEqual(events.filter(({ name }) => name === 'postgresql.down').length, 1);
});

test('does not queue up for a pool whose connections are all in use', async () => {
  const pool = poolOf(server.url, 1);
  const held = await pool.connect();
  const waiting = pool.connect();
  await withSource(new PostgresSource({ pool }), async (source) => {
    const run = await collect(source);
    assert.equal(value(run, 'db.client.connection.pending_requests'), 1);
    assert.equal(named(run, 'postgresql.pool_exhausted').length, 1);
    assert.deepEqual((await collect(source)).events, []);
  });
  held.release();
  (await waiting).release();
  await pool.end();
});

test('whatever rows a server answers with, what comes of them is numbers and events', async () => {
  const known = {
    ...{ version: '150000', database: 'd', sees_all: true, loaded: true, schema: 's' },
    ...{ max_connections: '5', block_bytes: '8192', extension_version: '1.10' },
  };
  const columns = [
    ...[
      'queryid',
      'calls',
      'total_ms',
      'rows',
      'relid',
      'relname',
      'schemaname',
      'seq_scan',
      'query',
    ],
    ...[
      'seq_tup_read',
      'pid',
      'state',
      'ms',
      'backends',
      'blocked',
      'pages',
      'attname',
      'idx_scan',
    ],
  ];
  const cell = fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.constant(null), fc.boolean());
  const row = fc.record(Object.fromEntries(columns.map((column) => [column, cell])));
  const answers = fc.array(fc.array(row, { maxLength: 5 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(answers, async (rows) => {
      let asked = 0;
      const query = async (sql: string) =>
        sql.includes('server_version_num')
          ? { rows: [known] }
          : { rows: rows[asked++ % rows.length] };
      await withSource(new PostgresSource({ pool: { query } }), async (source) => {
        for (let i = 0; i < 3; i++) {
          const run = await collect(source);
          assert.ok(run.metrics.every((metric) => Number.isFinite(metric.value)));
          assert.ok(run.events.every(({ message }) => message.length < 5000));
        }
      });
    }),
    { numRuns: 60 },
  );
});

test('what is no PostgreSQL, or answers garbage, is refused in so many words', async () => {
  const cases: [unknown, RegExp][] = [
    [{}, /no pg\.Pool/],
    [null, /no pg\.Pool/],
    [{ rows: [] }, /does not lead to PostgreSQL/],
    [{ rows: [null, 7, 'x'] }, /does not lead to PostgreSQL/],
    [[{ rows: [] }, { rows: [{ version: 'MariaDB' }] }], /does not lead to PostgreSQL/],
  ];
  for (const [answer, want] of cases) {
    await withSource(
      new PostgresSource({ pool: { query: async () => answer } }),
      async (source) => {
        await assert.rejects(collect(source), want);
      },
    );
  }
  assert.throws(() => new PostgresSource({}), /either a pool or a connectionString/);
  assert.throws(() => new PostgresSource({ pool: admin, slowQueryMs: 0 }), /slowQueryMs/);
});

test('a wrong password, a dead server and its return', async () => {
  const second = await startPostgres();
  const wrong = second.url.replace('sightline@', 'wrong@');
  await withSource(new PostgresSource({ connectionString: wrong }), async (source) => {
    await assert.rejects(collect(source), /password authentication failed/);
  });
  const pool = poolOf(second.url);
  const own = new PostgresSource({ connectionString: second.url });
  const pooled = new PostgresSource({ pool });
  for (const source of [own, pooled]) await collect(source);
  await second.stop();
  for (const source of [own, pooled]) {
    const events: AgentEvent[] = [];
    const context = {
      signal: new AbortController().signal,
      emit: (event: AgentEvent) => events.push(event),
    };
    for (let i = 0; i < 3; i++) await assert.rejects(async () => source.collect(context));
    assert.deepEqual(
      events.map(({ name }) => name),
      ['postgresql.down'],
    );
    source.close();
  }
  await pool.end();
});

test('a collection that is ended ends at once, and the next one waits for nothing', async () => {
  const stuck = new PostgresSource({ pool: { query: () => new Promise(() => {}) } });
  const controller = new AbortController();
  const collecting = collect(stuck, controller.signal);
  controller.abort();
  await assert.rejects(collecting, /the collection was ended/);
  await assert.rejects(collect(stuck), /has not been answered yet/);
});
