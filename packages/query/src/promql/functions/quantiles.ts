/** Quantiles of plain values and of classic histograms (`le` buckets). */
import { partitionNaN, selectRank } from './order-statistics.ts';

/**
 * The q-quantile, weighted between the two neighbours; NaN counts as the smallest value. Reorders `values`. NaN of nothing, -Inf
 * and +Inf for q outside [0, 1].
 */
export function quantile(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const nans = partitionNaN(values);
  const last = values.length - 1;
  const rank = q * last;
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(last, lower + 1);
  const weight = rank - Math.floor(rank);
  if (lower >= nans) selectRank(values, nans, last, lower);
  if (upper >= nans && upper > lower) selectRank(values, Math.max(nans, lower + 1), last, upper);
  return (values[lower] ?? 0) * (1 - weight) + (values[upper] ?? 0) * weight;
}

/** Cumulative buckets of a classic histogram at one time: parallel lists. */
export interface ClassicBuckets {
  bound: number[];
  count: number[];
}

/** What had to be repaired to make the counts rise with the bounds. */
interface Repair {
  forced: boolean;
  minBound: number;
  maxBound: number;
  maxDrop: number;
}

/** Relative differences of counts below this are noise of floating point. */
const NOISE = 1e-12;

/** Smallest normal double: below it relative differences mean nothing. */
const MIN_NORMAL = 2.2250738585072014e-308;

function almostEqual(a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const size = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || size < MIN_NORMAL) return difference < NOISE * MIN_NORMAL;
  return difference / Math.min(size, Number.MAX_VALUE) < NOISE;
}

/** Sorted by bound; counts of equal bounds added up. */
function sortBuckets(buckets: ClassicBuckets): ClassicBuckets {
  const order = buckets.bound.map((_, i) => i);
  order.sort((a, b) => (buckets.bound[a] ?? 0) - (buckets.bound[b] ?? 0));
  const sorted: ClassicBuckets = { bound: [], count: [] };
  for (const i of order) {
    const bound = buckets.bound[i] ?? 0;
    const count = buckets.count[i] ?? 0;
    const last = sorted.bound.length - 1;
    if (last >= 0 && sorted.bound[last] === bound)
      sorted.count[last] = (sorted.count[last] ?? 0) + count;
    else {
      sorted.bound.push(bound);
      sorted.count.push(count);
    }
  }
  return sorted;
}

function makeMonotonic(buckets: ClassicBuckets): Repair {
  const repair: Repair = {
    forced: false,
    minBound: Number.POSITIVE_INFINITY,
    maxBound: Number.NEGATIVE_INFINITY,
    maxDrop: 0,
  };
  let accepted = buckets.count[0] ?? 0;
  for (let i = 1; i < buckets.count.length; i++) {
    const count = buckets.count[i] ?? 0;
    if (count === accepted) continue;
    if (almostEqual(accepted, count)) buckets.count[i] = accepted;
    else if (count < accepted) {
      const bound = buckets.bound[i] ?? 0;
      buckets.count[i] = accepted;
      repair.forced = true;
      repair.minBound = Math.min(repair.minBound, bound);
      repair.maxBound = Math.max(repair.maxBound, bound);
      repair.maxDrop = Math.max(repair.maxDrop, accepted - count);
    } else accepted = count;
  }
  return repair;
}

/** The q-quantile of a classic histogram; `repaired` hears of forced monotonicity. */
export function bucketQuantile(
  q: number,
  unsorted: ClassicBuckets,
  repaired: (repair: Repair) => void,
): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const buckets = sortBuckets(unsorted);
  const { bound, count } = buckets;
  const last = bound.length - 1;
  if (bound[last] !== Number.POSITIVE_INFINITY) return Number.NaN;
  const repair = makeMonotonic(buckets);
  if (repair.forced) repaired(repair);
  const observations = count[last] ?? 0;
  if (bound.length < 2 || observations === 0) return Number.NaN;
  let rank = q * observations;
  let found = 0;
  while (found < last && !((count[found] ?? 0) >= rank)) found++;
  if (found === last) return bound[last - 1] ?? 0;
  const end = bound[found] ?? 0;
  if (found === 0 && end <= 0) return end;
  let start = 0;
  let inBucket = count[found] ?? 0;
  if (found > 0) {
    start = bound[found - 1] ?? 0;
    inBucket -= count[found - 1] ?? 0;
    rank -= count[found - 1] ?? 0;
  }
  return start + (end - start) * (rank / inBucket);
}

/** The share of observations between two bounds of a classic histogram. */
export function bucketFraction(lower: number, upper: number, unsorted: ClassicBuckets): number {
  const { bound, count } = sortBuckets(unsorted);
  const last = bound.length - 1;
  const total = count[last] ?? 0;
  if (bound[last] !== Number.POSITIVE_INFINITY) return Number.NaN;
  if (total === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  let lowerRank = -1;
  let upperRank = -1;
  let rank = 0;
  let start = (bound[0] ?? 0) <= 0 ? Number.NEGATIVE_INFINITY : 0;
  for (let i = 0; i <= last; i++) {
    const end = bound[i] ?? 0;
    const upTo = count[i] ?? 0;
    if (i > 0) start = bound[i - 1] ?? 0;
    const at = (value: number): number =>
      start === Number.NEGATIVE_INFINITY
        ? upTo
        : rank + ((upTo - rank) * (value - start)) / (end - start);
    if (lowerRank < 0 && start >= lower) lowerRank = rank;
    if (upperRank < 0 && start >= upper) upperRank = rank;
    if (lowerRank < 0 && start < lower && end > lower) lowerRank = at(lower);
    if (upperRank < 0 && start < upper && end > upper) upperRank = at(upper);
    if (lowerRank >= 0 && upperRank >= 0) break;
    rank = upTo;
  }
  if (lowerRank < 0 || lowerRank > total) lowerRank = total;
  if (upperRank < 0 || upperRank > total) upperRank = total;
  return (upperRank - lowerRank) / total;
}
