import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizeSql } from './normalize.ts';
import type { Dialect } from './sql-tokens.ts';

const DIALECTS: readonly Dialect[] = ['postgresql', 'mysql', 'sqlite'];

function normal(sql: string, want: string, dialects: readonly Dialect[] = DIALECTS): void {
  for (const dialect of dialects)
    assert.equal(normalizeSql(sql, dialect), want, `${dialect}: ${sql}`);
}

test('values become marks', () => {
  normal(
    "SELECT * FROM users WHERE id = 42 AND name = 'Ann'",
    'SELECT * FROM users WHERE id = ? AND name = ?',
  );
  normal("SELECT 'it''s', 1.5, .5, 1e-9, 0xFF, 1_000", 'SELECT ?');
  normal("INSERT INTO t (a, b) VALUES (x'AB', b'01')", 'INSERT INTO t (a, b) VALUES (?)');
  normal(
    'SELECT a FROM t WHERE b = ? AND c = :name AND d = $1',
    'SELECT a FROM t WHERE b = ? AND c = ? AND d = ?',
    ['postgresql', 'sqlite'],
  );
  normal(
    'UPDATE t SET a = -5, b = b - 5, c = c * -1',
    'UPDATE t SET a = ?, b = b - ?, c = c * - ?',
  );
});

test('lists of values are one value, rows one row', () => {
  normal('DELETE FROM t WHERE id IN (1, 2,3 , 4)', 'DELETE FROM t WHERE id IN (?)');
  normal('DELETE FROM t WHERE id IN ($1,$2)', 'DELETE FROM t WHERE id IN (?)', ['postgresql']);
  normal("INSERT INTO t VALUES (1, 'a'), (2, 'b'),(3, 'c')", 'INSERT INTO t VALUES (?)');
  normal('SELECT coalesce(a, 1, 2)', 'SELECT coalesce(a, ?)');
  normal(
    'INSERT INTO t VALUES (1, now()), (2, now())',
    'INSERT INTO t VALUES (?, now()), (?, now())',
  );
});

test('white space, comments and a last semicolon do not matter', () => {
  normal('  select\n\t1 ;  ', 'select ?');
  normal('SELECT a -- of t\nFROM t', 'SELECT a FROM t');
  normal('SELECT /* id 5 */ a FROM/**/t', 'SELECT a FROM t');
  normal(
    'SELECT a,b,count( * )FROM t WHERE a=1',
    'SELECT a, b, count(*)FROM t WHERE a = ?'.replace(')FROM', ') FROM'),
  );
  normal('SELECT a /* one /* two */ three */ FROM t', 'SELECT a FROM t', ['postgresql']);
  normal('SELECT a # rest\nFROM t', 'SELECT a FROM t', ['mysql']);
  normal('SELECT 5--3', 'SELECT ? - - ?', ['mysql']);
});

test('each database has its own quotes', () => {
  normal('SELECT "Order"."id" FROM "Order"', 'SELECT "Order"."id" FROM "Order"', [
    'postgresql',
    'sqlite',
  ]);
  normal('SELECT "text", `key` FROM `Order`', 'SELECT ?, `key` FROM `Order`', ['mysql']);
  normal("SELECT 'a\\'b', 'c'", 'SELECT ?', ['mysql']);
  normal("SELECT E'a\\'b', 'a\\', 2", 'SELECT ?', ['postgresql']);
  normal("SELECT $$it's 1$$, $tag$ $$ $tag$, x", 'SELECT ?, x', ['postgresql']);
  normal('SELECT a::text, b::int[] FROM t', 'SELECT a::text, b::int[] FROM t', ['postgresql']);
  normal('SELECT a : :: b', 'SELECT a : ::b');
  normal("SELECT data->>'id', tags[1] FROM t", 'SELECT data ->> ?, tags[?] FROM t', ['postgresql']);
  normal('SET @a = @@b', 'SET @a = @@b', ['mysql']);
  normal('SELECT @a, $b', 'SELECT ?', ['sqlite']);
});

test('names with digits stay', () => {
  normal('SELECT t1.c2 FROM s3.t1 AS t1', 'SELECT t1.c2 FROM s3.t1 AS t1');
});

test('what is not closed goes on to the end', () => {
  normal("SELECT 'abc", 'SELECT ?');
  normal('SELECT a /* b', 'SELECT a');
  normal('SELECT "a', 'SELECT "a', ['postgresql', 'sqlite']);
  normal('SELECT $$abc', 'SELECT ?', ['postgresql']);
  normal('', '');
});

test('long statements are cut', () => {
  const long = normalizeSql(
    `SELECT ${Array.from({ length: 900 }, (_, i) => `column_${i}`).join(', ')}`,
    'postgresql',
  );
  assert.ok(long.length <= 2000);
  assert.match(long, /column_\d+,? …$/);
  assert.equal(normalizeSql(long, 'postgresql'), long);
  assert.equal(normalizeSql('x'.repeat(5000), 'mysql'), '…');
});

const pieces = fc.oneof(
  fc.string(),
  fc.constantFrom(
    ...[
      "'",
      '"',
      '`',
      '$$',
      '$1',
      '$a$',
      '--',
      '/*',
      '*/',
      '#',
      '?',
      ':a',
      '::',
      ':=',
      '@',
      '@@x',
      '…',
    ],
    ...[
      '(',
      ')',
      ',',
      ';',
      '.',
      '[',
      ']',
      '\\',
      '-',
      '+',
      '=',
      '<',
      '*',
      '/',
      '%',
      '|',
      '!',
      '~',
      '^',
      '&',
    ],
    ...[' ', '\n', '1', '.5', '1e', 'e', "e'", 'SELECT', 'x', '\u00e9', '\ud800', '\0'],
  ),
);

test('any text has one normal form, which is its own', () => {
  const text = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.constantFrom(...DIALECTS), (sql, dialect) => {
      const once = normalizeSql(sql, dialect);
      assert.ok(once.length <= 2000);
      assert.equal(normalizeSql(once, dialect), once);
    }),
    { numRuns: 3000 },
  );
});

test('the longest hostile texts are done with', () => {
  // Quadratic time would take minutes for any of these.
  for (const piece of [
    '$a$',
    '/*',
    '(?),',
    "'",
    '$$',
    '- - ',
    '"a',
    '1,',
    '((',
    '@',
    ': :',
    '--',
  ]) {
    const sql = piece.repeat(65_536 / piece.length);
    for (const dialect of DIALECTS) assert.ok(normalizeSql(sql, dialect).length <= 2000);
  }
});
