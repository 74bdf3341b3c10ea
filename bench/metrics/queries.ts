/** The eight queries of the metrics bench, over the recorded stream; range queries over its whole length at one-minute steps. */
import type { Stream } from './stream.ts';

/** The server answered with an error. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

export interface BenchQuery {
  name: string;
  query: string;
  range: boolean;
}

export const QUERIES: readonly BenchQuery[] = [
  { name: 'one series', query: 'node_load1{instance="host-42:9100"}', range: true },
  { name: 'sum by rate', query: 'sum by (mode) (rate(node_cpu_seconds_total[2m]))', range: true },
  { name: 'topk', query: 'topk(5, node_memory_MemAvailable_bytes)', range: true },
  {
    name: 'CPU % by instance',
    query: '100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[2m])))',
    range: true,
  },
  { name: 'quantile by job', query: 'quantile by (job) (0.9, node_load1)', range: true },
  {
    name: 'sum by instance of rates, name pattern',
    query: 'sum by (instance) (rate({__name__=~"node_(disk|network)_.*_total"}[2m]))',
    range: true,
  },
  { name: 'count of everything', query: 'count({__name__=~".+",job="node"})', range: false },
  {
    name: 'vector join',
    query:
      'node_filesystem_avail_bytes / on (instance, device, mountpoint) node_filesystem_size_bytes',
    range: true,
  },
];

/** Asks once; returns the time until the whole answer is read, in ms, and the answer's data. */
export async function ask(
  base: string,
  query: BenchQuery,
  stream: Stream,
): Promise<{ tookMs: number; data: unknown }> {
  const parameters = new URLSearchParams({ query: query.query, nocache: '1' });
  if (query.range) {
    parameters.set('start', String(stream.startMs / 1000 + 120));
    parameters.set('end', String(stream.endMs / 1000));
    parameters.set('step', '60');
  } else parameters.set('time', String(stream.endMs / 1000));
  const began = performance.now();
  const response = await fetch(
    `${base}/api/v1/${query.range ? 'query_range' : 'query'}?${parameters}`,
  );
  const text = await response.text();
  const tookMs = performance.now() - began;
  if (!response.ok)
    throw new RefusedError(`${query.name}: ${response.status} ${text.slice(0, 500)}`);
  const answer: { data: unknown } = JSON.parse(text);
  return { tookMs, data: answer.data };
}
