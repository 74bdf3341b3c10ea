import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CUSTOM_SCHEMA, type Histogram } from '@sightline/wire';
import { histogramJson } from './json.ts';

const empty: Histogram = {
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

test('histograms as the API shows them', () => {
  const is = (h: Partial<Histogram>, want: string) =>
    assert.equal(histogramJson({ ...empty, ...h }), want);
  is({ count: 2, sum: Number.NaN }, '{"count":"2","sum":"NaN"}');
  is(
    {
      count: 7,
      sum: -1.5,
      zeroThreshold: 0.25,
      zeroCount: 1,
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveBuckets: [1, 0, 2],
      negativeSpans: [{ offset: 1, length: 1 }],
      negativeBuckets: [3],
    },
    '{"count":"7","sum":"-1.5","buckets":[[1,"-2","-1","3"],[3,"-0.25","0.25","1"],[0,"0.5","1","1"],[0,"2","4","2"]]}',
  );
  is(
    {
      schema: CUSTOM_SCHEMA,
      count: 3,
      sum: 9,
      positiveSpans: [{ offset: 0, length: 3 }],
      positiveBuckets: [1, 1, 1],
      customValues: [5, 10],
    },
    '{"count":"3","sum":"9","buckets":[[3,"-Inf","5","1"],[0,"5","10","1"],[0,"10","+Inf","1"]]}',
  );
});
