/** Histograms as Prometheus prints them (`count_values` makes label values of this text). */
import type { Histogram } from '@sightline/wire';
import { formatG } from '../promql/number-format.ts';
import { type Bucket, negativeBuckets, positiveBuckets, usesCustomBuckets } from './buckets.ts';

function bucketText(bucket: Bucket, open: string, close: string): string {
  return `${open}${formatG(bucket.lower)},${formatG(bucket.upper)}${close}:${formatG(bucket.count)}`;
}

/** `{count:4, sum:5, [-1,-0.5):1, [-0.001,0.001]:1, (0.5,1]:2}`: populated buckets, ascending. */
export function histogramText(h: Histogram): string {
  let text = `{count:${formatG(h.count)}, sum:${formatG(h.sum)}`;
  const custom = usesCustomBuckets(h);
  if (!custom) {
    for (const bucket of negativeBuckets(h).reverse()) {
      if (bucket.count !== 0) text += `, ${bucketText(bucket, '[', ')')}`;
    }
    if (h.zeroCount !== 0) {
      const zero = {
        lower: -h.zeroThreshold,
        upper: h.zeroThreshold,
        count: h.zeroCount,
        index: 0,
      };
      text += `, ${bucketText(zero, '[', ']')}`;
    }
  }
  for (const bucket of positiveBuckets(h)) {
    const open = bucket.lower === Number.NEGATIVE_INFINITY ? '[' : '(';
    if (bucket.count !== 0) text += `, ${bucketText(bucket, open, ']')}`;
  }
  return `${text}}`;
}
