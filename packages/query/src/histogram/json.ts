/** Histograms as Prometheus' HTTP API shows them. */
import type { Histogram } from '@sightline/wire';
import { formatSample } from '../promql/number-format.ts';
import { allBuckets, type Bucket, usesCustomBuckets } from './buckets.ts';

/** Which bounds belong to a bucket: 0 the upper, 1 the lower, 2 neither, 3 both. */
function boundsRule({ lower, upper, index }: Bucket, custom: boolean): number {
  if (custom) return index === 0 ? 3 : 0;
  if (lower === -upper) return 3;
  return lower < 0 ? 1 : 0;
}

/** `{"count":"4","sum":"5","buckets":[[0,"0.5","1","2"],...]}`: populated buckets, ascending; without any, no list. */
export function histogramJson(h: Histogram): string {
  const custom = usesCustomBuckets(h);
  const buckets: string[] = [];
  for (const bucket of allBuckets(h)) {
    if (bucket.count === 0) continue;
    const numbers = [bucket.lower, bucket.upper, bucket.count].map(formatSample);
    buckets.push(`[${boundsRule(bucket, custom)},"${numbers.join('","')}"]`);
  }
  const list = buckets.length === 0 ? '' : `,"buckets":[${buckets.join(',')}]`;
  return `{"count":"${formatSample(h.count)}","sum":"${formatSample(h.sum)}"${list}}`;
}
