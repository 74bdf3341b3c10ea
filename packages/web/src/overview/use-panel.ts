import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { queryRange } from '../api/prometheus.ts';
import { type Grid, gridTimes } from '../chart/align.ts';
import { type PanelLines, panelLines } from './panel-data.ts';
import { fillExpression, type Panel } from './panels.ts';
import { useOverviewTime } from './use-overview-time.ts';

export interface PanelState {
  readonly lines: PanelLines;
  readonly times: readonly number[];
  readonly grid: Grid;
  readonly pending: boolean;
  readonly error: Error | null;
}

/** Runs a panel's queries over the page's grid. While a refresh runs, and when it fails, the former answer stays. */
export function usePanel(panel: Panel): PanelState {
  const { grid, windowS, known } = useOverviewTime();
  const { data, isPending, error } = useQuery({
    queryKey: ['panel', panel.id, grid],
    // One answer for all sources, with the grid it belongs to: a kept answer is drawn on its own grid.
    queryFn: async ({ signal }) => {
      const asked = panel.sources.map((source) =>
        queryRange({ expression: fillExpression(source.expression, windowS), ...grid }, signal),
      );
      return { matrices: (await Promise.all(asked)).map((answer) => answer.data), grid };
    },
    enabled: known,
    placeholderData: keepPreviousData,
    gcTime: 5_000,
  });
  const last = useRef(data);
  if (data !== undefined) last.current = data;
  const shown = last.current;
  return useMemo(() => {
    const drawn = shown?.grid ?? grid;
    return {
      lines: panelLines(panel, shown?.matrices ?? [], drawn),
      times: gridTimes(drawn),
      grid: drawn,
      pending: isPending && shown === undefined,
      error,
    };
  }, [shown, isPending, error, panel, grid]);
}
