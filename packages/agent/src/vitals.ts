/**
 * The few numbers by which an application is judged: what thresholds, optimization rules and resource zones look at.
 * Every part that knows some of them contributes its own; what nobody knows is absent.
 */
export interface Vitals {
  /** Of the machine, or of the container where it has a limit: 0 to 100. */
  readonly cpuPct?: number;
  readonly memoryPct?: number;
  /** The fullest file system. */
  readonly diskPct?: number;
  /** Average over the requests of the last window. */
  readonly responseTimeMs?: number;
  readonly errorRatePct?: number;
  readonly successRatePct?: number;
  /** Statements over the limit within the last window. */
  readonly slowQueries?: number;
  /** Over all registered caches within the last window. */
  readonly cacheHitPct?: number;
  readonly redisMemoryBytes?: number;
}

export const VITALS = [
  'cpuPct',
  'memoryPct',
  'diskPct',
  'responseTimeMs',
  'errorRatePct',
  'successRatePct',
  'slowQueries',
  'cacheHitPct',
  'redisMemoryBytes',
] as const satisfies readonly (keyof Vitals)[];
