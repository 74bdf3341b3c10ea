import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  appendHistogram,
  type Histogram,
  KIND_DELTA,
  KIND_FLOAT,
  KIND_HISTOGRAM,
  KIND_SAME_POINT,
  MetricBatch,
  readHistogram,
  STALE_HI,
  STALE_LO,
} from '@sightline/wire';
import fc from 'fast-check';
import { DeltaAccumulator } from './delta.ts';

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

/** series, start, end, change; 'plain' rows are no changes. */
type Row = [series: number, st: number, t: number, change: number | 'stale', kind?: number];

function batchOf(rows: readonly Row[]): MetricBatch {
  const batch = new MetricBatch();
  for (const [series, st, t, change, kind = KIND_DELTA] of rows) {
    const row = batch.row();
    value[0] = change === 'stale' ? 0 : change;
    batch.series[row] = series;
    batch.t[row] = t;
    batch.st[row] = st;
    batch.kind[row] = kind;
    batch.lo[row] = change === 'stale' ? STALE_LO : (words[0] ?? 0);
    batch.hi[row] = change === 'stale' ? STALE_HI : (words[1] ?? 0);
  }
  return batch;
}

function rowsOf(batch: MetricBatch): Row[] {
  const rows: Row[] = [];
  for (let i = 0; i < batch.n; i++) {
    assert.equal((batch.kind[i] ?? 0) & ~KIND_HISTOGRAM, KIND_FLOAT);
    words[0] = batch.lo[i] ?? 0;
    words[1] = batch.hi[i] ?? 0;
    const stale = words[0] === STALE_LO && words[1] === STALE_HI;
    rows.push([
      batch.series[i] ?? 0,
      batch.st[i] ?? 0,
      batch.t[i] ?? 0,
      stale ? 'stale' : (value[0] ?? 0),
    ]);
  }
  return rows;
}

function feed(delta: DeltaAccumulator, ...rows: Row[]): Row[] {
  const batch = batchOf(rows);
  delta.accumulate('default', batch);
  return rowsOf(batch);
}

test('changes add up from the start of the run', () => {
  const delta = new DeltaAccumulator();
  assert.deepEqual(feed(delta, [1, 10, 20, 5], [1, 20, 30, 2]), [
    [1, 10, 20, 5],
    [1, 10, 30, 7],
  ]);
  assert.deepEqual(feed(delta, [1, 90, 100, 1]), [[1, 10, 100, 8]], 'a gap changes nothing');
  assert.deepEqual(feed(delta, [1, 0, 110, 1]), [[1, 10, 110, 9]], 'no start time');
});

test('other rows pass as they are, whatever is refused between them', () => {
  const delta = new DeltaAccumulator();
  feed(delta, [2, 10, 20, 1]);
  const batch = batchOf([
    [1, 0, 15, 4, KIND_FLOAT],
    [2, 5, 15, 1],
    [3, 0, 15, 6, KIND_FLOAT],
    [2, 20, 30, 1],
  ]);
  delta.accumulate('default', batch);
  assert.deepEqual(rowsOf(batch), [
    [1, 0, 15, 4],
    [3, 0, 15, 6],
    [2, 10, 30, 2],
  ]);
  assert.deepEqual([...batch.rejected], [['out_of_order', 1]]);
});

test('what overlaps or comes late is refused, the same point again is not', () => {
  const delta = new DeltaAccumulator();
  feed(delta, [1, 10, 20, 5], [1, 20, 30, 2]);
  assert.deepEqual(feed(delta, [1, 20, 30, 2]), [[1, 10, 30, 7]], 'a repeat');
  assert.deepEqual(feed(delta, [1, 20, 30, 3]), [], 'the same interval, another change');
  assert.deepEqual(feed(delta, [1, 10, 20, 5]), [], 'late');
  assert.deepEqual(feed(delta, [1, 25, 40, 5]), [], 'overlapping');
  assert.deepEqual(feed(delta, [1, 30, 40, 1]), [[1, 10, 40, 8]]);
  assert.deepEqual(feed(delta, [1, 40, 50, Number.NaN]), []);
});

test('the rows of a histogram point go together', () => {
  const delta = new DeltaAccumulator();
  const more = KIND_DELTA | KIND_SAME_POINT;
  const point = (st: number, t: number, ...changes: [number, number][]): Row[] =>
    changes.map(([series, change], i) => [series, st, t, change, i === 0 ? KIND_DELTA : more]);
  feed(delta, ...point(0, 10, [1, 4], [2, 8], [3, 4]));
  assert.deepEqual(feed(delta, ...point(10, 20, [1, 1], [2, 2], [3, 1])), [
    [1, 0, 20, 5],
    [2, 0, 20, 10],
    [3, 0, 20, 5],
  ]);
  const bounds = 'a bucket that the run does not know restarts all of them';
  assert.deepEqual(
    feed(delta, ...point(20, 30, [1, 3], [2, 1], [4, 2])),
    [
      [1, 20, 30, 3],
      [2, 20, 30, 1],
      [4, 20, 30, 2],
    ],
    bounds,
  );
  const late = batchOf(point(5, 25, [1, 1], [2, 1], [4, 1]));
  delta.accumulate('default', late);
  assert.equal(late.n, 0);
  assert.equal(late.rejectedItems, 1, 'one point, not three');
});

test('a stale marker ends the run', () => {
  const delta = new DeltaAccumulator();
  feed(delta, [1, 10, 20, 5]);
  assert.deepEqual(feed(delta, [1, 0, 30, 'stale']), [[1, 0, 30, 'stale']]);
  assert.deepEqual(feed(delta, [1, 40, 50, 2]), [[1, 40, 50, 2]]);
});

test('tenants and forgotten series', () => {
  const delta = new DeltaAccumulator();
  feed(delta, [1, 10, 20, 5]);
  const other = batchOf([[1, 10, 20, 1]]);
  const changed = delta.accumulate('other', other);
  assert.deepEqual(rowsOf(other), [[1, 10, 20, 1]]);
  assert.deepEqual(changed, [1]);
  delta.forget('other', changed);
  assert.equal(delta.stats().streams, 1);
  assert.deepEqual(feed(delta, [1, 20, 30, 1]), [[1, 10, 30, 6]]);
  delta.forgetHandles(new Set([1]));
  assert.equal(delta.stats().streams, 0);
  assert.deepEqual(feed(delta, [1, 10, 20, 1]), [[1, 10, 20, 1]]);
});

test('memory is bounded; who is pushed out begins anew', () => {
  const delta = new DeltaAccumulator({ maxStreams: 3, maxHistogramStreams: 1 });
  for (let series = 1; series <= 10; series++) feed(delta, [series, 0, 10, 1]);
  assert.deepEqual(delta.stats(), { streams: 3, histogramStreams: 0, evicted: 7 });
  assert.deepEqual(feed(delta, [1, 10, 20, 1]), [[1, 10, 20, 1]]);
});

const histogram = (offset: number, counts: number[], schema = 3): Histogram => ({
  schema,
  resetHint: 0,
  zeroThreshold: 1e-128,
  zeroCount: 1,
  count: 1 + counts.reduce((a, b) => a + b, 0),
  sum: counts.length,
  positiveSpans: counts.length === 0 ? [] : [{ offset, length: counts.length }],
  negativeSpans: [],
  positiveBuckets: counts,
  negativeBuckets: [],
  customValues: [],
});

function feedHistogram(
  delta: DeltaAccumulator,
  st: number,
  t: number,
  h: Histogram,
  series = 1,
): Histogram | null {
  const batch = new MetricBatch();
  const row = batch.row();
  batch.series[row] = series;
  batch.t[row] = t;
  batch.st[row] = st;
  appendHistogram(batch, row, h);
  batch.kind[row] = KIND_HISTOGRAM | KIND_DELTA;
  delta.accumulate('default', batch);
  if (batch.n === 0) return null;
  assert.equal(batch.kind[0], KIND_HISTOGRAM);
  return readHistogram(batch.side, batch.lo[0] ?? 0, batch.hi[0] ?? 0);
}

test('native histograms add up', () => {
  const delta = new DeltaAccumulator({ maxStreams: 1, maxHistogramStreams: 2 });
  feedHistogram(delta, 0, 10, histogram(4, [1, 2]));
  const sum = feedHistogram(delta, 10, 20, histogram(9, [3, 0, 1]));
  assert.deepEqual(sum?.positiveSpans, [
    { offset: 4, length: 2 },
    { offset: 3, length: 3 },
  ]);
  assert.deepEqual(sum?.positiveBuckets, [1, 2, 3, 0, 1]);
  assert.deepEqual([sum?.count, sum?.sum, sum?.zeroCount], [9, 5, 2]);
  const coarser = feedHistogram(delta, 20, 30, histogram(3, [1], 2));
  assert.equal(coarser?.schema, 2);
  assert.equal(coarser?.count, 11);
  assert.equal(feedHistogram(delta, 20, 30, histogram(3, [1], 2))?.count, 11, 'a repeat');
  assert.equal(feedHistogram(delta, 15, 25, histogram(3, [1], 2)), null);
  const wider = { ...histogram(3, [1], 2), zeroThreshold: 1 };
  assert.equal(feedHistogram(delta, 30, 40, wider)?.count, 2, 'another zero bucket: a new run');
  for (let series = 2; series < 5; series++) feedHistogram(delta, 0, 10, histogram(0, [1]), series);
  assert.deepEqual(delta.stats(), { streams: 0, histogramStreams: 2, evicted: 2 });
});

test('a sum of histograms has every observation of its parts', () => {
  const part = fc.tuple(
    fc.integer({ min: -500, max: 500 }),
    fc.array(fc.nat(4), { maxLength: 200 }),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const delta = new DeltaAccumulator();
      let last: Histogram | null = null;
      for (const [i, [offset, counts]] of parts.entries()) {
        last = feedHistogram(delta, i * 10, i * 10 + 10, histogram(offset, [...counts]));
      }
      assert.ok(last !== null);
      const wanted = parts.reduce((sum, [, counts]) => sum + counts.reduce((a, b) => a + b, 0), 0);
      assert.equal(
        last.positiveBuckets.reduce((a, b) => a + b, 0),
        wanted,
      );
      assert.equal(last.count, wanted + parts.length);
      assert.equal(
        last.positiveSpans.reduce((sum, span) => sum + span.length, 0),
        last.positiveBuckets.length,
      );
      if (last.schema > -4) assert.ok(last.positiveBuckets.length <= 320);
    }),
  );
});

test('any order of points: no change is counted twice', () => {
  const points = fc.array(fc.record({ at: fc.nat(20), change: fc.nat(5) }), { maxLength: 60 });
  fc.assert(
    fc.property(points, (list) => {
      const delta = new DeltaAccumulator();
      let end = 0;
      let sum = 0;
      let lastChange = -1;
      for (const { at, change } of list) {
        const t = at + 1;
        const got = feed(delta, [7, at, t, change]);
        const repeat = t === end && change === lastChange;
        if (t > end) {
          sum += change;
          end = t;
          lastChange = change;
        }
        if (t > end || repeat || (t === end && change === lastChange))
          assert.equal(got[0]?.[3], sum);
        else assert.equal(got.length, 0);
      }
    }),
  );
});
