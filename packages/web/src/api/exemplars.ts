/** Prometheus' exemplars; apart from the rest of its API, which is part of the first load. */
import { requestJson } from './client.ts';
import type { Labels } from './prometheus.ts';

export interface ExemplarSeries {
  readonly seriesLabels: Labels;
  readonly exemplars: readonly {
    readonly labels: Labels;
    readonly value: string;
    /** Unix seconds. */
    readonly timestamp: number;
  }[];
}

/** Exemplars of every series that the expression reads. An expression that reads none fails: its answer has no body. */
export async function queryExemplars(
  expression: string,
  startS: number,
  endS: number,
  signal: AbortSignal,
): Promise<readonly ExemplarSeries[]> {
  const fields = { query: expression, start: String(startS), end: String(endS) };
  const answer = await requestJson<{ data?: readonly ExemplarSeries[] }>(
    '/api/v1/query_exemplars',
    { method: 'POST', body: new URLSearchParams(fields), signal },
  );
  return answer.data ?? [];
}
