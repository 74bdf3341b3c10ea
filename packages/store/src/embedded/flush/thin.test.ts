/** Retention classes through the store: what stays when everything else of a day goes. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { type EmbeddedStore, openEmbeddedStore } from '../embedded-store.ts';
import { embeddedDefaults } from '../options.ts';
import { EmbeddedReader } from '../read/reader.ts';
import type { RetentionPolicy } from '../retention-policy.ts';
import {
  logsBatch,
  spansBatch,
  type TestLog,
  type TestSpan,
  textOf,
  textsOf,
} from '../test-records.ts';

const DAY_MS = 86_400_000;
const DAY = new Date(Math.floor(Date.now() / DAY_MS - 10) * DAY_MS).toISOString().slice(0, 10);
const NOON = BigInt(Date.parse(DAY) + DAY_MS / 2) * 1_000_000n;

const TRACES = 6000;

const POLICY: RetentionPolicy = {
  metrics: { keepMs: 7 * DAY_MS },
  logs: {
    keepMs: 3 * DAY_MS,
    classes: [
      { name: 'severe', keepMs: 30 * DAY_MS, minSeverity: 17, streams: [] },
      {
        name: 'audit',
        keepMs: 400 * DAY_MS,
        minSeverity: 0,
        streams: [{ name: 'service_name', op: '=~', value: 'audit.*' }],
      },
    ],
  },
  spans: {
    keepMs: 3 * DAY_MS,
    classes: [
      { name: 'sample', keepMs: 30 * DAY_MS, share: 0.25, errors: false, minDurationMs: 0 },
      { name: 'errors', keepMs: 90 * DAY_MS, share: 1, errors: true, minDurationMs: 0 },
      { name: 'slow', keepMs: 90 * DAY_MS, share: 1, errors: false, minDurationMs: 5000 },
      { name: 'past', keepMs: 5 * DAY_MS, share: 1, errors: true, minDurationMs: 0 },
    ],
  },
};

async function open(t: TestContext, dir = ''): Promise<{ dir: string; store: EmbeddedStore }> {
  const path = dir === '' ? mkdtempSync(join(tmpdir(), 'sightline-thin-')) : dir;
  const store = await openEmbeddedStore({
    ...embeddedDefaults,
    dir: path,
    headRows: 1000,
    maxSeries: 1000,
    maxSeriesPerTenant: 1000,
    retention: POLICY,
    log: (level, message) => assert.equal(level, 'info', message),
    onFatal: (error) => assert.fail(error),
  });
  t.after(async () => {
    await store.close();
    rmSync(path, { recursive: true, force: true });
  });
  return { dir: path, store };
}

/** Traces of three spans: of each ten the first has an error, the second is slow. */
function spans(): TestSpan[] {
  return Array.from({ length: 3 * TRACES }, (_, i) => {
    const trace = Math.floor(i / 3);
    const kind = i % 3 === 1 ? trace % 10 : -1;
    const start = NOON + BigInt(i * 1000);
    const end = start + (kind === 1 ? 6_000_000_000n : 1000n);
    return { stream: `s${i % 5}`, trace, id: i, start, end, name: 'op', error: kind === 0 };
  });
}

function logs(): TestLog[] {
  return Array.from({ length: 1000 }, (_, i) => ({
    stream: i % 3 === 0 ? 'audit-trail' : 'api',
    time: NOON + BigInt(i * 1000),
    body: `line ${i}`,
    // Sent, or found in the text.
    severity: i % 20 === 0 ? 37 : i % 10 === 0 ? 17 : i % 2 === 0 ? 35 : 9,
  }));
}

async function fill(store: EmbeddedStore): Promise<void> {
  await store.appendSpans('one', spansBatch(store, 'one', spans()), null);
  await store.appendLogs('one', logsBatch(store, 'one', logs()), null);
  await store.flushNow();
}

async function settle(store: EmbeddedStore, signal: 'logs' | 'spans'): Promise<void> {
  while (
    store.retention().some((one) => one.signal === signal && one.name === '' && one.files > 0)
  ) {
    await store.maintain();
  }
}

/** Part of a store's texts of spans by which a trace is known. */
const traceOf = (text: string): string => text.split(' ')[3] ?? '';

test('errors, slow traces and a share of the others stay, each with its weight', async (t) => {
  const { dir, store } = await open(t);
  await fill(store);
  const before = textsOf(store, 'one', 'spans');
  assert.equal(before.length, 3 * TRACES);
  await settle(store, 'spans');
  const left = textsOf(store, 'one', 'spans');
  const traces = new Map<string, number>();
  for (const text of left) traces.set(traceOf(text), (traces.get(traceOf(text)) ?? 0) + 1);
  assert.ok(
    [...traces.values()].every((count) => count === 3),
    'traces are kept whole',
  );
  const wanted = new Set(
    spans()
      .filter(({ trace }) => trace % 10 < 2)
      .map((span) => textOf.spans(span)),
  );
  const found = new Set(left);
  for (const text of wanted) assert.ok(found.has(text), text);
  const share = (traces.size - TRACES * 0.2) / (TRACES * 0.8);
  assert.ok(share > 0.2 && share < 0.3, `a share of ${share} was sampled`);
  const folder = join(dir, 'tenants/one/traces');
  const files = ['errors', 'sample', 'slow'].map((name) => `${DAY}.${name}.1.db`);
  assert.deepEqual(readdirSync(folder).sort(), files);
  const weights = files.map((name) => {
    const db = new DatabaseSync(join(folder, name), { readOnly: true });
    const weight = db.prepare("SELECT value FROM meta WHERE key = 'weight'").get()?.value;
    db.close();
    return weight;
  });
  assert.deepEqual(weights, [1, 4, 1]);
  assertUnbiased(store);
  const report = store.retention().filter(({ signal }) => signal === 'spans');
  assert.deepEqual(
    report.map(({ name, files, bytes }) => [name, files, bytes]),
    [
      ['', 0, 0],
      ...['sample', 'errors', 'slow'].map((name) => [
        name,
        1,
        statSync(join(folder, `${DAY}.${name}.1.db`)).size,
      ]),
      ['past', 0, 0],
    ],
  );
});

test('a trace over midnight is kept on both days by what one of them shows', async (t) => {
  const { store } = await open(t);
  const midnight = BigInt((Math.floor(Date.now() / DAY_MS) - 3) * DAY_MS) * 1_000_000n;
  const [day, next] = [midnight - 2_000_000n, midnight + 1_000_000n];
  const shapes: { start: bigint; error?: boolean; ms?: number }[][] = [
    [{ start: day }, { start: next, error: true }],
    [{ start: day, error: true }, { start: next }],
    [{ start: day }, { start: next, ms: 6000 }],
    [{ start: day, ms: 6000 }, { start: next }],
    [{ start: day }, { start: next }],
  ];
  const spans = shapes.flatMap((shape, trace) =>
    shape.map(({ start, error = false, ms = 1 }, i) => {
      const end = start + BigInt(ms) * 1_000_000n;
      return { stream: 's', trace, id: trace * 10 + i, start, end, name: 'op', error };
    }),
  );
  const classes = POLICY.spans.classes.filter(({ name }) => name !== 'sample');
  const keepMs = 3 * DAY_MS;
  const policy = (keepMs: number) => ({ ...POLICY, spans: { keepMs, classes } });
  store.setRetention(policy(keepMs));
  await store.appendSpans('one', spansBatch(store, 'one', spans), null);
  await store.flushNow();
  const thinned = async (files: number): Promise<void> => {
    const left = (): number | undefined =>
      store.retention().find(({ signal, name }) => signal === 'spans' && name === '')?.files;
    do await store.maintain();
    while (left() !== files);
  };
  const kept = spans.filter(({ trace }) => trace < 4).map(textOf.spans);
  const unthinned = spans.filter(({ trace, start }) => trace === 4 && start === next);
  await thinned(1);
  assert.deepEqual(
    textsOf(store, 'one', 'spans'),
    [...kept, ...unthinned.map(textOf.spans)].sort(),
  );
  store.setRetention(policy(keepMs - DAY_MS));
  await thinned(0);
  assert.deepEqual(textsOf(store, 'one', 'spans'), [...kept].sort());
});

test('what retention deletes is counted by the class that ended', async (t) => {
  const { dir, store } = await open(t);
  await fill(store);
  await settle(store, 'logs');
  const path = join(dir, 'tenants/one/logs', `${DAY}.severe.1.db`);
  const { size } = statSync(path);
  store.setRetention({ ...POLICY, logs: { keepMs: DAY_MS, classes: [] } });
  store.expire();
  const deleted = (name: string): number | undefined =>
    store.retention().find((one) => one.signal === 'logs' && one.name === name)?.deletedBytes;
  assert.ok((deleted('') ?? 0) >= size);
  assert.equal(existsSync(path), false);
});

/** Traces counted by their weights are about as many as there were. */
function assertUnbiased(store: EmbeddedStore): void {
  const reader = new EmbeddedReader(store.readerHandle());
  const snapshot = store.snapshot('one');
  assert.ok(snapshot !== null);
  const querier = reader.records(snapshot, { addSamples() {}, addBytes() {}, poll() {} });
  const nanos = (time: bigint) => ({ lo: Number(time & 0xffffffffn), hi: Number(time >> 32n) });
  const sets = querier.spanSets({
    wants: () => true,
    from: nanos(NOON),
    to: nanos(NOON + 3_600_000_000_000n),
    names: [],
    fields: [],
    errors: false,
    minDuration: 0,
    maxDuration: Number.POSITIVE_INFINITY,
    budget: { addSamples() {}, addBytes() {}, poll() {} },
  });
  let sum = 0;
  for (const set of sets) for (let i = 0; i < set.traces; i++) sum += set.weight(i);
  assert.ok(Math.abs(sum - TRACES) < TRACES * 0.1, `${TRACES} traces count as ${sum}`);
  querier.close();
  store.release(snapshot);
  reader.close();
}

test('log records stay by severity and by stream', async (t) => {
  const { store } = await open(t);
  await fill(store);
  await settle(store, 'logs');
  const severe = [17, 37];
  const want = logs().filter(
    ({ stream, severity = 0 }) => stream !== 'api' || severe.includes(severity),
  );
  assert.deepEqual(textsOf(store, 'one', 'logs'), want.map(textOf.logs).sort());
});

test('what came late, after its day was thinned, is judged like the rest', async (t) => {
  const { store } = await open(t);
  await fill(store);
  await settle(store, 'logs');
  const late = [17, 9].map((severity, i) => ({
    stream: 'api',
    time: NOON + BigInt(i),
    body: `late ${severity}`,
    severity,
  }));
  await store.appendLogs('one', logsBatch(store, 'one', late), null);
  await store.flushNow();
  const left = textsOf(store, 'one', 'logs').length;
  await settle(store, 'logs');
  const texts = textsOf(store, 'one', 'logs');
  assert.deepEqual(
    texts.filter((text) => text.includes('late')),
    late.slice(0, 1).map(textOf.logs),
  );
  assert.equal(texts.length, left - 1);
});

test('a crash before the thinned file is deleted shows nothing twice', async (t) => {
  const { dir, store } = await open(t);
  await fill(store);
  const before = { logs: textsOf(store, 'one', 'logs'), spans: textsOf(store, 'one', 'spans') };
  for (const folder of ['logs', 'traces']) {
    copyFileSync(join(dir, 'tenants/one', folder, `${DAY}.1.db`), join(dir, folder));
  }
  await settle(store, 'logs');
  await settle(store, 'spans');
  const left = { logs: textsOf(store, 'one', 'logs'), spans: textsOf(store, 'one', 'spans') };
  await store.close();
  for (const folder of ['logs', 'traces']) {
    copyFileSync(join(dir, folder), join(dir, 'tenants/one', folder, `${DAY}.1.db`));
  }
  const { store: again } = await open(t, dir);
  const texts = (): typeof before => ({
    logs: textsOf(again, 'one', 'logs'),
    spans: textsOf(again, 'one', 'spans'),
  });
  assert.deepEqual(texts(), before);
  await settle(again, 'logs');
  await settle(again, 'spans');
  assert.deepEqual(texts(), left);
});

test('a crash between two renames is finished by the next attempt', async (t) => {
  const { dir, store } = await open(t);
  await fill(store);
  const folder = join(dir, 'tenants/one/traces');
  const base = join(folder, `${DAY}.1.db`);
  copyFileSync(base, join(dir, 'kept'));
  await settle(store, 'spans');
  const left = textsOf(store, 'one', 'spans');
  await store.close();
  copyFileSync(join(dir, 'kept'), base);
  rmSync(join(folder, `${DAY}.slow.1.db`));
  const { store: again } = await open(t, dir);
  await settle(again, 'spans');
  assert.deepEqual(textsOf(again, 'one', 'spans'), left);
});
