/** Histograms as Prometheus prints them (`count_values` makes label values of this text). */
import type { Histogram } from '@sightline/wire';
import { formatG } from '../promql/number-format.ts';
import { type Bucket, negativeBuckets, positiveBuckets, usesCustomBuckets } from './buckets.ts';

/** Prometheus closes a bucket below at a negative bound and above at a positive one; the zero bucket on both sides. */
export function isClosedBelow(bucket: Bucket): boolean {
  return bucket.lower < 0;
}

export function isClosedAbove(bucket: Bucket): boolean {
  return bucket.upper > 0;
}

function bucketText(bucket: Bucket): string {
  const open = isClosedBelow(bucket) ? '[' : '(';
  const close = isClosedAbove(bucket) ? ']' : ')';
  return `${open}${formatG(bucket.lower)},${formatG(bucket.upper)}${close}:${formatG(bucket.count)}`;
}

/** `{count:4, sum:5, [-1,-0.5):1, [-0.001,0.001]:1, (0.5,1]:2}`: populated buckets, ascending. */
export function histogramText(h: Histogram): string {
  let text = `{count:${formatG(h.count)}, sum:${formatG(h.sum)}`;
  const below = usesCustomBuckets(h) ? [] : negativeBuckets(h).reverse();
  for (const bucket of below) if (bucket.count !== 0) text += `, ${bucketText(bucket)}`;
  if (h.zeroCount !== 0) {
    const threshold = formatG(h.zeroThreshold);
    text += `, [-${threshold},${threshold}]:${formatG(h.zeroCount)}`;
  }
  for (const bucket of positiveBuckets(h)) {
    if (bucket.count !== 0) text += `, ${bucketText(bucket)}`;
  }
  return `${text}}`;
}
