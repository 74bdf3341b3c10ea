/**
 * Tracking of operations that the application names, and monitoring of its vitals against thresholds.
 *
 * Invariants: what is tracked gets its result and its error as if it were not; room is bounded (names, open operations); a listener
 * that throws hurts nobody.
 */
import { isPromise } from 'node:util/types';
import { type Clock, systemClock } from '../clock.ts';
import { expositionOf } from '../export/exposition.ts';
import type { AgentEvent, Metric, MonitoringSource } from '../source.ts';
import { textOf } from '../text-of.ts';
import type { Vitals } from '../vitals.ts';
import {
  type ExportFormat,
  type ExportOptions,
  exportFormat,
  writeAtomically,
} from './export-file.ts';
import { OpenOperations } from './open-operations.ts';
import type { OperationSummary } from './operation.ts';
import { Operations } from './operations.ts';
import {
  type ThresholdChange,
  type ThresholdOptions,
  Thresholds,
  thresholdEvent,
} from './thresholds.ts';
import { type TrackedMethod, trackedMethod } from './tracked.ts';

export interface TrackerOptions {
  readonly thresholds?: ThresholdOptions;
  /** Different names of operations; 500 unless said otherwise. */
  readonly maxOperations?: number;
  /** The trend compares the last window with the one before; 5 minutes unless said otherwise. */
  readonly windowMs?: number;
  /** Operations that are open at once; 10,000 unless said otherwise. */
  readonly maxOpen?: number;
  /** An operation that has not ended by then never will; 10 minutes unless said otherwise. */
  readonly maxOpenMs?: number;
  /** What `startMonitoring` looks at. */
  readonly vitals?: () => Vitals;
  /** The page that `exportMetrics` writes as Prometheus text; unless given, the tracked operations alone. */
  readonly exposition?: () => string;
  readonly emit?: (event: AgentEvent) => void;
  readonly clock?: Clock;
}

const SOURCE_INTERVAL_MS = 15_000;
const MONITORING_INTERVAL_MS = 15_000;

export class Tracker implements MonitoringSource {
  readonly id = 'tracking';
  readonly name = 'Tracked operations';
  readonly priority = 'medium';
  readonly intervalMs = SOURCE_INTERVAL_MS;
  enabled = true;
  readonly #options: TrackerOptions;
  readonly #clock: Clock;
  readonly #operations: Operations;
  readonly #open: OpenOperations;
  readonly #thresholds: Thresholds;
  readonly #listeners = new Set<(change: ThresholdChange) => void>();
  #timer: NodeJS.Timeout | undefined;
  #lastVitals: Vitals = {};

  constructor(options: TrackerOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#operations = new Operations({
      maxNames: options.maxOperations ?? 500,
      windowMs: options.windowMs ?? 300_000,
    });
    this.#open = new OpenOperations({
      max: options.maxOpen ?? 10_000,
      maxAgeMs: options.maxOpenMs ?? 600_000,
    });
    this.#thresholds = new Thresholds(options.thresholds);
  }

  /** Runs `fn` and records how long it took and whether it failed; of a function that returns a promise, until that is settled. */
  track<Result>(name: string, fn: () => Result): Result;
  track(name: string, fn: () => unknown): unknown {
    const startMs = this.#clock.now();
    let result: unknown;
    try {
      result = fn();
    } catch (error) {
      this.#record(name, startMs, true);
      throw error;
    }
    if (!isPromise(result)) {
      this.#record(name, startMs, false);
      return result;
    }
    // Handing out the promise itself would make a rejection that nobody handles count as handled, by our handler.
    return result.then(
      (value) => {
        this.#record(name, startMs, false);
        return value;
      },
      (error: unknown) => {
        this.#record(name, startMs, true);
        throw error;
      },
    );
  }

  /** Begins an operation that ends elsewhere; the id is for `trackEnd`. */
  trackStart(name: string): number {
    return this.#open.begin(name, this.#clock.now());
  }

  /** Ends it; false when the id is not known: ended before, or given up after `maxOpenMs`. */
  trackEnd(id: number, outcome?: { readonly error?: unknown } | null): boolean {
    const open = this.#open.take(id);
    if (open === undefined) return false;
    this.#record(open.name, open.startMs, (outcome?.error ?? null) !== null);
    return true;
  }

  /** A standard decorator of methods; without a name, `Class.method`. */
  tracked(name?: string): TrackedMethod {
    return trackedMethod(() => this, name);
  }

  /** What is known of every operation; plain JSON. */
  summary(): Record<string, OperationSummary> {
    return this.#operations.summary(this.#clock.now());
  }

  /** Calls the listener with every threshold that is crossed and every one that has recovered; the function returned takes that back. */
  onThreshold(listener: (change: ThresholdChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Compares vitals with the thresholds, tells what has changed. */
  checkThresholds(vitals: Vitals): readonly ThresholdChange[] {
    this.#lastVitals = vitals;
    const changes = this.#thresholds.check(vitals);
    for (const change of changes) {
      this.#options.emit?.(thresholdEvent(change));
      for (const listener of this.#listeners) {
        try {
          listener(change);
        } catch {
          // The application's own; it is not to hurt what it listens to.
        }
      }
    }
    return changes;
  }

  /** Looks at the vitals now and every `intervalMs`. Throws a RangeError for an interval below 100 ms. */
  startMonitoring(intervalMs = MONITORING_INTERVAL_MS): void {
    if (!(intervalMs >= 100)) {
      throw new RangeError(`startMonitoring(${intervalMs}): the interval is at least 100 ms`);
    }
    this.stopMonitoring();
    this.#timer = setInterval(() => this.#monitor(), intervalMs);
    this.#timer.unref();
    this.#monitor();
  }

  stopMonitoring(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Writes the metrics to a file at once as a whole: Prometheus text to `.prom`, `.txt` and `.metrics`, else JSON
   * `{exportedAt, operations, leaked, overflowed, vitals, over}`. Rejects when the file cannot be written.
   */
  async exportMetrics(file: string, options: ExportOptions = {}): Promise<void> {
    await writeAtomically(file, this.#exported(exportFormat(file, options)));
  }

  collect(): readonly Metric[] {
    this.#open.expire(this.#clock.now());
    const { leaked, size } = this.#open;
    return [
      ...this.#operations.metrics(),
      {
        name: 'operations_leaked_total',
        kind: 'counter',
        unit: '{operation}',
        description: 'Operations that were begun and never ended.',
        value: leaked,
      },
      {
        name: 'operations_open',
        kind: 'updowncounter',
        unit: '{operation}',
        description: 'Operations that are begun and not yet ended.',
        value: size,
      },
    ];
  }

  close(): void {
    this.stopMonitoring();
  }

  #record(name: string, startMs: number, failed: boolean): void {
    const nowMs = this.#clock.now();
    // Without types a name may be anything; the result of what was tracked must not be lost for it.
    this.#operations.record(textOf(name), Math.max(0, nowMs - startMs), failed, nowMs);
  }

  #monitor(): void {
    this.#open.expire(this.#clock.now());
    if (this.#options.vitals !== undefined) this.checkThresholds(this.#options.vitals());
  }

  #exported(format: ExportFormat): string {
    if (format === 'prometheus') {
      return this.#options.exposition?.() ?? expositionOf(this.collect());
    }
    const content = {
      exportedAt: new Date(this.#clock.unixMs()).toISOString(),
      operations: this.summary(),
      leaked: this.#open.leaked,
      overflowed: this.#operations.overflowed,
      vitals: this.#lastVitals,
      over: this.#thresholds.over,
    };
    return `${JSON.stringify(content, null, 2)}\n`;
  }
}
