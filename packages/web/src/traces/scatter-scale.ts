/** Scales of the scatter: time across, durations up on a logarithmic axis, and finding the dot under the pointer. */
import type { Interval } from '../time/range.ts';
import type { FoundTrace } from './found-traces.ts';

export interface Plot {
  readonly width: number;
  readonly height: number;
}

export interface Dot {
  readonly trace: FoundTrace;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface ScatterScale {
  readonly interval: Interval;
  /** Milliseconds at the bottom and at the top. */
  readonly low: number;
  readonly high: number;
}

export const margin = { left: 58, right: 18, top: 8, bottom: 24 };
const leastMs = 0.001;

/** The scale that shows every trace, with whole powers of ten where the spread is wide. */
export function scaleOf(traces: readonly FoundTrace[], interval: Interval): ScatterScale {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const { durationMs } of traces) {
    const value = Math.max(leastMs, durationMs);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high === 0) return { interval, low: 1, high: 1000 };
  // At least a factor of four, so that equal durations do not fill the height.
  const middle = Math.sqrt(low * high);
  return { interval, low: Math.min(low / 1.3, middle / 2), high: Math.max(high * 1.3, middle * 2) };
}

/** Durations for ticks: 1, 2 and 5 of each power of ten, or the powers alone where there are many. */
export function durationTicks({ low, high }: ScatterScale): readonly number[] {
  const decades = Math.log10(high / low);
  const steps = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    for (const step of steps) {
      const value = step * 10 ** power;
      if (value >= low && value <= high) ticks.push(value);
    }
  }
  return ticks;
}

const timeSteps = [
  0.001, 0.01, 0.1, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600,
  43_200, 86_400, 172_800, 604_800, 2_592_000,
];

/** Times for ticks in seconds, about 90 pixels apart, and the step between them. */
export function timeTicks(
  { fromMs, toMs }: Interval,
  width: number,
): { ticks: number[]; stepS: number } {
  const spanS = (toMs - fromMs) / 1000;
  const wanted = spanS / Math.max(1, width / 90);
  const stepS = timeSteps.find((step) => step >= wanted) ?? wanted;
  // Steps of hours and days fall on the reader's own midnight.
  const offsetS = new Date(fromMs).getTimezoneOffset() * 60;
  const ticks: number[] = [];
  const first = Math.ceil((fromMs / 1000 - offsetS) / stepS) * stepS + offsetS;
  for (let tick = first; tick <= toMs / 1000; tick += stepS) ticks.push(tick);
  return { ticks, stepS };
}

export function xOf({ interval }: ScatterScale, plot: Plot, ms: number): number {
  const width = plot.width - margin.left - margin.right;
  return margin.left + ((ms - interval.fromMs) / (interval.toMs - interval.fromMs)) * width;
}

export function yOf({ low, high }: ScatterScale, plot: Plot, durationMs: number): number {
  const height = plot.height - margin.top - margin.bottom;
  const share = Math.log(Math.max(leastMs, durationMs) / low) / Math.log(high / low);
  return margin.top + (1 - share) * height;
}

/** The time at a place across the plot, kept within it. */
export function msAt({ interval }: ScatterScale, plot: Plot, x: number): number {
  const width = plot.width - margin.left - margin.right;
  const share = Math.min(1, Math.max(0, (x - margin.left) / Math.max(1, width)));
  return interval.fromMs + share * (interval.toMs - interval.fromMs);
}

/** Dots to draw, errors last so that they lie on top. More spans make a larger dot. */
export function dotsOf(
  traces: readonly FoundTrace[],
  scale: ScatterScale,
  plot: Plot,
): readonly Dot[] {
  return traces
    .map((trace) => ({
      trace,
      x: xOf(scale, plot, trace.startMs),
      y: yOf(scale, plot, trace.durationMs),
      radius: Math.min(9, 3 + Math.log10(Math.max(1, trace.spans)) * 1.5),
    }))
    .toSorted((a, b) => Math.min(1, a.trace.errors) - Math.min(1, b.trace.errors));
}

/** The dot nearest to a place, within reach. */
export function dotAt(dots: readonly Dot[], x: number, y: number): Dot | undefined {
  let best: Dot | undefined;
  let bestDistance = 12;
  for (const dot of dots) {
    const distance = Math.hypot(dot.x - x, dot.y - y) - dot.radius / 2;
    if (distance <= bestDistance) {
      best = dot;
      bestDistance = distance;
    }
  }
  return best;
}
