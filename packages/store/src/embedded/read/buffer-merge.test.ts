import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Histogram } from '@sightline/wire';
import fc from 'fast-check';
import { SampleBuffer } from '../../querier.ts';
import { mergeAppended } from './buffer-merge.ts';

const h: Histogram = {
  schema: 0,
  resetHint: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positiveSpans: [],
  negativeSpans: [],
  positiveBuckets: [],
  negativeBuckets: [],
  customValues: [],
};

test('of equal times the row of the later source stays', () => {
  const source = fc.record({
    times: fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 20 }),
    started: fc.boolean(),
    histograms: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(source, { maxLength: 6 }), (sources) => {
      const buffer = new SampleBuffer();
      const want = new Map<number, { v: number; st: number; histogram: boolean }>();
      sources.forEach(({ times, started, histograms }, i) => {
        const start = buffer.n;
        buffer.reserve(start + times.length);
        if (started && !buffer.hasStart) buffer.st.fill(0, 0, start);
        buffer.hasStart ||= started;
        buffer.hasHistograms ||= histograms;
        for (const t of times.sort((a, b) => a - b)) {
          const row = buffer.n++;
          buffer.t[row] = t;
          buffer.v[row] = i;
          buffer.st[row] = started ? i + 1 : 0;
          if (buffer.hasHistograms) buffer.h[row] = histograms ? h : undefined;
          want.set(t, { v: i, st: started ? i + 1 : 0, histogram: histograms });
        }
        mergeAppended(buffer, start);
      });
      const rows = [...want].sort(([a], [b]) => a - b);
      assert.equal(buffer.n, rows.length);
      rows.forEach(([t, { v, st, histogram }], row) => {
        assert.equal(buffer.t[row], t);
        assert.equal(buffer.v[row], v);
        if (buffer.hasStart) assert.equal(buffer.st[row], st);
        else assert.equal(st, 0);
        assert.equal(buffer.hasHistograms && buffer.h[row] !== undefined, histogram);
      });
    }),
    { numRuns: 1000 },
  );
});
