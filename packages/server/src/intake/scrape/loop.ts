/**
 * One target's scrapes, one after the other.
 *
 * Model: the first scrape comes within FIRST_WITHIN_MS, all others at the target's own offset within the interval (a hash of the
 * target), so that many targets spread over time and a target keeps its place over restarts. A sample's time is the planned one when
 * the timer was little late, because even steps compress best.
 *
 * Invariants: one scrape at a time; a scrape ends before the next is due (its timeout is at most the interval); after `stop` nothing more is
 * stored for the target but, if asked for, the end of its series.
 */
import { hashString, hashWords } from '@sightline/wire';
import type { Intake } from '../intake.ts';
import type { ScrapeAppender, ScrapedText, TargetMemory } from './appender.ts';
import { type ScrapeClient, ScrapeError } from './client.ts';
import type { Gate } from './gate.ts';
import type { ScrapeTarget } from './target.ts';

const FIRST_WITHIN_MS = 2000;
/** How late that may be: a hundredth of the interval, never more than MAX_LATE_MS. */
const LATE_PART = 0.01;
const MAX_LATE_MS = 50;
/** Fixed, so that offsets survive restarts. */
const OFFSET_SEED = new Uint32Array([0x5ca1ab1e, 0, 0, 0]);

export interface LoopDeps {
  intake: Intake;
  appender: ScrapeAppender;
  gate: Gate;
}

export class ScrapeLoop {
  readonly target: ScrapeTarget;
  readonly memory: TargetMemory;
  health: 'up' | 'down' | 'unknown' = 'unknown';
  lastError = '';
  /** Unix ms; null before the first scrape. */
  lastScrapeMs: number | null = null;
  lastDurationSeconds = 0;
  /** Set while the job may not scrape at all; every scrape then fails with this text. */
  refusal = '';
  readonly #client: ScrapeClient;
  readonly #deps: LoopDeps;
  readonly #stop = new AbortController();
  readonly #offsetMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(target: ScrapeTarget, memory: TargetMemory, client: ScrapeClient, deps: LoopDeps) {
    this.target = target;
    this.memory = memory;
    this.#client = client;
    this.#deps = deps;
    hashString(target.key, OFFSET_SEED);
    this.#offsetMs = (hashWords[0] ?? 0) % target.intervalMs;
  }

  start(): void {
    const within = Math.min(FIRST_WITHIN_MS, this.target.intervalMs);
    const first = Math.floor((this.#offsetMs / this.target.intervalMs) * within);
    this.#schedule(Date.now() + first);
  }

  /** Ends scraping; with `end`, the series end too. Resolves when nothing runs any more. */
  async stop(end: boolean): Promise<void> {
    if (this.#stop.signal.aborted) return this.#running;
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
    if (!end) return;
    const t = Math.max(Date.now(), (this.lastScrapeMs ?? 0) + 1);
    try {
      await this.#deps.appender.end(this.memory, t);
    } catch (error) {
      this.#deps.intake.counters.failed('scrape', String(error));
    }
  }

  #schedule(planned: number): void {
    this.#timer = setTimeout(
      () => {
        this.#running = this.#scrape(planned).then(() => {
          if (!this.#stop.signal.aborted) this.#schedule(this.#next());
        });
      },
      Math.max(0, planned - Date.now()),
    );
    this.#timer.unref();
  }

  /** The next moment at this target's offset, not too soon after the first scrape. */
  #next(): number {
    const { intervalMs } = this.target;
    const now = Date.now();
    let at = now - (now % intervalMs) + this.#offsetMs;
    while (at <= now || at - (this.lastScrapeMs ?? 0) < intervalMs / 2) at += intervalMs;
    return at;
  }

  async #scrape(planned: number): Promise<void> {
    const { gate } = this.#deps;
    await gate.enter();
    try {
      if (!this.#stop.signal.aborted) await this.#once(planned);
    } finally {
      gate.leave();
    }
  }

  async #once(planned: number): Promise<void> {
    const { intake, appender } = this.#deps;
    const now = Date.now();
    const tolerance = Math.min(MAX_LATE_MS, this.target.intervalMs * LATE_PART);
    const t = now >= planned && now - planned <= tolerance ? planned : now;
    const startMs = performance.now();
    let text: ScrapedText | undefined;
    let problem = this.refusal;
    try {
      if (problem === '') text = await this.#client.fetch(this.target, this.#stop.signal);
    } catch (error) {
      if (!(error instanceof ScrapeError)) throw error;
      problem = error.message;
    }
    if (this.#stop.signal.aborted) return;
    intake.counters.request('scrape', text?.bytes.length ?? 0);
    const elapsed = () => (performance.now() - startMs) / 1000;
    try {
      const unusable = await appender.append(this.memory, text, t, elapsed);
      if (problem === '') problem = unusable;
    } catch (error) {
      problem = `not stored: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (problem !== '') {
      intake.counters.failed('scrape', `${this.target.url}: ${problem}`);
    }
    this.health = problem === '' ? 'up' : 'down';
    this.lastError = problem;
    this.lastScrapeMs = t;
    this.lastDurationSeconds = elapsed();
  }
}
