import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import mysql from 'mysql2';
import promises from 'mysql2/promise';
import { type MariadbServer, startMariadb } from '../../../../test/harness/mariadb.ts';
import { inRequest, profiled } from './test-requests.ts';

let server: MariadbServer;

const options = () => ({
  host: server.host,
  port: server.port,
  user: server.user,
  database: 'test',
  multipleStatements: true,
  connectionLimit: 2,
});

before(async () => {
  server = await startMariadb();
  const connection = await promises.createConnection(options());
  await connection.query('CREATE TABLE users (id int PRIMARY KEY, name varchar(20))');
  await connection.query(
    `INSERT INTO users VALUES ${Array.from({ length: 20 }, (_, i) => `(${i + 1}, 'user ${i + 1}')`).join()}`,
  );
  await connection.end();
});

after(() => server.stop());

interface User extends mysql.RowDataPacket {
  readonly id: number;
  readonly name: string;
}

test('a pool of promises: query, execute, options, errors', async (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.mysql2(profiler.mysql2(promises.createPool(options())));
  t.after(() => db.end());
  const [rows] = await db.query<User[]>('SELECT name FROM users WHERE id = 1');
  assert.equal(rows[0]?.name, 'user 1');
  const [prepared] = await db.execute<User[]>('SELECT name FROM users WHERE id = ?', [2]);
  assert.equal(prepared[0]?.name, 'user 2');
  const config = { sql: 'SELECT name FROM users WHERE id = ?', values: [3] };
  assert.equal((await db.query<User[]>(config))[0][0]?.name, 'user 3');
  assert.equal((await db.execute<User[]>(config))[0][0]?.name, 'user 3');
  assert.deepEqual(Object.keys(config), ['sql', 'values']);
  const [none] = await db.execute<User[]>('SELECT name FROM users LIMIT 4');
  assert.equal(none.length, 4);
  await db.query("UPDATE users SET name = concat(name, '') WHERE id IN (1, 2)");
  await db.query('SELECT 1; SELECT 2 FROM users');
  await assert.rejects(db.query('SELECT * FROM missing'), /missing/);
  await assert.rejects(db.execute('SELECT * FROM missing'), /missing/);
  assert.deepEqual(counted(), [
    'SELECT * FROM missing 2/0!!',
    'SELECT ?; SELECT ? FROM users 1/21',
    'SELECT name FROM users LIMIT ? 1/4',
    'SELECT name FROM users WHERE id = ? 4/4',
    'UPDATE users SET name = concat(name, ?) WHERE id IN (?) 1/2',
  ]);
});

test('columns may be called anything', async (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.mysql2(promises.createPool(options()));
  t.after(() => db.end());
  const sql = 'SELECT NULL AS constructor, 1 AS `then`, 2 AS toString, 3 AS affectedRows';
  const [rows] = await db.query<mysql.RowDataPacket[]>(sql);
  assert.deepEqual(Object.values(rows[0] ?? {}), [null, 1, 2, 3]);
  assert.match(counted().join(), / 1\/1$/);
});

test('a pool of callbacks, a connection of it, a stream of rows', async (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.mysql2(mysql.createPool(options()));
  t.after(() => db.end());
  const name = await new Promise<string | undefined>((resolve, reject) => {
    db.query<User[]>('SELECT name FROM users WHERE id = ?', [5], (error, rows) =>
      error ? reject(error) : resolve(rows[0]?.name),
    );
  });
  assert.equal(name, 'user 5');
  await new Promise<void>((resolve, reject) => {
    db.getConnection((error, connection) => {
      if (error) return reject(error);
      connection.execute<User[]>('SELECT name FROM users WHERE id < ?', [4], (failed) => {
        connection.release();
        return failed ? reject(failed) : resolve();
      });
    });
  });
  const stream = db.query('SELECT id FROM users').stream();
  let streamed = 0;
  for await (const _ of stream) streamed++;
  assert.equal(streamed, 20);
  await once(db.query('SELECT id FROM users'), 'end');
  assert.deepEqual(counted(), [
    'SELECT id FROM users 2/0',
    'SELECT name FROM users WHERE id < ? 1/3',
    'SELECT name FROM users WHERE id = ? 1/1',
  ]);
});

test('connections of their own, wrapped and unwrapped', async (t) => {
  const { profiler, counted } = profiled(t);
  const connection = profiler.mysql2(await promises.createConnection(options()));
  t.after(() => connection.end());
  await connection.beginTransaction();
  await connection.execute('SELECT id FROM users');
  await connection.rollback();
  const plain = profiler.mysql2(mysql.createConnection(options()));
  t.after(() => plain.end());
  await once(plain.query('SELECT 5'), 'end');
  assert.equal(profiler.unwrap(connection), true);
  await connection.query('SELECT 6');
  assert.deepEqual(counted(), [
    'ROLLBACK 1/0',
    'SELECT ? 1/0',
    'SELECT id FROM users 1/20',
    'START TRANSACTION 1/0',
  ]);
});

test('an error that nobody listens to is not swallowed', async (t) => {
  const { profiler } = profiled(t);
  const connection = profiler.mysql2(mysql.createConnection(options()));
  t.after(() => connection.destroy());
  const command = connection.query('SELECT * FROM missing');
  assert.equal(command.listenerCount('error'), 0);
  await once(command, 'end').catch((error: unknown) => assert.match(String(error), /missing/));
});

test('an N+1 through a pool, with its line and its endpoint', async (t) => {
  const { profiler, events } = profiled(t);
  const db = profiler.mysql2(promises.createPool(options()), 'shop');
  t.after(() => db.end());
  const listUsers = async (): Promise<void> => {
    const [rows] = await db.query<User[]>('SELECT id FROM users WHERE id <= 7');
    for (const { id } of rows) await db.execute('SELECT name FROM users WHERE id = ?', [id]);
  };
  await inRequest('/users', listUsers);
  assert.deepEqual(
    events.map(({ name, attributes }) => [name, attributes?.endpoint, attributes?.count]),
    [['database.n_plus_one', 'GET /users', 7]],
  );
  assert.match(String(events[0]?.attributes?.caller), /listUsers \(.*mysql2\.test\.ts:\d+:\d+\)$/);
  const active = profiler.collect().find(({ name }) => name === 'database_connections_active');
  assert.deepEqual(active?.attributes, { pool: 'shop' });
});
