/** Log records and spans through the whole store: head, journal, files. */
import assert from 'node:assert/strict';
import fs, { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type EmbeddedStore, openEmbeddedStore } from './embedded-store.ts';
import { embeddedDefaults } from './options.ts';
import {
  logsBatch,
  spansBatch,
  type TestLog,
  type TestSpan,
  textOf,
  textsOf,
} from './test-records.ts';

const NOW = BigInt(Date.now()) * 1_000_000n;
const DAY = 86_400_000_000_000n;

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-records-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function open(dir: string, problems: string[] = []): Promise<EmbeddedStore> {
  return openEmbeddedStore({
    ...embeddedDefaults,
    dir,
    // Only when a test asks for it.
    maintainAfterMs: 3_600_000,
    headRows: 1000,
    maxSeries: 1000,
    maxSeriesPerTenant: 1000,
    log: (level, message) => level !== 'info' && problems.push(message),
    onFatal: (error) => assert.fail(error),
  });
}

/** Log records of three streams over four days in no order, `from` on. */
function manyLogs(from: number, count: number): TestLog[] {
  return Array.from({ length: count }, (_, i) => ({
    stream: `s${i % 3}`,
    time: NOW - BigInt((i * 7919) % 4) * DAY - BigInt((i * 104_729) % 1000) * 1_000_003n,
    body: `line ${from + i}`,
  }));
}

function manySpans(from: number, count: number): TestSpan[] {
  return Array.from({ length: count }, (_, i) => {
    const start = NOW - BigInt(i % 2) * DAY * 40n - BigInt((i * 7919) % 1000);
    const id = from + i;
    return {
      stream: 'api',
      trace: id >> 2,
      id,
      start,
      end: start + BigInt(i),
      name: `op ${i % 5}`,
    };
  });
}

async function appendBoth(
  store: EmbeddedStore,
  logs: readonly TestLog[],
  spans: readonly TestSpan[],
): Promise<void> {
  const stored = await Promise.all([
    store.appendLogs('one', logsBatch(store, 'one', logs), null),
    store.appendSpans('one', spansBatch(store, 'one', spans), null),
  ]);
  assert.deepEqual(stored, ['stored', 'stored']);
}

function assertHas(
  store: EmbeddedStore,
  logs: readonly TestLog[],
  spans: readonly TestSpan[],
): void {
  assert.deepEqual(textsOf(store, 'one', 'logs'), logs.map(textOf.logs).sort());
  assert.deepEqual(textsOf(store, 'one', 'spans'), spans.map(textOf.spans).sort());
}

test('records are seen in the head, in files and after a restart', async (t) => {
  const dir = directory(t);
  const problems: string[] = [];
  let store = await open(dir, problems);
  const logs = manyLogs(0, 500);
  const spans = manySpans(0, 300);
  await appendBoth(store, logs, spans);
  assert.deepEqual(store.tenants(), ['one']);
  assertHas(store, logs, spans);
  await store.flushNow();
  assertHas(store, logs, spans);
  const { logsAppended, logsFlushed, spansAppended, spansFlushed, headRecords } = store.stats();
  assert.deepEqual(
    [logsAppended, logsFlushed, spansAppended, spansFlushed, headRecords],
    [500, 500, 300, 300, 0],
  );
  await appendBoth(store, manyLogs(500, 100), manySpans(300, 100));
  await store.close();
  store = await open(dir, problems);
  const allLogs = [...logs, ...manyLogs(500, 100)];
  const allSpans = [...spans, ...manySpans(300, 100)];
  assertHas(store, allLogs, allSpans);
  await store.flushNow();
  assertHas(store, allLogs, allSpans);
  assert.deepEqual(readdirSync(join(dir, 'tenants/one')).sort(), ['logs', 'traces']);
  await store.close();
  assert.deepEqual(problems, []);
});

test('a repeated request stores nothing, whatever it brought', async (t) => {
  const store = await open(directory(t));
  const logs = manyLogs(0, 10);
  const digest = new Uint8Array(16).fill(7);
  const append = (): Promise<string> =>
    store.appendLogs('one', logsBatch(store, 'one', logs), digest);
  assert.deepEqual([await append(), await append()], ['stored', 'repeated']);
  assertHas(store, logs, []);
  await store.close();
});

test('what the journal refused is not seen, and stored once when it is sent again', async (t) => {
  const dir = directory(t);
  let store = await open(dir);
  const logs = [manyLogs(0, 30), manyLogs(30, 30)];
  const spans = [manySpans(0, 20), manySpans(20, 20)];
  await appendBoth(store, logs[0], spans[0]);
  const write = t.mock.method(fs, 'writeSync', () => {
    throw new Error('no space left on device');
  });
  syncBuiltinESMExports();
  const refused = [
    store.appendLogs('one', logsBatch(store, 'one', logs[1]), null),
    store.appendSpans('one', spansBatch(store, 'one', spans[1]), null),
  ];
  // Not even before the journal has answered.
  assertHas(store, logs[0], spans[0]);
  for (const one of await Promise.allSettled(refused)) assert.equal(one.status, 'rejected');
  assertHas(store, logs[0], spans[0]);
  const counted = store.stats();
  assert.deepEqual([counted.logsAppended, counted.spansAppended], [30, 20]);
  write.mock.restore();
  syncBuiltinESMExports();
  while (!store.readiness().ready) await new Promise((resolve) => setTimeout(resolve, 20));
  await appendBoth(store, logs[1], spans[1]);
  assertHas(store, logs.flat(), spans.flat());
  await store.close();
  store = await open(dir);
  assertHas(store, logs.flat(), spans.flat());
  await store.flushNow();
  assertHas(store, logs.flat(), spans.flat());
  await store.close();
});

test('records of tenants do not mix', async (t) => {
  const store = await open(directory(t));
  const logs = manyLogs(0, 50);
  for (const tenant of ['one', 'two']) {
    const own = logs.map((log) => ({ ...log, body: `${tenant} ${log.body}` }));
    await store.appendLogs(tenant, logsBatch(store, tenant, own), null);
  }
  for (let round = 0; round < 2; round++) {
    const bodies = textsOf(store, 'two', 'logs').filter((text) => text.includes('two line'));
    assert.equal(bodies.length, 50);
    assert.equal(textsOf(store, 'two', 'logs').length, 50);
    await store.flushNow();
  }
  await store.close();
});

test('a journal that was flushed already adds nothing', async (t) => {
  const dir = directory(t);
  const before = join(dir, 'before');
  let store = await open(join(dir, 'data'));
  const logs = manyLogs(0, 100);
  const spans = manySpans(0, 100);
  await appendBoth(store, logs, spans);
  cpSync(join(dir, 'data/journal'), before, { recursive: true });
  await store.flushNow();
  await store.close();
  cpSync(before, join(dir, 'data/journal'), { recursive: true });
  store = await open(join(dir, 'data'));
  assertHas(store, logs, spans);
  await store.flushNow();
  assertHas(store, logs, spans);
  await store.close();
});

test('a damaged file is left alone and the next generation written', async (t) => {
  const dir = directory(t);
  const problems: string[] = [];
  let store = await open(dir, problems);
  const logs = manyLogs(0, 100).filter(({ time }) => NOW - time < DAY / 2n);
  await appendBoth(store, logs, []);
  await store.flushNow();
  await store.close();
  const folder = join(dir, 'tenants/one/logs');
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.db'));
  writeFileSync(
    join(folder, file ?? ''),
    'no database at all, but long enough to be one'.repeat(200),
  );
  store = await open(dir, problems);
  await appendBoth(store, logs, []);
  await store.flushNow();
  const generations = readdirSync(folder).filter((name) => name.endsWith('.2.db'));
  assert.equal(generations.length, 1);
  assert.match(problems.join(), /nothing more is written to this file/);
  await store.close();
});

test('a segment that has had its turn gives way to the next', async (t) => {
  // By its rows, not because it lasted too long.
  t.mock.method(performance, 'now', () => 0);
  const store = await open(directory(t));
  const many = Array.from({ length: 270_000 }, (_, i) => ({
    stream: 's',
    time: NOW,
    body: `${i}`,
  }));
  const segments = (): number[] => {
    const snapshot = store.snapshot('one');
    assert.ok(snapshot !== null);
    store.release(snapshot);
    return snapshot.segments.map(({ logRows }) => logRows);
  };
  await store.appendLogs('one', logsBatch(store, 'one', many), null);
  assert.deepEqual(segments(), [270_000]);
  await store.appendLogs('one', logsBatch(store, 'one', many.slice(0, 5)), null);
  assert.deepEqual(segments(), [270_000, 5]);
  await store.close();
});

test('records that arrive faster than they are flushed wait for room', async (t) => {
  const store = await open(directory(t));
  const many = Array.from({ length: 200_000 }, (_, i) => ({
    stream: 's',
    time: NOW,
    body: `${i}`,
  }));
  const stored = await Promise.all(
    Array.from({ length: 8 }, () => store.appendLogs('one', logsBatch(store, 'one', many), null)),
  );
  assert.ok(stored.every((answer) => answer === 'stored'));
  await store.flushNow();
  assert.equal(store.stats().logsFlushed, 1_600_000);
  await store.close();
});

test('a record that is none is left out of the flush and does not stop it', async (t) => {
  const problems: string[] = [];
  const store = await open(directory(t), problems);
  const logs = manyLogs(0, 40).map((log) => ({ ...log, stream: 's', time: NOW }));
  const batch = logsBatch(store, 'one', logs);
  batch.side[batch.at[7]] = 255;
  batch.side[batch.at[20]] = 255;
  await store.appendLogs('one', batch, null);
  await store.flushNow();
  const want = logs.filter((_, i) => i !== 7 && i !== 20).map(textOf.logs);
  assert.deepEqual(textsOf(store, 'one', 'logs'), want.sort());
  assert.match(problems.join(), /2 of the logs cannot be stored: .*unknown flags/);
  await store.close();
});

test('an append after the close begins no journal file', async (t) => {
  const dir = directory(t);
  const store = await open(dir);
  const logs = logsBatch(store, 'one', manyLogs(0, 9000));
  await store.appendLogs('one', logs, null);
  // Long enough for the turn to be over with the next append.
  await new Promise((resolve) => setTimeout(resolve, 1600));
  await store.close();
  const files = readdirSync(join(dir, 'journal'));
  await assert.rejects(store.appendLogs('one', logs, null), /closing/);
  assert.deepEqual(readdirSync(join(dir, 'journal')), files);
});
