/** Times within a trace, in microseconds. */
import { formatValue } from '../format/units.ts';
import type { Trace } from './trace.ts';
import type { TimeWindow } from './trace-state.ts';

/** A duration for people: "12.3 ms". */
export function durationText(us: number): string {
  return formatValue(us / 1e6, 'seconds');
}

const units: readonly (readonly [name: string, us: number])[] = [
  ['s', 1e6],
  ['ms', 1000],
  ['µs', 1],
  ['ns', 0.001],
];

/** A tick of an axis whose ticks lie `stepUs` apart: all in one unit, with as many digits as tell them apart. */
export function tickText(us: number, stepUs: number, longestUs: number): string {
  const [name, size] = units.find(([, one]) => longestUs >= one) ?? ['ns', 0.001];
  const digits = Math.min(9, Math.max(0, -Math.floor(Math.log10(stepUs / size) + 1e-9)));
  return `${(us / size).toFixed(us === 0 ? 0 : digits)} ${name}`;
}

/** Round places in a window, at most `most`, and the distance between them. */
export function windowTicks(window: TimeWindow, most: number): readonly number[] {
  const wanted = (window.toUs - window.fromUs) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= wanted) ?? wanted;
  const ticks: number[] = [];
  const first = Math.ceil(window.fromUs / step);
  for (let index = first; index * step <= window.toUs && ticks.length <= most; index += 1)
    ticks.push(index * step);
  return ticks;
}

/** A window of the same middle or around `centerUs`, `factor` times as long, within the trace and not below a microsecond. */
export function zoomWindow(
  window: TimeWindow,
  factor: number,
  wholeUs: number,
  centerUs = (window.fromUs + window.toUs) / 2,
): TimeWindow {
  const span = window.toUs - window.fromUs;
  const next = Math.min(wholeUs, Math.max(Math.min(1, wholeUs), span * factor));
  const share = (centerUs - window.fromUs) / span;
  const fromUs = Math.min(Math.max(0, centerUs - share * next), wholeUs - next);
  return { fromUs, toUs: fromUs + next };
}

/** The time of a span with a little room on both sides, within the trace and not below a microsecond. */
export function spanWindow(trace: Trace, row: number): TimeWindow {
  const span = Math.max(1, trace.spanUs[row] ?? 0);
  const fromUs = Math.max(0, (trace.startUs[row] ?? 0) - span * 0.05);
  return {
    fromUs,
    toUs: Math.max(fromUs + 0.001, Math.min(trace.durationUs, fromUs + span * 1.1)),
  };
}

/** The window moved by a share of itself, within the trace. */
export function moveWindow(window: TimeWindow, share: number, wholeUs: number): TimeWindow {
  const span = window.toUs - window.fromUs;
  const fromUs = Math.min(Math.max(0, window.fromUs + span * share), wholeUs - span);
  return { fromUs, toUs: fromUs + span };
}
