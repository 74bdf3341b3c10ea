import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
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

/** Runs a panel's queries over the page's grid; while a refresh runs the former answer stays. */
export function usePanel(panel: Panel): PanelState {
  const { grid, windowS } = useOverviewTime();
  const results = useQueries({
    queries: panel.sources.map((source) => {
      const request = { expression: fillExpression(source.expression, windowS), ...grid };
      return {
        queryKey: ['range', request],
        // The grid travels with the answer: a kept answer must be drawn on the grid it was asked for.
        queryFn: async ({ signal }: { signal: AbortSignal }) => ({
          matrix: (await queryRange(request, signal)).data,
          grid,
        }),
        placeholderData: keepPreviousData,
        gcTime: 5_000,
      };
    }),
    combine: (all) => ({
      answers: all.map((one) => one.data),
      pending: all.some((one) => one.isPending),
      error: all.find((one) => one.error !== null)?.error ?? null,
    }),
  });
  const { answers, pending, error } = results;
  return useMemo(() => {
    const drawn = answers[0]?.grid ?? grid;
    const same = answers.every((answer) => answer === undefined || answer.grid.endS === drawn.endS);
    const matrices = answers.map((answer) => (same ? (answer?.matrix ?? []) : []));
    return {
      lines: panelLines(panel, matrices, drawn),
      times: gridTimes(drawn),
      grid: drawn,
      pending,
      error,
    };
  }, [answers, pending, error, panel, grid]);
}
