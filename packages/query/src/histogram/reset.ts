/**
 * Counter resets between two samples of a native histogram, with the rules of Prometheus' `FloatHistogram.DetectReset`.
 */
import { type Histogram, RESET_NO, RESET_YES } from '@sightline/wire';
import {
  mapToBounds,
  type Side,
  sameBounds,
  sharedBounds,
  sideOf,
  usesCustomBuckets,
} from './buckets.ts';
import { countsIn, zeroCountAt } from './layout.ts';

/** Whether a populated bucket of `previous` is missing from or larger than in `current`. */
function sideReset(current: Side, previous: Side): boolean {
  let i = 0;
  for (let j = 0; j < previous.index.length; j++) {
    const index = previous.index[j] ?? 0;
    const count = previous.count[j] ?? 0;
    while (i < current.index.length && (current.index[i] ?? 0) < index) i++;
    if (current.index[i] === index) {
      if ((current.count[i] ?? 0) < count) return true;
    } else if (count !== 0) return true;
  }
  return false;
}

function customReset(current: Histogram, previous: Histogram): boolean {
  const now = sideOf(current.positiveSpans, current.positiveBuckets);
  const before = sideOf(previous.positiveSpans, previous.positiveBuckets);
  if (sameBounds(current.customValues, previous.customValues)) return sideReset(now, before);
  const bounds = sharedBounds(current.customValues, previous.customValues);
  return sideReset(
    mapToBounds(now, current.customValues, bounds),
    mapToBounds(before, previous.customValues, bounds),
  );
}

/** Whether the counter restarted between `previous` and `current`; explicit hints of `current` decide where they are set. */
export function detectReset(current: Histogram, previous: Histogram): boolean {
  if (current.resetHint === RESET_YES) return true;
  if (current.resetHint === RESET_NO) return false;
  if (current.count < previous.count) return true;
  if (usesCustomBuckets(current)) {
    return !usesCustomBuckets(previous) || customReset(current, previous);
  }
  if (usesCustomBuckets(previous)) return true;
  if (current.schema > previous.schema) return true;
  if (current.zeroThreshold < previous.zeroThreshold) return true;
  const zero = zeroCountAt(previous, current.zeroThreshold);
  if (zero.threshold !== current.zeroThreshold) return true;
  if (current.zeroCount < zero.count) return true;
  const now = countsIn(current, current);
  const before = countsIn(previous, current);
  return sideReset(now.positive, before.positive) || sideReset(now.negative, before.negative);
}
