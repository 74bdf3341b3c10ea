/** Against a real server: what a fault looks like in the numbers and events of the source. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../../../../../test/harness/postgres.ts';
import { until } from '../../../../../test/harness/process.ts';
import type { AgentEvent, Metric } from '../../source.ts';
import { POSTGRES_METRICS } from './metrics.ts';
import { PostgresSource, type PostgresSourceOptions } from './source.ts';

let server: PostgresServer;
let admin: pg.Pool;

before(async () => {
  server = await startPostgres();
  admin = poolFor(server.url);
  await admin.query(`
    CREATE TABLE customer (id serial PRIMARY KEY, email text, region int);
    CREATE TABLE purchase (id serial PRIMARY KEY, customer_id int, status text, total numeric);
    INSERT INTO customer (email, region) SELECT 'c' || i || '@example.com', i % 10 FROM generate_series(1, 2000) i;
    INSERT INTO purchase (customer_id, status, total) SELECT i % 2000, 'open', i FROM generate_series(1, 20000) i;
    CREATE INDEX purchase_status ON purchase (status) WHERE total > 10;
    CREATE INDEX purchase_status_again ON purchase (status) WHERE  total  >  10;
    ANALYZE`);
});

after(async () => {
  await admin.end();
  await server.stop();
});

function poolFor(connectionString: string, max = 5): pg.Pool {
  const pool = new pg.Pool({ connectionString, max });
  pool.on('error', () => {});
  return pool;
}

interface Run {
  readonly metrics: readonly Metric[];
  readonly events: readonly AgentEvent[];
}

async function collect(
  source: PostgresSource,
  signal = new AbortController().signal,
): Promise<Run> {
  const events: AgentEvent[] = [];
  const metrics = await source.collect({ signal, emit: (event) => events.push(event) });
  return { metrics, events };
}

function value(run: Run, name: string, attributes: Metric['attributes'] = {}): number | undefined {
  return run.metrics.find(
    (metric) =>
      metric.name === name &&
      Object.entries(attributes).every(([key, want]) => metric.attributes?.[key] === want),
  )?.value;
}

function named(run: Run, name: string): readonly AgentEvent[] {
  return run.events.filter((event) => event.name === name);
}

async function withSource(
  options: PostgresSourceOptions,
  use: (source: PostgresSource) => Promise<void>,
): Promise<void> {
  const source = new PostgresSource(options);
  try {
    await use(source);
  } finally {
    source.close();
  }
}

test('counts transactions, rows, blocks, backends and the pool', async () => {
  await withSource({ pool: admin }, async (source) => {
    await collect(source);
    await admin.query('SELECT count(*) FROM customer');
    const database = { 'db.namespace': 'postgres' };
    await until('the statement is counted', async () => {
      const run = await collect(source);
      return (value(run, 'postgresql.tup_returned', database) ?? 0) > 2000;
    });
    const run = await collect(source);
    assert.ok((value(run, 'postgresql.commits', database) ?? 0) > 1);
    assert.ok((value(run, 'postgresql.blks_hit', database) ?? 0) > 1);
    assert.ok((value(run, 'postgresql.backends', { 'postgresql.state': 'active' }) ?? 0) >= 1);
    assert.equal(value(run, 'postgresql.connection.max'), 60);
    assert.equal(value(run, 'db.client.connection.max'), 5);
    assert.ok(
      (value(run, 'db.client.connection.count', { 'db.client.connection.state': 'idle' }) ?? 0) >=
        1,
    );
    assert.ok(
      value(run, 'postgresql.bgwriter.checkpoint.count', { type: 'scheduled' }) !== undefined,
    );
    const unknown = run.metrics.filter(
      ({ name }) => !POSTGRES_METRICS.some((m) => m.name === name),
    );
    assert.deepEqual(unknown, []);
    assert.deepEqual(named(run, 'postgresql.limited'), []);
  });
});

test('tells statements that were slow since the last collection, without their values', async () => {
  await withSource({ pool: admin, slowQueryMs: 50 }, async (source) => {
    await collect(source);
    await admin.query("SELECT pg_sleep(0.06), 'secret-value'");
    await admin.query("SELECT pg_sleep(0.07), 'secret-value'");
    const run = await collect(source);
    const [slow, more] = named(run, 'postgresql.slow_query');
    assert.equal(more, undefined);
    assert.equal(slow?.attributes?.['db.query.text'], 'SELECT pg_sleep(?), ?');
    assert.equal(slow?.attributes?.['postgresql.calls'], 2);
    assert.equal(slow?.attributes?.['postgresql.since_reset'], false);
    const queryid = String(slow?.attributes?.['postgresql.queryid']);
    const attributes = { 'postgresql.queryid': queryid };
    assert.equal(value(run, 'postgresql.query.calls', attributes), 2);
    assert.ok((value(run, 'postgresql.query.mean_exec_time', attributes) ?? 0) >= 0.06);
    assert.deepEqual(source.vitals(), { slowQueries: 2 });
    assert.deepEqual(source.vitals(), { slowQueries: 0 });
    assert.deepEqual(named(await collect(source), 'postgresql.slow_query'), []);
  });
});

test('tells what runs too long, and who blocks whom, with literals hidden', async () => {
  const blocker = new pg.Client({ connectionString: server.url, application_name: 'migration' });
  const waiter = new pg.Client({ connectionString: server.url, application_name: 'checkout' });
  await blocker.connect();
  await waiter.connect();
  try {
    await blocker.query('BEGIN');
    await blocker.query("UPDATE customer SET email = 'private' WHERE id = 1");
    const waiting = waiter.query("UPDATE customer SET email = 'personal' WHERE id = 1");
    await withSource({ pool: admin, slowQueryMs: 1 }, async (source) => {
      let run = await collect(source);
      await until('the lock is waited for', async () => {
        if (named(run, 'postgresql.blocked').length > 0) return true;
        run = await collect(source);
        return false;
      });
      const { attributes = {}, message = '' } = named(run, 'postgresql.blocked')[0] ?? {};
      assert.equal(attributes['db.query.text'], 'UPDATE customer SET email = ? WHERE id = ?');
      assert.equal(
        attributes['postgresql.blocker.query.text'],
        'UPDATE customer SET email = ? WHERE id = ?',
      );
      assert.equal(attributes['postgresql.application_name'], 'checkout');
      assert.equal(attributes['postgresql.blocker.application_name'], 'migration');
      assert.equal(attributes['postgresql.blocker.state'], 'idle in transaction');
      assert.equal(attributes['db.collection.name'], 'customer');
      assert.match(message, /waiting for \d+ ms for a lock on customer/);
      assert.equal(value(run, 'postgresql.backends.blocked'), 1);
      assert.equal(
        value(run, 'postgresql.database.locks', {
          mode: 'ShareLock',
          'postgresql.lock.granted': 'false',
        }),
        1,
      );
      assert.ok(!JSON.stringify(run).includes('private'));
      const told = await collect(source);
      assert.deepEqual(
        named(told, 'postgresql.running_query').filter(
          (e) => e.attributes?.['postgresql.application_name'] === 'checkout',
        ),
        [],
        'a statement that was told is not told again',
      );
    });
    await blocker.query('ROLLBACK');
    await waiting;
  } finally {
    await blocker.end();
    await waiter.end();
  }
});

test('proposes the index that a table lacks, with the columns that statements ask for', async () => {
  await withSource({ pool: admin }, async (source) => {
    await collect(source);
    for (let id = 0; id < 8; id++) {
      await admin.query('SELECT * FROM purchase p WHERE p.customer_id = $1 AND p.total > $2', [
        id,
        5,
      ]);
    }
    let events: readonly AgentEvent[] = [];
    await until('the scans are counted', async () => {
      await admin.query(
        'SELECT * FROM purchase p WHERE p.customer_id = $1 AND p.total > $2',
        [1, 5],
      );
      events = named(await collect(source), 'postgresql.missing_index');
      return events.length > 0;
    });
    assert.equal(
      events[0]?.attributes?.['postgresql.index.proposal'],
      'CREATE INDEX CONCURRENTLY ON public.purchase (customer_id, total)',
    );
    assert.deepEqual(named(await collect(source), 'postgresql.missing_index'), []);
  });
});

test('finds unused and duplicate indexes, none that a constraint needs', async () => {
  const options = { pool: admin, unusedIndexBytes: 1, unusedAfterSeconds: 0 };
  await withSource(options, async (source) => {
    const run = await collect(source);
    const drops = (name: string): unknown[] =>
      named(run, name).map(({ attributes }) => attributes?.['postgresql.index.proposal']);
    assert.deepEqual(drops('postgresql.duplicate_index'), [
      'DROP INDEX CONCURRENTLY public.purchase_status_again',
    ]);
    assert.deepEqual(drops('postgresql.unused_index').sort(), [
      'DROP INDEX CONCURRENTLY public.purchase_status',
      'DROP INDEX CONCURRENTLY public.purchase_status_again',
    ]);
    assert.equal(
      value(run, 'postgresql.index.advice', { 'postgresql.index.advice.kind': 'unused' }),
      2,
    );
    assert.ok(
      (value(run, 'postgresql.index.size', { 'postgresql.index.name': 'purchase_pkey' }) ?? 0) > 0,
    );
  });
});

test('a user without rights gets what it may see, and is told once what is missing', async () => {
  await admin.query("CREATE ROLE plain LOGIN PASSWORD 'plain'");
  const url = new URL(server.url);
  url.username = 'plain';
  url.password = 'plain';
  await withSource({ connectionString: url.href }, async (source) => {
    const run = await collect(source);
    assert.ok((value(run, 'postgresql.commits') ?? 0) > 0);
    assert.match(named(run, 'postgresql.limited')[0]?.message ?? '', /GRANT pg_monitor/);
    assert.deepEqual(named(await collect(source), 'postgresql.limited'), []);
  });
});

test('a database without pg_stat_statements is told how to get it', async () => {
  await admin.query('CREATE DATABASE bare');
  const url = new URL(server.url);
  url.pathname = '/bare';
  await withSource({ connectionString: url.href }, async (source) => {
    const run = await collect(source);
    assert.match(
      named(run, 'postgresql.limited')[0]?.message ?? '',
      /CREATE EXTENSION pg_stat_statements/,
    );
    assert.ok((value(run, 'postgresql.backends') ?? 0) > 0);
  });
});

test('locks of the application do not hold the source up, and it takes none that matter', async () => {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    await client.query('BEGIN; LOCK TABLE purchase IN ACCESS EXCLUSIVE MODE');
    await withSource({ pool: admin, timeoutMs: 1000 }, async (source) => {
      const run = await collect(source);
      assert.deepEqual(named(run, 'postgresql.limited'), []);
      assert.ok(
        (value(run, 'postgresql.rows', { 'db.collection.name': 'purchase', state: 'live' }) ?? 0) >
          0,
      );
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
    await withSource({ connectionString: url.href }, async (source) => {
      const run = await collect(source);
      const limited = named(run, 'postgresql.limited').map(({ attributes }) => attributes);
      assert.deepEqual(
        limited.map((a) => [a?.['postgresql.part'], a?.['db.response.status_code']]),
        [
          ['rights', undefined],
          ['statements', '42501'],
        ],
      );
      assert.ok((value(run, 'postgresql.backends') ?? 0) > 0);
    });
  } finally {
    await admin.query('ALTER EXTENSION pg_stat_statements SET SCHEMA public');
  }
});

test('leaves the connections of the pool as they were', async () => {
  const pool = poolFor(server.url, 1);
  const settings = `SELECT current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path,
    current_setting('transaction_read_only') AS read_only`;
  const { rows: before } = await pool.query(settings);
  await withSource({ pool }, async (source) => {
    await collect(source);
    assert.equal(pool.totalCount, 1);
    assert.deepEqual((await pool.query(settings)).rows, before);
  });
  await pool.end();
});

test('does not queue up for a pool whose connections are all in use', async () => {
  const pool = poolFor(server.url, 1);
  const held = await pool.connect();
  const waiting = pool.connect();
  await withSource({ pool }, async (source) => {
    const run = await collect(source);
    assert.equal(value(run, 'db.client.connection.pending_requests'), 1);
    assert.equal(named(run, 'postgresql.pool_exhausted').length, 1);
    assert.deepEqual((await collect(source)).events, []);
  });
  held.release();
  (await waiting).release();
  await pool.end();
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
    await withSource({ pool: { query: async () => answer } }, async (source) => {
      await assert.rejects(collect(source), want);
    });
  }
  assert.throws(() => new PostgresSource({}), /either a pool or a connectionString/);
  assert.throws(() => new PostgresSource({ pool: admin, slowQueryMs: 0 }), /slowQueryMs/);
});

test('a wrong password, a dead server and its return', async () => {
  const second = await startPostgres();
  const wrong = second.url.replace('sightline@', 'wrong@');
  await withSource({ connectionString: wrong }, async (source) => {
    await assert.rejects(collect(source), /password authentication failed/);
  });
  const pool = poolFor(second.url);
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
