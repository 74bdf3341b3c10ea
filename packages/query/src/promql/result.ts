/**
 * Answers of queries.
 *
 * Model: a series holds parallel columns, one entry per point: `t` (Unix ms), `v` the float, or a histogram where `h` has one. An
 * instant vector has one point per series, in the order of the evaluation; a matrix is sorted by labels.
 */
import type { Labels } from '@sightline/store';
import type { Histogram } from '@sightline/wire';

export interface ResultSeries {
  labels: Labels;
  t: Float64Array;
  v: Float64Array;
  /** null when all points are floats. */
  h: (Histogram | undefined)[] | null;
}

export interface ResultNotes {
  /** `PromQL warning: ... (line:col)` */
  warnings: string[];
  /** `PromQL info: ... (line:col)` */
  infos: string[];
}

export type QueryResult = ResultNotes &
  (
    | { type: 'vector' | 'matrix'; series: ResultSeries[] }
    | { type: 'scalar'; t: number; value: number }
    | { type: 'string'; t: number; value: string }
  );
