import type { OptimizationRule } from '../rule.ts';

const LIMIT_PCT = 80;
const COOLDOWN_MS = 5 * 60_000;

/** Memory is short: give back what can be made again. */
export function memoryRule(): OptimizationRule {
  return {
    id: 'memory',
    name: 'Memory is short',
    priority: 'critical',
    cooldown: COOLDOWN_MS,
    plans: true,
    goal: { vital: 'memoryPct', better: 'lower' },
    condition: ({ memoryPct }) => memoryPct !== undefined && memoryPct > LIMIT_PCT,
    action: (_metrics, changes) => {
      for (const { name, clearable, shared } of changes.caches) {
        if (clearable && !shared) changes.clear(name);
      }
      // After the caches: they are what it can free.
      changes.collectGarbage();
    },
  };
}
