/** What the process is made of, as serve.ts puts it together and routes.ts reads it. */
import type { EmbeddedStore } from '@sightline/store';
import type { OtlpOptions } from '@sightline/wire';
import type { LoadedConfig } from './config/load.ts';
import type { ListenerStatus } from './http/v1/status.ts';
import type { Intake } from './intake/intake.ts';
import type { OtlpIntake } from './intake/otlp/otlp-intake.ts';
import type { LogPatterns } from './intake/patterns/log-patterns.ts';
import type { RecordIntake } from './intake/record-intake.ts';
import type { RedMetrics } from './intake/red/red-metrics.ts';
import type { Scraping } from './intake/scrape/scraping.ts';
import type { SelfMonitor } from './intake/self/monitor.ts';
import type { LiveTails } from './intake/tail/live-tails.ts';
import type { Log } from './log.ts';
import type { QueryPool } from './queries/pool.ts';

/** What changes while the process runs, shared with the routes. */
export interface Live {
  loaded: LoadedConfig;
  /** Of `loaded`; the same object until that changes. */
  otlp: OtlpOptions;
  startedMs: number;
  reloaded: { ok: boolean; atMs: number };
  listeners: ListenerStatus[];
}

/** The parts that routes are made of. */
export interface Parts {
  live: Live;
  log: Log;
  store: EmbeddedStore;
  intake: Intake;
  records: RecordIntake;
  /** undefined when they are not mined. */
  patterns: LogPatterns | undefined;
  tails: LiveTails;
  otlp: OtlpIntake;
  /** undefined when they are not computed. */
  red: RedMetrics | undefined;
  queries: QueryPool;
  scraping: Scraping;
  self: SelfMonitor;
}
