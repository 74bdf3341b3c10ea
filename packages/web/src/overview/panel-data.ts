/** From a panel's answers to the lines of its chart: named, ordered, coloured. */
import type { MatrixSeries } from '../api/prometheus.ts';
import { alignMatrix, type Column, type Grid } from '../chart/align.ts';
import { seriesStyle } from '../chart/palette.ts';
import type { ChartSeries } from '../chart/plot-options.ts';
import type { Panel } from './panels.ts';

export interface PanelLines {
  readonly series: readonly ChartSeries[];
  /** The bound's line, drawn only where the chart is not stacked. */
  readonly bound: ChartSeries | undefined;
}

function place(panel: Panel, name: string): number {
  const index = panel.order?.indexOf(name) ?? -1;
  return index < 0 ? (panel.order?.length ?? 0) : index;
}

function isSilent(values: Column): boolean {
  return values.every((value) => value === null || value === 0);
}

/** Puts the answers to `panel.sources`, in their order, on the grid. Stacked series that are zero throughout are left out. */
export function panelLines(
  panel: Panel,
  answers: readonly (readonly MatrixSeries[])[],
  grid: Grid,
): PanelLines {
  const named = panel.sources.flatMap((source, index) =>
    alignMatrix(answers[index] ?? [], grid).map((one) => ({
      name: typeof source.name === 'string' ? source.name : source.name(one.metric),
      values: one.values,
    })),
  );
  const bound = named.find((one) => one.name === panel.bound);
  const series = named
    .filter((one) => one !== bound)
    .sort((a, b) => place(panel, a.name) - place(panel, b.name) || a.name.localeCompare(b.name))
    .map((one, index) => {
      const known = panel.order?.indexOf(one.name) ?? -1;
      const { color, dash } = seriesStyle(known < 0 ? index : known);
      return {
        key: one.name,
        label: one.name,
        color,
        dash,
        filled: panel.filled === true && index === 0,
        values: one.values,
      };
    });
  const shown = panel.stacked
    ? series.filter((one, index) => index === 0 || !isSilent(one.values))
    : series;
  return {
    series: shown,
    bound: bound && {
      key: bound.name,
      label: bound.name,
      color: 'var(--ink-3)',
      dash: [3, 3],
      values: bound.values,
    },
  };
}

/** The values at `index`, or the last ones there are when `index` is null, by name. */
export function valuesAt(lines: PanelLines, index: number | null): Map<string, number> {
  const values = new Map<string, number>();
  for (const series of lines.bound ? [...lines.series, lines.bound] : lines.series) {
    const value =
      index === null ? series.values.findLast((one) => one !== null) : series.values[index];
    if (value != null) values.set(series.key, value);
  }
  return values;
}
