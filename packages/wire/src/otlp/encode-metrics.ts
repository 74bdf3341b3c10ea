/**
 * Points to an ExportMetricsServiceRequest (decode-metrics.ts is its counterpart).
 *
 * Model: points of the same metric (name, kind, unit) become one Metric message, in the order in which the metric is first seen.
 * Values are written as doubles; sums are cumulative.
 */
import { ProtobufWriter } from '../protobuf/writer.ts';
import {
  type OtlpAttributes,
  type OtlpSender,
  writeAttributes,
  writeCount,
  writeCountWords,
  writeDouble,
  writeRequest,
  writeTime,
  writeVarint,
} from './encode-resource.ts';
import {
  DATA_IS_MONOTONIC,
  DATA_POINTS,
  DATA_TEMPORALITY,
  HISTOGRAM_ATTRIBUTES,
  HISTOGRAM_BUCKET_COUNTS,
  HISTOGRAM_COUNT,
  HISTOGRAM_EXPLICIT_BOUNDS,
  HISTOGRAM_SUM,
  METRIC_DESCRIPTION,
  METRIC_GAUGE,
  METRIC_HISTOGRAM,
  METRIC_NAME,
  METRIC_SUM,
  METRIC_UNIT,
  NUMBER_AS_DOUBLE,
  NUMBER_ATTRIBUTES,
  POINT_START_TIME,
  POINT_TIME,
  SCOPE_METRICS_METRICS,
  TEMPORALITY_CUMULATIVE,
} from './fields.ts';

export interface OtlpPoint {
  readonly name: string;
  readonly kind: 'gauge' | 'counter' | 'updowncounter' | 'histogram';
  readonly unit: string;
  readonly description: string;
  readonly attributes: OtlpAttributes;
  /** Unix time; `startMs` is when a counter or histogram began, 0 when that is not known. */
  readonly timeMs: number;
  readonly startMs: number;
  /** Of a histogram the number of observations. */
  readonly value: number;
  /** Of a histogram: ascending upper bounds, observations per bucket (one more), their sum. */
  readonly distribution?:
    | {
        readonly bounds: readonly number[];
        readonly buckets: ArrayLike<number>;
        readonly sum: number;
      }
    | undefined;
}

/** The body of a request with these points. */
export function encodeOtlpMetrics(sender: OtlpSender, points: readonly OtlpPoint[]): Uint8Array {
  const metrics = new Map<string, OtlpPoint[]>();
  for (const point of points) {
    const key = `${point.name}\0${point.kind}\0${point.unit}`;
    const same = metrics.get(key);
    if (same === undefined) metrics.set(key, [point]);
    else same.push(point);
  }
  const writer = new ProtobufWriter();
  writeRequest(writer, sender, () => {
    for (const same of metrics.values()) {
      writer.message(SCOPE_METRICS_METRICS, () => writeMetric(writer, same));
    }
  });
  return writer.finish();
}

function writeMetric(writer: ProtobufWriter, points: readonly OtlpPoint[]): void {
  const [first] = points;
  if (first === undefined) return;
  const { kind } = first;
  writer.text(METRIC_NAME, first.name);
  if (first.description !== '') writer.text(METRIC_DESCRIPTION, first.description);
  if (first.unit !== '') writer.text(METRIC_UNIT, first.unit);
  const field =
    kind === 'gauge' ? METRIC_GAUGE : kind === 'histogram' ? METRIC_HISTOGRAM : METRIC_SUM;
  writer.message(field, () => {
    for (const point of points) writer.message(DATA_POINTS, () => writePoint(writer, point));
    if (kind !== 'gauge') writeVarint(writer, DATA_TEMPORALITY, TEMPORALITY_CUMULATIVE);
    if (kind === 'counter') writeVarint(writer, DATA_IS_MONOTONIC, 1);
  });
}

function writePoint(writer: ProtobufWriter, point: OtlpPoint): void {
  if (point.kind !== 'gauge' && point.startMs > 0) {
    writeTime(writer, POINT_START_TIME, point.startMs);
  }
  writeTime(writer, POINT_TIME, point.timeMs);
  if (point.kind !== 'histogram') {
    writeDouble(writer, NUMBER_AS_DOUBLE, point.value);
    writeAttributes(writer, NUMBER_ATTRIBUTES, point.attributes);
    return;
  }
  writeCount(writer, HISTOGRAM_COUNT, point.value);
  writeAttributes(writer, HISTOGRAM_ATTRIBUTES, point.attributes);
  const { distribution } = point;
  if (distribution === undefined) return;
  const { bounds, buckets, sum } = distribution;
  writeDouble(writer, HISTOGRAM_SUM, sum);
  writer.message(HISTOGRAM_BUCKET_COUNTS, () => {
    for (let i = 0; i < buckets.length; i++) writeCountWords(writer, buckets[i] ?? 0);
  });
  writer.message(HISTOGRAM_EXPLICIT_BOUNDS, () => {
    for (const bound of bounds) writer.double(bound);
  });
}
