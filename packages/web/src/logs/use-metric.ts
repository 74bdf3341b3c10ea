import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { fetchCounts } from '../api/loki.ts';
import type { RangeAnswer, Result } from '../explore/use-results.ts';
import type { Interval } from '../time/range.ts';
import { autoStep, gridOf } from '../time/step.ts';

/** Points of a metric query are counted from lines: more of them make the query longer, not better to read. */
const widthPx = 900;

/** A metric query over lines, in the shape that the graph draws. */
export function useMetric(
  query: string,
  interval: Interval,
  enabled: boolean,
  runMs: number,
): Result<RangeAnswer> {
  const stepS = autoStep(interval, widthPx);
  const grid = { ...gridOf(interval, stepS, true), stepS };
  const { data, isFetching, error } = useQuery({
    queryKey: ['logs-metric', query, grid, runMs],
    queryFn: async ({ signal }) => {
      const { startS, endS } = grid;
      const series = await fetchCounts(query, startS * 1000, endS * 1000, stepS * 1000, signal);
      return { data: series, warnings: [], infos: [], grid };
    },
    placeholderData: keepPreviousData,
    enabled,
    gcTime: 10_000,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return {
    id: 'a',
    expression: query,
    answer: enabled && error === null ? data : undefined,
    running: isFetching,
    error: enabled ? error : null,
  };
}
