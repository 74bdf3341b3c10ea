/**
 * Values of one series at every step of an evaluation.
 *
 * Model: three parallel columns. `k[i]` says what step i holds: nothing, a float in `v[i]`, or a histogram in `h[i]`.
 * Evaluation streams: a node fills one scratch column per series and hands it to a sink.
 *
 * Invariants: a column given to a sink may be changed by it and is only valid during the call; whoever keeps one copies it.
 * Histograms in a column are shared and never changed in place.
 */

import type { Labels } from '@sightline/store';
import type { Histogram } from '@sightline/wire';
import type { Slab } from './slab.ts';

export const ABSENT = 0;
export const FLOAT = 1;
export const HISTOGRAM = 2;

export class Column {
  readonly v: Float64Array;
  readonly k: Uint8Array;
  /** Sparse; meaningful where `k` is HISTOGRAM. */
  h: (Histogram | undefined)[] = [];

  constructor(steps: number, slab: Slab) {
    this.v = slab.floats(steps);
    this.k = slab.bytes(steps);
  }

  clear(): void {
    this.k.fill(ABSENT);
    if (this.h.length > 0) this.h = [];
  }

  setFloat(step: number, value: number): void {
    this.v[step] = value;
    this.k[step] = FLOAT;
  }

  setHistogram(step: number, h: Histogram): void {
    this.h[step] = h;
    this.k[step] = HISTOGRAM;
  }

  copy(slab: Slab): Column {
    const copy = new Column(this.k.length, slab);
    copy.v.set(this.v);
    copy.k.set(this.k);
    if (this.h.length > 0) copy.h = this.h.slice();
    return copy;
  }

  /** Whether any of the first `steps` steps holds something. */
  hasAny(steps: number = this.k.length): boolean {
    for (let i = 0; i < steps; i++) if (this.k[i] !== ABSENT) return true;
    return false;
  }

  /** Number of steps that hold something. */
  present(): number {
    let count = 0;
    for (let i = 0; i < this.k.length; i++) if (this.k[i] !== ABSENT) count++;
    return count;
  }
}

/**
 * Takes one series. `dropName`: the metric name (with type and unit) is to be dropped from the result; until then it stays in
 * the labels (delayed name removal).
 */
export type Sink = (labels: Labels, dropName: boolean, column: Column) => void;

/** A series that was kept. */
export interface KeptSeries {
  labels: Labels;
  dropName: boolean;
  column: Column;
  /** Steps that hold something, as they were when it was kept. */
  samples: number;
}
