/** What is known of one normalised statement, in fixed room. */
import type { Point } from '../metrics.ts';
import type { Attributes } from '../source.ts';
import { LatencyHistogram } from '../tracking/latency-histogram.ts';
import { round } from '../tracking/operation.ts';
import type { Dialect } from './sql-tokens.ts';
import type { StatementLabels } from './statement-labels.ts';

/** Plain JSON. Durations in ms, the percentile to within 3 %. */
export interface StatementSummary {
  readonly statement: string;
  readonly system: Dialect;
  readonly operation: string;
  readonly table: string;
  readonly calls: number;
  readonly errors: number;
  /** Over the limit of slow statements. */
  readonly slow: number;
  /** Returned or changed. */
  readonly rows: number;
  readonly totalMs: number;
  readonly meanMs: number;
  readonly maxMs: number;
  readonly p95Ms: number;
}

export class Statement {
  readonly text: string;
  readonly system: Dialect;
  readonly labels: StatementLabels;
  /** Of database_query_duration_seconds. */
  readonly duration: Point;
  calls = 0;
  /** Calls, on top of what the table's last victim had: see StatementTable. */
  weight: number;
  /** Of one that had to make room: what counts its calls since. */
  heir: Statement | undefined;
  lastEventMs = Number.NEGATIVE_INFINITY;
  /** Slow calls since the last event that was emitted. */
  untold = 0;
  readonly #histogram: LatencyHistogram;
  #errors = 0;
  #slow = 0;
  #rows = 0;
  #totalMs = 0;
  #maxMs = 0;

  constructor(
    text: string,
    system: Dialect,
    labels: StatementLabels,
    duration: Point,
    weight: number,
    histogram = new LatencyHistogram(),
  ) {
    this.text = text;
    this.system = system;
    this.labels = labels;
    this.duration = duration;
    this.weight = weight;
    this.#histogram = histogram;
  }

  record(durationMs: number, rows: number, failed: boolean, slow: boolean): void {
    this.calls++;
    this.weight++;
    this.#histogram.record(durationMs);
    this.#totalMs += durationMs;
    this.#rows += rows;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
    if (failed) this.#errors++;
    if (slow) this.#slow++;
  }

  /** Takes over what another has counted and will count; hands out its histogram, emptied, for a statement that takes its place. */
  absorb(other: Statement): LatencyHistogram {
    this.calls += other.calls;
    this.#histogram.add(other.#histogram);
    this.#totalMs += other.#totalMs;
    this.#rows += other.#rows;
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
    this.#errors += other.#errors;
    this.#slow += other.#slow;
    other.heir = this;
    other.#histogram.clear();
    return other.#histogram;
  }

  /** For events. */
  get attributes(): Attributes {
    const { operation, table } = this.labels;
    const known = { statement: this.text, system: this.system, operation };
    return table === '' ? known : { ...known, table };
  }

  summary(): StatementSummary {
    const { calls } = this;
    return {
      statement: this.text,
      system: this.system,
      ...this.labels,
      calls,
      errors: this.#errors,
      slow: this.#slow,
      rows: this.#rows,
      totalMs: round(this.#totalMs),
      meanMs: calls === 0 ? 0 : round(this.#totalMs / calls),
      maxMs: round(this.#maxMs),
      p95Ms: round(Math.min(this.#maxMs, this.#histogram.quantileMs(0.95))),
    };
  }
}
