/**
 * From the text of one scrape to rows: parsed samples, stale markers of what has vanished, and the report about the scrape.
 *
 * Invariants: a scrape is stored whole or not at all: where parsing or a limit fails, nothing of the text is kept, every series
 * of the previous scrape ends, and `up` is 0. One parser and one set of marks serve all targets, because parsing is synchronous.
 */
import {
  ExpositionError,
  type ExpositionFormat,
  ExpositionParser,
  ExpositionSource,
  type MetricBatch,
  type SeriesResolver,
} from '@sightline/wire';
import type { ScrapeConfig } from '../../config/scrape.ts';
import type { Intake } from '../intake.ts';
import { floatRow, KnownSeries, staleRow } from '../known-series.ts';
import { REPORT_METRICS } from './report.ts';
import { sampleLabels } from './sample-labels.ts';
import { dropRepeats, Marks, SeenSeries } from './seen-series.ts';
import type { ScrapeTarget } from './target.ts';

const SCRAPE_TENANT = 'default';

/** What is remembered of a target between scrapes. */
export class TargetMemory {
  readonly config: ScrapeConfig;
  readonly source: ExpositionSource;
  readonly report: readonly KnownSeries[];
  seen = new SeenSeries();

  constructor(target: ScrapeTarget, config: ScrapeConfig, configIdentity: string) {
    this.config = config;
    this.source = new ExpositionSource(`scrape ${configIdentity} ${target.key}`, (pairs) =>
      sampleLabels(pairs, target.labels, config),
    );
    const labels = [...target.labels].flat();
    this.report = REPORT_METRICS.map(([name]) => new KnownSeries(['__name__', name, ...labels]));
  }
}

/** The text of an answer. */
export interface ScrapedText {
  bytes: Uint8Array;
  format: ExpositionFormat;
}

export class ScrapeAppender {
  readonly #intake: Intake;
  readonly #parser = new ExpositionParser();
  readonly #marks = new Marks();

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  /**
   * Stores a scrape that began at `t` (Unix ms). `text` is undefined where the target gave none. Returns '' or why the text could not be
   * stored; rejects with errors of the store.
   */
  async append(
    memory: TargetMemory,
    text: ScrapedText | undefined,
    t: number,
    elapsedSeconds: () => number,
  ): Promise<string> {
    const intake = this.#intake;
    const batch = intake.batch();
    try {
      const resolver = intake.resolver(SCRAPE_TENANT);
      const outcome = this.#fill(memory, text, t, resolver, batch);
      const values = [
        text !== undefined && outcome.problem === '' ? 1 : 0,
        elapsedSeconds(),
        outcome.scraped,
        outcome.kept,
        outcome.added,
      ];
      memory.report.forEach((series, i) => {
        const handle = series.resolve(resolver);
        if (handle !== 0) floatRow(batch, handle, t, values[i] ?? 0);
      });
      await intake.append('scrape', SCRAPE_TENANT, batch, null);
      return outcome.problem;
    } catch (error) {
      memory.source.forget();
      throw error;
    } finally {
      intake.release(batch);
    }
  }

  /** Ends every series of a target that is no longer scraped, its report included. */
  async end(memory: TargetMemory, t: number): Promise<void> {
    const intake = this.#intake;
    const batch = intake.batch();
    try {
      const resolver = intake.resolver(SCRAPE_TENANT);
      this.#marks.begin();
      this.#replaceSeen(memory, 0, t, resolver, batch);
      for (const series of memory.report) {
        const handle = series.resolve(resolver);
        if (handle !== 0) staleRow(batch, handle, t);
      }
      await intake.append('scrape', SCRAPE_TENANT, batch, null);
    } finally {
      intake.release(batch);
    }
  }

  #fill(
    memory: TargetMemory,
    text: ScrapedText | undefined,
    t: number,
    resolver: SeriesResolver,
    batch: MetricBatch,
  ): { problem: string; scraped: number; kept: number; added: number } {
    const parser = this.#parser;
    const before = memory.seen.count;
    let problem = '';
    let scraped = 0;
    let kept = 0;
    if (text !== undefined) {
      problem = this.#parse(memory, text, t, resolver, batch);
      scraped = parser.samples;
      kept = batch.n;
      const { sampleLimit } = memory.config;
      if (problem === '' && sampleLimit > 0 && kept > sampleLimit) {
        problem = `sample_limit exceeded (samples: ${kept}, limit: ${sampleLimit})`;
      }
      if (problem !== '') {
        this.#intake.countRejected('scrape', batch);
        batch.clear();
        // Metadata and exemplars went with the batch: they have to be passed on again.
        memory.source.forget();
      }
    }
    this.#marks.begin();
    dropRepeats(batch, parser.forms, parser.timed, this.#marks);
    const rows = batch.n;
    const gone = this.#replaceSeen(memory, rows, t, resolver, batch);
    return { problem, scraped, kept, added: Math.max(0, rows - (before - gone)) };
  }

  #parse(
    memory: TargetMemory,
    { bytes, format }: ScrapedText,
    t: number,
    resolver: SeriesResolver,
    batch: MetricBatch,
  ): string {
    const options = {
      format,
      now: t,
      honorTimestamps: memory.config.honorTimestamps,
      strict: true,
    };
    const limits = this.#intake.decodeLimits();
    try {
      this.#parser.parse(bytes, bytes.length, options, memory.source, resolver, limits, batch);
      return '';
    } catch (error) {
      if (error instanceof ExpositionError) return error.message;
      throw error;
    }
  }

  #replaceSeen(
    memory: TargetMemory,
    rows: number,
    t: number,
    resolver: SeriesResolver,
    batch: MetricBatch,
  ): number {
    const { forms, timed } = this.#parser;
    const timedToo = memory.config.trackTimestampsStaleness;
    return memory.seen.replace(forms, timed, rows, resolver, this.#marks, timedToo, (handle) =>
      staleRow(batch, handle, t),
    );
  }
}
