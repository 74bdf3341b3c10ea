/**
 * ExponentialHistogramDataPoint: kept as a native histogram, one row each.
 *
 * OpenTelemetry's bucket i holds (base^i, base^(i+1)], Prometheus' bucket i holds (base^(i-1), base^i], hence the shift by one.
 * Native schemas end at 8: finer scales are merged down by halving the resolution; scales below -4 are refused, as in
 * Prometheus (prometheusremotewrite/histograms.go).
 */

import { KIND_DELTA, STALE_HI, STALE_LO } from '../model/batch.ts';
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import { type Histogram, RESET_UNKNOWN, type Span } from '../model/histogram.ts';
import { appendHistogram } from '../model/histogram-record.ts';
import { WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import type { DecodeContext } from './decode-context.ts';
import { readExemplars } from './exemplars.ts';
import {
  BUCKETS_COUNTS,
  BUCKETS_OFFSET,
  EXPONENTIAL_ATTRIBUTES,
  EXPONENTIAL_COUNT,
  EXPONENTIAL_EXEMPLARS,
  EXPONENTIAL_FLAGS,
  EXPONENTIAL_NEGATIVE,
  EXPONENTIAL_POSITIVE,
  EXPONENTIAL_SCALE,
  EXPONENTIAL_SUM,
  EXPONENTIAL_ZERO_COUNT,
  EXPONENTIAL_ZERO_THRESHOLD,
} from './fields.ts';
import { PointFields } from './point.ts';

const MIN_SCALE = -4;
const MAX_SCHEMA = 8;
const DEFAULT_ZERO_THRESHOLD = 1e-128;
/** Gaps of up to this many empty buckets are filled rather than begin a span (client_golang does the same). */
const MAX_FILLED_GAP = 2;
/** Buckets of one point on one side; OpenTelemetry's own default is 160. */
const MAX_BUCKETS = 65_536;
const MAX_SIDE_BYTES = 64 * 1024 * 1024;

const staleSum = new Float64Array(new Uint32Array([STALE_LO, STALE_HI]).buffer)[0] ?? Number.NaN;

/** Dense buckets of one side as they are on the wire. */
class Buckets {
  offset = 0;
  n = 0;
  counts = new Float64Array(160);

  /** Counts past MAX_BUCKETS are not kept: the point will be refused for their number. */
  push(count: number): void {
    if (this.n >= MAX_BUCKETS) {
      this.n++;
      return;
    }
    if (this.n === this.counts.length) {
      const bigger = new Float64Array(this.n * 2);
      bigger.set(this.counts);
      this.counts = bigger;
    }
    this.counts[this.n++] = count;
  }

  clear(): void {
    this.offset = 0;
    this.n = 0;
  }
}

const positive = new Buckets();
const negative = new Buckets();
const fields = new PointFields(EXPONENTIAL_ATTRIBUTES, EXPONENTIAL_FLAGS, EXPONENTIAL_EXEMPLARS);

/** Reads the point that is the reader's current field. */
export function readExponentialPoint(context: DecodeContext): void {
  const { reader, lookup } = context;
  const outer = reader.enter();
  let scale = 0;
  fields.begin(context);
  const h = emptyHistogram();
  positive.clear();
  negative.clear();
  for (let at = reader.pos; reader.next(); at = reader.pos) {
    if (reader.field === EXPONENTIAL_SCALE) {
      reader.expect(WIRE_VARINT);
      scale = reader.sint32();
    } else readField(context, h, at);
  }
  reader.leave(outer);
  if (!fields.admit(context)) return;
  if (fields.isStale) makeStale(h);
  else if (!fill(context, h, scale)) return;
  lookup.labels.beginPoint(fields.start, fields.end, EXPONENTIAL_ATTRIBUTES);
  const series = lookup.own();
  if (series === 0) {
    context.refuseSeries(context.batch.n);
    return;
  }
  context.row(series, 0, 0, true);
  const row = context.batch.n - 1;
  appendHistogram(context.batch, row, h);
  if (context.delta) context.batch.kind[row] = (context.batch.kind[row] ?? 0) | KIND_DELTA;
  if (context.batch.sideLength > MAX_SIDE_BYTES) {
    throw new RequestLimitError(`more than ${MAX_SIDE_BYTES} bytes of histograms in one request`);
  }
  context.take();
  if (fields.hasExemplars) {
    readExemplars(context, fields.start, fields.end, EXPONENTIAL_EXEMPLARS, () => series);
  }
}

function readField(context: DecodeContext, h: Histogram, at: number): void {
  const { reader } = context;
  switch (reader.field) {
    case EXPONENTIAL_COUNT:
      reader.expect(WIRE_FIXED64);
      reader.fixed64();
      h.count = reader.high * 4294967296 + reader.low;
      break;
    case EXPONENTIAL_SUM:
      reader.expect(WIRE_FIXED64);
      h.sum = reader.double();
      break;
    case EXPONENTIAL_ZERO_COUNT:
      reader.expect(WIRE_FIXED64);
      reader.fixed64();
      h.zeroCount = reader.high * 4294967296 + reader.low;
      break;
    case EXPONENTIAL_ZERO_THRESHOLD:
      reader.expect(WIRE_FIXED64);
      h.zeroThreshold = reader.double();
      break;
    case EXPONENTIAL_POSITIVE:
      readBuckets(context, positive);
      break;
    case EXPONENTIAL_NEGATIVE:
      readBuckets(context, negative);
      break;
    default:
      fields.read(context, at);
  }
}

function readBuckets(context: DecodeContext, buckets: Buckets): void {
  const { reader } = context;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === BUCKETS_OFFSET) {
      reader.expect(WIRE_VARINT);
      buckets.offset = reader.sint32();
    } else if (reader.field !== BUCKETS_COUNTS) {
      reader.skip();
    } else if (reader.wireType === WIRE_VARINT) {
      buckets.push(reader.uint64());
    } else {
      const length = reader.length();
      const last = reader.pos + length;
      while (reader.pos < last) buckets.push(reader.uint64());
      if (reader.pos !== last) throw new DecodeError('packed counts past their end', last);
    }
  }
  reader.leave(outer);
}

/** Turns scale and dense buckets into the histogram's; false when the point was refused. */
function fill(context: DecodeContext, h: Histogram, scale: number): boolean {
  if (scale < MIN_SCALE) {
    return context.refuse('unsupported', `scale ${scale} is below ${MIN_SCALE}`);
  }
  for (const buckets of [positive, negative]) {
    if (buckets.n > MAX_BUCKETS) {
      return context.refuse('unsupported', `${buckets.n} buckets, at most ${MAX_BUCKETS}`);
    }
    // Prometheus' indexes are 32-bit; room for the shift is left.
    if (buckets.offset + buckets.n > 0x7ffffffe) {
      return context.refuse('invalid_value', `bucket offset ${buckets.offset} is out of range`);
    }
  }
  h.schema = Math.min(scale, MAX_SCHEMA);
  // More than 31 halvings leave nothing but the sign of an index.
  const halvings = Math.min(scale - h.schema, 31);
  const inBuckets =
    sparse(positive, halvings, h.positiveSpans, h.positiveBuckets) +
    sparse(negative, halvings, h.negativeSpans, h.negativeBuckets);
  if (!(h.zeroThreshold > 0)) h.zeroThreshold = DEFAULT_ZERO_THRESHOLD;
  const all = inBuckets + h.zeroCount;
  // Above 2^53 the sums are not exact any more; a NaN observed is counted but has no bucket.
  const fits = all === h.count || all > 2 ** 53 || (Number.isNaN(h.sum) && all < h.count);
  return fits || context.refuse('invalid_value', `${all} in buckets, count is ${h.count}`);
}

/** Dense to sparse; returns the sum of the counts. */
function sparse(dense: Buckets, halvings: number, spans: Span[], counts: number[]): number {
  let sum = 0;
  let last = 0;
  for (let i = 0; i < dense.n; i++) {
    const count = dense.counts[i] ?? 0;
    if (count === 0) continue;
    sum += count;
    const index = ((dense.offset + i) >> halvings) + 1;
    const span = spans.at(-1);
    if (span === undefined) {
      spans.push({ offset: index, length: 1 });
      counts.push(count);
    } else if (index === last) {
      counts[counts.length - 1] = (counts.at(-1) ?? 0) + count;
    } else {
      const gap = index - last - 1;
      if (gap > MAX_FILLED_GAP) spans.push({ offset: gap, length: 1 });
      else {
        for (let j = 0; j < gap; j++) counts.push(0);
        span.length += gap + 1;
      }
      counts.push(count);
    }
    last = index;
  }
  return sum;
}

function makeStale(h: Histogram): void {
  h.count = 0;
  h.zeroCount = 0;
  h.sum = staleSum;
  h.zeroThreshold = DEFAULT_ZERO_THRESHOLD;
}

function emptyHistogram(): Histogram {
  return {
    schema: 0,
    resetHint: RESET_UNKNOWN,
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
}
