/**
 * What is known of one named operation, in fixed room.
 *
 * Model: totals since the beginning, a histogram of all durations, and a ring of 2 * SLOTS slots of time with count and sum each: the
 * newest SLOTS are the present window, the ones before it the window that it is compared with. A slot is emptied when its
 * time comes again, so windows move by a slot (a fifth of a window).
 */
import { LatencyHistogram } from './latency-histogram.ts';

const SLOTS = 5;
/** Means of fewer calls than this in either window say nothing about a trend. */
const MIN_TREND_CALLS = 5;
/** Relative change of the mean below which it counts as flat. */
const FLAT = 0.1;

export interface Trend {
  readonly direction: 'rising' | 'falling' | 'flat';
  /** Of the mean duration, against the window before: 0.5 is half as much again. Null where either window has too few calls. */
  readonly change: number | null;
}

/** Plain JSON. Durations in ms; percentiles to within 3 %. */
export interface OperationSummary {
  readonly count: number;
  readonly errors: number;
  readonly errorRatePct: number;
  readonly meanMs: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly lastMs: number;
  /** Calls per second in the present window. */
  readonly perSecond: number;
  readonly trend: Trend;
}

export class Operation {
  readonly #slotMs: number;
  readonly #startMs: number;
  readonly #histogram = new LatencyHistogram();
  readonly #counts = new Float64Array(2 * SLOTS);
  readonly #sums = new Float64Array(2 * SLOTS);
  #slot: number;
  #count = 0;
  #errors = 0;
  #sumMs = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;
  #lastMs = 0;

  constructor(nowMs: number, windowMs: number) {
    this.#slotMs = windowMs / SLOTS;
    this.#startMs = nowMs;
    this.#slot = this.#slotAt(nowMs);
  }

  record(durationMs: number, failed: boolean, nowMs: number): void {
    this.#advance(nowMs);
    const place = this.#slot % (2 * SLOTS);
    this.#counts[place] = (this.#counts[place] ?? 0) + 1;
    this.#sums[place] = (this.#sums[place] ?? 0) + durationMs;
    this.#histogram.record(durationMs);
    this.#count++;
    if (failed) this.#errors++;
    this.#sumMs += durationMs;
    this.#lastMs = durationMs;
    if (durationMs < this.#minMs) this.#minMs = durationMs;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  summary(nowMs: number): OperationSummary {
    this.#advance(nowMs);
    const present = this.#window(0);
    const count = this.#count;
    return {
      count,
      errors: this.#errors,
      errorRatePct: count === 0 ? 0 : round((this.#errors / count) * 100),
      meanMs: count === 0 ? 0 : round(this.#sumMs / count),
      minMs: count === 0 ? 0 : round(this.#minMs),
      maxMs: round(this.#maxMs),
      p50Ms: this.#quantile(0.5),
      p95Ms: this.#quantile(0.95),
      p99Ms: this.#quantile(0.99),
      lastMs: round(this.#lastMs),
      perSecond: round((present.count / this.#windowMs(nowMs)) * 1000),
      trend: trendOf(present, this.#window(SLOTS)),
    };
  }

  /** The middle of a bucket may lie outside of what was seen. */
  #quantile(part: number): number {
    const value = this.#histogram.quantileMs(part);
    return this.#count === 0 ? 0 : round(Math.min(this.#maxMs, Math.max(this.#minMs, value)));
  }

  #slotAt(nowMs: number): number {
    return Math.floor(nowMs / this.#slotMs);
  }

  #advance(nowMs: number): void {
    const slot = this.#slotAt(nowMs);
    if (slot <= this.#slot) return;
    const first = Math.max(this.#slot + 1, slot - 2 * SLOTS + 1);
    for (let emptied = first; emptied <= slot; emptied++) {
      this.#counts[emptied % (2 * SLOTS)] = 0;
      this.#sums[emptied % (2 * SLOTS)] = 0;
    }
    this.#slot = slot;
  }

  /** Of SLOTS slots, the newest of which is `back` slots old. */
  #window(back: number): Window {
    let count = 0;
    let sum = 0;
    for (let i = 0; i < SLOTS; i++) {
      const place = (this.#slot - back - i + 4 * SLOTS) % (2 * SLOTS);
      count += this.#counts[place] ?? 0;
      sum += this.#sums[place] ?? 0;
    }
    return { count, sum };
  }

  /** Time that the present window covers: the newest slot has only begun, the operation may be younger. */
  #windowMs(nowMs: number): number {
    const beginMs = (this.#slot - SLOTS + 1) * this.#slotMs;
    return Math.max(1000, nowMs - Math.max(beginMs, this.#startMs));
  }
}

interface Window {
  readonly count: number;
  readonly sum: number;
}

function trendOf(present: Window, before: Window): Trend {
  if (present.count < MIN_TREND_CALLS || before.count < MIN_TREND_CALLS || before.sum === 0) {
    return { direction: 'flat', change: null };
  }
  const change = present.sum / present.count / (before.sum / before.count) - 1;
  const direction = Math.abs(change) < FLAT ? 'flat' : change > 0 ? 'rising' : 'falling';
  return { direction, change: round(change) };
}

/** Three decimals: a microsecond. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
