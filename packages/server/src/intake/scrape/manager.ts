/**
 * All scraping: one pool per job, replaced job by job when the configuration changes.
 *
 * Invariants: jobs whose configuration is the same go on untouched; targets that stay keep their series; at most MAX_AT_ONCE scrapes are
 * under way at a time.
 */
import type { ScrapeConfig } from '../../config/scrape.ts';
import type { TargetsView } from '../../http/prometheus/targets.ts';
import type { Intake } from '../intake.ts';
import type { ScrapeStats } from '../self/server-source.ts';
import { ScrapeAppender } from './appender.ts';
import { ScrapeError } from './client.ts';
import { Gate } from './gate.ts';
import { identityOf, type PoolDeps, ScrapePool } from './pool.ts';

const MAX_AT_ONCE = 64;

export interface ScrapeManagerOptions {
  intake: Intake;
  version: string;
  /** Problems of targets and target files, for the log. */
  warn(message: string): void;
}

export class ScrapeManager {
  readonly #options: ScrapeManagerOptions;
  readonly #appender: ScrapeAppender;
  readonly #gate = new Gate(MAX_AT_ONCE);
  #pools = new Map<string, ScrapePool>();

  constructor(options: ScrapeManagerOptions) {
    this.#options = options;
    this.#appender = new ScrapeAppender(options.intake);
  }

  /**
   * Scrapes what `configs` say from now on. `folder` is the configuration file's; relative names in it start there. A job that cannot be
   * scraped (a TLS file cannot be read) is told and left as it was. Resolves when what is no longer wanted has stopped.
   */
  async apply(configs: readonly ScrapeConfig[], folder: string): Promise<void> {
    const { intake, version, warn } = this.#options;
    const deps: PoolDeps = {
      intake,
      version,
      warn,
      folder,
      appender: this.#appender,
      gate: this.#gate,
      maxBodyBytes: intake.limits.maxDecompressedBytes,
    };
    const next = new Map<string, ScrapePool>();
    for (const config of configs) {
      const running = this.#pools.get(config.jobName);
      const pool =
        running?.identity === identityOf(config, folder) ? running : make(config, deps, running);
      if (pool !== undefined) next.set(config.jobName, pool);
    }
    const replaced = [...this.#pools.values()].filter(
      (pool) => next.get(pool.config.jobName) !== pool,
    );
    this.#pools = next;
    await Promise.all(replaced.map((pool) => pool.stop(next.get(pool.config.jobName))));
  }

  /** Stops all scraping; the series stay open, as after a restart. */
  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.shutdown()));
    this.#pools.clear();
  }

  stats(): ScrapeStats {
    const stats = { up: 0, down: 0, unknown: 0 };
    for (const pool of this.#pools.values()) for (const { health } of pool.loops) stats[health]++;
    return stats;
  }

  readonly view: TargetsView = {
    active: () => this.#sorted().flatMap((pool) => pool.active()),
    dropped: () => this.#sorted().flatMap((pool) => pool.dropped()),
    droppedCounts: () =>
      Object.fromEntries(this.#sorted().map((pool) => [pool.config.jobName, pool.droppedCount])),
    pools: () => this.#sorted().map((pool) => pool.config.jobName),
  };

  #sorted(): ScrapePool[] {
    const byName = (a: ScrapePool, b: ScrapePool) => (a.config.jobName < b.config.jobName ? -1 : 1);
    return [...this.#pools.values()].sort(byName);
  }
}

/** A pool for the job, or the running one where none can be made. */
function make(
  config: ScrapeConfig,
  deps: PoolDeps,
  running: ScrapePool | undefined,
): ScrapePool | undefined {
  try {
    return new ScrapePool(config, deps, running);
  } catch (error) {
    if (!(error instanceof ScrapeError)) throw error;
    deps.warn(
      `job "${config.jobName}" is ${running ? 'not changed' : 'not scraped'}: ${error.message}`,
    );
    return running;
  }
}
