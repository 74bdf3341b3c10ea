import type { RetentionPolicy } from './retention-policy.ts';

/** How an embedded store is opened; the server's configuration has the defaults and the descriptions. */
export interface EmbeddedStoreOptions {
  /** Data directory; made when missing. */
  dir: string;
  durability: 'process' | 'power';
  /** Longest time acknowledged rows wait for an fsync under `process` durability. */
  syncMs: number;
  /** Rows of one head segment, and how many segments take turns (at least 2). */
  headRows: number;
  headSegments: number;
  /** A head with at least `flushMinRows` rows is flushed when it is this old, a smaller one after `flushMaxMs`. */
  flushMs: number;
  flushMinRows: number;
  flushMaxMs: number;
  maxTenants: number;
  maxSeriesPerTenant: number;
  maxSeries: number;
  retention: RetentionPolicy;
  /** A partition is sealed when its time ended this long ago. */
  sealAfterMs: number;
  /** Files are merged, sealed and dropped every minute from this long after the start on, 0 by default. */
  maintainAfterMs?: number;
  /** Called with every line worth logging. */
  log: (level: 'info' | 'warn' | 'error', message: string) => void;
  /** Called when the store cannot go on (a failed fsync): the process must exit non-zero. */
  onFatal: (error: Error) => void;
}

export const embeddedDefaults = {
  durability: 'process',
  syncMs: 5000,
  headRows: 1 << 20,
  headSegments: 3,
  flushMs: 15_000,
  flushMinRows: 65_536,
  flushMaxMs: 300_000,
  maxTenants: 1000,
  maxSeriesPerTenant: 1_000_000,
  maxSeries: 1_000_000,
  retention: {
    metrics: { keepMs: 7 * 86_400_000 },
    logs: { keepMs: 7 * 86_400_000, classes: [] },
    spans: { keepMs: 7 * 86_400_000, classes: [] },
  },
  sealAfterMs: 3_600_000,
} as const;
