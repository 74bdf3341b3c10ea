/** One reader of a file that others write to and merge. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rewriteRuns, runsOf } from '../../flush/record-merge.ts';
import { RecordFileWriter } from '../../records/record-file.ts';
import { noBudget, readAll, requestOf, TestRecords } from './test-logs.ts';

test('a search through much finds what is there and leaves the caches to others', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-record-file-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const store = new TestRecords(dir, 10);
  const body = (i: number): string =>
    `${randomBytes(45_000).toString('base64')}${i === 7 || i === 333 ? '(!)' : ''}`;
  for (let from = 0; from < 400; from += 50) {
    store.flush(
      Array.from({ length: 50 }, (_, i) => ({ app: 'a', t: from + i, body: body(from + i) })),
    );
  }
  const reader = store.reader(64 * 1024 * 1024);
  t.after(() => reader.close());
  const texts = [{ anyOf: ['(!)'], negated: false }];
  for (let round = 0; round < 2; round++) {
    const querier = reader.records(store.snapshot, noBudget);
    const found = readAll(querier, requestOf({ texts })).map((log) => log.t);
    querier.close();
    assert.deepEqual(found, [7, 333]);
    assert.ok(reader.cacheBytes < 12 * 1024 * 1024, `${reader.cacheBytes} bytes in the caches`);
  }
});

test('blocks and streams that come are seen, and a merge shows nothing twice', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sightline-record-file-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const store = new TestRecords(dir, 3);
  const reader = store.reader();
  t.after(() => reader.close());
  const seen = (): string[] => {
    const querier = reader.records(store.snapshot, noBudget);
    const logs = readAll(querier, requestOf({}));
    querier.close();
    return logs.map(({ app, body }) => `${app}: ${body}`);
  };
  const merge = (): void => {
    const writer = new RecordFileWriter(store.path);
    rewriteRuns(writer, 'logs', runsOf(writer, Number.POSITIVE_INFINITY));
    writer.close();
  };
  const want: string[] = [];
  for (let flush = 0; flush < 6; flush++) {
    const logs = Array.from({ length: 5 }, (_, i) => {
      const n = flush * 5 + i;
      return { app: `app ${n % (flush + 1)}`, t: n, body: `line ${n}` };
    });
    store.flush(logs);
    want.push(...logs.map(({ app, body }) => `${app}: ${body}`));
    assert.deepEqual(seen(), want);
    if (flush % 2 === 1) merge();
    assert.deepEqual(seen(), want);
  }
});
