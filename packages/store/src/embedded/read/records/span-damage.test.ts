/** What searches of spans say of damaged files. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { CorruptionError, FormatVersionError } from '../../blocks/errors.ts';
import { sealSection } from '../../records/column-builder.ts';
import { readSummaries, streamsOfSet } from '../../records/trace-summary.ts';
import { noBudget } from './test-logs.ts';
import { filterOf, type TestSpan, TestTraces, traceIdOf } from './test-spans.ts';

function spansOf(count: number): TestSpan[] {
  return Array.from({ length: count }, (_, i) => ({
    service: `service ${i % 3}`,
    trace: 1 + (i % 17),
    id: i + 1,
    parent: i < 17 ? 0 : i % 17,
    name: `name ${i % 5}`,
    start: i * 1e6,
    duration: i * 1000,
    kind: i % 6,
    status: i % 11 === 0 ? 2 : 0,
    fields: [['user', `u${i}`] as const, ['code', i] as const],
    event: i % 4 === 0 ? [['reason', `r${i}`] as const] : undefined,
  }));
}

/** Runs everything that reads spans; true when it said so that the file is damaged. */
function readsOrRefuses(traces: TestTraces): boolean {
  const reader = traces.reader();
  const querier = reader.records(traces.snapshot, noBudget);
  const searches = [
    () => [...querier.traces(filterOf({ fields: [{ names: ['user'], value: 'u5' }] }))],
    () => [...querier.traces(filterOf({ errors: true, names: ['name 1'] }))],
    () => [...querier.traceSummaries(filterOf({}))],
    () => querier.trace(traceIdOf(3), noBudget),
    () =>
      [...querier.spanSets(filterOf({}))].map((set) => [
        set.parents(),
        set.names(),
        set.tails(),
        set.streams(),
        set.fieldNames(),
      ]),
    () =>
      querier.operations({
        wants: () => true,
        minMs: -Infinity,
        maxMs: Infinity,
        limit: 9,
        budget: noBudget,
      }),
  ];
  let refused = false;
  try {
    for (const search of searches) {
      try {
        search();
      } catch (error) {
        assert.ok(
          error instanceof CorruptionError || error instanceof FormatVersionError,
          `${error}`,
        );
        refused = true;
      }
    }
  } finally {
    querier.close();
    reader.close();
  }
  return refused;
}

function withFile(t: TestContext, use: (traces: TestTraces) => void): void {
  const dir = mkdtempSync(join(tmpdir(), 'spans-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const traces = new TestTraces(dir, 50);
  traces.flush(spansOf(120));
  use(traces);
}

const PLACES = [
  ['directory', 'data'],
  ['piece', 'data'],
  ['summary', 'data'],
  ['trace_chunk', 'data'],
] as const;

for (const [table, column] of PLACES) {
  test(`a byte changed in ${table}.${column} is told as damage`, (t) => {
    withFile(t, (traces) => {
      assert.equal(readsOrRefuses(traces), false);
      const db = new DatabaseSync(traces.path);
      const row = db
        .prepare(`SELECT id, ${column} AS data FROM ${table} ORDER BY id LIMIT 1`)
        .get();
      assert.ok(row?.data instanceof Uint8Array);
      const { id, data } = row;
      const update = db.prepare(`UPDATE ${table} SET ${column} = ? WHERE id = ?`);
      for (const at of [5, 30, 44, 49, data.length - 1, data.length >> 1]) {
        const changed = data.slice();
        changed[at] ^= 0x55;
        update.run(changed, Number(id));
        assert.ok(readsOrRefuses(traces), `byte ${at}`);
      }
      update.run(data.subarray(0, data.length - 3), Number(id));
      assert.ok(readsOrRefuses(traces));
      db.prepare(`DELETE FROM ${table} WHERE id = ?`).run(Number(id));
      readsOrRefuses(traces);
      db.close();
    });
  });
}

test('bytes that are no summaries are refused, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
      try {
        const { streamSets } = readSummaries(sealSection(payload), 'test');
        for (let set = 0; set < streamSets.count; set++) streamsOfSet(streamSets, set, 'test');
      } catch (error) {
        assert.ok(error instanceof CorruptionError, `${error}`);
      }
    }),
    { numRuns: 500 },
  );
});
