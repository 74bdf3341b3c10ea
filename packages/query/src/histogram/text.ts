/** Histograms as Prometheus prints them (`count_values` makes label values of this text). */
import type { Histogram } from '@sightline/wire';
import { formatG } from '../promql/number-format.ts';
import { type Bucket, negativeBuckets, positiveBuckets, usesCustomBuckets } from './buckets.ts';

/** Exponential buckets are closed at the bound further from 0, custom ones at their upper bound, the first of them on both sides. */
function bucketText(bucket: Bucket, custom: boolean): string {
  const open = (custom ? bucket.index === 0 : bucket.lower < 0) ? '[' : '(';
  const close = custom || bucket.upper > 0 ? ']' : ')';
  return `${open}${formatG(bucket.lower)},${formatG(bucket.upper)}${close}:${formatG(bucket.count)}`;
}

/** `{count:4, sum:5, [-1,-0.5):1, [-0.001,0.001]:1, (0.5,1]:2}`: populated buckets, ascending. */
export function histogramText(h: Histogram): string {
  let text = `{count:${formatG(h.count)}, sum:${formatG(h.sum)}`;
  const custom = usesCustomBuckets(h);
  const below = custom ? [] : negativeBuckets(h).reverse();
  for (const bucket of below) if (bucket.count !== 0) text += `, ${bucketText(bucket, custom)}`;
  if (h.zeroCount !== 0) {
    const threshold = formatG(h.zeroThreshold);
    text += `, [-${threshold},${threshold}]:${formatG(h.zeroCount)}`;
  }
  for (const bucket of positiveBuckets(h)) {
    if (bucket.count !== 0) text += `, ${bucketText(bucket, custom)}`;
  }
  return `${text}}`;
}
