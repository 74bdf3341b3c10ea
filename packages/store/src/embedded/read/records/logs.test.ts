import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import type { FieldHint, LogRequest, TextHint } from '../../../records.ts';
import { CorruptionError } from '../../blocks/errors.ts';
import { noBudget, readAll, requestOf, type TestLog, TestRecords } from './test-logs.ts';

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-logs-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** As answers have it: everything there, values as texts. */
function plain(log: TestLog): TestLog {
  const { severity = 0, trace = '', span = '', fields = [] } = log;
  return { ...log, severity, trace, span, fields: fields.map(([name, v]) => [name, textOf(v)]) };
}

function textOf(value: string | number | bigint | boolean): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

const key = (log: TestLog): string =>
  JSON.stringify([log.t, log.app, log.severity, log.trace, log.span, log.body, log.fields]);

function holds(log: TestLog, request: LogRequest, from: number, to: number): boolean {
  const { severity = 0, trace, span, fields = [] } = log;
  if (log.t < from || log.t >= to || /^[-!]/.test(log.app)) return false;
  if (request.severities?.[severity] === false) return false;
  const named = (name: string, hint: FieldHint): boolean =>
    hint.names.includes(name) || hint.accepts?.(name) === true;
  return (
    request.texts.every(
      ({ anyOf, negated }) => anyOf.some((text) => log.body.includes(text)) !== negated,
    ) &&
    request.fields.every(
      (hint) =>
        (named('trace_id', hint) && trace === hint.value) ||
        (named('span_id', hint) && span === hint.value) ||
        fields.some(([name, value]) => named(name, hint) && textOf(value) === hint.value),
    )
  );
}

/** What a request shows, ties in any order. */
function expected(
  logs: readonly TestLog[],
  request: LogRequest,
  from: number,
  to: number,
): string[] {
  const found = logs.filter((log) => holds(log, request, from, to)).map(plain);
  const once = [...new Map(found.map((log) => [key(log), log])).values()];
  return inOrder(once, request.backward).map(key);
}

function inOrder(logs: readonly TestLog[], backward: boolean): TestLog[] {
  return [...logs].sort((a, b) => {
    const byKey = key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
    return (backward ? b.t - a.t : a.t - b.t) || byKey;
  });
}

const TOOK = ['took 1234ms', 'took 1234', 'took 1235ms'] as const;
const word = fc.constantFrom('error', 'Error', 'timeout', 'a', 'b-c', 'id=42', 'é€', '', ...TOOK);
const body = fc.array(word, { maxLength: 4 }).map((words) => words.join(' '));
const value = fc.oneof(
  fc.constantFrom('', 'x', 'user-1', '42', 'true', 'abcd'),
  fc.constantFrom(0, -0, 1.5, 42, Number.NaN, Number.POSITIVE_INFINITY).filter(Number.isFinite),
  fc.constantFrom(42n, -1n, 2n ** 62n, 2n ** 53n + 1n),
  fc.boolean(),
);
const TRACES = ['', '0123456789abcdef0123456789abcdef', 'ffffffffffffffffffffffffffffffff'];
const SPANS = ['', '0011223344556677'];
const log: fc.Arbitrary<TestLog> = fc.record({
  app: fc.constantFrom('a', 'b', 'c', '-d'),
  t: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 10_000_000_000 })),
  body,
  severity: fc.constantFrom(0, 9, 17),
  trace: fc.constantFrom(...TRACES),
  span: fc.constantFrom(...SPANS),
  fields: fc.array(fc.tuple(fc.constantFrom('user.id', 'user_id', 'n', 'trace_id'), value), {
    maxLength: 4,
  }),
});
const text: fc.Arbitrary<TextHint> = fc.record({
  anyOf: fc.array(
    fc.constantFrom('error', 'err', 'rro', 'a b', 'é', '42', 'id=42', 'zzz', 'ook 1', ...TOOK),
    {
      minLength: 1,
      maxLength: 2,
    },
  ),
  negated: fc.boolean(),
});
const field: fc.Arbitrary<FieldHint> = fc.record(
  {
    names: fc.constantFrom(['user.id'], ['n', 'user_id'], ['trace_id'], ['span_id'], []),
    value: fc.constantFrom(
      '42',
      'x',
      'user-1',
      'true',
      '1.5',
      ...TRACES.slice(1),
      ...SPANS.slice(1),
    ),
    accepts: fc.constantFrom((name: string) => name.replaceAll('.', '_') === 'user_id'),
  },
  { requiredKeys: ['names', 'value'] },
);

const parts = fc.array(
  fc.record({ logs: fc.array(log, { maxLength: 60 }), isHead: fc.boolean() }),
  { minLength: 1, maxLength: 5 },
);
const asked = fc.record({
  texts: fc.array(text, { maxLength: 2 }),
  fields: fc.array(field, { maxLength: 1 }),
  hidden: fc.option(fc.constantFrom(0, 9, 17)),
  from: fc.integer({ min: 0, max: 40 }),
  span: fc.constantFrom(20, 1_000_000_000, 1e13),
  backward: fc.boolean(),
});
type Asked = typeof asked extends fc.Arbitrary<infer T> ? T : never;

function requestFor({ texts, fields, hidden, from, span, backward }: Asked): LogRequest {
  const severities = Array.from({ length: 25 }, (_, i) => i !== hidden);
  const more = hidden === null ? {} : { severities };
  return requestOf({ texts, fields, backward, ...more }, from, from + span);
}

function fill(store: TestRecords, all: readonly { logs: TestLog[]; isHead: boolean }[]): TestLog[] {
  for (const { logs, isHead } of all) {
    if (isHead) store.append([...logs, { app: '!x', t: 1, body: 'of another tenant' }]);
    else if (logs.length > 0) store.flush(logs);
  }
  return all.flatMap(({ logs }) => logs);
}

test('shows what was asked for, in order, over blocks and the head', (t) => {
  const dir = directory(t);
  let run = 0;
  fc.assert(
    fc.property(parts, asked, (all, ask) => {
      const store = new TestRecords(join(dir, String(run++)), 16);
      const logs = fill(store, all);
      const request = requestFor(ask);
      const { from, span, backward } = ask;
      const reader = store.reader();
      const querier = reader.records(store.snapshot, noBudget);
      const shown = readAll(querier, request);
      const times = shown.map((each) => each.t);
      assert.deepEqual(
        times,
        [...times].sort((a, b) => (backward ? b - a : a - b)),
      );
      assert.deepEqual(
        inOrder(shown, backward).map(key),
        expected(logs, request, from, from + span),
      );
      querier.close();
      reader.close();
    }),
    { numRuns: 100 },
  );
});

/** Compares counts with what is shown. */
function assertCounts(
  store: TestRecords,
  request: LogRequest,
  from: number,
  intervalMs: number,
): void {
  const reader = store.reader();
  const querier = reader.records(store.snapshot, noBudget);
  const want = new Map<string, number>();
  for (const { app, severity, t } of readAll(querier, request)) {
    const place = `${app} ${severity} ${Math.floor((t - from) / (intervalMs * 1e6))}`;
    want.set(place, (want.get(place) ?? 0) + 1);
  }
  const got = new Map<string, number>();
  const groups: string[] = [];
  const counts = querier.countLogs({
    ...request,
    intervalMs,
    sizes: false,
    groupOf: (stream, severity) => groups.push(`${stream.get('app')} ${severity}`) - 1,
  });
  for (const { group, records } of counts) {
    for (const [i, count] of records.entries()) {
      if (count > 0) got.set(`${groups[group]} ${i}`, count);
    }
  }
  assert.deepEqual([...got].sort(), [...want].sort());
  querier.close();
  reader.close();
}

test('counts what it shows', (t) => {
  const dir = directory(t);
  let run = 0;
  fc.assert(
    fc.property(parts, asked, fc.constantFrom(1, 3, 1000), (all, ask, intervals) => {
      const intervalMs = Math.max(1, ask.span / intervals) / 1e6;
      const store = new TestRecords(join(dir, String(run++)), 16);
      fill(store, all);
      assertCounts(store, requestFor(ask), ask.from, intervalMs);
    }),
    { numRuns: 100 },
  );
});

/** Records of some streams in the order in which they are flushed; those of one time are the same in all parts, or differ in severity. */
const orderedPart = fc
  .record({
    apps: fc.subarray(['a', 'b', 'c', '-d'], { minLength: 1 }),
    from: fc.integer({ min: 0, max: 120 }),
    n: fc.integer({ min: 8, max: 60 }),
    perMs: fc.constantFrom(1, 3),
    severity: fc.constantFrom(9, 17),
    isHead: fc.boolean(),
  })
  .map(({ apps, from, n, perMs, severity, isHead }) => ({
    isHead,
    logs: apps.flatMap((app) =>
      Array.from({ length: n }, (_, i): TestLog => {
        const t = (from + Math.floor(i / perMs)) * 1e6;
        return { app, t, body: `x ${i % perMs}`, severity: i % 5 === 0 ? severity : 9 };
      }),
    ),
  }));

test('counts of blocks in order, some of whose records others have too', (t) => {
  const dir = directory(t);
  let run = 0;
  fc.assert(
    fc.property(
      fc.array(orderedPart, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(-1, -1, 0, 40),
      fc.constantFrom(1000, 500, 70, 10),
      fc.constantFrom(null, null, null, 9),
      (all, fromMs, intervalMs, hidden) => {
        const store = new TestRecords(join(dir, String(run++)), 1000);
        fill(store, all);
        const severities = Array.from({ length: 25 }, (_, i) => i !== hidden);
        const request = requestOf({ severities }, fromMs * 1e6, 1e9);
        assertCounts(store, request, fromMs * 1e6, intervalMs);
      },
    ),
    { numRuns: 200 },
  );
});

test('the newest lines come from the newest blocks only, and a repeated request from the cache', (t) => {
  const store = new TestRecords(directory(t), 100);
  for (let flush = 0; flush < 20; flush++) {
    store.flush(
      Array.from({ length: 100 }, (_, i) => ({
        app: 'a',
        t: (flush * 100 + i) * 1e8,
        body: `line ${flush * 100 + i}`,
      })),
    );
  }
  const reader = store.reader();
  let read = 0;
  const budget = { ...noBudget, addSamples: (count: number) => (read += count) };
  const querier = reader.records(store.snapshot, budget);
  const rows = querier.logs(requestOf({ backward: true, budget }));
  for (let i = 1999; i >= 1950; i--) {
    assert.ok(rows.next());
    assert.equal(rows.body, `line ${i}`);
  }
  rows.close();
  assert.equal(read, 100);
  querier.close();
  assert.ok(reader.cacheBytes > 0);
  reader.close();
  assert.equal(reader.cacheBytes, 0);
});

test('fields of log records are known from files and head', (t) => {
  const store = new TestRecords(directory(t));
  const log = (app: string, key: string, more: Partial<TestLog> = {}): TestLog => ({
    ...{ app, t: 1, body: 'x'.repeat(20), fields: [[key, 'a'] as const], ...more },
  });
  store.flush([log('a', 'file')]);
  const ids = { trace: '0'.repeat(31).concat('1'), span: '0'.repeat(15).concat('2') };
  const many = Array.from({ length: 10_000 }, (_, i) =>
    log(i % 100 === 0 ? '!other' : 'a', i % 100 === 0 ? 'hidden' : 'often', i % 2 === 0 ? ids : {}),
  );
  store.append([log('a', 'first'), ...many]);
  const reader = store.reader();
  const querier = reader.records(store.snapshot, noBudget);
  assert.deepEqual(
    querier.fields('logs', -1e15, 1e15).map(({ scope, name, values }) => [scope, name, values]),
    ['file', 'first', 'often'].map((name) => ['', name, ['a']]),
  );
  querier.close();
  reader.close();
});

test('blocks of a pinned head segment are not read beside it', (t) => {
  const store = new TestRecords(directory(t));
  const logs = [{ app: 'a', t: 1, body: 'x' }];
  store.flush(logs, store.append(logs));
  const reader = store.reader();
  const querier = reader.records(store.snapshot, noBudget);
  let read = 0;
  const budget = { ...noBudget, addSamples: (count: number) => (read += count) };
  assert.equal(readAll(querier, requestOf({ budget })).length, 1);
  assert.equal(read, 1);
  querier.close();
  reader.close();
});

test('damage is a typed error', (t) => {
  const dir = directory(t);
  const make = (path: string): TestRecords => {
    const store = new TestRecords(path, 50);
    store.flush(
      Array.from({ length: 150 }, (_, i) => ({
        app: 'abc'[i % 3],
        t: (i * 7919) % 1000,
        body: `line ${i} ${'x'.repeat(i)}`,
        severity: i % 25,
        fields: [['n', BigInt(i)] as const, ['s', `text ${i % 7}`] as const],
      })),
    );
    return store;
  };
  let run = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(['directory', 'data'], ['piece', 'data'], ['filter', 'data']),
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      ([table = '', column = ''], which, place, flip) => {
        const store = make(join(dir, String(run++)));
        damage(store.path, table, column, which, place, flip);
        const reader = store.reader();
        const querier = reader.records(store.snapshot, noBudget);
        const texts = [{ anyOf: ['line 1', 'zzz'], negated: false }];
        const request = requestOf({ texts, fields: [{ names: ['n'], value: '11' }] });
        for (const each of [request, requestOf({})]) {
          try {
            assert.ok(readAll(querier, each).length <= 150);
          } catch (error) {
            assert.ok(error instanceof CorruptionError, String(error));
          }
        }
        querier.close();
        reader.close();
      },
    ),
    { numRuns: 60 },
  );
});

/** Changes one byte of one blob. */
function damage(
  path: string,
  table: string,
  column: string,
  which: number,
  place: number,
  flip: number,
): void {
  const db = new DatabaseSync(path);
  const rows = db.prepare(`SELECT id, ${column} AS data FROM ${table} ORDER BY id`).all();
  const row = rows[which % rows.length];
  const data = row?.data;
  assert.ok(data instanceof Uint8Array);
  data[place % data.length] ^= flip;
  db.prepare(`UPDATE ${table} SET ${column} = ? WHERE id = ?`).run(data, Number(row?.id));
  db.close();
}
