/**
 * Calls between services, from the service graph that intake keeps as counters: `traces_service_graph_request_total{client, server}`.
 *
 * Model: the growth of each counter over the time, resets included. A counter without a sample shortly before the time began in it,
 * from 0. Nothing is extrapolated: these are counts of calls.
 */
import { METRIC_NAME, SampleBuffer } from '@sightline/store';
import type { ExecuteContext } from '../context.ts';

export interface Dependency {
  parent: string;
  child: string;
  callCount: number;
}

/** How old the sample before the time may be. */
const STALE_MS = 300_000;
const COUNTER = 'traces_service_graph_request_total';

/** Sorted by parent and child. Throws what the store throws. */
export function dependencies(
  { querier, budget }: ExecuteContext,
  startMs: number,
  endMs: number,
): Dependency[] {
  const matcher = { name: METRIC_NAME, op: '=', value: COUNTER } as const;
  const series = querier.select([matcher], startMs - STALE_MS, endMs);
  const samples = new SampleBuffer();
  const links = new Map<string, Dependency>();
  for (let i = 0; i < series.length; i++) {
    budget.poll();
    const labels = series.labels(i);
    const [parent, child] = [labels.get('client'), labels.get('server')];
    series.read(i, samples);
    const key = `${parent}\0${child}`;
    const link = links.get(key) ?? { parent, child, callCount: 0 };
    link.callCount += growth(samples, startMs);
    links.set(key, link);
  }
  return [...links]
    .filter(([, { callCount }]) => callCount > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, link]) => link);
}

function growth({ n, t, v }: SampleBuffer, startMs: number): number {
  let grown = 0;
  let before = 0;
  for (let i = 0; i < n; i++) {
    // A stale marker says nothing of the counter.
    if (Number.isNaN(v[i])) continue;
    if (t[i] > startMs) grown += v[i] < before ? v[i] : v[i] - before;
    before = v[i];
  }
  return Math.round(grown);
}
