/** Values between two samples, for `anchored` and `smoothed` ranges. */
import type { Histogram } from '@sightline/wire';
import { add, multiply, subtract } from '../../histogram/arithmetic.ts';
import { usesCustomBuckets } from '../../histogram/buckets.ts';
import { detectReset } from '../../histogram/reset.ts';
import type { Annotations } from '../annotations.ts';

/** A counter that fell between the samples is taken to have started from 0 at the first. */
export function interpolateFloat(
  from: number,
  to: number,
  share: number,
  isCounter: boolean,
): number {
  const base = isCounter && to < from ? 0 : from;
  return base + (to - base) * share;
}

/** `share` of the way from `from` to `to`, or null when the schemas do not fit. */
export function interpolateHistogram(
  from: Histogram,
  to: Histogram,
  share: number,
  isCounter: boolean,
  notes: Annotations,
  position: number,
): Histogram | null {
  if (share === 0) return from;
  if (share === 1) return to;
  if (usesCustomBuckets(from) !== usesCustomBuckets(to)) return null;
  if (isCounter && detectReset(to, from)) return multiply(to, share);
  const difference = subtract(to, from);
  if (difference === null) return null;
  if (difference.boundsReconciled) notes.boundsReconciled('subtraction', position);
  const result = add(multiply(difference.h, share), from);
  if (result === null) return null;
  if (result.boundsReconciled) notes.boundsReconciled('addition', position);
  return { ...result.h, resetHint: to.resetHint };
}
