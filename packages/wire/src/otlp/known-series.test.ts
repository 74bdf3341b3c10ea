/** Whatever has been decoded before, a request decodes as if it were the first: caches and hashes never mix up series. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MetricBatch } from '../model/batch.ts';
import { OtlpMetricsDecoder } from './decode-metrics.ts';
import { METRICS_REQUEST } from './json/schema.ts';
import { JsonTranscoder } from './json/transcode.ts';
import { DEFAULT_OTLP_OPTIONS } from './options.ts';
import { decode, LIMITS, RecordingResolver, rowsText } from './test-payload.ts';

const word = fc.constantFrom('', 'a', 'b', 'ab', 'a.b', 'a_b', 'le', 'job', 'x');
const value = fc.oneof(
  fc.record({ stringValue: word }),
  fc.record({ intValue: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ boolValue: fc.boolean() }),
);
const attributes = fc.array(fc.record({ key: word, value }), { maxLength: 3 });
const resource = fc.record({
  attributes: fc.array(
    fc.record({ key: fc.constantFrom('service.name', 'service.instance.id', 'host', 'a'), value }),
    { maxLength: 3 },
  ),
});
const timed = { timeUnixNano: fc.constantFrom('1000000', '2000000'), attributes };
const numbers = fc.array(fc.record({ ...timed, asInt: fc.nat(3) }), { maxLength: 3 });
const histograms = fc.array(
  fc.record({
    ...timed,
    count: fc.constant('3'),
    sum: fc.constant(1),
    bucketCounts: fc.constant([1, 1, 1]),
    explicitBounds: fc.constantFrom([1, 2], [2, 3], [1, 3], []),
  }),
  { maxLength: 2 },
);
const quantiles = fc.array(fc.record({ quantile: fc.constantFrom(0, 0.5, 1), value: fc.nat(2) }), {
  maxLength: 2,
});
const summaries = fc.array(fc.record({ ...timed, quantileValues: quantiles }), { maxLength: 2 });
const data = fc.oneof(
  numbers.map((dataPoints) => ({ gauge: { dataPoints } })),
  fc.tuple(numbers, fc.boolean()).map(([dataPoints, isMonotonic]) => ({
    sum: { dataPoints, isMonotonic, aggregationTemporality: 2 },
  })),
  histograms.map((dataPoints) => ({ histogram: { dataPoints, aggregationTemporality: 2 } })),
  summaries.map((dataPoints) => ({ summary: { dataPoints } })),
);
const metric = fc
  .tuple(fc.record({ name: word, unit: fc.constantFrom('', '1', 'a'), description: word }), data)
  .map(([header, points]) => ({ ...header, ...points }));
const scopeMetrics = fc.record({
  scope: fc.record({ name: word, version: word, attributes }),
  schemaUrl: word,
  metrics: fc.array(metric, { maxLength: 3 }),
});
const request = fc.record({
  resourceMetrics: fc.array(
    fc.record({ resource, scopeMetrics: fc.array(scopeMetrics, { maxLength: 2 }) }),
    { maxLength: 2 },
  ),
});

for (const promoteScopeMetadata of [false, true]) {
  test(`known series are the series that they were, scopes ${promoteScopeMetadata}`, () => {
    const transcoder = new JsonTranscoder();
    const options = { promoteScopeMetadata, promoteResourceAttributes: ['host', 'a'] };
    const decoder = new OtlpMetricsDecoder({ ...DEFAULT_OTLP_OPTIONS, ...options });
    const resolver = new RecordingResolver();
    const utf8 = new TextEncoder();
    fc.assert(
      fc.property(request, (json) => {
        const body = transcoder
          .transcode(utf8.encode(JSON.stringify(json)), METRICS_REQUEST)
          .slice();
        const batch = new MetricBatch();
        decoder.decode(body, resolver, LIMITS, batch);
        const fresh = decode(body, options);
        assert.deepEqual(rowsText(batch, resolver), fresh.rows);
        assert.deepEqual([...batch.rejected], [...fresh.batch.rejected]);
      }),
      { numRuns: 1500 },
    );
  });
}
