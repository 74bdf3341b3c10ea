import type { LogPatterns } from '../../intake/patterns/log-patterns.ts';
import type { QueryPool } from '../../queries/pool.ts';

/** Bounds of Loki's API; a reload may change them. */
export interface LokiLimits {
  timeoutMs: number;
  /** Most entries of a log query. */
  maxEntries: number;
  /** Most series of one range aggregation. */
  maxSeries: number;
  /** Longest range of a query. */
  maxRangeMs: number;
  /** How long logs are kept; Infinity for ever. */
  retentionMs: number;
}

/** What the routes of Loki's API need. */
export interface LokiDeps {
  queries: Pick<QueryPool, 'run'>;
  /** undefined when they are not mined. */
  patterns: LogPatterns | undefined;
  version: string;
  /** Read on every request. */
  limits(): LokiLimits;
  /** Unix ms. */
  now(): number;
}
