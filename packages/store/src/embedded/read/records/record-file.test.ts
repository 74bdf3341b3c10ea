/** One reader of a file that others write to and merge. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rewriteRuns, runsOf } from '../../flush/record-merge.ts';
import { RecordFileWriter } from '../../records/record-file.ts';
import { noBudget, readAll, requestOf, TestRecords } from './test-logs.ts';

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
