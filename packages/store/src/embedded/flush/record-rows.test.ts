import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spanBatchOf, type TestSpan } from '../read/records/test-spans.ts';
import { orderRecords } from './record-order.ts';
import { encodeBlocks, type RecordRows } from './record-rows.ts';

/** Traces of so many spans, one behind the other. */
function rowsOf(sizes: readonly number[]): RecordRows & { n: number } {
  const spans = sizes.flatMap((size, trace) =>
    Array.from(
      { length: size },
      (_, id): TestSpan => ({
        service: 'shop',
        trace: trace + 1,
        id: id + 1,
        parent: 0,
        name: 'GET /',
        start: trace * 1e9 + id,
        duration: 1,
        kind: 1,
        status: 0,
        fields: [],
      }),
    ),
  );
  const batch = spanBatchOf(spans, () => 1);
  const { startLo: lo, startHi: hi, endLo, endHi, at, length, kind, status, side, n } = batch;
  return { signal: 'spans', lo, hi, endLo, endHi, at, length, level: kind, status, side, n };
}

/** Rows and traces of each block. */
function blocksOf(sizes: readonly number[]): [rows: number, traces: number][] {
  const from = rowsOf(sizes);
  const rows = Uint32Array.from({ length: from.n }, (_, i) => i);
  const streams = new Uint32Array(from.n).fill(1);
  const order = orderRecords(from, rows, streams);
  const blocks = encodeBlocks(from, rows, order, streams, (why) => assert.fail(String(why)));
  return Array.from(blocks, ({ rows, traces }) => [rows, traces.length / 16]);
}

test('blocks end between traces, but for large ones', () => {
  const cases: [number[], [number, number][]][] = [
    [[5], [[5, 1]]],
    [
      [15_000, 1384, 1],
      [
        [16_384, 2],
        [1, 1],
      ],
    ],
    [
      [15_000, 1385, 1],
      [
        [15_000, 1],
        [1386, 2],
      ],
    ],
    [
      [16_000, 300, 300, 1],
      [
        [16_300, 2],
        [301, 2],
      ],
    ],
    [
      [14_000, 3000, 1],
      [
        [16_384, 2],
        [617, 2],
      ],
    ],
    [
      [20_000, 1],
      [
        [16_384, 1],
        [3617, 2],
      ],
    ],
  ];
  for (const [sizes, want] of cases) assert.deepEqual(blocksOf(sizes), want, String(sizes));
});
