/**
 * The scraping part of the process.
 *
 * Invariant: its modules (the HTTP client, RE2) are loaded with the first job, so that a process that scrapes nothing does not
 * pay for them.
 */
import type { ScrapeConfig } from '../../config/scrape.ts';
import { noTargets, type TargetsView } from '../../http/prometheus/targets.ts';
import type { ScrapeStats } from '../self/server-source.ts';
import type { ScrapeManager, ScrapeManagerOptions } from './manager.ts';

export class Scraping {
  readonly #options: ScrapeManagerOptions;
  #manager: ScrapeManager | undefined;

  constructor(options: ScrapeManagerOptions) {
    this.#options = options;
  }

  /** Scrapes what `configs` say from now on (see ScrapeManager.apply). */
  async apply(configs: readonly ScrapeConfig[], folder: string): Promise<void> {
    if (this.#manager === undefined) {
      if (configs.length === 0) return;
      const { ScrapeManager } = await import('./manager.ts');
      this.#manager = new ScrapeManager(this.#options);
    }
    await this.#manager.apply(configs, folder);
  }

  get view(): TargetsView {
    return this.#manager?.view ?? noTargets;
  }

  stats(): ScrapeStats {
    return this.#manager?.stats() ?? { up: 0, down: 0, unknown: 0 };
  }

  async close(): Promise<void> {
    await this.#manager?.close();
  }
}
