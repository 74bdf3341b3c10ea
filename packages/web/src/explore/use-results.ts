import { keepPreviousData, useQueries } from '@tanstack/react-query';
import {
  type Answer,
  type MatrixSeries,
  type QueryData,
  queryInstant,
  queryRange,
} from '../api/prometheus.ts';
import type { Grid } from '../chart/align.ts';
import type { QueryRow } from './state.ts';

/** The answer to one query; `answer` is the former one while a new one is on its way. */
export interface Result<T> {
  readonly id: string;
  readonly expression: string;
  readonly answer: T | undefined;
  readonly running: boolean;
  readonly error: Error | null;
}

export type RangeAnswer = Answer<readonly MatrixSeries[]> & { readonly grid: Grid };

/** Queries that can be run: shown, and not empty. */
export function runnable(queries: readonly QueryRow[]): readonly QueryRow[] {
  return queries.filter((query) => !query.hidden && query.expression.trim() !== '');
}

interface Ask<T> {
  readonly kind: string;
  readonly queries: readonly QueryRow[];
  readonly enabled: boolean;
  /** Changes when the same question is to be asked again. */
  readonly runMs: number;
  readonly ask: (expression: string, signal: AbortSignal) => Promise<T>;
  readonly key: unknown;
}

function useResults<T>({ kind, queries, enabled, runMs, ask, key }: Ask<T>): readonly Result<T>[] {
  const rows = runnable(queries);
  const results = useQueries({
    queries: rows.map((query) => ({
      queryKey: [kind, query.id, query.expression, key, runMs],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask(query.expression, signal),
      placeholderData: keepPreviousData,
      enabled,
      gcTime: 10_000,
      staleTime: Number.POSITIVE_INFINITY,
    })),
  });
  return rows.map((query, index) => {
    const result = results[index];
    return {
      id: query.id,
      expression: query.expression,
      answer: result?.error === null ? result.data : undefined,
      running: result?.isFetching === true,
      error: result?.error ?? null,
    };
  });
}

/** Every query over the grid, for the graph. A change of question cancels the requests under way. */
export function useRangeResults(
  queries: readonly QueryRow[],
  grid: Grid,
  runMs: number,
  enabled: boolean,
) {
  return useResults<RangeAnswer>({
    kind: 'explore-range',
    queries,
    enabled,
    runMs,
    key: grid,
    ask: async (expression, signal) => ({
      ...(await queryRange({ expression, ...grid }, signal)),
      grid,
    }),
  });
}

/** Every query at the end of the range, for the table. */
export function useInstantResults(
  queries: readonly QueryRow[],
  timeS: number,
  runMs: number,
  enabled: boolean,
) {
  return useResults<Answer<QueryData>>({
    kind: 'explore-instant',
    queries,
    enabled,
    runMs,
    key: timeS,
    ask: (expression, signal) => queryInstant(expression, timeS, signal),
  });
}
