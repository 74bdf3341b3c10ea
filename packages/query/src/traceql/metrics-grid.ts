/**
 * The points in time of a metrics query, and to which of them a span belongs.
 *
 * Model: points are multiples of the step from the start rounded down to the end rounded up; the point t covers the spans that start in
 * (t - step, t]. An instant query has one point, its end, that covers (start, end]. (Tempo since 2.9.)
 *
 * Invariant: whole milliseconds are exact: a span that starts on a point belongs to it, one nanosecond later it does not.
 */
import { timeOfMs } from '@sightline/wire';
import { TraceqlEvalError } from './eval-error.ts';

export interface MetricsGrid {
  /** Unix ms. */
  readonly times: Float64Array;
  /** What a point covers, in seconds. */
  readonly seconds: number;
  /** The point of a span by the words of its start (Unix nanoseconds), -1 outside. */
  indexOf(lo: number, hi: number): number;
  /** Those of some spans: element i is of rows[i]. Valid until it is asked again. */
  pointsOf(lo: Uint32Array, hi: Uint32Array, rows: Uint32Array): Int32Array;
}

/** Prometheus' bound, which dashboards respect. */
const MAX_POINTS = 11_000;

/** `stepMs` 0 makes an instant query. Throws TraceqlEvalError. */
export function gridOf(startMs: number, endMs: number, stepMs: number): MetricsGrid {
  if (!Number.isInteger(stepMs) || stepMs < 0) {
    throw new TraceqlEvalError('step must be a whole number of milliseconds');
  }
  if (!(endMs > startMs)) throw new TraceqlEvalError('end must be greater than start');
  const step = stepMs === 0 ? endMs - startMs : stepMs;
  const first = stepMs === 0 ? endMs : Math.floor(startMs / step) * step;
  const last = stepMs === 0 ? endMs : Math.ceil(endMs / step) * step;
  const points = Math.round((last - first) / step) + 1;
  if (points > MAX_POINTS) {
    const detail = `exceeded maximum resolution of ${MAX_POINTS} points per series`;
    throw new TraceqlEvalError(`${detail}: increase the step`);
  }
  const indexOf = (lo: number, hi: number): number => {
    // 2^32 ns = 4294 ms + 967296 ns: exact, as every product stays below 2^53.
    const nanos = hi * 967_296 + lo;
    const ms = hi * 4294 + Math.ceil(nanos / 1e6);
    const index = Math.ceil((ms - first) / step);
    return index >= 0 && index < points ? index : -1;
  };
  const times = Float64Array.from({ length: points }, (_, i) => first + i * step);
  let room = new Int32Array(64);
  const isWhole = Number.isInteger(first) && Number.isInteger(step);
  return {
    times,
    seconds: step / 1000,
    indexOf,
    pointsOf: (lo, hi, rows) => {
      if (room.length < rows.length) room = new Int32Array(rows.length * 2);
      const found = room.subarray(0, rows.length);
      // Neighbours often belong to the same point: what it covers is (from, to].
      let index = -1;
      let from = NEVER;
      let to = NEVER;
      for (let i = 0; i < rows.length; i++) {
        const high = hi[rows[i]];
        const low = lo[rows[i]];
        const isSame =
          (high > from.hi || (high === from.hi && low > from.lo)) &&
          (high < to.hi || (high === to.hi && low <= to.lo));
        if (!isSame) {
          index = indexOf(low, high);
          from = index < 0 || !isWhole ? NEVER : timeOfMs(Math.max(0, times[index] - step));
          to = index < 0 || !isWhole ? NEVER : timeOfMs(times[index]);
        }
        found[i] = index;
      }
      return found;
    },
  };
}

const NEVER = { lo: 0, hi: 0 };
