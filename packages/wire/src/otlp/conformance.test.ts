/** OpenTelemetry's own example of a metrics request in JSON: every point of it must come out, whatever it says. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { KIND_DELTA, KIND_HISTOGRAM, MetricBatch } from '../model/batch.ts';
import { readHistogram } from '../model/histogram-record.ts';
import { decodeOtlpMetricsJson } from './decode-metrics.ts';
import { DEFAULT_OTLP_OPTIONS } from './options.ts';
import { LIMITS, RecordingResolver, rowsText } from './test-payload.ts';

const file = new URL('../../../../../shared/conformance/otlp/metrics.json', import.meta.url);
const skip = existsSync(file) ? false : `skipped: no ${file.pathname}`;

interface Attribute {
  key: string;
  value: { stringValue?: string };
}
interface Point {
  timeUnixNano: string;
  startTimeUnixNano?: string;
  attributes: Attribute[];
  asDouble?: number;
  count?: string;
  sum?: number;
  zeroCount?: string;
  bucketCounts?: string[];
  explicitBounds?: number[];
  positive?: { bucketCounts: string[] };
}
interface Data {
  aggregationTemporality?: number;
  dataPoints: Point[];
}
interface Metric {
  name: string;
  gauge?: Data;
  sum?: Data;
  histogram?: Data;
  exponentialHistogram?: Data;
}

test('the example of a metrics request', { skip }, () => {
  const json = readFileSync(file);
  const resolver = new RecordingResolver();
  const batch = new MetricBatch();
  decodeOtlpMetricsJson(json, resolver, LIMITS, DEFAULT_OTLP_OPTIONS, batch);
  assert.deepEqual(batch.rejections, []);
  const rows = rowsText(batch, resolver);
  let row = 0;
  for (const metric of metricsOf(JSON.parse(json.toString()))) {
    const data = metric.gauge ?? metric.sum ?? metric.histogram ?? metric.exponentialHistogram;
    assert.ok(data !== undefined);
    for (const point of data.dataPoints) {
      const name = metric.name.replaceAll('.', '_');
      const values = metric.exponentialHistogram === undefined ? valuesOf(point) : [];
      for (const value of values) {
        const text = rows[row] ?? '';
        assert.ok(text.startsWith(name), `${text} is of ${name}`);
        assert.equal(batch.t[row], Number(BigInt(point.timeUnixNano) / 1_000_000n));
        assert.match(text, new RegExp(`} ${value} @`));
        for (const { key, value: any } of point.attributes) {
          assert.ok(text.includes(`${key.replaceAll('.', '_')}="${any.stringValue}"`), text);
        }
        assert.equal(
          ((batch.kind[row] ?? 0) & KIND_DELTA) !== 0,
          data.aggregationTemporality === 1,
        );
        row++;
      }
      if (values.length === 0) {
        assert.equal((batch.kind[row] ?? 0) & KIND_HISTOGRAM, KIND_HISTOGRAM);
        const h = readHistogram(batch.side, batch.lo[row] ?? 0, batch.hi[row] ?? 0);
        assert.deepEqual(
          [h.count, h.sum, h.zeroCount],
          [point.count, point.sum, point.zeroCount].map(Number),
        );
        const filled = (point.positive?.bucketCounts ?? [])
          .map(Number)
          .filter((count) => count > 0);
        assert.deepEqual(
          h.positiveBuckets.filter((count) => count > 0),
          filled,
        );
        row++;
      }
    }
  }
  assert.equal(row, batch.n);
});

function* metricsOf(request: {
  resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[];
}): Generator<Metric> {
  for (const { scopeMetrics } of request.resourceMetrics) {
    for (const { metrics } of scopeMetrics) yield* metrics;
  }
}

/** The values of a point's rows in order: of a number its own, of a histogram count, sum and cumulative buckets. */
function valuesOf(point: Point): number[] {
  if (point.asDouble !== undefined) return [point.asDouble];
  let cumulative = 0;
  const bounded = (point.bucketCounts ?? []).slice(0, point.explicitBounds?.length);
  const buckets = bounded.map((count) => (cumulative += Number(count)));
  return [Number(point.count), Number(point.sum), ...buckets, Number(point.count)];
}
