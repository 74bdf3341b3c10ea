/**
 * Quantiles, fractions and variance of native histograms (Prometheus' `HistogramQuantile`, `HistogramFraction`).
 *
 * Model: observations are spread evenly on a logarithmic scale within an exponential bucket, evenly on a linear scale within the
 * zero bucket and custom buckets. NaN observations raise `count` but lie in no bucket; they are recognised by a NaN sum.
 */
import type { Histogram } from '@sightline/wire';
import { addCompensated, compensation } from '../promql/kahan.ts';
import { allBuckets, type Bucket, usesCustomBuckets } from './buckets.ts';

type NanNote = 'none' | 'result-nan' | 'skewed' | 'excluded';

/** What NaN observations did to the last quantile or fraction. */
export let nanNote: NanNote = 'none';

function onlyPositive(h: Histogram): boolean {
  return h.negativeBuckets.length === 0 && h.positiveBuckets.length > 0;
}

function onlyNegative(h: Histogram): boolean {
  return h.positiveBuckets.length === 0 && h.negativeBuckets.length > 0;
}

function interpolate(h: Histogram, bucket: Bucket, fraction: number): number {
  const { lower, upper } = bucket;
  if (usesCustomBuckets(h) || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

/** The q-quantile; NaN of no observations, -Inf and +Inf for q outside [0, 1]. Sets `nanNote`. */
export function histogramQuantile(q: number, h: Histogram): number {
  nanNote = 'none';
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  if (h.count === 0 || Number.isNaN(q)) return Number.NaN;
  const buckets = allBuckets(h);
  const hasNan = Number.isNaN(h.sum);
  const forward = hasNan || q < 0.5;
  if (!forward) buckets.reverse();
  let rank = (forward ? q : 1 - q) * h.count;
  let count = 0;
  let bucket: Bucket = { lower: 0, upper: 0, count: 0, index: 0 };
  let next = 0;
  while (next < buckets.length) {
    bucket = buckets[next++] ?? bucket;
    if (bucket.count === 0) continue;
    count += bucket.count;
    if (count >= rank) break;
  }
  if (usesCustomBuckets(h)) {
    if (bucket.lower === Number.NEGATIVE_INFINITY) {
      if (bucket.upper <= 0) return bucket.upper;
      bucket.lower = 0;
    } else if (bucket.upper === Number.POSITIVE_INFINITY) return bucket.lower;
  } else if (bucket.lower < 0 && bucket.upper > 0) {
    if (onlyPositive(h)) bucket.lower = 0;
    else if (onlyNegative(h)) bucket.upper = 0;
  }
  if (count > h.count) count = h.count;
  if (count < rank) {
    if (!hasNan) return bucket.upper;
    nanNote = 'result-nan';
    return Number.NaN;
  }
  rank = forward ? rank - (count - bucket.count) : count - rank;
  if (hasNan) {
    for (; next < buckets.length; next++) count += buckets[next]?.count ?? 0;
    if (count < h.count) nanNote = 'skewed';
  }
  return interpolate(h, bucket, rank / bucket.count);
}

function countBelow(bucket: Bucket, rank: number, bound: number, linear: boolean): number {
  const { lower, upper } = bucket;
  if (linear) {
    if (lower === Number.NEGATIVE_INFINITY) return bucket.count;
    return rank + (bucket.count * (bound - lower)) / (upper - lower);
  }
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logBound = Math.log2(Math.abs(bound));
  const fraction =
    bound > 0
      ? (logBound - logLower) / (logUpper - logLower)
      : 1 - (logBound - logUpper) / (logLower - logUpper);
  return rank + bucket.count * fraction;
}

/** The share of observations between two bounds; NaN of no observations. Sets `nanNote`. */
export function histogramFraction(lower: number, upper: number, h: Histogram): number {
  nanNote = 'none';
  if (h.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  const buckets = allBuckets(h);
  const custom = usesCustomBuckets(h);
  let rank = 0;
  let lowerRank = -1;
  let upperRank = -1;
  for (const bucket of buckets) {
    let zero = false;
    if (bucket.lower <= 0 && bucket.upper >= 0) {
      zero = true;
      if (onlyPositive(h)) bucket.lower = 0;
      else if (onlyNegative(h)) bucket.upper = 0;
    }
    if (lowerRank < 0 && bucket.lower >= lower) lowerRank = rank;
    if (upperRank < 0 && bucket.lower >= upper) upperRank = rank;
    if (lowerRank >= 0 && upperRank >= 0) break;
    const linear = custom || zero;
    if (lowerRank < 0 && bucket.upper > lower) lowerRank = countBelow(bucket, rank, lower, linear);
    if (upperRank < 0 && bucket.upper > upper) upperRank = countBelow(bucket, rank, upper, linear);
    if (lowerRank >= 0 && upperRank >= 0) break;
    rank += bucket.count;
  }
  let count = h.count;
  if (Number.isNaN(h.sum)) {
    count = 0;
    for (const bucket of buckets) count += bucket.count;
    if (count < h.count) nanNote = 'excluded';
  }
  if (lowerRank < 0 || lowerRank > count) lowerRank = count;
  if (upperRank < 0 || upperRank > count) upperRank = count;
  return (upperRank - lowerRank) / h.count;
}

/** Variance, with each observation taken at the middle of its bucket (geometric for exponential buckets). */
export function histogramVariance(h: Histogram): number {
  const mean = h.sum / h.count;
  const custom = usesCustomBuckets(h);
  let sum = 0;
  let lost = 0;
  for (const bucket of allBuckets(h)) {
    if (bucket.count === 0) continue;
    let middle = 0;
    if (custom) middle = (bucket.upper + bucket.lower) / 2;
    else if (bucket.lower > 0 || bucket.upper < 0) {
      middle = Math.sqrt(bucket.upper * bucket.lower);
      if (bucket.upper < 0) middle = -middle;
    }
    const delta = middle - mean;
    sum = addCompensated(bucket.count * delta * delta, sum, lost);
    lost = compensation;
  }
  return (sum + lost) / h.count;
}
