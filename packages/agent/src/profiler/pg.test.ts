import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../../../../test/harness/postgres.ts';
import { currentRequest } from '../http/request-context.ts';
import { inRequest, profiled } from './test-requests.ts';

let server: PostgresServer;

before(async () => {
  server = await startPostgres();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query('CREATE TABLE users (id int PRIMARY KEY, name text)');
  await client.query("INSERT INTO users SELECT i, 'user ' || i FROM generate_series(1, 20) AS i");
  await client.end();
});

after(() => server.stop());

const pool = (max = 2): pg.Pool => new pg.Pool({ connectionString: server.url, max });

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  return client;
}

/** With a getter of its class, as templates of statements have it. */
class Template {
  readonly values = [3];
  get text(): string {
    return 'SELECT name FROM users WHERE id = $1';
  }
}

test('a pool: promises, callbacks, query objects, errors', async (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.pg(profiler.pg(pool()));
  t.after(() => db.end());
  const { rows } = await db.query<{ name: string }>('SELECT name FROM users WHERE id = 1');
  assert.equal(rows[0]?.name, 'user 1');
  assert.equal((await db.query('SELECT name FROM users WHERE id = $1', [2])).rowCount, 1);
  const template = new Template();
  assert.equal((await db.query(template)).rows[0]?.name, 'user 3');
  assert.deepEqual(Object.keys(template), ['values']);
  const prepared = { name: 'by-id', text: 'SELECT name FROM users WHERE id = $1', values: [4] };
  const both = await Promise.all([db.query(prepared), db.query(prepared)]);
  assert.deepEqual(
    both.map((result) => result.rows[0]?.name),
    ['user 4', 'user 4'],
  );
  assert.deepEqual(Object.keys(prepared), ['name', 'text', 'values']);
  const called = await new Promise<pg.QueryResult>((resolve, reject) => {
    db.query('SELECT name FROM users WHERE id < $1', [6], (error, result) =>
      error ? reject(error) : resolve(result),
    );
  });
  assert.equal(called.rowCount, 5);
  await assert.rejects(db.query('SELECT * FROM missing'), /relation "missing" does not exist/);
  assert.deepEqual(counted(), [
    'SELECT * FROM missing 1/0!',
    'SELECT name FROM users WHERE id < ? 1/5',
    'SELECT name FROM users WHERE id = ? 5/5',
  ]);
});

test('a client of a pool, and one of its own', async (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.pg(pool());
  t.after(() => db.end());
  const taken = await db.connect();
  await taken.query('BEGIN');
  await taken.query('UPDATE users SET name = name WHERE id IN (1, 2)');
  await taken.query('ROLLBACK');
  taken.release();
  await new Promise<void>((resolve, reject) => {
    db.connect((error, client, release) => {
      if (error || client === undefined) return reject(error);
      client.query('SELECT 1', (failed) => {
        release();
        return failed ? reject(failed) : resolve();
      });
    });
  });
  const client = profiler.pg(await connected());
  t.after(() => client.end());
  await client.query('SELECT 2; SELECT 3, 4');
  assert.deepEqual(counted(), [
    'BEGIN 1/0',
    'ROLLBACK 1/0',
    'SELECT ? 1/1',
    'SELECT ?; SELECT ? 1/2',
    'UPDATE users SET name = name WHERE id IN (?) 1/2',
  ]);
});

test('what has a protocol of its own passes through', async (t) => {
  const { profiler, counted } = profiled(t);
  const client = profiler.pg(await connected());
  t.after(() => client.end());
  const query = client.query(new pg.Query('SELECT id FROM users ORDER BY id'));
  const rows: unknown[] = [];
  query.on('row', (row) => rows.push(row));
  await once(query, 'end');
  assert.equal(rows.length, 20);
  assert.deepEqual(counted(), []);
});

test('misuse fails as it did', async (t) => {
  const { profiler } = profiled(t);
  const client = profiler.pg(await connected());
  t.after(() => client.end());
  const query: unknown = Reflect.get(client, 'query');
  assert.ok(typeof query === 'function');
  assert.throws(() => query(null), /null or undefined query/);
});

test('unwrapped, a pool and its clients are what they were', async (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.pg(pool(1));
  t.after(() => db.end());
  await db.query('SELECT 1');
  assert.equal(profiler.unwrap(db), true);
  assert.equal(db.query, pg.Pool.prototype.query);
  await db.query('SELECT 2');
  assert.deepEqual(counted(), ['SELECT ? 1/1']);
});

test('connections in use are told by pool', async (t) => {
  const { profiler } = profiled(t);
  const db = profiler.pg(pool(), 'shop');
  t.after(() => db.end());
  const active = () =>
    profiler.collect().find(({ name }) => name === 'database_connections_active');
  assert.equal(active()?.value, 0);
  const client = await db.connect();
  assert.deepEqual(active()?.attributes, { pool: 'shop' });
  assert.equal(active()?.value, 1);
  client.release();
  assert.equal(active()?.value, 0);
});

test('an N+1 is seen per request, though requests share one connection', async (t) => {
  const { profiler, events } = profiled(t);
  const db = profiler.pg(pool(1));
  t.after(() => db.end());
  const listUsers = async (): Promise<void> => {
    const { rows } = await db.query<{ id: number }>('SELECT id FROM users WHERE id <= 6');
    for (const { id } of rows) await db.query('SELECT name FROM users WHERE id = $1', [id]);
  };
  const one = () => db.query('SELECT name FROM users WHERE id = $1', [1]);
  await Promise.all([
    inRequest('/users', listUsers),
    ...Array.from({ length: 8 }, () => inRequest('/user', one)),
  ]);
  assert.deepEqual(
    events.map(({ name, attributes }) => [name, attributes?.endpoint, attributes?.count]),
    [['database.n_plus_one', 'GET /users', 6]],
  );
  assert.match(String(events[0]?.attributes?.caller), /listUsers \(.*pg\.test\.ts:\d+:\d+\)$/);
});

test('callbacks run in the request that handed them over', async (t) => {
  const { profiler } = profiled(t);
  const db = profiler.pg(pool(1));
  t.after(() => db.end());
  const seen: (string | undefined)[][] = [];
  const ask = (endpoint: string) =>
    inRequest(
      endpoint,
      () =>
        new Promise<void>((resolve) => {
          db.query('SELECT 1', () => {
            seen.push([endpoint, currentRequest()?.endpoint]);
            resolve();
          });
        }),
    );
  await Promise.all([ask('/a'), ask('/b'), ask('/c')]);
  assert.equal(seen.length, 3);
  for (const [asked, found] of seen) assert.equal(found, asked);
});

test('waiting for a connection is no part of the duration', async (t) => {
  const time = { ms: 0 };
  const clock = { now: () => time.ms, unixMs: () => time.ms };
  const { profiler } = profiled(t, { clock });
  const db = profiler.pg(pool(1));
  t.after(() => db.end());
  const client = await db.connect();
  const waiting = db.query('SELECT name FROM users LIMIT 1');
  time.ms += 5000;
  client.release();
  await waiting;
  const [statement] = profiler.statements();
  assert.equal(statement?.calls, 1);
  assert.equal(statement?.maxMs, 0);
});
