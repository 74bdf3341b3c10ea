import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { appendHistogram, labelsFromPairs, MetricBatch } from '@sightline/wire';
import fc from 'fast-check';
import { HeadSegment } from '../head.ts';
import { partitionOf } from '../partition.ts';
import { SeriesTable } from '../series.ts';
import { DayWriter } from './day-writer.ts';
import { flushPartition } from './flusher.ts';
import { chooseMerge, mergeParts, partsOf, walkSeries } from './merge.ts';
import { sealFile } from './seal.ts';

const dir = mkdtempSync(join(tmpdir(), 'sightline-merge-'));
after(() => rmSync(dir, { recursive: true }));
const NOW = Date.UTC(2026, 10, 21, 12);
const SEED = Uint32Array.of(1, 2, 3, 4);
const SERIES = 6;
let files = 0;

interface Row {
  series: number;
  /** Seconds after NOW. */
  t: number;
  value: number;
  histogram: boolean;
}

class Fixture {
  readonly table = SeriesTable.create(100);
  readonly path = join(dir, `${++files}.db`);
  readonly sids: number[];
  writer: DayWriter;
  readonly #segment = HeadSegment.create(0, 10_000, 100, 1 << 20);
  #number = 0;

  constructor() {
    this.sids = Array.from({ length: SERIES }, (_, i) => {
      const labels = labelsFromPairs(['__name__', 'm', 'i', String(i)]);
      return this.table.add(0, labels, 0, labels.length);
    });
    this.writer = new DayWriter(this.path, this.table, SEED);
  }

  flush(rows: readonly Row[]): void {
    const batch = new MetricBatch(1);
    for (const { series, t, value, histogram } of rows) {
      const i = batch.row();
      batch.series[i] = this.sids[series];
      batch.t[i] = NOW + t * 1000;
      batch.kind[i] = 0;
      batch.lo[i] = value;
      batch.hi[i] = 0x40000000;
      batch.st[i] = 0;
      if (histogram) appendHistogram(batch, i, histogramOf(value));
    }
    this.#segment.reset(++this.#number);
    this.#segment.append(batch);
    const sids = [...new Set(rows.map(({ series }) => this.sids[series]))];
    const plan = { tenant: 0, partition: partitionOf(NOW, NOW), sids, mixed: false };
    flushPartition(this.writer, this.#segment, this.table, plan);
  }

  /** Every row of a file as text, by series. */
  content(writer = this.writer): string[] {
    const all: string[] = [];
    for (const { dsid, rows } of walkSeries(writer.db, writer.path, partsOf(writer.db))) {
      for (let i = 0; i < rows.n; i++) {
        all.push(`${dsid} ${rows.t[i]} ${rows.kind[i]} ${rows.kind[i] === 0 ? rows.lo[i] : 'h'}`);
      }
    }
    return all;
  }
}

function histogramOf(count: number) {
  return {
    schema: 0,
    resetHint: 0 as const,
    zeroThreshold: 0,
    zeroCount: count,
    count,
    sum: count,
    positiveSpans: [],
    negativeSpans: [],
    positiveBuckets: [],
    negativeBuckets: [],
    customValues: [],
  };
}

const row = fc.record({
  series: fc.nat(SERIES - 1),
  t: fc.nat(50),
  value: fc.nat(1000),
  histogram: fc.boolean(),
});
const flushes = fc.array(fc.array(row, { minLength: 1, maxLength: 30 }), {
  minLength: 2,
  maxLength: 9,
});

/** What the sequence rule says must be there. */
function expected(fixture: Fixture, list: readonly (readonly Row[])[]): string[] {
  const last = new Map<string, string>();
  for (const { series, t, value, histogram } of list.flat()) {
    const dsid = fixture.writer.series.find(fixture.sids[series]);
    const at = NOW + t * 1000;
    last.set(`${dsid} ${at}`, `${dsid} ${at} ${histogram ? 1 : 0} ${histogram ? 'h' : value}`);
  }
  const order = (text: string): number =>
    Number(text.split(' ')[0]) * 1e14 + Number(text.split(' ')[1]);
  return [...last.values()].sort((a, b) => order(a) - order(b));
}

/** Most rows that a single flush has of one series: no part is longer, a merged one may be. */
function longestRun(list: readonly (readonly Row[])[]): number {
  const runs = list.flatMap((rows) =>
    rows.map(
      ({ series }) => new Set(rows.filter((one) => one.series === series).map(({ t }) => t)).size,
    ),
  );
  return Math.max(...runs);
}

function runAll(steps: Generator<void>): void {
  while (steps.next().done !== true);
}

test('a merge keeps every row once, the last written of equal times', () => {
  fc.assert(
    fc.property(flushes, (list) => {
      const fixture = new Fixture();
      for (const rows of list) fixture.flush(rows);
      const want = expected(fixture, list);
      assert.deepEqual(fixture.content(), want);
      runAll(mergeParts(fixture.writer, partsOf(fixture.writer.db)));
      assert.equal(partsOf(fixture.writer.db).length, 1);
      assert.deepEqual(fixture.content(), want);
      fixture.writer.close();
    }),
    { numRuns: 30 },
  );
});

test('sealing keeps every row and leaves one file', () => {
  fc.assert(
    fc.property(flushes, fc.boolean(), (list, apart) => {
      const fixture = new Fixture();
      for (const rows of list) fixture.flush(rows);
      const want = expected(fixture, list);
      const path = join(dir, `${++files}.db`);
      const limit = apart ? longestRun(list) : undefined;
      const seal = sealFile(fixture.writer, path, 'old.db', fixture.table, limit);
      while (seal.next().done !== true);
      assert.ok(existsSync(path) && !existsSync(`${path}-wal`) && !existsSync(`${path}.tmp`));
      const sealed = new DayWriter(path, fixture.table, SEED);
      assert.equal(sealed.sealed, true);
      assert.equal(sealed.replaces, 'old.db');
      assert.equal(sealed.flushedSeq, list.length);
      assert.deepEqual(fixture.content(sealed), want);
      sealed.close();
      fixture.writer.close();
    }),
    { numRuns: 20 },
  );
});

test('sealing is given up when rows arrive meanwhile', () => {
  const fixture = new Fixture();
  fixture.flush([{ series: 0, t: 1, value: 1, histogram: false }]);
  const path = join(dir, `${++files}.db`);
  const seal = sealFile(fixture.writer, path, '', fixture.table);
  assert.equal(seal.next().done, false);
  fixture.flush([{ series: 1, t: 1, value: 1, histogram: false }]);
  let result = seal.next();
  while (result.done !== true) result = seal.next();
  assert.equal(result.value, false);
  assert.equal(existsSync(path), false);
  fixture.writer.close();
});

test('what a merge that was cut short has left is deleted at the next opening', () => {
  const fixture = new Fixture();
  const list = [1, 2, 3].map((value) => [{ series: 0, t: value, value, histogram: false }]);
  for (const rows of list) fixture.flush(rows);
  const before = fixture.content();
  const { db } = fixture.writer;
  db.exec(
    'INSERT INTO block (id, last, data) SELECT (99 << 32) + 1, last, data FROM block LIMIT 1',
  );
  fixture.writer.close();
  fixture.writer = new DayWriter(fixture.path, fixture.table, SEED);
  assert.deepEqual(fixture.content(), before);
  const blocks = fixture.writer.db.prepare('SELECT count(*) AS n FROM block').get()?.n;
  assert.equal(blocks, 3);
  fixture.writer.close();
});

test('parts of which a series would be too long stay apart and are not chosen again', () => {
  const fixture = new Fixture();
  for (let i = 0; i < 8; i++) fixture.flush([{ series: 0, t: i, value: i, histogram: false }]);
  const before = fixture.content();
  const chosen = chooseMerge(partsOf(fixture.writer.db));
  assert.equal(chosen.length, 8);
  runAll(mergeParts(fixture.writer, chosen, 7));
  assert.deepEqual(fixture.content(), before);
  assert.deepEqual(chooseMerge(partsOf(fixture.writer.db)), []);
  assert.equal(partsOf(fixture.writer.db).length, 8);
  fixture.writer.close();
});
