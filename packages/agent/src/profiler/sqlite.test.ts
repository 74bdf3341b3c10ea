/** node:sqlite is the database here; better-sqlite3's databases and statements have the same methods. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { currentRequest } from '../http/request-context.ts';
import { inRequest, profiled } from './test-requests.ts';

function shop(): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec('CREATE TABLE orders (id INTEGER, name TEXT); CREATE TABLE items (order_id INTEGER)');
  for (let id = 1; id <= 10; id++) {
    db.prepare('INSERT INTO orders VALUES (?, ?)').run(id, `order ${id}`);
    db.prepare('INSERT INTO items VALUES (?)').run(id);
  }
  return db;
}

test('statements are counted with their rows, and answer as before', (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.sqlite(shop());
  assert.equal(db, profiler.sqlite(db));
  const row = db.prepare('SELECT name FROM orders WHERE id = 3').get();
  assert.equal(row?.name, 'order 3');
  const all = db.prepare('SELECT id FROM orders WHERE id < ?');
  assert.equal(all.all(4).length, 3);
  assert.equal(all.all(3).length, 2);
  assert.equal([...all.iterate(6)].length, 5);
  for (const _ of all.iterate(9)) break;
  assert.equal(db.prepare("UPDATE orders SET name = 'x' WHERE id IN (1, 2)").run().changes, 2);
  db.exec('DELETE FROM items');
  assert.throws(() => db.exec('SELECT * FROM missing'), /no such table/);
  assert.throws(() => db.prepare('SELECT * FROM missing'), /no such table/);
  assert.deepEqual(counted(), [
    'DELETE FROM items 1/0',
    'SELECT * FROM missing 1/0!',
    'SELECT id FROM orders WHERE id < ? 4/11',
    'SELECT name FROM orders WHERE id = ? 1/1',
    'UPDATE orders SET name = ? WHERE id IN (?) 1/2',
  ]);
});

test('what is unwrapped is not counted, and has its own methods again', (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.sqlite(shop());
  const statement = db.prepare('SELECT 1');
  assert.equal(profiler.unwrap(db), true);
  assert.equal(profiler.unwrap(db), false);
  assert.equal(db.prepare, DatabaseSync.prototype.prepare);
  statement.get();
  db.prepare('SELECT 2').get();
  assert.deepEqual(counted(), []);
});

test('a statement for every row of another is an N+1, told once with its line', async (t) => {
  const { profiler, events } = profiled(t);
  const db = profiler.sqlite(shop());
  const listOrders = (): void => {
    const orders = db.prepare('SELECT id FROM orders').all();
    for (const { id } of orders) db.prepare(`SELECT * FROM items WHERE order_id = ${id}`).all();
  };
  await inRequest('/orders', listOrders);
  await inRequest('/orders', listOrders);
  assert.equal(events.length, 1);
  const { name, attributes, message } = events[0] ?? {};
  assert.equal(name, 'database.n_plus_one');
  assert.match(message ?? '', /^N\+1 queries: 10 times in one request of GET \/orders, called at /);
  const { caller, ...rest } = attributes ?? {};
  assert.match(String(caller), /^listOrders \(.*sqlite\.test\.ts:\d+:\d+\)$/);
  assert.deepEqual(rest, {
    statement: 'SELECT * FROM items WHERE order_id = ?',
    system: 'sqlite',
    operation: 'SELECT',
    table: 'items',
    count: 10,
    endpoint: 'GET /orders',
    after: 'SELECT id FROM orders',
  });
  const total = profiler.collect().find((metric) => metric.name === 'database_n_plus_one_total');
  assert.equal(total?.value, 2);
});

test('repeats with nothing before them are told as such, and other endpoints on their own', async (t) => {
  const { profiler, events } = profiled(t, { repeatLimit: 3 });
  const db = profiler.sqlite(shop());
  const three = (): void => {
    for (let i = 0; i < 3; i++) db.prepare('SELECT name FROM orders WHERE id = 1').get();
  };
  await inRequest('/a', three);
  await inRequest('/b', three);
  await inRequest('/c', () => {
    db.prepare('SELECT 1').get();
    for (let i = 0; i < 9; i++) db.exec('BEGIN; COMMIT');
  });
  three();
  assert.deepEqual(
    events.map(({ name, attributes }) => `${name} ${attributes?.endpoint} ${attributes?.count}`),
    ['database.repeated_query GET /a 3', 'database.repeated_query GET /b 3'],
  );
  assert.equal(currentRequest(), undefined);
});

test('rows that a statement has changed do not make its successors an N+1', async (t) => {
  const { profiler, events } = profiled(t);
  const db = profiler.sqlite(shop());
  await inRequest('/a', () => {
    db.exec("UPDATE orders SET name = 'y'");
    for (let i = 0; i < 5; i++) db.prepare('SELECT 1 FROM orders WHERE id = 1').get();
  });
  assert.deepEqual(
    events.map(({ name }) => name),
    ['database.repeated_query'],
  );
});
