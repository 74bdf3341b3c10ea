/**
 * Sums and means of many histograms, compensated (Neumaier) bucket by bucket.
 *
 * Model: `sum` holds the running total and `rest` the lost low-order parts in the same layout. A mean is the sum over the count until
 * the sum would overflow; from then on it is an incremental mean, as Prometheus computes averages.
 */
import { type Histogram, RESET_NO, RESET_YES } from '@sightline/wire';
import { addCompensated, compensation } from '../promql/kahan.ts';
import { add, assemble, divide, multiply } from './arithmetic.ts';
import { type Side, sameBounds, usesCustomBuckets } from './buckets.ts';
import { commonLayout, countsIn } from './layout.ts';

interface Running {
  sum: Histogram;
  rest: Histogram;
}

function zeroed(h: Histogram): Histogram {
  return {
    ...h,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveBuckets: h.positiveBuckets.map(() => 0),
    negativeBuckets: h.negativeBuckets.map(() => 0),
  };
}

function addSides(sum: Side, rest: Side, other: Side): { sum: Side; rest: Side } {
  const total: Side = { index: [], count: [] };
  const low: Side = { index: total.index, count: [] };
  let i = 0;
  let j = 0;
  let r = 0;
  while (i < sum.index.length || j < other.index.length) {
    const left = sum.index[i] ?? Number.POSITIVE_INFINITY;
    const right = other.index[j] ?? Number.POSITIVE_INFINITY;
    const index = Math.min(left, right);
    while (r < rest.index.length && (rest.index[r] ?? 0) < index) r++;
    const before = left === index ? (sum.count[i++] ?? 0) : 0;
    const lost = rest.index[r] === index ? (rest.count[r] ?? 0) : 0;
    const added = right === index ? (other.count[j++] ?? 0) : 0;
    total.index.push(index);
    total.count.push(addCompensated(added, before, lost));
    low.count.push(compensation);
  }
  return { sum: total, rest: low };
}

function addTo(running: Running, h: Histogram): Running | null {
  const layout = commonLayout(running.sum, h);
  if (layout === null) return null;
  const sum = countsIn(running.sum, layout);
  const rest = countsIn(running.rest, layout);
  const other = countsIn(h, layout);
  const positive = addSides(sum.positive, rest.positive, other.positive);
  const negative = addSides(sum.negative, rest.negative, other.negative);
  const hint = add(running.sum, h)?.h.resetHint ?? running.sum.resetHint;
  const total = { zeroCount: addCompensated(other.zero, sum.zero, rest.zero), count: 0, sum: 0 };
  const low = { zeroCount: compensation, count: 0, sum: 0 };
  total.count = addCompensated(h.count, running.sum.count, running.rest.count);
  low.count = compensation;
  total.sum = addCompensated(h.sum, running.sum.sum, running.rest.sum);
  low.sum = compensation;
  return {
    sum: assemble(layout, hint, total, positive.sum, negative.sum),
    rest: assemble(layout, hint, low, positive.rest, negative.rest),
  };
}

function infinite(value: number): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

function overflows(h: Histogram): boolean {
  return (
    infinite(h.zeroCount) ||
    infinite(h.count) ||
    infinite(h.sum) ||
    h.positiveBuckets.some(infinite) ||
    h.negativeBuckets.some(infinite)
  );
}

/** Adds histograms up; `failed` once an exponential and a custom one have met. */
export class HistogramAccumulator {
  #running: Running | null = null;
  #mean = false;
  #incremental = false;
  count = 0;
  resetSeen = false;
  noResetSeen = false;
  boundsReconciled = false;
  failed = false;

  /** `mean`: keep what `mean()` needs when the sum overflows. */
  constructor(mean: boolean) {
    this.#mean = mean;
  }

  add(h: Histogram): void {
    if (this.failed) return;
    this.count++;
    if (h.resetHint === RESET_YES) this.resetSeen = true;
    if (h.resetHint === RESET_NO) this.noResetSeen = true;
    const running = this.#running;
    if (running === null) {
      this.#running = { sum: h, rest: zeroed(h) };
      return;
    }
    if (usesCustomBuckets(h) && !sameBounds(running.sum.customValues, h.customValues)) {
      this.boundsReconciled = true;
    }
    const next = this.#incremental ? this.#addToMean(running, h) : this.#addToSum(running, h);
    if (next === null) this.failed = true;
    else this.#running = next;
  }

  #addToSum(running: Running, h: Histogram): Running | null {
    const next = addTo(running, h);
    if (next === null || !this.#mean || !overflows(next.sum)) return next;
    this.#incremental = true;
    const before = this.count - 1;
    return this.#addToMean(
      { sum: divide(running.sum, before), rest: divide(running.rest, before) },
      h,
    );
  }

  #addToMean(running: Running, h: Histogram): Running | null {
    const share = (this.count - 1) / this.count;
    const scaled = { sum: multiply(running.sum, share), rest: multiply(running.rest, share) };
    return addTo(scaled, divide(h, this.count));
  }

  /** The total; null when nothing was added or the schemas did not fit. */
  sum(): Histogram | null {
    if (this.#running === null || this.failed) return null;
    return add(this.#running.sum, this.#running.rest)?.h ?? null;
  }

  /** The mean; null as for `sum`. */
  mean(): Histogram | null {
    const running = this.#running;
    if (running === null || this.failed) return null;
    if (this.#incremental) return add(running.sum, running.rest)?.h ?? null;
    return add(divide(running.sum, this.count), divide(running.rest, this.count))?.h ?? null;
  }
}
