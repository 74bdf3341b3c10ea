/** Against a real server: what a fault looks like in the numbers and events of the source. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import {
  type PostgresServer,
  poolOf,
  startPostgres,
  startStandby,
} from '../../../../../test/harness/postgres.ts';
import { until } from '../../../../../test/harness/process.ts';
import type { AgentEvent } from '../../source.ts';
import { collect, named, value, withSource } from '../test-collect.ts';
import { POSTGRES_METRICS } from './metrics.ts';
import { PostgresSource } from './source.ts';

let server: PostgresServer;
let admin: pg.Pool;

before(async () => {
  server = await startPostgres();
  admin = poolOf(server.url);
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

test('counts transactions, rows, blocks, backends and the pool', async () => {
  await withSource(new PostgresSource({ pool: admin }), async (source) => {
    await collect(source);
    await admin.query('SELECT count(*) FROM customer');
    const database = { 'db.namespace': 'postgres' };
    await until('the statement is counted', async () => {
      const run = await collect(source);
      return value(run, 'postgresql.tup_returned', database) > 2000;
    });
    const run = await collect(source);
    assert.ok(value(run, 'postgresql.commits', database) > 1);
    assert.ok(value(run, 'postgresql.blks_hit', database) > 1);
    assert.ok(value(run, 'postgresql.backends', { 'postgresql.state': 'active' }) >= 1);
    assert.equal(value(run, 'postgresql.connection.max'), 60);
    assert.equal(value(run, 'db.client.connection.max'), 5);
    assert.ok(
      value(run, 'db.client.connection.count', { 'db.client.connection.state': 'idle' }) >= 1,
    );
    assert.ok(
      Number.isFinite(value(run, 'postgresql.bgwriter.checkpoint.count', { type: 'scheduled' })),
    );
    const unknown = run.metrics.filter(
      ({ name }) => !POSTGRES_METRICS.some((m) => m.name === name),
    );
    assert.deepEqual(unknown, []);
    assert.deepEqual(named(run, 'postgresql.limited'), []);
  });
});

test('tells statements that were slow since the last collection, without their values', async () => {
  await withSource(new PostgresSource({ pool: admin, slowQueryMs: 50 }), async (source) => {
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
    assert.ok(value(run, 'postgresql.query.mean_exec_time', attributes) >= 0.06);
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
    await withSource(new PostgresSource({ pool: admin, slowQueryMs: 1 }), async (source) => {
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
  await withSource(new PostgresSource({ pool: admin }), async (source) => {
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
  await withSource(new PostgresSource(options), async (source) => {
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
      value(run, 'postgresql.index.size', { 'postgresql.index.name': 'purchase_pkey' }) > 0,
    );
  });
});

test('how far a standby is behind, told by the primary and by itself', async () => {
  const standby = await startStandby(server);
  try {
    await withSource(new PostgresSource({ pool: admin }), async (source) => {
      await until('the standby streams', async () => {
        await admin.query('INSERT INTO customer (email) VALUES (NULL)');
        return Number.isFinite(value(await collect(source), 'postgresql.replication.data_delay'));
      });
      const run = await collect(source);
      for (const operation of ['write', 'flush', 'replay']) {
        assert.ok(value(run, 'postgresql.wal.lag', { operation }) >= 0, operation);
      }
    });
    await withSource(new PostgresSource({ connectionString: standby.url }), async (source) => {
      const run = await collect(source);
      assert.ok(value(run, 'postgresql.replication.replay_delay') >= 0);
      assert.ok(value(run, 'postgresql.blks_hit') > 0);
      assert.deepEqual(named(run, 'postgresql.limited'), []);
    });
  } finally {
    await standby.stop();
  }
});
