/** What is where in the flame view. */

import { endOf } from './trace.ts';
import type { TimeWindow } from './trace-state.ts';
import type { TraceModel } from './use-trace.ts';

export const laneHeight = 20;

type Placed = Pick<TraceModel, 'trace' | 'lanes'>;

export interface FlameView {
  readonly window: TimeWindow;
  readonly width: number;
  readonly height: number;
  readonly scrollTop: number;
  readonly selected: number;
  readonly cursor: number;
  readonly found: Uint8Array | undefined;
  /** Rows that must be seen among thousands: errors, and what was searched for. */
  readonly errors: Int32Array;
  readonly foundRows: Int32Array | undefined;
  readonly showCritical: boolean;
}

/** First place in the lane whose span ends after `us`. */
export function firstAfter({ trace, lanes }: Placed, lane: number, us: number): number {
  let low = lanes.first[lane] ?? 0;
  let high = lanes.first[lane + 1] ?? 0;
  // Spans of a lane do not overlap, so their ends are in order as their starts are.
  while (low < high) {
    const middle = (low + high) >> 1;
    if (endOf(trace, lanes.rows[middle] ?? 0) <= us) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The span at a place of the canvas, or -1. */
export function rowAt(model: Placed, view: FlameView, x: number, y: number): number {
  const { trace, lanes } = model;
  const lane = Math.floor((y + view.scrollTop) / laneHeight);
  if (lane < 0 || lane >= lanes.count) return -1;
  const usPerPx = (view.window.toUs - view.window.fromUs) / Math.max(1, view.width);
  const us = view.window.fromUs + x * usPerPx;
  // Slivers are a pixel or two wide whatever they last.
  const row = lanes.rows[firstAfter(model, lane, us - 2 * usPerPx)] ?? -1;
  const inLane = row >= 0 && lanes.lane[row] === lane;
  return inLane && (trace.startUs[row] ?? 0) <= us + usPerPx ? row : -1;
}
