import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { queryExemplars } from '../api/exemplars.ts';
import type { Grid } from '../chart/align.ts';
import type { PlacedExemplar } from './exemplar-layer.ts';
import { exemplarsOf, isOnAxis, thinExemplars } from './exemplars.ts';

/** Exemplars of every query over the grid. They are an addition: a failure shows none, and the graph does not wait for them. */
export function useExemplars(
  expressions: readonly string[],
  grid: Grid,
): readonly PlacedExemplar[] {
  const answers = useQueries({
    queries: expressions.map((expression) => ({
      queryKey: ['exemplars', expression, grid],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        try {
          return exemplarsOf(await queryExemplars(expression, grid.startS, grid.endS, signal));
        } catch (error) {
          // An expression without a selector is answered with nothing at all.
          if (signal.aborted) throw error;
          return [];
        }
      },
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 10_000,
    })),
  });
  const data = answers.map((answer) => answer.data);
  return useMemo(
    () =>
      expressions.flatMap((expression, index) =>
        thinExemplars(data[index] ?? [], grid).map((exemplar) => ({
          exemplar,
          isOnAxis: isOnAxis(expression),
        })),
      ),
    [...data, grid],
  );
}
