/** Average times of endpoints between two looks at their histograms, which are cumulative. */
import type { RuleMetrics } from '../rule.ts';

const METRIC = 'http_request_duration_seconds';
const MAX_ENDPOINTS = 1000;

interface Totals {
  readonly count: number;
  readonly seconds: number;
}

export class EndpointTimes {
  #before = new Map<string, Totals>();

  /** Endpoints slower than the limit since the last call, with their average in ms; slowest first. */
  slowerThan(limitMs: number, metrics: RuleMetrics): ReadonlyMap<string, number> {
    const now = totalsByEndpoint(metrics);
    const averages: [string, number][] = [];
    for (const [endpoint, { count, seconds }] of now) {
      const before = this.#before.get(endpoint);
      const began = before !== undefined && before.count <= count ? before : NOTHING;
      const requests = count - began.count;
      const averageMs = ((seconds - began.seconds) / requests) * 1000;
      if (requests > 0 && averageMs > limitMs) averages.push([endpoint, averageMs]);
    }
    this.#before = now;
    return new Map(averages.sort((a, b) => b[1] - a[1]));
  }
}

const NOTHING: Totals = { count: 0, seconds: 0 };

function totalsByEndpoint(metrics: RuleMetrics): Map<string, Totals> {
  const totals = new Map<string, Totals>();
  for (const { attributes, value, distribution } of metrics.latest(METRIC)) {
    const endpoint = attributes?.endpoint;
    if (typeof endpoint !== 'string' || distribution === undefined) continue;
    const { count, seconds } = totals.get(endpoint) ?? NOTHING;
    if (totals.size >= MAX_ENDPOINTS && !totals.has(endpoint)) continue;
    totals.set(endpoint, { count: count + value, seconds: seconds + distribution.sum });
  }
  return totals;
}
