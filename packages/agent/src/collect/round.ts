/**
 * What the sources that were due together have handed out.
 *
 * Model: sources that answer at once are handed to the sink in one call before the tick ends. Where some take their time, the call waits
 * until all have ended, GATHER_MS at most; what comes later is handed over alone, with the round's timestamp.
 */
import type { Timers } from '../clock.ts';
import type { Metric, MonitoringSource } from '../source.ts';

const GATHER_MS = 250;

export interface Collected<S extends MonitoringSource> {
  source: S;
  /** May be used again by the source's next collection: the sink copies what it keeps. */
  metrics: readonly Metric[];
}

/** Takes what was just collected; `timeMs` is Unix time. */
export type CollectionSink<S extends MonitoringSource> = (
  collected: readonly Collected<S>[],
  timeMs: number,
) => void;

export class Round<S extends MonitoringSource> {
  readonly #sink: CollectionSink<S>;
  readonly #timeMs: number;
  readonly #timers: Timers;
  #collected: Collected<S>[] = [];
  #pending = 0;
  #closed = false;
  #cancelWait: (() => void) | undefined;

  constructor(sink: CollectionSink<S>, timeMs: number, timers: Timers) {
    this.#sink = sink;
    this.#timeMs = timeMs;
    this.#timers = timers;
  }

  /** A source has begun and will end later. */
  wait(): void {
    this.#pending++;
  }

  /** One that was waited for has ended. */
  ended(): void {
    this.#pending--;
    if (this.#closed && (this.#pending === 0 || this.#cancelWait === undefined)) this.#hand();
  }

  add(source: S, metrics: readonly Metric[]): void {
    this.#collected.push({ source, metrics });
  }

  /** All sources that are due have begun. */
  close(): void {
    this.#closed = true;
    if (this.#pending === 0) this.#hand();
    else this.#cancelWait = this.#timers.after(GATHER_MS, () => this.#hand());
  }

  #hand(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    if (this.#collected.length === 0) return;
    const collected = this.#collected;
    this.#collected = [];
    this.#sink(collected, this.#timeMs);
  }
}
