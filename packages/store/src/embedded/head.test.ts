import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KIND_HISTOGRAM, MetricBatch, STALE_HI, STALE_LO } from '@sightline/wire';
import fc from 'fast-check';
import { HeadSegment, rowColumns } from './head.ts';

interface Row {
  sid: number;
  t: number;
  lo: number;
  hi: number;
  st: number;
}

function batchOf(rows: readonly Row[]): MetricBatch {
  const batch = new MetricBatch(1);
  for (const row of rows) {
    const i = batch.row();
    batch.series[i] = row.sid;
    batch.t[i] = row.t;
    batch.kind[i] = 0;
    batch.lo[i] = row.lo;
    batch.hi[i] = row.hi;
    batch.st[i] = row.st;
    if (row.st !== 0) batch.hasStart = true;
  }
  return batch;
}

const row = fc.record(
  {
    sid: fc.integer({ min: 1, max: 5 }),
    t: fc.oneof(fc.integer({ min: 1.79e12, max: 1.8e12 }), fc.integer({ min: -1e13, max: 1e13 })),
    lo: fc.nat(0xffffffff),
    hi: fc.nat(0xffffffff),
    st: fc.constantFrom(0, 0, 1.79e12),
  },
  { noNullPrototype: true },
);

test('gives the rows of a series back in order of arrival, up to the rows of a snapshot', () => {
  const segment = HeadSegment.create(0, 500, 5, 1024);
  fc.assert(
    fc.property(
      fc.array(fc.array(row, { maxLength: 20 }), { maxLength: 20 }),
      fc.nat(400),
      (batches, limit) => {
        segment.reset(7);
        const all: Row[] = [];
        for (const rows of batches) {
          const batch = batchOf(rows);
          if (!segment.fits(batch)) break;
          segment.append(batch);
          all.push(...rows);
        }
        assert.equal(segment.rows, all.length);
        assert.equal(segment.number, 7);
        assert.equal(segment.touchedCount, new Set(all.map(({ sid }) => sid)).size);
        const seen = Math.min(limit, all.length);
        for (let sid = 1; sid <= 5; sid++) {
          const want = all.slice(0, seen).filter((one) => one.sid === sid);
          const got = rowColumns(1);
          segment.readRows(sid, seen, got);
          const rows = Array.from({ length: got.n }, (_, i) => ({
            sid,
            t: got.t[i],
            lo: got.lo[i],
            hi: got.hi[i],
            st: got.st[i],
          }));
          assert.deepEqual(rows, want);
        }
      },
    ),
  );
});

test('histogram records move to the segment and rows point to them', () => {
  const segment = HeadSegment.create(0, 10, 5, 64);
  segment.reset(1);
  for (const byte of [1, 2]) {
    const batch = new MetricBatch(1);
    const i = batch.row();
    batch.series[i] = 3;
    batch.t[i] = byte;
    batch.kind[i] = KIND_HISTOGRAM;
    batch.lo[i] = batch.reserveSide(4);
    batch.hi[i] = 4;
    batch.side.fill(byte, 0, 4);
    segment.append(batch);
  }
  const rows = rowColumns(1);
  segment.readRows(3, 2, rows);
  assert.equal(rows.hasHistograms, true);
  assert.deepEqual([...rows.lo.subarray(0, 2)], [0, 4]);
  assert.deepEqual([...segment.side.subarray(rows.lo[1], rows.lo[1] + rows.hi[1])], [2, 2, 2, 2]);
});

test('refuses what does not fit, by rows and by histogram bytes', () => {
  const segment = HeadSegment.create(0, 2, 5, 8);
  segment.reset(1);
  const one = { sid: 1, t: 1, lo: STALE_LO, hi: STALE_HI, st: 0 };
  assert.equal(segment.fits(batchOf([one, one])), true);
  assert.equal(segment.fits(batchOf([one, one, one])), false);
  const wide = batchOf([one]);
  wide.reserveSide(9);
  assert.equal(segment.fits(wide), false);
});
