import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inRequest, profiled } from './test-requests.ts';

const TARGET = { system: 'postgresql' } as const;
const boundary = (): void => {};

function timed() {
  const time = { ms: 0 };
  return { time, clock: { now: () => time.ms, unixMs: () => time.ms } };
}

test('where no table is known, the event of a statement has none', (t) => {
  const { time, clock } = timed();
  const { profiler, events } = profiled(t, { clock });
  const call = profiler.begin('SELECT pg_sleep(2)', [], TARGET, boundary);
  profiler.started(call);
  time.ms += 2000;
  profiler.ended(call, undefined, 1);
  assert.deepEqual(Object.keys(events[0]?.attributes ?? {}), [
    ...['statement', 'system', 'operation', 'duration_ms', 'rows'],
  ]);
});

test('a slow statement is told, without its parameters', async (t) => {
  const { time, clock } = timed();
  const { profiler, events } = profiled(t, { clock });
  const run = (ms: number, ...parameters: unknown[]): void => {
    const call = profiler.begin(
      "SELECT * FROM users WHERE name = 'Ann'",
      parameters,
      TARGET,
      boundary,
    );
    time.ms += 5000;
    profiler.started(call);
    time.ms += ms;
    profiler.ended(call, undefined, 3);
    profiler.ended(call, undefined, 3);
  };
  run(1000, 'secret');
  assert.equal(events.length, 0);
  await inRequest('/users', () => run(1001, 'secret'));
  run(2000, 'secret');
  time.ms += 10_000;
  run(2000, 'secret');
  assert.deepEqual(events[0], {
    name: 'database.slow_query',
    severity: 'warn',
    message: 'A statement took 1001 ms (limit 1000 ms): SELECT * FROM users WHERE name = ?',
    attributes: {
      statement: 'SELECT * FROM users WHERE name = ?',
      system: 'postgresql',
      operation: 'SELECT',
      table: 'users',
      duration_ms: 1001,
      rows: 3,
      endpoint: 'GET /users',
    },
  });
  assert.deepEqual(
    events.slice(1).map(({ attributes }) => [attributes?.duration_ms, attributes?.untold]),
    [[2000, 1]],
  );
  assert.ok(!JSON.stringify(events).includes('secret'));
  assert.deepEqual(profiler.vitals(), { slowQueries: 4 });
  assert.deepEqual(profiler.vitals(), {});
  const [summary] = profiler.statements();
  assert.equal(summary?.calls, 4);
  assert.equal(summary?.slow, 3);
  assert.equal(summary?.meanMs, 1500.25);
});

test('parameters are told where they may be, as far as they can be', (t) => {
  const { time, clock } = timed();
  const { profiler, events } = profiled(t, { clock, showParameters: true });
  const circle: unknown[] = [];
  circle.push(circle);
  for (const parameters of [['a', 1n, new Uint8Array(9)], circle, undefined, ['x'.repeat(5000)]]) {
    const call = profiler.begin(
      `SELECT ${'x'.repeat(events.length + 1)}`,
      parameters,
      TARGET,
      boundary,
    );
    profiler.started(call);
    time.ms += 1001;
    profiler.ended(call, undefined, 0);
  }
  const told = events.map(({ attributes }) => String(attributes?.parameters));
  assert.deepEqual(told.slice(0, 3), ['["a","1","(9 bytes)"]', '(not printable)', '']);
  assert.equal(told[3]?.length, 1000);
});

test('statements are bounded: those that are used least are counted together', (t) => {
  const { profiler } = profiled(t, { maxStatements: 3 });
  const run = (sql: string, times = 1): void => {
    for (let i = 0; i < times; i++) {
      profiler.record(profiler.begin(sql, [], TARGET, boundary), 1, undefined, 1);
    }
  };
  run('SELECT a FROM t', 10);
  run('SELECT b FROM t', 10);
  for (let i = 0; i < 100; i++) run(`SELECT c${i} FROM t`);
  const calls = new Map(profiler.statements().map((one) => [one.statement, one.calls]));
  assert.equal(calls.size, 4);
  const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
  assert.equal(total, 120);
  assert.ok(calls.has('SELECT c99 FROM t'));
  const evicted = profiler
    .collect()
    .find(({ name }) => name === 'database_statements_evicted_total');
  assert.equal(evicted?.value, 99);
  // What is known by its text was evicted since: it is counted anew.
  run('SELECT c0 FROM t', 2);
  assert.equal(profiler.statements().find((one) => one.statement === 'SELECT c0 FROM t')?.calls, 2);
});

test('what ends after its statement has made room is counted with the others', (t) => {
  const { profiler } = profiled(t, { maxStatements: 1 });
  const slow = profiler.begin('SELECT 1 FROM a', [], TARGET, boundary);
  profiler.started(slow);
  profiler.record(profiler.begin('SELECT 1 FROM b', [], TARGET, boundary), 1, undefined, 0);
  profiler.ended(slow, undefined, 7);
  const rows = profiler.statements().map(({ statement, calls, rows: n }) => [statement, calls, n]);
  assert.deepEqual(rows.toSorted(), [
    ['(other)', 1, 7],
    ['SELECT ? FROM b', 1, 0],
  ]);
});

test('durations are public by operation and table, bounded', (t) => {
  const { profiler } = profiled(t);
  for (let i = 0; i < 300; i++) {
    profiler.record(
      profiler.begin(`SELECT 1 FROM table_${i}`, [], TARGET, boundary),
      3,
      undefined,
      1,
    );
  }
  const points = profiler
    .collect()
    .filter(({ name }) => name === 'database_query_duration_seconds');
  assert.equal(points.length, 200);
  assert.deepEqual(points[0]?.attributes, { operation: '(other)', table: '(other)' });
  assert.deepEqual(points[1]?.attributes, { operation: 'SELECT', table: 'table_0' });
  assert.equal(points[0]?.value, 101);
  assert.equal(points[1]?.distribution?.sum, 0.003);
});
