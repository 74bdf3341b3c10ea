/**
 * What the coordinator collects from: something that can be measured again and again at little cost.
 *
 * A source hands out numbers (metrics) and, where a number does not say enough (a slow statement, who blocks whom, the stack of a blocking
 * call), events. Sources come from users as well: nothing that one does may hurt another, so the coordinator bounds the
 * time, the number and the size of what it takes, and copies it.
 */
export const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;

export type Priority = (typeof PRIORITIES)[number];

export type AttributeValue = string | number | boolean;

export type Attributes = Readonly<Record<string, AttributeValue>>;

export type MetricKind = 'counter' | 'gauge' | 'updowncounter' | 'histogram';

/** One value of one metric, as a source hands it out. */
export interface Metric {
  /** OpenTelemetry's name where it has one, e.g. `postgresql.backends`. */
  readonly name: string;
  /** Of a counter the total since the source began; of a histogram the number of observations. */
  readonly value: number;
  /** A gauge unless said otherwise. */
  readonly kind?: MetricKind;
  /** UCUM. */
  readonly unit?: string;
  readonly description?: string;
  readonly attributes?: Attributes;
  /** Of a histogram. */
  readonly distribution?: Distribution | undefined;
}

export interface Distribution {
  /** Ascending upper bounds without +Inf. */
  readonly bounds: readonly number[];
  /** Observations per bucket, one more than bounds: the last is +Inf. */
  readonly buckets: ArrayLike<number>;
  readonly sum: number;
}

export type Severity = 'info' | 'warn' | 'error';

/** Something that happened, with what is known of it. Becomes a log record. */
export interface AgentEvent {
  /** Dotted, e.g. `postgresql.slow_query`. */
  readonly name: string;
  readonly severity: Severity;
  /** One sentence for people. */
  readonly message: string;
  readonly attributes?: Attributes;
}

export interface CollectContext {
  /** Aborted when the collection has taken too long or the agent stops. */
  readonly signal: AbortSignal;
  emit(event: AgentEvent): void;
}

export interface MonitoringSource {
  /** Stable, e.g. `system`. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly priority: Priority;
  enabled: boolean;
  readonly intervalMs: number;
  /** What is the case now; may be empty. May throw or reject: the failure is counted and the source rests after several. */
  collect(context: CollectContext): readonly Metric[] | Promise<readonly Metric[]>;
  /** Gives back what the source holds (descriptors, observers, connections). */
  close?(): void | Promise<void>;
}
