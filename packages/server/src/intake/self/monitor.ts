/**
 * This process watching its machine and itself: the agent's sources, recorded at an interval and readable at any time.
 */
import { hostname } from 'node:os';
import {
  Coordinator,
  type InstrumentSource,
  ProcessSource,
  SystemSource,
} from '@sightline/agent/sources';
import type { Intake } from '../intake.ts';
import type { DeltaStats } from '../otlp/delta.ts';
import type { RedStats } from '../red/red-metrics.ts';
import { SelfRecorder } from './recorder.ts';
import { type QueryStats, type ScrapeStats, ServerSource } from './server-source.ts';
import type { LogWatchStats } from './stat-metrics.ts';

interface SelfMonitorOptions {
  intake: Intake;
  version: string;
  intervalMs: number;
  /** Whether collections are stored; `/metrics` works either way. */
  record: boolean;
  /** Label `instance`; defaults to the host's name. */
  instance?: string;
  queries?: () => QueryStats;
  scrape?: () => ScrapeStats;
  delta?: () => DeltaStats;
  red?: () => RedStats;
  logs?: () => LogWatchStats;
}

/** A text can be asked for often; the kernel is asked at most this often for it. */
const MIN_REFRESH_MS = 1000;

export class SelfMonitor {
  readonly coordinator: Coordinator<InstrumentSource>;
  readonly #sources: readonly InstrumentSource[];
  readonly #recorder: SelfRecorder;
  #refreshedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SelfMonitorOptions) {
    const { intake, intervalMs } = options;
    this.#recorder = new SelfRecorder(intake, options.instance ?? hostname());
    this.#sources = [
      new SystemSource({ intervalMs }),
      new ProcessSource({ intervalMs }),
      new ServerSource({
        intervalMs,
        version: options.version,
        intake: () => intake.counters.snapshot(),
        store: () => intake.store.stats(),
        skipped: () => this.#recorder.skipped,
        collections: () => this.coordinator.states,
        ...(options.queries === undefined ? {} : { queries: options.queries }),
        ...(options.scrape === undefined ? {} : { scrape: options.scrape }),
        ...(options.delta === undefined ? {} : { delta: options.delta }),
        ...(options.red === undefined ? {} : { red: options.red }),
        ...(options.logs === undefined ? {} : { logs: options.logs }),
      }),
    ];
    this.coordinator = new Coordinator({
      sources: this.#sources,
      sink: (collected, timeMs) => {
        if (!options.record) return;
        // Never rejects: failures are counted.
        void this.#recorder.record(
          collected.map(({ source }) => source),
          timeMs,
        );
      },
    });
  }

  /** The first collection follows within 100 ms. */
  start(): void {
    this.coordinator.start();
  }

  stop(): void {
    this.coordinator.stop();
  }

  /** The sources with values of now, for an answer; does not disturb what is recorded. */
  current(): readonly InstrumentSource[] {
    const now = performance.now();
    if (now - this.#refreshedMs >= MIN_REFRESH_MS) {
      this.#refreshedMs = now;
      for (const source of this.#sources) refresh(source);
    }
    return this.#sources;
  }
}

/** What cannot be measured now is shown as it was last; the coordinator counts such failures. */
function refresh(source: InstrumentSource): void {
  try {
    source.refresh();
  } catch {
    // Shown as it was last.
  }
}
