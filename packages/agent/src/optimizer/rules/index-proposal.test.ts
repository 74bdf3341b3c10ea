import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proposeIndex } from './index-proposal.ts';

const cases: readonly [statement: string, index: string | null][] = [
  ['SELECT * FROM orders WHERE customer_id = $1', 'CREATE INDEX ON orders (customer_id)'],
  ['select id from shop.orders o where o.a=? and o."b" = ?', 'CREATE INDEX ON shop.orders (a, b)'],
  ['SELECT 1 FROM t WHERE a IN ($1, $2) AND b > $3 AND c = $4', 'CREATE INDEX ON t (a, c, b)'],
  ['SELECT 1 FROM t WHERE a = $1 ORDER BY created DESC LIMIT $2', 'CREATE INDEX ON t (a, created)'],
  ['SELECT 1 FROM t ORDER BY t.created', 'CREATE INDEX ON t (created)'],
  ['UPDATE t SET x = $1 WHERE id = $2', 'CREATE INDEX ON t (id)'],
  ['DELETE FROM t WHERE a BETWEEN $1 AND $2', 'CREATE INDEX ON t (a)'],
  ['SELECT * FROM `t` WHERE `a` = ?', 'CREATE INDEX ON "t" (a)'],
  ['SELECT * FROM t', null],
  ['SELECT * FROM t JOIN u ON u.id = t.u WHERE t.a = $1', null],
  ['SELECT * FROM t a, u b WHERE a.x = $1', null],
  ['SELECT * FROM t WHERE a = $1 OR b = $2', null],
  ['SELECT * FROM t WHERE a = (SELECT b FROM u)', null],
  ['SELECT * FROM t WHERE lower(a) = $1', null],
  ['BEGIN', null],
  ['', null],
];

for (const [statement, index] of cases) {
  test(`index for ${statement}`, () => assert.equal(proposeIndex(statement), index));
}
