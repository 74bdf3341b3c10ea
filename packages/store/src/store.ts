/**
 * Writing samples: what intake asks of any store, on the main thread.
 *
 * Model: a decoder fills a batch through the tenant's resolver, `append` makes it durable and visible, and only then is the request
 * answered. Queries run in other threads: `snapshot` fixes what a query may see and is sent to its worker, which opens a
 * `Querier` over it (`openQuerier`); `release` gives it back.
 */
import type { MetricBatch, SeriesResolver } from '@sightline/wire';

export interface Store {
  /** The tenant's resolver; the tenant comes to be with its first accepted write. Throws TenantLimitError past `maxTenants`. */
  resolver(tenant: string): SeriesResolver;
  /**
   * Appends a batch whose handles come from this tenant's resolver. Resolves when acknowledged means durable under the
   * configured durability, and visible to the next snapshot. The batch is the store's until the promise settles: when
   * the head is full, an append waits a while for room. `digest` (16 bytes, or null) identifies the request: a repeat within 15 minutes resolves to 'repeated'
   * and stores nothing. Rejects with StoreUnavailableError when the disk is full or failing: answer 503 and Retry-After.
   */
  append(
    tenant: string,
    batch: MetricBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'>;
  /** Points before this time (Unix ms) are outside raw retention; -Infinity for `forever`. */
  readonly minTime: number;
  /** Structured-cloneable; shared memory inside. Must be given back with `release`. null when the tenant does not exist. Metadata and exemplars are in it only `withNotes`. */
  snapshot(tenant: string, withNotes?: boolean): ReadSnapshot | null;
  release(snapshot: ReadSnapshot): void;
  /** What a query thread needs to open snapshots (`openReader`); structured-cloneable. */
  readerHandle(): unknown;
  /** Called with handles that no longer stand for their series; anyone who keeps handles beyond a batch must drop them. */
  onForget(listener: (handles: ReadonlySet<number>) => void): void;
  tenants(): string[];
  stats(): StoreStats;
  /** Whether appends are accepted now, and why not. */
  readiness(): { ready: boolean; reason: string };
  /** Stops accepting, syncs the journal, ends the workers. Leaves a directory that opens at once. */
  close(): Promise<void>;
}

/** Opaque to everyone but the store that made it. */
export interface ReadSnapshot {
  readonly id: number;
  readonly tenant: string;
}

/** Counters since the process began, and gauges; units in the names. */
export interface StoreStats {
  samplesAppended: number;
  logsAppended: number;
  spansAppended: number;
  batchesAppended: number;
  batchesRepeated: number;
  seriesActive: number;
  seriesCreated: number;
  seriesRefused: number;
  /** Samples in the head. */
  headRows: number;
  /** Log records and spans in the head. */
  headRecords: number;
  headCapacityRows: number;
  headBytes: number;
  /** Address space set aside for rows and series, whether written or not. */
  headReservedBytes: number;
  journalBytes: number;
  journalAppends: number;
  /** Sum of the time appends spent writing, and the slowest of the last minute. */
  journalAppendMsTotal: number;
  journalAppendMsMax: number;
  /** Bytes of damaged journal files that could not be read back at the start. */
  journalLostBytes: number;
  flushes: number;
  flushFailures: number;
  samplesFlushed: number;
  logsFlushed: number;
  spansFlushed: number;
  merges: number;
  diskBytes: number;
  diskFreeBytes: number;
  tenants: number;
  partitions: number;
  droppedPartitions: number;
}

export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
export class TenantLimitError extends Error {
  override readonly name = 'TenantLimitError';
}
