import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizeSql } from './normalize.ts';
import { statementLabels } from './statement-labels.ts';

function labels(sql: string, want: string): void {
  const { operation, table } = statementLabels(normalizeSql(sql, 'postgresql'));
  assert.equal(`${operation} ${table}`, want, sql);
}

test('operation and table of a statement', () => {
  labels('select * from users where id = 1', 'SELECT users');
  labels('SELECT 1', 'SELECT ');
  labels('SELECT a FROM "Order" o JOIN users u ON true', 'SELECT Order');
  labels('SELECT a FROM public.users, orders', 'SELECT public.users');
  labels('SELECT extract(year FROM created) FROM orders', 'SELECT orders');
  labels('SELECT (SELECT max(a) FROM inner_table) FROM outer_table', 'SELECT outer_table');
  labels('SELECT a FROM (SELECT b FROM users) AS sub', 'SELECT users');
  labels('(SELECT a FROM users)', 'SELECT users');
  labels('WITH recent AS (SELECT * FROM orders) SELECT * FROM recent', 'SELECT recent');
  labels('WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone', 'INSERT b');
  labels('INSERT INTO orders(id) VALUES (1)', 'INSERT orders');
  labels('UPDATE ONLY orders SET a = 1', 'UPDATE orders');
  labels('DELETE FROM orders WHERE id = 1', 'DELETE orders');
  labels('REPLACE INTO t VALUES (1)', 'REPLACE t');
  labels('CREATE TABLE IF NOT EXISTS t (id int)', 'CREATE t');
  labels('TRUNCATE TABLE t', 'TRUNCATE t');
  labels('BEGIN', 'BEGIN ');
  labels('COPY t FROM stdin', 'COPY t');
  labels('garbage here', 'OTHER ');
  labels('', 'OTHER ');
});

test('any text has labels of bounded length', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { operation, table } = statementLabels(`SELECT x FROM ${text}`);
      assert.equal(operation, 'SELECT');
      assert.ok(table.length <= 100);
    }),
  );
});
