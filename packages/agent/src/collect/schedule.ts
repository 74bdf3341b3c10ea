/** When a source is collected next. */
import { type MonitoringSource, PRIORITIES } from '../source.ts';

const SECOND_AFTER_MS = 1000;
const MIN_INTERVAL_MS = 10;
const MAX_INTERVAL_MS = 86_400_000;
/** A collection is given the planned time when it is at most this late: a hundredth of the interval, never more than MAX_LATE_MS. */
const LATE_PART = 0.01;
const MAX_LATE_MS = 50;
/** From this many failures in a row on, the wait doubles with each. */
const FAILURES_TO_REST = 3;
const MOST_INTERVALS = 16;
const MOST_REST_MS = 600_000;

/** Its interval within the bounds; a day when it is none. */
export function intervalOf(source: MonitoringSource): number {
  const intervalMs = readOf(() => source.intervalMs);
  if (typeof intervalMs !== 'number' || !(intervalMs > 0)) return MAX_INTERVAL_MS;
  return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, intervalMs));
}

/** Whether it wants to be collected now. */
export function isEnabled(source: MonitoringSource): boolean {
  return readOf(() => source.enabled) ?? false;
}

/** Both may be getters of somebody else's, and are asked again and again: one that throws is not to stop the others' collection. */
function readOf<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The lower, the earlier. */
export function rankOf(source: MonitoringSource): number {
  const rank = PRIORITIES.indexOf(source.priority);
  return rank < 0 ? PRIORITIES.length : rank;
}

/** From now to the next collection of a source that has been collected `collections` times. */
export function waitMs(
  intervalMs: number,
  collections: number,
  failuresInRow: number,
  unixMs: number,
): number {
  if (failuresInRow >= FAILURES_TO_REST) {
    const rest = intervalMs * Math.min(MOST_INTERVALS, 2 ** (failuresInRow - FAILURES_TO_REST + 1));
    return Math.max(intervalMs, Math.min(rest, MOST_REST_MS));
  }
  if (collections === 1 && intervalMs > SECOND_AFTER_MS * 3) return SECOND_AFTER_MS;
  const toNext = intervalMs - (unixMs % intervalMs);
  // Timers may fire a little before their time by the wall clock: that was this collection.
  return toNext < intervalMs / 10 ? toNext + intervalMs : toNext;
}

/** Now, or the multiple of the interval that a timer has just missed. */
export function plannedTime(unixMs: number, intervalMs: number): number {
  const planned = Math.round(unixMs / intervalMs) * intervalMs;
  const tolerance = Math.min(MAX_LATE_MS, intervalMs * LATE_PART);
  return Math.abs(unixMs - planned) <= tolerance ? planned : unixMs;
}
