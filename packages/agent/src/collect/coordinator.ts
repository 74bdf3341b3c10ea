/**
 * Runs sources at their intervals.
 *
 * Model: one timer, set for the source that is due next. A source is collected at once, again a second later (so that rates are
 * known soon), then at whole multiples of its interval by the wall clock, because even steps compress best. Sources due within the
 * same SLACK_MS are collected together, in order of priority, and handed to the sink together (round.ts), so that they share a
 * timestamp and an append. A source that throws is counted and its error kept; after several failures in a row it rests,
 * longer with each (schedule.ts). One that waits has a deadline: past it its signal is aborted, the collection has failed, and
 * what it returns later is thrown away.
 *
 * Invariants: a source never runs twice at once; one source's failure does not touch the others; late timers do not pile up: a
 * missed collection is skipped, and a jump of the clock delays one collection by at most an interval. The timer does not keep the
 * process alive. Sources that do not wait cost no objects but those of the round.
 */
import { systemTimers, type Timers } from '../clock.ts';
import { errorText } from '../error-text.ts';
import type { AgentEvent, Metric, MonitoringSource } from '../source.ts';
import { Context } from './context.ts';
import { type CollectionSink, Round } from './round.ts';
import { intervalOf, isEnabled, plannedTime, rankOf, waitMs } from './schedule.ts';

export interface SourceState<S extends MonitoringSource = MonitoringSource> {
  readonly source: S;
  collections: number;
  failures: number;
  failuresInRow: number;
  lastError: string;
  /** Unix time of the last collection that succeeded; 0 before the first. */
  lastSuccessMs: number;
  /** Time the last collection took, and all of them together, in ms. */
  lastDurationMs: number;
  totalDurationMs: number;
  /** Collections that were due while the one before was still running. */
  overlaps: number;
  /** Values handed out. */
  metrics: number;
  running: boolean;
}

/** Says how a source's interval and whether it is collected at all depend on the circumstances. */
export interface CollectionPlan {
  allows(source: MonitoringSource): boolean;
  /** By how much its interval is longer, 1 or more. */
  stretch(source: MonitoringSource): number;
  /** A source has been collected. */
  collected(state: SourceState, metrics: readonly Metric[]): void;
}

export interface CoordinatorOptions<S extends MonitoringSource> {
  sources?: readonly S[];
  sink: CollectionSink<S>;
  timers?: Timers;
  plan?: CollectionPlan;
  /** Of a collection that waits. */
  deadlineMs?: number;
  emit?: (source: S, event: AgentEvent) => unknown;
  /** A source has failed for the first time in a row, or has not failed any more. */
  onHealth?: (state: SourceState<S>) => void;
  /** Checks what a source has returned; throws when it is of no use. Without it the source is trusted. */
  check?: (source: S, returned: unknown) => readonly Metric[];
}

const FIRST_DELAY_MS = 20;
const SLACK_MS = 50;
const DEADLINE_MS = 10_000;
const MAX_SOURCES = 500;

interface Entry<S extends MonitoringSource> extends SourceState<S> {
  /** On the monotonic clock. */
  dueMs: number;
  context: Context;
}

export class Coordinator<S extends MonitoringSource> {
  readonly #entries: Entry<S>[] = [];
  readonly #options: CoordinatorOptions<S>;
  readonly #timers: Timers;
  #cancelTimer: (() => void) | undefined;
  #running = false;

  constructor(options: CoordinatorOptions<S>) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    for (const source of options.sources ?? []) this.add(source);
  }

  get states(): readonly SourceState<S>[] {
    return this.#entries;
  }

  /**
   * Adds a source, due at once; the function returned takes it back and closes it. Throws a TypeError when its id is taken, or there are
   * MAX_SOURCES.
   */
  add(source: S): () => void {
    if (this.#entries.some((entry) => entry.source.id === source.id)) {
      throw new TypeError(`there is a source with the id ${source.id} already`);
    }
    if (this.#entries.length >= MAX_SOURCES) {
      throw new TypeError(
        `source ${source.id}: there are ${MAX_SOURCES} sources already; those that are not needed any more are to be taken back`,
      );
    }
    const entry = this.#entryOf(source);
    const rank = rankOf(source);
    const behind = this.#entries.findIndex((other) => rankOf(other.source) > rank);
    this.#entries.splice(behind < 0 ? this.#entries.length : behind, 0, entry);
    this.#schedule();
    return () => {
      const at = this.#entries.indexOf(entry);
      if (at < 0) return;
      this.#entries.splice(at, 1);
      close(entry);
    };
  }

  /** Begins to collect. */
  start(): void {
    this.#running = true;
    for (const entry of this.#entries) entry.dueMs = this.#timers.now() + FIRST_DELAY_MS;
    this.#schedule();
  }

  /** Stops and closes the sources. */
  stop(): void {
    this.#running = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const entry of this.#entries) close(entry);
  }

  /** Collects enabled sources now, whether due or not. */
  collectNow(sources: ReadonlySet<S>): void {
    this.#collect(this.#entries.filter(({ source }) => sources.has(source)));
  }

  /** Asks the plan again: it has changed. */
  replan(): void {
    for (const entry of this.#entries) {
      if (entry.collections > 0) entry.dueMs = this.#timers.now() + this.#waitMs(entry);
    }
    this.#schedule();
  }

  #entryOf(source: S): Entry<S> {
    return {
      source,
      collections: 0,
      failures: 0,
      failuresInRow: 0,
      lastError: '',
      lastSuccessMs: 0,
      lastDurationMs: 0,
      totalDurationMs: 0,
      overlaps: 0,
      metrics: 0,
      running: false,
      dueMs: this.#timers.now() + FIRST_DELAY_MS,
      context: this.#contextOf(source),
    };
  }

  #contextOf(source: S): Context {
    return new Context((event) => this.#options.emit?.(source, event));
  }

  #schedule(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (!this.#running) return;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) dueMs = Math.min(dueMs, entry.dueMs);
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(0, dueMs - this.#timers.now());
    this.#cancelTimer = this.#timers.after(wait, () => this.#tick());
  }

  #tick(): void {
    const nowMs = this.#timers.now() + SLACK_MS;
    const due = this.#entries.filter((entry) => entry.dueMs <= nowMs);
    try {
      this.#collect(due);
    } finally {
      for (const entry of due) entry.dueMs = this.#timers.now() + this.#waitMs(entry);
      this.#schedule();
    }
  }

  /** Its interval as it is now. */
  #intervalOf({ source }: Entry<S>): number {
    const stretch = this.#options.plan?.stretch(source) ?? 1;
    return intervalOf(source) * stretch;
  }

  #waitMs(entry: Entry<S>): number {
    const { collections, failuresInRow } = entry;
    return waitMs(this.#intervalOf(entry), collections, failuresInRow, this.#timers.unixMs());
  }

  #collect(entries: readonly Entry<S>[]): void {
    let shortest = Number.POSITIVE_INFINITY;
    for (const entry of entries) shortest = Math.min(shortest, this.#intervalOf(entry));
    const timeMs = plannedTime(this.#timers.unixMs(), shortest);
    const round = new Round(this.#options.sink, timeMs, this.#timers);
    // A copy: collecting may add or remove sources.
    for (const entry of [...entries]) if (this.#isWanted(entry)) this.#run(entry, round);
    round.close();
  }

  #isWanted({ source }: Entry<S>): boolean {
    return isEnabled(source) && (this.#options.plan?.allows(source) ?? true);
  }

  #run(entry: Entry<S>, round: Round<S>): void {
    if (entry.running) {
      entry.overlaps++;
      return;
    }
    const startMs = this.#timers.now();
    if (!entry.context.isFresh) entry.context = this.#contextOf(entry.source);
    let returned: unknown;
    try {
      returned = entry.source.collect(entry.context);
      if (isThenable(returned)) {
        this.#await(entry, round, startMs, returned);
        return;
      }
    } catch (error) {
      this.#failed(entry, startMs, error);
      return;
    }
    this.#ended(entry, round, startMs, returned);
  }

  #await(entry: Entry<S>, round: Round<S>, startMs: number, returned: PromiseLike<unknown>): void {
    const { context } = entry;
    const deadlineMs = this.#options.deadlineMs ?? DEADLINE_MS;
    entry.running = true;
    round.wait();
    let open = true;
    const settle = (then: () => void): void => {
      if (!open) return;
      open = false;
      cancel();
      then();
      round.ended();
    };
    const cancel = this.#timers.after(deadlineMs, () => {
      const error = new Error(`did not end within ${deadlineMs} ms`);
      context.abort(error);
      settle(() => this.#failed(entry, startMs, error));
    });
    Promise.resolve(returned).then(
      (value) => {
        entry.running = false;
        settle(() => {
          this.#ended(entry, round, startMs, value);
          this.#hasten(entry);
        });
      },
      (error) => {
        entry.running = false;
        settle(() => this.#failed(entry, startMs, error));
      },
    );
  }

  /** When it ended later than the tick, it may be due earlier than the tick could know. */
  #hasten(entry: Entry<S>): void {
    const dueMs = this.#timers.now() + this.#waitMs(entry);
    if (dueMs >= entry.dueMs) return;
    entry.dueMs = dueMs;
    this.#schedule();
  }

  #ended(entry: Entry<S>, round: Round<S>, startMs: number, returned: unknown): void {
    const { check, plan } = this.#options;
    let metrics: readonly Metric[];
    try {
      metrics = check === undefined ? trusted(returned) : check(entry.source, returned);
    } catch (error) {
      this.#failed(entry, startMs, error);
      return;
    }
    this.#measured(entry, startMs);
    const recovered = entry.failuresInRow > 0;
    entry.failuresInRow = 0;
    entry.lastSuccessMs = this.#timers.unixMs();
    entry.metrics += metrics.length;
    plan?.collected(entry, metrics);
    if (recovered) this.#options.onHealth?.(entry);
    round.add(entry.source, metrics);
  }

  #failed(entry: Entry<S>, startMs: number, error: unknown): void {
    this.#measured(entry, startMs);
    entry.failures++;
    entry.failuresInRow++;
    entry.lastError = errorText(error);
    if (entry.failuresInRow === 1) this.#options.onHealth?.(entry);
  }

  #measured(entry: Entry<S>, startMs: number): void {
    entry.collections++;
    entry.lastDurationMs = this.#timers.now() - startMs;
    entry.totalDurationMs += entry.lastDurationMs;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}

function trusted(returned: unknown): readonly Metric[] {
  if (Array.isArray(returned)) return returned;
  throw new TypeError('collect() did not return an array of metrics');
}

/** What fails here has no one left to tell. */
function close({ source, context }: Entry<MonitoringSource>): void {
  context.abort(new Error('the agent stops'));
  try {
    Promise.resolve(source.close?.()).catch(() => {});
  } catch {
    // As above.
  }
}
