/**
 * Runs sources at their intervals.
 *
 * Model: one timer, set for the source that is due next. A source is collected at once, again SECOND_AFTER_MS later (so that rates
 * are known soon), then at whole multiples of its interval by the wall clock, because even steps compress best. Sources due
 * within the same SLACK_MS are collected together, in order of priority, and handed to the sink in one call, so that they share a
 * timestamp and an append. A source that throws is counted and its error kept; after FAILURES_TO_REST failures in a row it
 * rests for REST_INTERVALS of its intervals.
 *
 * Invariants: a source never runs twice at once; one source's failure does not touch the others; late timers do not pile up: a
 * missed collection is skipped, and a jump of the clock delays one collection by at most an interval. The timer does not keep the
 * process alive.
 */
import type { InstrumentSource } from './instrument-source.ts';

export interface SourceState {
  source: InstrumentSource;
  collections: number;
  failures: number;
  lastError: string;
  /** Time the last collection took, and all of them together, in ms. */
  lastDurationMs: number;
  totalDurationMs: number;
}

/** Takes what was just collected; `timeMs` is Unix time. */
type CollectionSink = (sources: readonly InstrumentSource[], timeMs: number) => void;

const FIRST_DELAY_MS = 20;
const SECOND_AFTER_MS = 1000;
/** A collection is given the planned time when it is at most this late: a hundredth of the interval, never more than MAX_LATE_MS. */
const LATE_PART = 0.01;
const MAX_LATE_MS = 50;
const SLACK_MS = 50;
const FAILURES_TO_REST = 5;
const REST_INTERVALS = 30;

interface Entry extends SourceState {
  /** On the monotonic clock. */
  dueMs: number;
  failuresInRow: number;
}

export class Coordinator {
  readonly #entries: Entry[];
  readonly #sink: CollectionSink;
  #timer: NodeJS.Timeout | undefined;

  constructor(sources: readonly InstrumentSource[], sink: CollectionSink) {
    this.#sink = sink;
    this.#entries = [...sources]
      .sort((a, b) => b.priority - a.priority)
      .map((source) => ({
        source,
        collections: 0,
        failures: 0,
        lastError: '',
        lastDurationMs: 0,
        totalDurationMs: 0,
        dueMs: 0,
        failuresInRow: 0,
      }));
  }

  get states(): readonly SourceState[] {
    return this.#entries;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    for (const entry of this.#entries) entry.dueMs = performance.now() + FIRST_DELAY_MS;
    this.#schedule();
  }

  /** Stops and closes the sources. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { source } of this.#entries) source.close();
  }

  /** Collects every enabled source now, whether due or not. */
  collectAll(): void {
    this.#collect(this.#entries);
  }

  #schedule(): void {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) dueMs = Math.min(dueMs, entry.dueMs);
    if (dueMs === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, dueMs - performance.now()));
    this.#timer.unref();
  }

  #tick(): void {
    const nowMs = performance.now() + SLACK_MS;
    const due = this.#entries.filter((entry) => entry.dueMs <= nowMs);
    this.#collect(due);
    for (const entry of due) entry.dueMs = performance.now() + waitMs(entry);
    this.#schedule();
  }

  #collect(entries: readonly Entry[]): void {
    const timeMs = plannedTime(entries);
    const collected: InstrumentSource[] = [];
    for (const entry of entries) {
      if (entry.source.enabled && this.#run(entry)) collected.push(entry.source);
    }
    if (collected.length > 0) this.#sink(collected, timeMs);
  }

  #run(entry: Entry): boolean {
    const startMs = performance.now();
    try {
      entry.source.collect();
      entry.failuresInRow = 0;
      return true;
    } catch (error) {
      entry.failures++;
      entry.failuresInRow++;
      entry.lastError = error instanceof Error ? error.message : String(error);
      return false;
    } finally {
      entry.collections++;
      entry.lastDurationMs = performance.now() - startMs;
      entry.totalDurationMs += entry.lastDurationMs;
    }
  }
}

/** From now to the next collection. */
function waitMs({ source, collections, failuresInRow }: Entry): number {
  const { intervalMs } = source;
  if (failuresInRow >= FAILURES_TO_REST) return intervalMs * REST_INTERVALS;
  if (collections === 1 && intervalMs > SECOND_AFTER_MS * 3) return SECOND_AFTER_MS;
  const toNext = intervalMs - (Date.now() % intervalMs);
  // Timers may fire a little before their time by the wall clock: that was this collection.
  return toNext < intervalMs / 10 ? toNext + intervalMs : toNext;
}

/** Now, or the multiple of the shortest interval that a timer has just missed. */
function plannedTime(entries: readonly Entry[]): number {
  const now = Date.now();
  const intervalMs = Math.min(...entries.map(({ source }) => source.intervalMs));
  const planned = Math.round(now / intervalMs) * intervalMs;
  const tolerance = Math.min(MAX_LATE_MS, intervalMs * LATE_PART);
  return Math.abs(now - planned) <= tolerance ? planned : now;
}
