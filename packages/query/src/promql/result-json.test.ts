import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Labels } from '@sightline/store';
import fc from 'fast-check';
import { formatSample } from './number-format.ts';
import type { QueryResult } from './result.ts';
import { encodeQueryData } from './result-json.ts';

const notes = { warnings: [], infos: [] };

function text(result: QueryResult, stats?: object): string {
  return Buffer.concat(encodeQueryData(result, undefined, stats)).toString();
}

test('scalars and strings', () => {
  const is = (result: QueryResult, want: string) => assert.equal(text(result), want);
  is(
    { type: 'scalar', t: 1500, value: Number.POSITIVE_INFINITY, ...notes },
    '{"resultType":"scalar","result":[1.500,"+Inf"]}',
  );
  is(
    { type: 'string', t: -1, value: 'a"b\n', ...notes },
    '{"resultType":"string","result":[-0.001,"a\\"b\\n"]}',
  );
});

test('vectors and matrices', () => {
  const labels = Labels.of({ __name__: 'x', host: 'ü"' });
  const h = {
    schema: 0,
    resetHint: 0 as const,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 2,
    sum: 3,
    positiveSpans: [{ offset: 1, length: 1 }],
    negativeSpans: [],
    positiveBuckets: [2],
    negativeBuckets: [],
    customValues: [],
  };
  const series = [
    { labels, t: Float64Array.of(1000, 2005), v: Float64Array.of(1.5, 0), h: [undefined, h] },
  ];
  assert.equal(
    text({ type: 'matrix', series, ...notes }, { a: 1 }),
    '{"resultType":"matrix","result":[{"metric":{"__name__":"x","host":"ü\\""},"values":[[1,"1.5"]],' +
      '"histograms":[[2.005,{"count":"2","sum":"3","buckets":[[0,"1","2","2"]]}]]}],"stats":{"a":1}}',
  );
  const one = [
    { labels: Labels.empty, t: Float64Array.of(60_000), v: Float64Array.of(-7), h: null },
  ];
  assert.equal(
    text({ type: 'vector', series: one, ...notes }),
    '{"resultType":"vector","result":[{"metric":{},"value":[60,"-7"]}]}',
  );
  assert.equal(
    text({ type: 'vector', series: [], ...notes }),
    '{"resultType":"vector","result":[]}',
  );
});

test('an answer of any size is JSON with every sample in it', () => {
  const point = fc.tuple(
    fc.integer({ min: -1e12, max: 1e15 }),
    fc.oneof(fc.double(), fc.integer()),
  );
  const samples = fc.array(point, { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string({ unit: 'binary' }), samples), { maxLength: 30 }),
      (all) => {
        const series = all.map(([host, points]) => ({
          labels: Labels.of({ host }),
          t: Float64Array.from(points, ([t]) => t),
          v: Float64Array.from(points, ([, v]) => v),
          h: null,
        }));
        const answer = JSON.parse(text({ type: 'matrix', series, ...notes }));
        assert.deepEqual(
          answer.result,
          all.map(([host, points]) => ({
            metric: host === '' ? {} : { host },
            values: points.map(([t, v]) => [t / 1000, formatSample(v)]),
          })),
        );
      },
    ),
    { numRuns: 30 },
  );
});
