/**
 * Arithmetic on float histograms with the rules of Prometheus' `FloatHistogram`. Every function returns a new histogram.
 */
import {
  type Histogram,
  RESET_GAUGE,
  RESET_NO,
  RESET_UNKNOWN,
  RESET_YES,
  type ResetHint,
} from '@sightline/wire';
import {
  compactSide,
  type Side,
  sameBounds,
  sideOf,
  spansOf,
  usesCustomBuckets,
} from './buckets.ts';
import { commonLayout, countsIn, type Layout } from './layout.ts';

export interface Combined {
  h: Histogram;
  /** One operand says "reset", the other "no reset". */
  resetCollision: boolean;
  /** Custom bounds differed and were cut to the shared ones. */
  boundsReconciled: boolean;
}

export function emptyLike(h: Histogram): Histogram {
  return {
    schema: h.schema,
    resetHint: RESET_UNKNOWN,
    zeroThreshold: 0,
    zeroCount: 0,
    count: 0,
    sum: 0,
    positiveSpans: [],
    negativeSpans: [],
    positiveBuckets: [],
    negativeBuckets: [],
    customValues: h.customValues,
  };
}

/** Builds a histogram from sides. */
export function assemble(
  layout: Layout,
  resetHint: ResetHint,
  numbers: { zeroCount: number; count: number; sum: number },
  positive: Side,
  negative: Side,
): Histogram {
  return {
    schema: layout.schema,
    resetHint,
    zeroThreshold: layout.zeroThreshold,
    zeroCount: numbers.zeroCount,
    count: numbers.count,
    sum: numbers.sum,
    positiveSpans: spansOf(positive),
    negativeSpans: spansOf(negative),
    positiveBuckets: positive.count,
    negativeBuckets: negative.count,
    customValues: [...layout.customValues],
  };
}

export function multiply(h: Histogram, factor: number): Histogram {
  return {
    ...h,
    resetHint: factor < 0 ? RESET_GAUGE : h.resetHint,
    zeroCount: h.zeroCount * factor,
    count: h.count * factor,
    sum: h.sum * factor,
    positiveBuckets: h.positiveBuckets.map((count) => count * factor),
    negativeBuckets: h.negativeBuckets.map((count) => count * factor),
  };
}

/** Division by zero leaves no buckets and infinite counts. */
export function divide(h: Histogram, divisor: number): Histogram {
  const quotient: Histogram = {
    ...h,
    resetHint: divisor < 0 ? RESET_GAUGE : h.resetHint,
    zeroCount: h.zeroCount / divisor,
    count: h.count / divisor,
    sum: h.sum / divisor,
  };
  if (divisor === 0) {
    return {
      ...quotient,
      positiveSpans: [],
      negativeSpans: [],
      positiveBuckets: [],
      negativeBuckets: [],
    };
  }
  quotient.positiveBuckets = h.positiveBuckets.map((count) => count / divisor);
  quotient.negativeBuckets = h.negativeBuckets.map((count) => count / divisor);
  return quotient;
}

function combineHints(a: ResetHint, b: ResetHint): ResetHint {
  if (a === b) return a;
  if (a === RESET_GAUGE || b === RESET_GAUGE) return RESET_GAUGE;
  return RESET_UNKNOWN;
}

function collide(a: ResetHint, b: ResetHint): boolean {
  return (a === RESET_YES && b === RESET_NO) || (a === RESET_NO && b === RESET_YES);
}

/** Buckets of both sides; those of `b` are multiplied by `sign`. */
function mergeSides(a: Side, b: Side, sign: number): Side {
  const merged: Side = { index: [], count: [] };
  let i = 0;
  let j = 0;
  while (i < a.index.length || j < b.index.length) {
    const left = a.index[i] ?? Number.POSITIVE_INFINITY;
    const right = b.index[j] ?? Number.POSITIVE_INFINITY;
    merged.index.push(Math.min(left, right));
    if (left === right) merged.count.push((a.count[i++] ?? 0) + sign * (b.count[j++] ?? 0));
    else if (left < right) merged.count.push(a.count[i++] ?? 0);
    else merged.count.push(sign * (b.count[j++] ?? 0));
  }
  return merged;
}

function combine(a: Histogram, b: Histogram, sign: 1 | -1): Combined | null {
  const layout = commonLayout(a, b);
  if (layout === null) return null;
  const left = countsIn(a, layout);
  const right = countsIn(b, layout);
  const numbers = {
    zeroCount: left.zero + sign * right.zero,
    count: a.count + sign * b.count,
    sum: a.sum + sign * b.sum,
  };
  return {
    h: assemble(
      layout,
      combineHints(a.resetHint, b.resetHint),
      numbers,
      mergeSides(left.positive, right.positive, sign),
      mergeSides(left.negative, right.negative, sign),
    ),
    resetCollision: collide(a.resetHint, b.resetHint),
    boundsReconciled: usesCustomBuckets(a) && !sameBounds(a.customValues, b.customValues),
  };
}

/** a + b, or null when one has custom buckets and the other has not. */
export function add(a: Histogram, b: Histogram): Combined | null {
  return combine(a, b, 1);
}

/** a - b, or null as for `add`. */
export function subtract(a: Histogram, b: Histogram): Combined | null {
  return combine(a, b, -1);
}

/** Without empty buckets. */
export function compact(h: Histogram): Histogram {
  const positive = compactSide(sideOf(h.positiveSpans, h.positiveBuckets));
  const negative = compactSide(sideOf(h.negativeSpans, h.negativeBuckets));
  return {
    ...h,
    positiveSpans: spansOf(positive),
    negativeSpans: spansOf(negative),
    positiveBuckets: positive.count,
    negativeBuckets: negative.count,
  };
}

function sameSides(a: Side, b: Side): boolean {
  return sameBounds(a.index, b.index) && sameBounds(a.count, b.count);
}

/** Equality of data: NaN equals NaN, 0 differs from -0, an empty bucket differs from a missing one; hints do not count. */
export function equals(a: Histogram, b: Histogram): boolean {
  return (
    a.schema === b.schema &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.zeroCount, b.zeroCount) &&
    (!usesCustomBuckets(a) || sameBounds(a.customValues, b.customValues)) &&
    sameSides(
      sideOf(a.positiveSpans, a.positiveBuckets),
      sideOf(b.positiveSpans, b.positiveBuckets),
    ) &&
    sameSides(
      sideOf(a.negativeSpans, a.negativeBuckets),
      sideOf(b.negativeSpans, b.negativeBuckets),
    )
  );
}
