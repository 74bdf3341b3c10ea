import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lanesOf } from './lanes.ts';
import { anyTrace, traceWith } from './testing/traces.ts';
import { endOf } from './trace.ts';
import { treeOf } from './tree.ts';

test('children that follow each other share a lane, those that overlap do not', () => {
  const trace = traceWith([
    { name: 'root', start: 0, duration: 100 },
    { name: 'one', parent: 0, start: 0, duration: 10 },
    { name: 'two', parent: 0, start: 10, duration: 10 },
    { name: 'beside two', parent: 0, start: 15, duration: 10 },
    { name: 'below two', parent: 2, start: 16, duration: 2 },
  ]);
  const lanes = lanesOf(trace, treeOf(trace));
  assert.deepEqual([...lanes.lane], [0, 1, 1, 2, 3]);
  assert.equal(lanes.count, 4);
});

test('no two spans of a lane overlap, and every span lies below its parent', () => {
  fc.assert(
    fc.property(anyTrace, (trace) => {
      const tree = treeOf(trace);
      const lanes = lanesOf(trace, tree);
      assert.equal(lanes.first[lanes.count], trace.n);
      for (let lane = 0; lane < lanes.count; lane += 1) {
        const rows = [...lanes.rows.subarray(lanes.first[lane], lanes.first[lane + 1])];
        assert.ok(rows.length > 0);
        for (const [index, row] of rows.entries()) {
          assert.equal(lanes.lane[row], lane);
          const before = rows[index - 1];
          if (before !== undefined) assert.ok(endOf(trace, before) <= (trace.startUs[row] ?? 0));
          const up = tree.parent[row] ?? -1;
          if (up >= 0) assert.ok(lane > (lanes.lane[up] ?? 0));
        }
      }
    }),
  );
});

test('100,000 spans side by side are placed in time that is not quadratic', () => {
  const n = 100_000;
  const wide = traceWith(
    Array.from({ length: n }, (_, row) => ({
      name: 'x',
      parent: row === 0 ? -1 : 0,
      start: row,
      duration: n,
    })),
  );
  assert.equal(lanesOf(wide, treeOf(wide)).count, n);
});
