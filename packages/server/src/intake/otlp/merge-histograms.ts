/** Adds native histograms: what a run of delta histograms has come to. */
import { type Histogram, RESET_UNKNOWN, reduceResolution, type Span } from '@sightline/wire';

/** Buckets a side may have before its resolution is halved; OpenTelemetry's SDKs keep to 160 in one interval. */
const MAX_BUCKETS = 320;
const MIN_SCHEMA = -4;
/** Empty buckets written rather than beginning a span. */
const MAX_FILLED_GAP = 2;

/**
 * The sum of two histograms of exponential schemas, at the coarser of their schemas (both may be reduced to it in place);
 * null when their zero buckets differ in width and they cannot be added.
 */
export function addHistograms(a: Histogram, b: Histogram): Histogram | null {
  if (a.zeroThreshold !== b.zeroThreshold) return null;
  const schema = Math.min(a.schema, b.schema);
  reduceResolution(a, schema);
  reduceResolution(b, schema);
  const positive = addSide(a.positiveSpans, a.positiveBuckets, b.positiveSpans, b.positiveBuckets);
  const negative = addSide(a.negativeSpans, a.negativeBuckets, b.negativeSpans, b.negativeBuckets);
  const sum: Histogram = {
    schema,
    resetHint: RESET_UNKNOWN,
    zeroThreshold: a.zeroThreshold,
    zeroCount: a.zeroCount + b.zeroCount,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    positiveSpans: positive.spans,
    negativeSpans: negative.spans,
    positiveBuckets: positive.buckets,
    negativeBuckets: negative.buckets,
    customValues: [],
  };
  while (
    Math.max(sum.positiveBuckets.length, sum.negativeBuckets.length) > MAX_BUCKETS &&
    sum.schema > MIN_SCHEMA
  ) {
    reduceResolution(sum, sum.schema - 1);
  }
  return sum;
}

interface Side {
  spans: Span[];
  buckets: number[];
}

function addSide(
  aSpans: readonly Span[],
  aBuckets: readonly number[],
  bSpans: readonly Span[],
  bBuckets: readonly number[],
): Side {
  const counts = new Map<number, number>();
  collect(aSpans, aBuckets, counts);
  collect(bSpans, bBuckets, counts);
  const indexes = Float64Array.from(counts.keys()).sort();
  const side: Side = { spans: [], buckets: [] };
  let last = 0;
  for (const index of indexes) {
    const span = side.spans.at(-1);
    const gap = index - last - 1;
    if (span === undefined) side.spans.push({ offset: index, length: 1 });
    else if (gap > MAX_FILLED_GAP) side.spans.push({ offset: gap, length: 1 });
    else {
      for (let i = 0; i < gap; i++) side.buckets.push(0);
      span.length += gap + 1;
    }
    side.buckets.push(counts.get(index) ?? 0);
    last = index;
  }
  return side;
}

function collect(
  spans: readonly Span[],
  buckets: readonly number[],
  counts: Map<number, number>,
): void {
  let index = 0;
  let at = 0;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++, index++) {
      const count = buckets[at++] ?? 0;
      if (count !== 0) counts.set(index, (counts.get(index) ?? 0) + count);
    }
  }
}
