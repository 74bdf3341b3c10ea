/** The operations of an application by name: bounded in number; what comes past the bound is counted under one name. */
import { type Instrument, InstrumentSet, type Point } from '../metrics.ts';
import type { Metric } from '../source.ts';
import { Operation, type OperationSummary } from './operation.ts';

/** Where calls under names past the bound are counted. */
export const OTHER = '(other)';
const MAX_NAME = 200;
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Entry {
  readonly operation: Operation;
  readonly duration: Point;
  readonly errors: Point;
}

interface OperationsOptions {
  readonly maxNames: number;
  readonly windowMs: number;
}

export class Operations {
  readonly #options: OperationsOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #set = new InstrumentSet();
  readonly #duration: Instrument;
  readonly #errors: Instrument;
  readonly #overflow: Point;

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.#duration = this.#set.histogram(
      'operation_duration_seconds',
      's',
      'Duration of tracked operations.',
      BOUNDS,
      'operation',
    );
    this.#errors = this.#set.counter(
      'operation_errors_total',
      '{error}',
      'Tracked operations that failed.',
      'operation',
    );
    this.#overflow = this.#set
      .counter(
        'operation_names_overflow_total',
        '{call}',
        'Tracked calls under names past the bound, counted as (other).',
      )
      .point();
    this.#overflow.set(0);
  }

  /** Calls that were counted under `(other)`. */
  get overflowed(): number {
    return this.#overflow.value;
  }

  record(name: string, durationMs: number, failed: boolean, nowMs: number): void {
    const entry = this.#entries.get(name) ?? this.#enter(name, nowMs);
    entry.operation.record(durationMs, failed, nowMs);
    this.#duration.observe(entry.duration, durationMs / 1000);
    if (failed) entry.errors.set(entry.errors.value + 1);
  }

  summary(nowMs: number): Record<string, OperationSummary> {
    // A name may be `__proto__`: only an object without one takes it as a key.
    const summary: Record<string, OperationSummary> = Object.create(null);
    for (const [name, { operation }] of this.#entries) summary[name] = operation.summary(nowMs);
    return summary;
  }

  metrics(): Metric[] {
    return this.#set.metrics();
  }

  #enter(name: string, nowMs: number): Entry {
    if (name.length > MAX_NAME) {
      const short = name.slice(0, MAX_NAME);
      return this.#entries.get(short) ?? this.#enter(short, nowMs);
    }
    if (this.#entries.size >= this.#options.maxNames && name !== OTHER) {
      this.#overflow.set(this.#overflow.value + 1);
      return this.#entries.get(OTHER) ?? this.#enter(OTHER, nowMs);
    }
    const entry = {
      operation: new Operation(nowMs, this.#options.windowMs),
      duration: this.#duration.point(name),
      errors: this.#errors.point(name),
    };
    entry.errors.set(0);
    this.#entries.set(name, entry);
    return entry;
  }
}
