/**
 * Bringing histograms to one layout: the same schema, zero threshold and custom bounds.
 *
 * Model: of two exponential histograms the coarser schema wins, and the zero bucket grows until its threshold lies inside no
 * populated bucket of either. Of two custom histograms the bounds that both have win. An exponential and a custom histogram
 * have no common layout. The rules are those of Prometheus' `FloatHistogram.Add`.
 */
import type { Histogram } from '@sightline/wire';
import {
  exponentialBound,
  mapToBounds,
  negativeBuckets,
  positiveBuckets,
  reduceSide,
  type Side,
  sameBounds,
  sharedBounds,
  sideOf,
  usesCustomBuckets,
} from './buckets.ts';

export interface Layout {
  schema: number;
  zeroThreshold: number;
  customValues: readonly number[];
}

/** The counts of one histogram in a layout. */
export interface Counts {
  zero: number;
  positive: Side;
  negative: Side;
}

/**
 * What the zero count is when the zero bucket grows to `threshold`. A populated bucket that the threshold falls into is taken in
 * whole, and the threshold moves to its outer bound: returns both.
 */
export function zeroCountAt(h: Histogram, threshold: number): { count: number; threshold: number } {
  if (threshold === h.zeroThreshold) return { count: h.zeroCount, threshold };
  for (;;) {
    let count = h.zeroCount;
    for (const bucket of positiveBuckets(h)) {
      if (bucket.lower >= threshold) break;
      count += bucket.count;
      if (bucket.upper > threshold) {
        if (bucket.count !== 0) threshold = bucket.upper;
        break;
      }
    }
    let grown = false;
    for (const bucket of negativeBuckets(h)) {
      if (bucket.upper <= -threshold) break;
      count += bucket.count;
      if (bucket.lower < -threshold) {
        if (bucket.count !== 0) {
          threshold = -bucket.lower;
          grown = true;
        }
        break;
      }
    }
    if (!grown) return { count, threshold };
  }
}

function commonZeroThreshold(a: Histogram, b: Histogram): number {
  let ofA = a.zeroThreshold;
  let ofB = b.zeroThreshold;
  while (ofA !== ofB) {
    if (ofA > ofB) ofB = zeroCountAt(b, ofA).threshold;
    if (ofB > ofA) ofA = zeroCountAt(a, ofB).threshold;
  }
  return ofA;
}

/** The layout that two histograms share, or null when one has custom buckets and the other has not. */
export function commonLayout(a: Histogram, b: Histogram): Layout | null {
  if (usesCustomBuckets(a) !== usesCustomBuckets(b)) return null;
  if (usesCustomBuckets(a)) {
    const same = sameBounds(a.customValues, b.customValues);
    const customValues = same ? a.customValues : sharedBounds(a.customValues, b.customValues);
    return { schema: a.schema, zeroThreshold: 0, customValues };
  }
  return {
    schema: Math.min(a.schema, b.schema),
    zeroThreshold: commonZeroThreshold(a, b),
    customValues: [],
  };
}

function outside(side: Side, schema: number, threshold: number): Side {
  let first = 0;
  while (
    first < side.index.length &&
    exponentialBound(side.index[first] ?? 0, schema) <= threshold
  ) {
    first++;
  }
  if (first === 0) return side;
  return { index: side.index.slice(first), count: side.count.slice(first) };
}

/** The counts of a histogram in a layout that `commonLayout` gave for it. */
export function countsIn(h: Histogram, layout: Layout): Counts {
  const positive = sideOf(h.positiveSpans, h.positiveBuckets);
  if (usesCustomBuckets(h)) {
    const moved = sameBounds(h.customValues, layout.customValues)
      ? positive
      : mapToBounds(positive, h.customValues, layout.customValues);
    return { zero: 0, positive: moved, negative: { index: [], count: [] } };
  }
  const negative = sideOf(h.negativeSpans, h.negativeBuckets);
  const { schema, zeroThreshold } = layout;
  if (zeroThreshold === h.zeroThreshold) {
    return {
      zero: h.zeroCount,
      positive: reduceSide(positive, h.schema, schema),
      negative: reduceSide(negative, h.schema, schema),
    };
  }
  return {
    zero: zeroCountAt(h, zeroThreshold).count,
    positive: reduceSide(outside(positive, h.schema, zeroThreshold), h.schema, schema),
    negative: reduceSide(outside(negative, h.schema, zeroThreshold), h.schema, schema),
  };
}
