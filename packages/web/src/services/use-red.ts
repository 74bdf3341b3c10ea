import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { queryInstant, queryRange } from '../api/prometheus.ts';
import { prepareServiceColors } from '../chart/service-colors.ts';
import type { Interval } from '../time/range.ts';
import { edgesOf, graphQueries } from './graph.ts';
import {
  durationQuery,
  errorQuery,
  linesBy,
  mergeServed,
  quantiles,
  type RedRow,
  rateQuery,
  redRows,
  type Scope,
} from './red.ts';

/** The whole range as a PromQL duration. */
function windowOf(interval: Interval): string {
  return `${Math.max(60, Math.round((interval.toMs - interval.fromMs) / 1000))}s`;
}

async function askRows(
  scope: Scope,
  interval: Interval,
  signal: AbortSignal,
): Promise<readonly RedRow[]> {
  const window = windowOf(interval);
  const queries = [
    rateQuery(scope, window),
    errorQuery(scope, window),
    ...quantiles.map((quantile) => durationQuery(scope, quantile, window)),
  ];
  const endS = interval.toMs / 1000;
  const answers = await Promise.all(queries.map((query) => queryInstant(query, endS, signal)));
  return redRows(
    answers.map((answer) => answer.data),
    scope.by,
    scope.kind === 'all',
  );
}

const kept = { placeholderData: keepPreviousData, staleTime: Number.POSITIVE_INFINITY };

/** Rate, errors and durations of every service over the range. */
export function useServices(interval: Interval | undefined) {
  return useQuery({
    queryKey: ['services', interval],
    queryFn: async ({ signal }) => {
      if (interval === undefined) return [];
      const scope = { service: '', by: 'service' } as const;
      const [served, all] = await Promise.all([
        askRows({ ...scope, kind: 'served' }, interval, signal),
        askRows({ ...scope, kind: 'all' }, interval, signal),
      ]);
      const rows = mergeServed(served, all);
      prepareServiceColors(rows.map((row) => row.name));
      return rows;
    },
    enabled: interval !== undefined,
    ...kept,
  });
}

/** Rate, errors and durations of the operations of a service. */
export function useOperations(
  service: string,
  kind: Scope['kind'],
  interval: Interval | undefined,
) {
  return useQuery({
    queryKey: ['operations', service, kind, interval],
    queryFn: ({ signal }) =>
      interval === undefined ? [] : askRows({ service, kind, by: 'span_name' }, interval, signal),
    enabled: interval !== undefined && service !== '',
    ...kept,
  });
}

/** Who calls whom. */
export function useEdges(interval: Interval | undefined) {
  return useQuery({
    queryKey: ['service-edges', interval],
    queryFn: async ({ signal }) => {
      if (interval === undefined) return [];
      const queries = graphQueries(windowOf(interval));
      const endS = interval.toMs / 1000;
      const answers = await Promise.all(queries.map((query) => queryInstant(query, endS, signal)));
      return edgesOf(answers.map((answer) => answer.data));
    },
    enabled: interval !== undefined,
    ...kept,
  });
}

const sparkPoints = 40;

/** The rate of each row over the range, for sparklines. */
export function useRateLines(scope: Scope, interval: Interval | undefined) {
  return useQuery({
    queryKey: ['rate-lines', scope, interval],
    queryFn: async ({ signal }) => {
      if (interval === undefined) return new Map();
      const stepS = Math.max(1, Math.round((interval.toMs - interval.fromMs) / 1000 / sparkPoints));
      const answer = await queryRange(
        {
          expression: rateQuery(scope, `${Math.max(60, stepS * 2)}s`),
          startS: interval.fromMs / 1000,
          endS: interval.toMs / 1000,
          stepS,
        },
        signal,
      );
      return linesBy(answer.data, scope.by);
    },
    enabled: interval !== undefined,
    ...kept,
  });
}
