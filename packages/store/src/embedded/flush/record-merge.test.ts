/** Merges of record files through the store: what is found stays the same, in fewer runs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type EmbeddedStore, openEmbeddedStore } from '../embedded-store.ts';
import { embeddedDefaults } from '../options.ts';
import { RecordFileReader } from '../records/record-file.ts';
import {
  logsBatch,
  spansBatch,
  type TestLog,
  type TestSpan,
  textOf,
  textsOf,
} from '../test-records.ts';
import { chooseJoin, chooseRewrite, type RecordRun } from './record-merge.ts';

const DAY_MS = 86_400_000;
const TODAY = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const NOON = BigInt(TODAY - DAY_MS / 2) * 1_000_000n;
const FLUSHES = 17;
/** More than seventeen runs merged eight to one leave. */
const FEW = 8;

async function open(t: TestContext): Promise<{ dir: string; store: EmbeddedStore }> {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-merge-'));
  const store = await openEmbeddedStore({
    ...embeddedDefaults,
    dir,
    // Only when a test asks for it.
    maintainAfterMs: 3_600_000,
    headRows: 1000,
    headSegments: 4,
    maxSeries: 1000,
    maxSeriesPerTenant: 1000,
    log: (level, message) => assert.equal(level, 'info', message),
    onFatal: (error) => assert.fail(error),
  });
  t.after(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { dir, store };
}

function logsOf(flush: number): TestLog[] {
  return Array.from({ length: 10 + flush }, (_, i) => ({
    stream: `s${(i + flush) % 5}`,
    time: NOON + BigInt(((i * 7919) % 100) * 1_000_000 + flush * 50_000_000),
    body: `flush ${flush} line ${i}`,
  }));
}

function spansOf(flush: number): TestSpan[] {
  return Array.from({ length: 12 }, (_, i) => {
    const start = NOON + BigInt(flush * 1_000_000 - i * 1000);
    // Traces go on from flush to flush.
    const trace = flush + (i % 3);
    return { stream: 'api', trace, id: flush * 100 + i, start, end: start + 5n, name: 'op' };
  });
}

async function fill(store: EmbeddedStore): Promise<{ logs: TestLog[]; spans: TestSpan[] }> {
  const all: { logs: TestLog[]; spans: TestSpan[] } = { logs: [], spans: [] };
  for (let flush = 0; flush < FLUSHES; flush++) {
    const logs = logsOf(flush);
    const spans = spansOf(flush);
    await store.appendLogs('one', logsBatch(store, 'one', logs), null);
    await store.appendSpans('one', spansBatch(store, 'one', spans), null);
    await store.flushNow();
    all.logs.push(...logs);
    all.spans.push(...spans);
  }
  return all;
}

/** Maintains as if it were `nowMs` until nothing is merged any more. */
async function settle(store: EmbeddedStore, nowMs: number): Promise<void> {
  for (let merges = -1; merges !== store.stats().merges; ) {
    merges = store.stats().merges;
    await store.maintain(nowMs);
  }
}

function runs(dir: string, folder: 'logs' | 'traces'): number {
  const name = new Date(Number(NOON / 1_000_000n)).toISOString().slice(0, 10);
  const path = join(dir, 'tenants/one', folder, `${name}.1.db`);
  const reader = new RecordFileReader(path, folder === 'logs' ? 'logs' : 'spans');
  const flushes = new Set(reader.blocks(-Infinity, Infinity).map(({ seq }) => seq));
  if (folder === 'traces') {
    const trace = new Uint8Array(16);
    new DataView(trace.buffer).setUint32(8, Math.imul(5, 0x9e3779b1), true);
    trace[12] = 5;
    assert.ok(reader.traceBlocks(trace).length > 0);
  }
  reader.close();
  return flushes.size;
}

function assertHas(store: EmbeddedStore, want: { logs: TestLog[]; spans: TestSpan[] }): void {
  assert.deepEqual(textsOf(store, 'one', 'logs'), want.logs.map(textOf.logs).sort());
  assert.deepEqual(textsOf(store, 'one', 'spans'), want.spans.map(textOf.spans).sort());
}

test('small flushes become few runs of the same records, and one when their day is over', async (t) => {
  const { dir, store } = await open(t);
  const all = await fill(store);
  assert.deepEqual([runs(dir, 'logs'), runs(dir, 'traces')], [FLUSHES, FLUSHES]);
  await settle(store, TODAY - 1);
  assert.ok(runs(dir, 'logs') < FEW && runs(dir, 'traces') < FEW);
  assertHas(store, all);
  await settle(store, TODAY + DAY_MS);
  assert.deepEqual([runs(dir, 'logs'), runs(dir, 'traces')], [1, 1]);
  assertHas(store, all);
});

test('what a snapshot pins is not merged with what it does not', async (t) => {
  const { dir, store } = await open(t);
  const logs = logsOf(0);
  await store.appendLogs('one', logsBatch(store, 'one', logs), null);
  const pinned = store.snapshot('one');
  assert.ok(pinned !== null);
  await store.flushNow();
  for (let flush = 1; flush < 10; flush++) {
    await store.appendLogs('one', logsBatch(store, 'one', logsOf(flush)), null);
    await store.flushNow();
  }
  await settle(store, TODAY - 1);
  assert.equal(runs(dir, 'logs'), 10);
  store.release(pinned);
  await settle(store, TODAY - 1);
  assert.equal(runs(dir, 'logs'), 3);
});

test('what a journal file still has is not merged with what none has', async (t) => {
  const { dir, store } = await open(t);
  for (let flush = 0; flush < 10; flush++) {
    await store.appendLogs('one', logsBatch(store, 'one', logsOf(flush)), null);
    await store.flushNow();
  }
  // As after a power cut, before which the deletion of the file did not reach the disk.
  const left = join(dir, 'journal/0000000001.log');
  writeFileSync(left, '');
  await settle(store, TODAY - 1);
  assert.equal(runs(dir, 'logs'), 10);
  rmSync(left);
  await settle(store, TODAY - 1);
  assert.equal(runs(dir, 'logs'), 3);
});

test('a span that was sent again is kept once', async (t) => {
  const { store } = await open(t);
  const spans = spansOf(3);
  for (let flush = 0; flush < 8; flush++) {
    await store.appendSpans('one', spansBatch(store, 'one', spans), null);
    await store.flushNow();
  }
  await settle(store, TODAY - 1);
  assert.deepEqual(textsOf(store, 'one', 'spans'), spans.map(textOf.spans).sort());
});

test('runs are merged by their sizes, large ones by their indexes only', () => {
  const run = (rows: number, blocks = 1): RecordRun => ({ flush: 0, rows, blocks });
  const many = (count: number, rows: number, blocks = 1): RecordRun[] =>
    Array.from({ length: count }, () => run(rows, blocks));
  const cases: [RecordRun[], boolean, number, number][] = [
    [many(7, 10), false, 0, 0],
    [many(8, 10), false, 8, 8],
    [[...many(5, 10), run(20_000, 2), ...many(5, 10)], false, 0, 8],
    [[run(300), ...many(8, 10)], false, 8, 8],
    [many(8, 8000), false, 8, 8],
    [many(8, 9000), false, 0, 8],
    [many(8, 40_000, 3), false, 0, 8],
    [many(8, 300_000, 20), false, 0, 0],
    [many(3, 10), true, 3, 3],
    [many(9, 300_000, 20), true, 0, 6],
    [[run(20_000, 2)], true, 0, 0],
  ];
  for (const [runs, finished, rewritten, joined] of cases) {
    assert.equal(chooseRewrite(runs, finished).length, rewritten, JSON.stringify(runs));
    assert.equal(chooseJoin(runs, finished).length, joined, JSON.stringify(runs));
  }
});
