import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { fetchCounts } from '../api/loki.ts';
import { type BarGrid, countQuery, type Histogram, histogramOf } from './histogram-data.ts';

/** Lines over time by level. The former answer stays while a new one is on its way. */
export function useHistogram(
  query: string,
  grid: BarGrid,
  enabled: boolean,
  runMs: number,
): {
  readonly histogram: Histogram | undefined;
  readonly asking: boolean;
  readonly error: Error | null;
} {
  const { data, isFetching, error } = useQuery({
    queryKey: ['logs-histogram', query, grid, runMs],
    queryFn: async ({ signal }) => {
      const { startMs, stepMs, count } = grid;
      const endMs = startMs + count * stepMs;
      const counts = countQuery(query, stepMs);
      return histogramOf(await fetchCounts(counts, startMs + stepMs, endMs, stepMs, signal), grid);
    },
    placeholderData: keepPreviousData,
    enabled,
    gcTime: 10_000,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return { histogram: error === null ? data : undefined, asking: isFetching, error };
}
