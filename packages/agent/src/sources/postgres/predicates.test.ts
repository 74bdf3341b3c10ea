import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { predicatesOf } from './predicates.ts';

const COLUMNS = new Set(['id', 'customer_id', 'status', 'total', 'created', 'Odd Name']);

/** Equal columns, then range columns, each joined by commas. */
function reads(sql: string, want: string): void {
  test(`${sql} -> ${want}`, () => {
    const { equal, range } = predicatesOf(sql, 'orders', COLUMNS);
    assert.equal(`${equal.join(',')} ${range.join(',')}`.trim(), want);
  });
}

reads('SELECT * FROM orders WHERE customer_id = $1', 'customer_id');
reads(
  'select * from public.orders o where o.customer_id = $1 and o.total > $2',
  'customer_id total',
);
reads('SELECT * FROM orders AS o WHERE $1 = o.status LIMIT $2', 'status');
reads('SELECT status FROM orders WHERE id IN ($1, $2) AND created BETWEEN $3 AND $4', 'id created');
reads('SELECT * FROM orders WHERE customer_id = ANY($1)', 'customer_id');
reads(
  'SELECT * FROM customer c JOIN orders o ON o.customer_id = c.id WHERE c.status = $1',
  'customer_id',
);
reads('SELECT * FROM customer c JOIN orders o ON c.id = o.customer_id', 'customer_id');
reads(
  'SELECT * FROM customer c, orders o WHERE c.id = o.customer_id AND o.status = $1',
  'customer_id,status',
);
reads('UPDATE orders SET status = $1, total = $2 WHERE customer_id = $3', 'customer_id');
reads('DELETE FROM ONLY orders WHERE created < $1', 'created');
reads('SELECT * FROM "orders" WHERE "Odd Name" = $1', 'Odd Name');
reads('SELECT customer_id = $1 FROM orders GROUP BY status HAVING total > $2', '');
reads('SELECT * FROM orders WHERE customer_id = $1 OR status = $2', '');
reads('SELECT * FROM orders WHERE lower(status) = $1', '');
reads('SELECT * FROM orders WHERE status IS NULL', '');
reads('SELECT * FROM orders o JOIN lines l ON l.order_id = o.id WHERE status = $1', 'id');
reads('SELECT * FROM lines WHERE customer_id = $1', '');
reads('SELECT * FROM orders WHERE', '');
reads('', '');

test('any text has predicates, and they are columns of the table', () => {
  const word = fc.constantFrom(
    'select',
    'from',
    'orders',
    'where',
    'status',
    '=',
    '$1',
    ',',
    '(',
    '"',
    'and',
    '.',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word).map((words) => words.join(' ')),
      ),
      (sql) => {
        const { equal, range } = predicatesOf(sql, 'orders', COLUMNS);
        for (const column of [...equal, ...range]) assert.ok(COLUMNS.has(column));
      },
    ),
  );
});
