/**
 * The trim operators: `h </ x` keeps the observations up to x, `h >/ x` those above.
 *
 * Model: a bucket that x cuts keeps the share that interpolation puts on the kept side. As soon as anything is cut, count and sum are
 * computed anew, with the observations of each bucket at the middle of what is kept of it. Buckets that reach to infinity cannot be
 * interpolated: a first bucket with a positive bound is taken to begin at 0, one with another bound counts as below any x;
 * a last bucket is dropped by `</`, and kept by `>/` with its observations at x. The rules are those of Prometheus' `TrimBuckets`.
 */
import type { Histogram } from '@sightline/wire';
import { compact } from './arithmetic.ts';
import { type Bucket, negativeBuckets, positiveBuckets, usesCustomBuckets } from './buckets.ts';

const INFINITY = Number.POSITIVE_INFINITY;

interface Part {
  count: number;
  /** Where its observations are taken to lie. */
  middle: number;
}

function middleOf(lower: number, upper: number, positive: boolean, linear: boolean): number {
  if (lower === -INFINITY) {
    if (upper === INFINITY) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (upper === INFINITY) return lower;
  if (linear) return (lower + upper) / 2;
  const geometric = Math.sqrt(Math.abs(lower * upper));
  return positive ? geometric : -geometric;
}

/** What is kept of a bucket with an infinite bound. */
function openPart({ lower, upper, count }: Bucket, at: number, below: boolean): Part {
  if (lower === -INFINITY) {
    const bounded = upper !== INFINITY;
    if (below) {
      if (at > 0 && upper > 0 && bounded) return { count: (count * at) / upper, middle: at / 2 };
      return upper <= 0 ? { count, middle: at } : { count: 0, middle: 0 };
    }
    if (at >= 0 && upper > at && bounded) {
      return { count: count * (1 - at / upper), middle: (at + upper) / 2 };
    }
    return { count: 0, middle: 0 };
  }
  return below || at < lower ? { count: 0, middle: 0 } : { count, middle: at };
}

/** Share of the bucket at or below a point within it. */
function shareBelow(
  { lower, upper }: Bucket,
  at: number,
  positive: boolean,
  linear: boolean,
): number {
  if (linear) return (at - lower) / (upper - lower);
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logAt = Math.log2(Math.abs(at));
  if (positive) return (logAt - logLower) / (logUpper - logLower);
  return 1 - (logAt - logUpper) / (logLower - logUpper);
}

/** What is kept of a bucket that the point lies in. */
function cutPart(
  bucket: Bucket,
  at: number,
  below: boolean,
  positive: boolean,
  linear: boolean,
): Part {
  const { lower, upper, count } = bucket;
  if (lower === -INFINITY || upper === INFINITY) return openPart(bucket, at, below);
  const under = count * shareBelow(bucket, at, positive, linear);
  return below
    ? { count: under, middle: middleOf(lower, at, positive, linear) }
    : { count: count - under, middle: middleOf(at, upper, positive, linear) };
}

/** Adds up what is kept. */
class Trimmed {
  count = 0;
  sum = 0;
  /** Whether any bucket lost something. */
  changed = false;
  readonly #at: number;
  readonly #below: boolean;
  readonly #linear: boolean;

  constructor(at: number, below: boolean, linear: boolean) {
    this.#at = at;
    this.#below = below;
    this.#linear = linear;
  }

  keep(before: number, { count, middle }: Part): number {
    this.count += count;
    this.sum += middle * count;
    if (count !== before) this.changed = true;
    return count;
  }

  /** The counts that are left of one side. */
  side(buckets: readonly Bucket[], positive: boolean): number[] {
    const at = this.#at;
    return buckets.map((bucket) => {
      const { lower, upper, count } = bucket;
      if (count === 0) return 0;
      if (this.#below ? upper <= at : lower >= at) {
        return this.keep(count, { count, middle: middleOf(lower, upper, positive, this.#linear) });
      }
      if (this.#below ? lower < at : upper > at) {
        return this.keep(count, cutPart(bucket, at, this.#below, positive, this.#linear));
      }
      this.changed = true;
      return 0;
    });
  }

  /** The zero bucket lies on one side of 0 when only that side has other buckets. */
  zero(h: Histogram, hasPositive: boolean, hasNegative: boolean): number {
    const count = h.zeroCount;
    if (!(count > 0)) return count;
    const lower = hasPositive && !hasNegative ? 0 : -h.zeroThreshold;
    const upper = hasNegative && !hasPositive ? 0 : h.zeroThreshold;
    const at = this.#at;
    if (at <= lower || at >= upper) {
      const kept = at <= lower ? !this.#below : this.#below;
      return this.keep(count, { count: kept ? count : 0, middle: (lower + upper) / 2 });
    }
    const [from, to] = this.#below ? [lower, at] : [at, upper];
    const share = (to - from) / (upper - lower);
    return this.keep(count, { count: count * share, middle: (from + to) / 2 });
  }
}

/** Keeps what lies at or below `at`, or (`below` false) what lies above. */
export function trim(h: Histogram, at: number, below: boolean): Histogram {
  const custom = usesCustomBuckets(h);
  const positive = positiveBuckets(h);
  const negative = custom ? [] : negativeBuckets(h);
  const trimmed = new Trimmed(at, below, custom);
  const up = trimmed.side(positive, true);
  const down = trimmed.side(negative, false);
  const zeroCount = trimmed.zero(
    h,
    positive.some(({ count }) => count !== 0),
    negative.some(({ count }) => count !== 0),
  );
  if (!trimmed.changed) return h;
  const { count, sum } = trimmed;
  return compact({ ...h, zeroCount, count, sum, positiveBuckets: up, negativeBuckets: down });
}
