import type { OptimizationRule } from '../rule.ts';

const LIMIT_PCT = 50;
const COOLDOWN_MS = 20 * 60_000;
const FACTOR = 2;

/** Caches are asked in vain: entries that live longer are found more often, and a warm cache is found at once. */
export function cacheHitRule(): OptimizationRule {
  return {
    id: 'cache-hit-rate',
    name: 'Caches are seldom hit',
    priority: 'low',
    cooldown: COOLDOWN_MS,
    plans: true,
    goal: { vital: 'cacheHitPct', better: 'higher' },
    condition: ({ cacheHitPct }) => cacheHitPct !== undefined && cacheHitPct < LIMIT_PCT,
    action: (_metrics, changes) => {
      for (const { name, hitPct, ttl, warmable } of changes.caches) {
        if (hitPct === undefined || hitPct >= LIMIT_PCT) continue;
        if (ttl !== undefined && ttl.value < ttl.max) changes.set(ttl.name, ttl.value * FACTOR);
        if (warmable) changes.warm(name);
        if (ttl === undefined && !warmable) {
          changes.propose(
            `Cache ${name} has a hit rate of ${hitPct.toFixed(0)} %: keep entries longer`,
          );
        }
      }
    },
  };
}
