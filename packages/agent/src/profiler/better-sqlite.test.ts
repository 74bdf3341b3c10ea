/** The interface of better-sqlite3, by libsql, which has the same and brings its binary along. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import Database from 'libsql';
import { inRequest, profiled } from './test-requests.ts';

function shop(): Database.Database {
  const db = new Database(':memory:');
  db.exec('CREATE TABLE orders (id INTEGER, name TEXT)');
  for (let id = 1; id <= 10; id++) {
    db.prepare('INSERT INTO orders VALUES (?, ?)').run(id, `order ${id}`);
  }
  return db;
}

test('statements are counted once with their rows, and answer as before', (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.sqlite(shop());
  assert.equal(db.open, true);
  assert.deepEqual(db.prepare('SELECT name FROM orders WHERE id = 3').raw().get(), ['order 3']);
  assert.equal(db.prepare('SELECT name FROM orders WHERE id = 99').get(), undefined);
  assert.deepEqual(db.prepare('SELECT id FROM orders WHERE id = ?').raw().get(4), [4]);
  const some = db.prepare('SELECT id FROM orders WHERE id < ?');
  assert.equal(some.all(4).length, 3);
  assert.equal([...some.iterate(6)].length, 5);
  for (const _ of some.iterate(9)) break;
  const named = db.prepare('SELECT name FROM orders WHERE id > @from').pluck();
  assert.deepEqual(named.all({ from: 8 }), ['order 9', 'order 10']);
  const { changes } = db.prepare("UPDATE orders SET name = 'x' WHERE id IN (1, 2)").run();
  assert.equal(changes, 2);
  assert.throws(() => db.prepare('SELECT * FROM missing'), /no such table/);
  assert.deepEqual(counted(), [
    'SELECT id FROM orders WHERE id < ? 3/9',
    'SELECT id FROM orders WHERE id = ? 1/1',
    'SELECT name FROM orders WHERE id = ? 2/1',
    'SELECT name FROM orders WHERE id > ? 1/2',
    'UPDATE orders SET name = ? WHERE id IN (?) 1/2',
  ]);
});

test('a transaction does what it did, and what failed in it is an error', (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.sqlite(shop());
  db.exec('CREATE UNIQUE INDEX once ON orders (id)');
  const insert = db.prepare('INSERT INTO orders VALUES (?, ?)');
  const insertAll = db.transaction((ids: readonly number[]) => {
    for (const id of ids) insert.run(id, 'new');
  });
  insertAll([11, 12]);
  assert.throws(() => insertAll([13, 11]), { code: 'SQLITE_CONSTRAINT_UNIQUE' });
  assert.deepEqual(db.prepare('SELECT count(*) FROM orders').raw().get(), [12]);
  assert.ok(counted().includes('INSERT INTO orders VALUES (?) 4/3!'), counted().join('\n'));
});

test('a statement for every row of another is an N+1', async (t) => {
  const { profiler, events } = profiled(t);
  const db = profiler.sqlite(shop());
  const name = db.prepare('SELECT name FROM orders WHERE id = ?').pluck();
  await inRequest('/orders', () => {
    const ids: readonly unknown[] = db.prepare('SELECT id FROM orders').pluck().all();
    for (const id of ids) name.get(id);
  });
  const told = events.map((event) => `${event.name} ${event.attributes?.count}`);
  assert.deepEqual(told, ['database.n_plus_one 10']);
});

test('what is unwrapped is not counted, and has its own methods again', (t) => {
  const { profiler, counted } = profiled(t);
  const db = profiler.sqlite(shop());
  const statement = db.prepare('SELECT 1');
  assert.equal(profiler.unwrap(db), true);
  assert.equal(db.prepare, Database.prototype.prepare);
  statement.get();
  assert.deepEqual(counted(), []);
});
