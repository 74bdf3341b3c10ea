/**
 * Limits of the vitals, each of which is reported once when it is crossed and once when the vital has recovered.
 *
 * Model: a vital is fine or over. It becomes over when it is beyond its limit and fine again only when it is back by a margin (a part of
 * the limit; of the success rate a part of what is missing to 100 %), so that one that moves about its limit does not report again and again.
 * A vital that is absent stays what it was.
 */
import type { AgentEvent } from '../source.ts';
import type { Vitals } from '../vitals.ts';

const RULES = {
  cpuPct: { limit: 80, margin: 0.05, unit: ' %', label: 'CPU' },
  memoryPct: { limit: 85, margin: 0.05, unit: ' %', label: 'Memory' },
  diskPct: { limit: 90, margin: 0.02, unit: ' %', label: 'Disk' },
  responseTimeMs: { limit: 2000, margin: 0.1, unit: ' ms', label: 'Response time' },
  errorRatePct: { limit: 5, margin: 0.2, unit: ' %', label: 'Error rate' },
  successRatePct: { limit: 95, margin: 0.2, unit: ' %', label: 'Success rate' },
  redisMemoryBytes: { limit: 100e6, margin: 0.05, unit: ' B', label: 'Memory of Redis' },
} as const;

export type ThresholdName = keyof typeof RULES;

export const THRESHOLD_NAMES: readonly ThresholdName[] = [
  'cpuPct',
  'memoryPct',
  'diskPct',
  'responseTimeMs',
  'errorRatePct',
  'successRatePct',
  'redisMemoryBytes',
];

/** A limit, or false to leave that vital alone. */
export type ThresholdOptions = { readonly [Name in ThresholdName]?: number | false };

export interface ThresholdChange {
  readonly vital: ThresholdName;
  readonly state: 'crossed' | 'recovered';
  readonly value: number;
  readonly limit: number;
}

export class Thresholds {
  readonly #limits = new Map<ThresholdName, number>();
  readonly #over = new Set<ThresholdName>();

  /** Throws a RangeError for a limit that is not a number above 0. */
  constructor(options: ThresholdOptions = {}) {
    for (const name of THRESHOLD_NAMES) {
      const limit = options[name] ?? RULES[name].limit;
      if (limit === false) continue;
      if (!Number.isFinite(limit) || limit <= 0) {
        throw new RangeError(
          `threshold ${name}: ${limit} is not a number above 0 (false disables it)`,
        );
      }
      this.#limits.set(name, limit);
    }
  }

  /** Vitals that are over now. */
  get over(): readonly ThresholdName[] {
    return [...this.#over];
  }

  /** What has changed with these vitals. */
  check(vitals: Vitals): ThresholdChange[] {
    const changes: ThresholdChange[] = [];
    for (const [vital, limit] of this.#limits) {
      const value = vitals[vital];
      if (value === undefined || !Number.isFinite(value)) continue;
      const state = this.#change(vital, value, limit);
      if (state !== null) changes.push({ vital, state, value, limit });
    }
    return changes;
  }

  #change(vital: ThresholdName, value: number, limit: number): ThresholdChange['state'] | null {
    const lowIsBad = vital === 'successRatePct';
    if (!this.#over.has(vital)) {
      if (lowIsBad ? value >= limit : value <= limit) return null;
      this.#over.add(vital);
      return 'crossed';
    }
    const { margin } = RULES[vital];
    const fine = lowIsBad ? value >= limit + (100 - limit) * margin : value <= limit * (1 - margin);
    if (!fine) return null;
    this.#over.delete(vital);
    return 'recovered';
  }
}

export function thresholdEvent({ vital, state, value, limit }: ThresholdChange): AgentEvent {
  const { label, unit } = RULES[vital];
  const rounded = Math.round(value * 100) / 100;
  const shown = `${rounded}${unit}`;
  const message =
    state === 'recovered'
      ? `${label} has recovered: ${shown} (limit ${limit}${unit}).`
      : `${label} is ${vital === 'successRatePct' ? 'below' : 'over'} its limit of ${limit}${unit}: ${shown}.`;
  return {
    name: `threshold.${state}`,
    severity: state === 'crossed' ? 'warn' : 'info',
    message,
    attributes: { vital, value: rounded, limit },
  };
}
