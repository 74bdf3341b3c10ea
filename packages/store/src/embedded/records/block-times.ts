/** Which times and streams the rows of a block lie in. */
import type { Words } from './integers.ts';

const NANOS_PER_MS = 1e6;

/** Unix ms around the times of `rows` rows, at least one, and past the ends of spans; `durations` is null for log records. */
export function timeRange(
  rows: number,
  { lo, hi }: Words,
  durations: Words | null,
): { tMin: number; tMax: number; tEnd: number } {
  let min = 0;
  let max = 0;
  for (let i = 1; i < rows; i++) {
    if (hi[i] < hi[min] || (hi[i] === hi[min] && lo[i] < lo[min])) min = i;
    if (hi[i] > hi[max] || (hi[i] === hi[max] && lo[i] > lo[max])) max = i;
  }
  // A double near 2^61 is exact to some hundred nanoseconds: one millisecond of room at either end.
  const nanoseconds = (words: Words, i: number): number => words.hi[i] * 2 ** 32 + words.lo[i];
  const times = { lo, hi };
  let end = nanoseconds(times, max);
  if (durations !== null) {
    for (let i = 0; i < rows; i++) {
      end = Math.max(end, nanoseconds(times, i) + nanoseconds(durations, i));
    }
  }
  return {
    tMin: Math.floor(nanoseconds(times, min) / NANOS_PER_MS) - 1,
    tMax: Math.ceil(nanoseconds(times, max) / NANOS_PER_MS) + 1,
    tEnd: Math.ceil(end / NANOS_PER_MS) + 1,
  };
}

/** The least and the greatest dense id of `rows` rows, at least one. */
export function streamRange(rows: number, { lo }: Words): { streamMin: number; streamMax: number } {
  let streamMin = lo[0];
  let streamMax = lo[0];
  for (let i = 1; i < rows; i++) {
    if (lo[i] < streamMin) streamMin = lo[i];
    else if (lo[i] > streamMax) streamMax = lo[i];
  }
  return { streamMin, streamMax };
}
