import type { Changes, OptimizationRule, RuleMetrics } from '../rule.ts';
import { EndpointTimes } from './endpoint-times.ts';

const LIMIT_MS = 1000;
const COOLDOWN_MS = 10 * 60_000;
const FACTOR = 2;

/** Requests take long: answers of the slow endpoints are kept longer. */
export function slowResponseRule(): OptimizationRule {
  const times = new EndpointTimes();
  let slow: ReadonlyMap<string, number> = new Map();
  return {
    id: 'slow-responses',
    name: 'Responses are slow',
    priority: 'high',
    cooldown: COOLDOWN_MS,
    plans: true,
    goal: { vital: 'responseTimeMs', better: 'lower' },
    condition: (metrics: RuleMetrics) => {
      slow = times.slowerThan(LIMIT_MS, metrics);
      return metrics.responseTimeMs !== undefined && metrics.responseTimeMs > LIMIT_MS;
    },
    action: (_metrics, changes) => {
      const served = keepLonger(slow, changes);
      for (const [endpoint, averageMs] of slow) {
        if (served.has(endpoint)) continue;
        changes.propose(
          `${endpoint} takes ${averageMs.toFixed(0)} ms on average and has no cache`,
          {
            endpoint,
            average_ms: Math.round(averageMs),
          },
        );
      }
    },
  };
}

/** Doubles the lifetimes of the caches that serve a slow endpoint; the endpoints that have a cache. */
function keepLonger(slow: ReadonlyMap<string, number>, changes: Changes): ReadonlySet<string> {
  const served = new Set<string>();
  for (const { ttl, endpoints } of changes.caches) {
    const slowOnes = endpoints.filter((endpoint) => slow.has(endpoint));
    for (const endpoint of slowOnes) served.add(endpoint);
    // A cache that names no endpoints may serve any.
    const concerned = slowOnes.length > 0 || endpoints.length === 0;
    if (concerned && ttl !== undefined && ttl.value < ttl.max) {
      changes.set(ttl.name, ttl.value * FACTOR);
    }
  }
  return served;
}
