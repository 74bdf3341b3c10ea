/** The targets of one job: discovery, relabelling, a loop per target. */
import { formatDurationMs } from '../../config/duration.ts';
import type { ScrapeConfig } from '../../config/scrape.ts';
import type { ActiveTarget, DroppedTarget } from '../../http/prometheus/targets.ts';
import { TargetMemory } from './appender.ts';
import { ScrapeClient } from './client.ts';
import { Discovery } from './discovery.ts';
import { type LoopDeps, ScrapeLoop } from './loop.ts';
import { buildTargets, type DiscoveredLabels, type ScrapeTarget } from './target.ts';

export interface PoolDeps extends LoopDeps {
  version: string;
  /** Largest text where the job sets no limit. */
  maxBodyBytes: number;
  /** What relative file names in the configuration are relative to. */
  folder: string;
  warn(message: string): void;
}

/** Dropped targets kept for the API where the job sets no bound. */
const MAX_DROPPED = 10_000;

export class ScrapePool {
  readonly config: ScrapeConfig;
  /** Equal for pools that scrape in the same way. */
  readonly identity: string;
  readonly #deps: PoolDeps;
  readonly #client: ScrapeClient;
  readonly #discovery: Discovery;
  readonly #loops = new Map<string, ScrapeLoop>();
  #dropped: DiscoveredLabels[] = [];
  #droppedCount = 0;
  #warned: ReadonlySet<string> = new Set();
  #stopped = false;

  /** `previous` hands over its targets: series that go on do not end. */
  constructor(config: ScrapeConfig, deps: PoolDeps, previous: ScrapePool | undefined) {
    this.config = config;
    this.identity = identityOf(config, deps.folder);
    this.#deps = deps;
    this.#client = new ScrapeClient(config, deps.folder, deps.version, deps.maxBodyBytes);
    this.#discovery = new Discovery(config, deps.folder, () => this.#sync());
    const memories = new Map<string, TargetMemory>();
    for (const loop of previous?.loops ?? []) memories.set(loop.target.key, loop.memory);
    this.#sync(memories);
  }

  get loops(): readonly ScrapeLoop[] {
    return [...this.#loops.values()];
  }

  /** Ends all scraping; the series of targets that `successor` does not have end too. */
  async stop(successor: ScrapePool | undefined): Promise<void> {
    this.#stopped = true;
    this.#discovery.stop();
    const goOn = new Set(successor?.loops.map(({ target }) => target.key));
    await Promise.all(this.loops.map((loop) => loop.stop(!goOn.has(loop.target.key))));
    await this.#client.close();
  }

  /** Ends scraping without ending series: the process stops. */
  async shutdown(): Promise<void> {
    this.#stopped = true;
    this.#discovery.stop();
    await Promise.all(this.loops.map((loop) => loop.stop(false)));
    await this.#client.close();
  }

  active(): ActiveTarget[] {
    return this.loops.map((loop) => ({
      discoveredLabels: Object.fromEntries(loop.target.discoveredLabels),
      labels: Object.fromEntries(loop.target.labels),
      scrapePool: this.config.jobName,
      scrapeUrl: loop.target.url,
      globalUrl: loop.target.url,
      lastError: loop.lastError,
      lastScrape:
        loop.lastScrapeMs === null
          ? '0001-01-01T00:00:00Z'
          : new Date(loop.lastScrapeMs).toISOString(),
      lastScrapeDuration: loop.lastDurationSeconds,
      health: loop.health,
      scrapeInterval: formatDurationMs(loop.target.intervalMs),
      scrapeTimeout: formatDurationMs(loop.target.timeoutMs),
    }));
  }

  dropped(): DroppedTarget[] {
    return this.#dropped.map((labels) => ({
      discoveredLabels: Object.fromEntries(labels),
      scrapePool: this.config.jobName,
    }));
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  #sync(memories?: ReadonlyMap<string, TargetMemory>): void {
    if (this.#stopped) return;
    const { config } = this;
    const { active, dropped, problems } = buildTargets(config, this.#discovery.targets());
    this.#warn([...problems, ...this.#discovery.problems()]);
    const keep = config.keepDroppedTargets === 0 ? MAX_DROPPED : config.keepDroppedTargets;
    this.#dropped = dropped.slice(0, keep);
    this.#droppedCount = dropped.length;
    const wanted = new Set(active.map(({ key }) => key));
    for (const [key, loop] of this.#loops) {
      if (wanted.has(key)) continue;
      this.#loops.delete(key);
      void loop.stop(true);
    }
    for (const target of active) {
      if (!this.#loops.has(target.key)) this.#add(target, memories?.get(target.key));
    }
    const { targetLimit } = config;
    const refusal =
      targetLimit > 0 && active.length > targetLimit
        ? `target_limit exceeded (number of targets: ${active.length}, limit: ${targetLimit})`
        : '';
    for (const loop of this.#loops.values()) loop.refusal = refusal;
  }

  /** Tells problems that were not there the last time. */
  #warn(problems: readonly string[]): void {
    for (const problem of problems) {
      if (this.#warned.has(problem)) continue;
      this.#deps.warn(`job "${this.config.jobName}": ${problem}`);
    }
    this.#warned = new Set(problems);
  }

  #add(target: ScrapeTarget, before: TargetMemory | undefined): void {
    const memory = new TargetMemory(target, this.config, this.identity);
    if (before !== undefined) memory.seen = before.seen;
    const loop = new ScrapeLoop(target, memory, this.#client, this.#deps);
    this.#loops.set(target.key, loop);
    loop.start();
  }
}

/** The configuration as text, without the compiled patterns. */
export function identityOf(config: ScrapeConfig, folder: string): string {
  return JSON.stringify([folder, config], (key, value: unknown) =>
    key === 'pattern' ? undefined : value,
  );
}
