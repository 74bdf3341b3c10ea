/**
 * HistogramDataPoint: a histogram with explicit bounds, as the rows of a classic Prometheus histogram.
 *
 * Model: rows `_count`, `_sum` (when the point has one), then `_bucket` for each bound with the counts summed up to it, then
 * `le="+Inf"` with the count. All rows of a point are taken or none.
 */
import { WIRE_FIXED64 } from '../protobuf/reader.ts';
import type { DecodeContext } from './decode-context.ts';
import { readExemplars } from './exemplars.ts';
import {
  HISTOGRAM_ATTRIBUTES,
  HISTOGRAM_BUCKET_COUNTS,
  HISTOGRAM_COUNT,
  HISTOGRAM_EXEMPLARS,
  HISTOGRAM_EXPLICIT_BOUNDS,
  HISTOGRAM_FLAGS,
  HISTOGRAM_SUM,
} from './fields.ts';
import { PointFields } from './point.ts';
import { DERIVED_BUCKET, DERIVED_COUNT, DERIVED_SUM } from './series-lookup.ts';
import { WordList } from './word-list.ts';

/** The bits of +Infinity. */
const INFINITY_HIGH = 0x7ff00000;

const counts = new WordList();
const bounds = new WordList();
const fields = new PointFields(HISTOGRAM_ATTRIBUTES, HISTOGRAM_FLAGS, HISTOGRAM_EXEMPLARS);

/** Reads the point that is the reader's current field. */
export function readHistogramPoint(context: DecodeContext): void {
  const { reader, lookup } = context;
  const outer = reader.enter();
  let count = 0;
  let sumLow = 0;
  let sumHigh = 0;
  let hasSum = false;
  fields.begin(context);
  counts.clear();
  bounds.clear();
  for (let at = reader.pos; reader.next(); at = reader.pos) {
    switch (reader.field) {
      case HISTOGRAM_COUNT:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        count = reader.high * 4294967296 + reader.low;
        break;
      case HISTOGRAM_SUM:
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        sumLow = reader.low;
        sumHigh = reader.high;
        hasSum = true;
        break;
      case HISTOGRAM_BUCKET_COUNTS:
        counts.read(reader);
        break;
      case HISTOGRAM_EXPLICIT_BOUNDS:
        bounds.read(reader);
        break;
      default:
        fields.read(context, at);
    }
  }
  reader.leave(outer);
  if (!fields.admit(context) || !boundsIncrease(context)) return;
  context.reserve(bounds.n + 3);
  lookup.labels.beginPoint(fields.start, fields.end, HISTOGRAM_ATTRIBUTES);
  const firstRow = context.batch.n;
  const taken = fields.isStale ? staleRows(context) : rows(context, count, hasSum, sumLow, sumHigh);
  if (!taken) {
    context.refuseSeries(firstRow);
    return;
  }
  context.take();
  if (fields.hasExemplars) {
    const { start, end } = fields;
    readExemplars(context, start, end, HISTOGRAM_EXEMPLARS, bucketSeries(context));
  }
}

function rows(
  context: DecodeContext,
  count: number,
  hasSum: boolean,
  sumLow: number,
  sumHigh: number,
): boolean {
  const { lookup } = context;
  let series = lookup.derived(DERIVED_COUNT, 0, 0);
  if (series === 0) return false;
  context.numberRow(series, count, true);
  if (hasSum) {
    series = lookup.derived(DERIVED_SUM, 0, 0);
    if (series === 0) return false;
    context.row(series, sumLow, sumHigh, false);
  }
  const buckets = Math.min(bounds.n, counts.n);
  let cumulative = 0;
  for (let i = 0; i < buckets; i++) {
    cumulative += counts.uint(i);
    series = lookup.derived(DERIVED_BUCKET, bounds.low[i] ?? 0, bounds.high[i] ?? 0);
    if (series === 0) return false;
    context.numberRow(series, cumulative, false);
  }
  series = lookup.derived(DERIVED_BUCKET, 0, INFINITY_HIGH);
  if (series === 0) return false;
  context.numberRow(series, count, false);
  return true;
}

/** The end of every series of the histogram; such a point has no sum and often no buckets. */
function staleRows(context: DecodeContext): boolean {
  const { lookup } = context;
  for (const tag of [DERIVED_COUNT, DERIVED_SUM]) {
    const series = lookup.derived(tag, 0, 0);
    if (series === 0) return false;
    context.staleRow(series, tag === DERIVED_COUNT);
  }
  for (let i = 0; i <= bounds.n; i++) {
    const low = i < bounds.n ? (bounds.low[i] ?? 0) : 0;
    const high = i < bounds.n ? (bounds.high[i] ?? 0) : INFINITY_HIGH;
    const series = lookup.derived(DERIVED_BUCKET, low, high);
    if (series === 0) return false;
    context.staleRow(series, false);
  }
  return true;
}

/** Bounds must increase; a NaN among them does not. */
function boundsIncrease(context: DecodeContext): boolean {
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < bounds.n; i++) {
    const bound = bounds.double(i);
    if (!(bound > before || (i === 0 && bound === before))) {
      return context.refuse('invalid_value', 'explicit_bounds do not increase');
    }
    before = bound;
  }
  return true;
}

/** The bucket series an exemplar with a value belongs to. */
function bucketSeries(context: DecodeContext): (value: number) => number {
  return (value) => {
    const buckets = Math.min(bounds.n, counts.n);
    let i = 0;
    while (i < buckets && !(value <= bounds.double(i))) i++;
    const low = i < buckets ? (bounds.low[i] ?? 0) : 0;
    const high = i < buckets ? (bounds.high[i] ?? 0) : INFINITY_HIGH;
    return context.lookup.derived(DERIVED_BUCKET, low, high);
  };
}
