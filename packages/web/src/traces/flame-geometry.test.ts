import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type FlameView, laneHeight, rowAt } from './flame-geometry.ts';
import { lanesOf } from './lanes.ts';
import { anyTrace } from './testing/traces.ts';
import { treeOf } from './tree.ts';

const width = 800;

test('the span under the pointer is the one that is drawn there, whatever is scrolled and zoomed', () => {
  const window = fc
    .tuple(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 20, max: 80 }))
    .map(([fromUs, span]) => ({ fromUs, toUs: fromUs + span }));
  fc.assert(
    fc.property(anyTrace, window, fc.integer({ min: 0, max: 60 }), (trace, shown, scrollTop) => {
      const lanes = lanesOf(trace, treeOf(trace));
      const view: FlameView = {
        window: shown,
        width,
        height: 400,
        scrollTop,
        selected: -1,
        cursor: -1,
        found: undefined,
        foundRows: undefined,
        errors: new Int32Array(),
        showCritical: false,
      };
      const scale = width / (shown.toUs - shown.fromUs);
      for (let row = 0; row < trace.n; row += 1) {
        const span = trace.spanUs[row] ?? 0;
        const x = ((trace.startUs[row] ?? 0) + span / 2 - shown.fromUs) * scale;
        const y = ((lanes.lane[row] ?? 0) + 0.5) * laneHeight - scrollTop;
        // A sliver shares its pixels with its neighbours.
        if (span * scale >= 6) assert.equal(rowAt({ trace, lanes }, view, x, y), row);
      }
      assert.equal(rowAt({ trace, lanes }, view, 5, (lanes.count + 1) * laneHeight), -1);
    }),
  );
});
