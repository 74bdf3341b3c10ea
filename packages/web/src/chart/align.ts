/**
 * Range answers carry only the instants that have a sample. A chart wants every series on one grid of instants
 * with null where nothing is; NaN and infinities cannot be drawn and become gaps too.
 */
import type { Labels, MatrixSeries } from '../api/prometheus.ts';

export type Column = readonly (number | null)[];

export interface Grid {
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
}

export interface AlignedSeries {
  readonly metric: Labels;
  readonly values: Column;
}

/** Unix seconds of every step. */
export function gridTimes(grid: Grid): number[] {
  const count = Math.max(0, Math.floor((grid.endS - grid.startS) / grid.stepS + 1e-6) + 1);
  return Array.from({ length: count }, (_, index) => grid.startS + index * grid.stepS);
}

/** Puts each series' points on the grid. Points of native histograms are drawn as their count. */
export function alignMatrix(matrix: readonly MatrixSeries[], grid: Grid): AlignedSeries[] {
  const length = gridTimes(grid).length;
  return matrix.map((series) => {
    const values: (number | null)[] = new Array(length).fill(null);
    const place = (timeS: number, text: string) => {
      const index = Math.round((timeS - grid.startS) / grid.stepS);
      const value = Number(text);
      if (index >= 0 && index < length && Number.isFinite(value)) values[index] = value;
    };
    for (const [timeS, text] of series.values ?? []) place(timeS, text);
    for (const [timeS, histogram] of series.histograms ?? []) place(timeS, histogram.count);
    return { metric: series.metric, values };
  });
}

/** Sums columns from the first upwards; where every column is empty the stack is empty too. */
export function stackColumns(columns: readonly Column[]): (number | null)[][] {
  const length = columns[0]?.length ?? 0;
  const filled = Array.from({ length }, (_, index) =>
    columns.some((column) => column[index] != null),
  );
  let below: (number | null)[] = new Array(length).fill(0);
  return columns.map((column) => {
    below = column.map((value, index) =>
      filled[index] ? (below[index] ?? 0) + (value ?? 0) : null,
    );
    return below;
  });
}
