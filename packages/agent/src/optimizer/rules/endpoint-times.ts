/**
 * Average times of endpoints between two readings of their histograms, which are cumulative. Histograms are read less often than rules may be
 * asked: until there is a new reading, the last answer holds.
 */
import type { RuleMetrics } from '../rule.ts';

const METRIC = 'http_request_duration_seconds';
const MAX_ENDPOINTS = 1000;

interface Totals {
  readonly count: number;
  readonly seconds: number;
}

export class EndpointTimes {
  #before = new Map<string, Totals>();
  #slow: ReadonlyMap<string, number> = new Map();

  /** Endpoints slower than the limit between the last two readings, with their average in ms; slowest first. */
  slowerThan(limitMs: number, metrics: RuleMetrics): ReadonlyMap<string, number> {
    const now = totalsByEndpoint(metrics);
    if (requestsOf(now) === requestsOf(this.#before)) return this.#slow;
    const averages: [string, number][] = [];
    for (const [endpoint, { count, seconds }] of now) {
      const before = this.#before.get(endpoint);
      const began = before !== undefined && before.count <= count ? before : NOTHING;
      const requests = count - began.count;
      const averageMs = ((seconds - began.seconds) / requests) * 1000;
      if (requests > 0 && averageMs > limitMs) averages.push([endpoint, averageMs]);
    }
    this.#before = now;
    this.#slow = new Map(averages.sort((a, b) => b[1] - a[1]));
    return this.#slow;
  }
}

function requestsOf(totals: ReadonlyMap<string, Totals>): number {
  let sum = 0;
  for (const { count } of totals.values()) sum += count;
  return sum;
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
