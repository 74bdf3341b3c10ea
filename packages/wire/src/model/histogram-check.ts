/**
 * What makes a native histogram acceptable, as Prometheus checks it before storing one (model/histogram/generic.go,
 * histogram.go, float_histogram.go: Validate), and the reduction of its resolution.
 */
import { CUSTOM_SCHEMA, type Histogram, type Span } from './histogram.ts';

/** The finest and coarsest exponential schemas that are stored. */
export const MAX_SCHEMA = 8;
const MIN_SCHEMA = -4;
/** The finest schema that is accepted, to be reduced to MAX_SCHEMA. */
const MAX_ACCEPTED_SCHEMA = 52;
/** Buckets and spans of one histogram: far above what clients send (160 buckets), low enough to bound a record at about 1 MB. */
const MAX_ITEMS = 65_536;

/**
 * Why a histogram cannot be stored, or '' when it can. Integer histograms must also add up: their count is the sum of
 * their buckets, or at least that when the sum is NaN (NaN observations are in no bucket).
 */
export function histogramProblem(h: Histogram, integer: boolean): string {
  const items =
    h.positiveSpans.length +
    h.negativeSpans.length +
    h.positiveBuckets.length +
    h.negativeBuckets.length +
    h.customValues.length;
  if (items > MAX_ITEMS)
    return `${items} spans, buckets and bounds, at most ${MAX_ITEMS} are allowed`;
  const problem = h.schema === CUSTOM_SCHEMA ? customProblem(h) : exponentialProblem(h);
  if (problem !== '') return problem;
  return countProblem(h, integer);
}

function exponentialProblem(h: Histogram): string {
  if (!(h.schema >= MIN_SCHEMA && h.schema <= MAX_ACCEPTED_SCHEMA)) {
    return `unknown histogram schema ${h.schema}`;
  }
  if (h.customValues.length > 0) return 'custom bounds with an exponential schema';
  return (
    spansProblem('positive', h.positiveSpans, h.positiveBuckets.length) ||
    spansProblem('negative', h.negativeSpans, h.negativeBuckets.length)
  );
}

function spansProblem(side: string, spans: readonly Span[], buckets: number): string {
  let length = 0;
  for (const [i, span] of spans.entries()) {
    if (i > 0 && span.offset < 0) {
      return `${side} span ${i + 1} has the negative offset ${span.offset}`;
    }
    length += span.length;
  }
  return length === buckets ? '' : `${side} spans cover ${length} buckets, ${buckets} are given`;
}

function customProblem(h: Histogram): string {
  if (h.zeroCount !== 0) return 'custom buckets with a zero count';
  if (h.zeroThreshold !== 0) return 'custom buckets with a zero threshold';
  if (h.negativeSpans.length > 0 || h.negativeBuckets.length > 0) {
    return 'custom buckets with negative buckets';
  }
  let previous = Number.NEGATIVE_INFINITY;
  for (const bound of h.customValues) {
    if (!(bound > previous)) return `custom bound ${bound} does not follow ${previous}`;
    previous = bound;
  }
  if (previous === Number.POSITIVE_INFINITY) return 'custom bounds contain +Inf';
  let reach = 0;
  for (const span of h.positiveSpans) {
    if (span.offset < 0) return `custom buckets with the negative span offset ${span.offset}`;
    reach += span.offset + span.length;
  }
  if (reach > h.customValues.length + 1) {
    return `spans reach bucket ${reach}, the custom bounds define ${h.customValues.length + 1}`;
  }
  return spansProblem('positive', h.positiveSpans, h.positiveBuckets.length);
}

function countProblem(h: Histogram, integer: boolean): string {
  let sum = h.zeroCount;
  for (const buckets of [h.positiveBuckets, h.negativeBuckets]) {
    for (const count of buckets) {
      if (count < 0) return `negative bucket count ${count}`;
      sum += count;
    }
  }
  if (!integer) return '';
  if (Number.isNaN(h.sum)) {
    return sum > h.count ? `${sum} observations in buckets, but the count is ${h.count}` : '';
  }
  return sum === h.count ? '' : `${sum} observations in buckets, but the count is ${h.count}`;
}

/** Merges buckets in place until the schema is `schema`; does nothing to a coarser or custom histogram. */
export function reduceResolution(h: Histogram, schema: number): void {
  if (h.schema === CUSTOM_SCHEMA || h.schema <= schema) return;
  const factor = 2 ** (h.schema - schema);
  const positive = merged(h.positiveSpans, h.positiveBuckets, factor);
  const negative = merged(h.negativeSpans, h.negativeBuckets, factor);
  h.positiveSpans = positive.spans;
  h.positiveBuckets = positive.buckets;
  h.negativeSpans = negative.spans;
  h.negativeBuckets = negative.buckets;
  h.schema = schema;
}

/** Bucket i spans (base^(i-1), base^i], so with base^factor as the new base it falls into ceil(i / factor). */
function merged(
  spans: readonly Span[],
  buckets: readonly number[],
  factor: number,
): { spans: Span[]; buckets: number[] } {
  const out: { spans: Span[]; buckets: number[] } = { spans: [], buckets: [] };
  let from = 0;
  let index = 0;
  let last = Number.NaN;
  for (const span of spans) {
    index += span.offset;
    for (let i = 0; i < span.length; i++, index++) {
      const target = Math.ceil(index / factor);
      const count = buckets[from++] ?? 0;
      if (target === last) {
        out.buckets[out.buckets.length - 1] = (out.buckets.at(-1) ?? 0) + count;
        continue;
      }
      const current = out.spans.at(-1);
      if (current !== undefined && target === last + 1) current.length++;
      else {
        out.spans.push({ offset: current === undefined ? target : target - last - 1, length: 1 });
      }
      out.buckets.push(count);
      last = target;
    }
  }
  return out;
}
