/**
 * Log records and spans: what intake, LogQL, TraceQL and the trace APIs ask of any store.
 *
 * Model: a stream is the attributes of a resource, a `Labels` with the names that its sender gave (wire's model/log-batch.ts and
 * span-batch.ts have the records). Writing is `append...` on the main thread, as for samples; reading is a `RecordQuerier` over a
 * snapshot in the thread of the query. Times are Unix nanoseconds, unsigned, as two words of 32 bits.
 *
 * Invariants: what was acknowledged is seen by the next snapshot; hints only allow to leave out and may be ignored, except
 * times and streams; a row that is in the head and in a file is seen once. `stream` is one object for one set of labels.
 */
import type { LogBatch, SpanBatch, SpanRecord } from '@sightline/wire';
import type { Labels } from './labels.ts';
import type { QueryBudget } from './querier.ts';

export type RecordSignal = 'logs' | 'spans';

/** Writing; as `Store.append`, with the same errors. */
export interface RecordStore {
  appendLogs(
    tenant: string,
    batch: LogBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'>;
  appendSpans(
    tenant: string,
    batch: SpanBatch,
    digest: Uint8Array | null,
  ): Promise<'stored' | 'repeated'>;
  /** Names and values in turn of the stream with this handle (of the tenant's resolver), which a batch appended just now has used. */
  streamLabels(tenant: string, stream: number): string[];
  /** Records before this time (Unix ms) are outside retention; -Infinity for `forever`. */
  readonly minLogTime: number;
  readonly minSpanTime: number;
}

export interface Nanos {
  lo: number;
  hi: number;
}

/** The text has at least one of `anyOf` as it stands (case counts), or none of them when `negated`. */
export interface TextHint {
  anyOf: readonly string[];
  negated: boolean;
}

/**
 * A field (or an id: `trace_id`, `span_id`) under one of the names has this text. Of a span also fields of its events and links count, and
 * the attributes of its stream.
 */
export interface FieldHint {
  names: readonly string[];
  /** Further names; asked once for each name. */
  accepts?(name: string): boolean;
  value: string;
}

export interface LogRequest {
  /** Asked once for each stream. */
  wants(stream: Labels): boolean;
  /** from <= t < to. */
  from: Nanos;
  to: Nanos;
  backward: boolean;
  /** All must hold for the body. */
  texts: readonly TextHint[];
  /** All must hold. */
  fields: readonly FieldHint[];
  /** Whether a field with this name is looked at, asked once for each; others may be left out of what is shown. All by default. */
  wantsField?(name: string): boolean;
  /** By severity (SEVERITY_CODES of them): whether it may be shown; all by default. */
  severities?: readonly boolean[];
  budget: QueryBudget;
}

export interface LogCountRequest extends LogRequest {
  /** Interval i is [from + i * intervalMs, from + (i + 1) * intervalMs), up to `to`. */
  intervalMs: number;
  /** Whether bodies are measured. */
  sizes: boolean;
  /** The number of the group that records of a stream and severity are counted in; asked once for each. */
  groupOf(stream: Labels, severity: number): number;
}

export interface LogCount {
  group: number;
  /** By interval. */
  records: Uint32Array;
  /** Mean bytes of a body, from samples; 0 when sizes were not asked for. */
  bodyBytes: number;
}

/** Log records in the order of their times. One at a time is shown; nothing is decoded before it is asked for. */
export interface LogRows {
  /** Goes to the next record; false at the end. */
  next(): boolean;
  readonly stream: Labels;
  readonly tLo: number;
  readonly tHi: number;
  /** 0 to 24, as OpenTelemetry numbers them; or a level that was found at intake (wire's severity.ts). */
  readonly severity: number;
  /** 32 and 16 lower-case hex digits, '' when there is none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly body: string;
  /** Names and texts of the fields in turn, in the order of the record; of equal names the first counts. Valid until `next`. */
  readonly fields: readonly string[];
  close(): void;
}

/** A span as it was taken in. */
export interface SpanRow {
  readonly record: SpanRecord;
  readonly stream: Labels;
  readonly startLo: number;
  readonly startHi: number;
  readonly endLo: number;
  readonly endHi: number;
  readonly kind: number;
  readonly status: number;
}

/** Traces that have at least one span for which all of this may hold at once. */
export interface TraceFilter {
  wants(stream: Labels): boolean;
  /** A span overlaps [from, to]. */
  from: Nanos;
  to: Nanos;
  /** Exact names of the span; empty for any. */
  names: readonly string[];
  /** Further tests of the name; asked once for each name of a block. */
  wantsName?: (name: string) => boolean;
  fields: readonly FieldHint[];
  /** Whether only spans with status error count. */
  errors: boolean;
  /** Nanoseconds. */
  minDuration: number;
  maxDuration: number;
  budget: QueryBudget;
}

/** A trace that a filter has found. */
export interface TraceRef {
  /** 32 lower-case hex digits. */
  traceId: string;
  /** Start of its earliest span that the search has seen. */
  startLo: number;
  startHi: number;
}

/** What is known of a trace without reading its spans; of spans that were written twice both count. */
export interface TraceSummary extends TraceRef {
  /** From the first start to the last end. */
  durationNs: number;
  /** Of the first span without a parent; '' when there is none. */
  rootService: string;
  rootName: string;
  spans: number;
  /** Spans with status error. */
  errors: number;
  /** Sorted. */
  services: readonly string[];
}

/** A column of a SpanSet: the value of row i is `values[codes[i]]`. */
export interface SpanColumn<T> {
  readonly codes: Uint32Array;
  readonly values: readonly T[];
}

/** The value of a field with its type, one of wire's FIELD_ constants. */
export interface SpanValue {
  type: number;
  text: string;
}

/** Spans as columns, for whoever reads many. Columns that are functions are made when they are asked for; what was given does not change. */
export interface SpanTable {
  readonly startLo: Uint32Array;
  readonly startHi: Uint32Array;
  readonly durationNs: Float64Array;
  readonly kind: Uint8Array;
  readonly status: Uint8Array;
  spanId(row: number): string;
  /** '' without a parent. */
  parentId(row: number): string;
  /** Tables of one search may share the values. */
  streams(): SpanColumn<Labels>;
  names(): SpanColumn<string>;
  /** Events and links. */
  tails(): SpanColumn<Pick<SpanRecord, 'events' | 'links'>>;
  /** The values of a field of spans, null where there is none; null when no span has it. */
  field(name: string): SpanColumn<SpanValue | null> | null;
  /** Names of all fields that spans have. */
  fieldNames(): string[];
}

/** Spans without the traces that they are of. */
export interface LooseSpans extends SpanTable {
  readonly n: number;
  /** How many spans each one stands for: more than 1 where retention has kept a share of them. */
  readonly weight: number;
  /** How many traces they are of, as far as it is known without reading: one of which there are more spans elsewhere counts here, too. */
  readonly traces: number;
  traceId(row: number): string;
  /**
   * The same spans as counts by stream and interval, where they are known without reading: no interval has spans on both sides of a time
   * originMs + i * stepMs (a span that starts at such a time is before it).
   */
  counts(originMs: number, stepMs: number): SpanCounts | null;
}

/** Count i is of the spans of stream i that start in some time up to endsMs[i] (Unix ms). */
export interface SpanCounts {
  readonly endsMs: Float64Array;
  readonly counts: Float64Array;
  readonly streams: SpanColumn<Labels>;
}

/** Whole traces. Of equal span ids in a trace the set has the span that was written last. */
export interface SpanSet extends SpanTable {
  /** Number of traces. */
  readonly traces: number;
  /** Trace i has the rows [offsets[i], offsets[i + 1]), in any order. */
  readonly offsets: Uint32Array;
  /** Row of the parent, counted from the trace's first row; -1 without a parent, -2 when the trace does not hold it. */
  parents(): Int32Array;
  traceId(trace: number): string;
  /** How many traces it stands for: more than 1 where retention has kept a share of them. */
  weight(trace: number): number;
  /** Some of the spans as they were taken in, in the order of `rows`. */
  rows(rows: Uint32Array): SpanRow[];
}

/** What completion shows of a field. */
export interface RecordField {
  /** Whose field it is: the record's, or one of its events or links. */
  scope: '' | 'event' | 'link';
  name: string;
  /** One of wire's FIELD_ constants. */
  type: number;
  /** Some of its values. */
  values: readonly string[];
}

/** What a service does: the name and kind that some spans of a stream have. */
export interface SpanOperation {
  stream: Labels;
  name: string;
  /** 0 to 5, as OpenTelemetry numbers them. */
  kind: number;
}

/** Spans of which operations are listed. */
export interface OperationFilter {
  wants(stream: Labels): boolean;
  /** Unix ms, inclusive: those of the days that they touch. */
  minMs: number;
  maxMs: number;
  /** Most operations; more are left out. */
  limit: number;
  budget: QueryBudget;
}

export interface RecordQuerier {
  /** Streams that may have records in the range (Unix ms, inclusive). */
  streams(signal: RecordSignal, minMs: number, maxMs: number): Labels[];
  /** Known fields, without reading records. */
  fields(signal: RecordSignal, minMs: number, maxMs: number): RecordField[];
  logs(request: LogRequest): LogRows;
  /** Counts what `logs` would show, without decoding more than hints ask; all hints hold. Groups without records are left out. */
  countLogs(request: LogCountRequest): LogCount[];
  /** Each once, in any order, without reading stored spans. */
  operations(filter: OperationFilter): SpanOperation[];
  /** Newest first by start, ties by ascending id; each trace once. */
  traces(filter: TraceFilter): Iterable<TraceRef>;
  /** The traces of `traces` in its order with what is known of them. */
  traceSummaries(filter: TraceFilter): Iterable<TraceSummary>;
  /** The traces of `traces` with all of their spans, in its order. */
  spanSets(filter: TraceFilter): Iterable<SpanSet>;
  /**
   * The spans that may satisfy a filter, each once (of equal ids in a trace the one that was written last), without the traces that they are
   * of: roughly newest first. What was given is valid until the next ones are asked for.
   */
  looseSpans(filter: TraceFilter): Iterable<LooseSpans>;
  /** One trace as a set, null when there is none: for traces of which not every span is shown. */
  spanSet(traceId: string, budget: QueryBudget): SpanSet | null;
  /**
   * The spans of a trace in order of their starts, of equal span ids the one that was written last; empty when there is none.
   * With a span id (16 lower-case hex digits) that span alone.
   */
  trace(traceId: string, budget: QueryBudget, spanId?: string): SpanRow[];
  close(): void;
}
