/**
 * What TraceQL asks of a store, in the thread of the query.
 *
 * Model: a source yields whole traces, newest first. A trace is columns of its spans: row i is one span. Attributes and texts are
 * dictionary columns, so that a condition is decided once per distinct value and a scan over 100,000 spans touches only numbers; they
 * are asked for by name when needed, so that a source reads no column that no query names. Dictionaries (`values`) may be shared
 * between traces: what has been decided about one is remembered by its identity.
 *
 * Invariants: a source keeps no promise about traces that `request.hint` excludes, and may ignore the hint; it returns no trace without
 * spans, no trace twice, and of equal span ids one span. Nothing that was returned changes. A source throws when the query's budget is
 * spent or its client has left.
 */
import type { AttributeScope } from './ast.ts';
import type { TraceHint } from './conditions.ts';
import type { Value } from './value.ts';

export interface TraceSource {
  /** In descending order of the trace's first start time, ties in ascending order of the trace id. */
  traces(request: TraceRequest): Iterable<TraceSpans>;
  /** For queries that ask nothing of traces (span-wise.ts): spans that may matter, in any order. Absent where there are traces only. */
  spans?(request: TraceRequest): Iterable<TracelessSpans>;
}

/** Spans of several traces in the shape of one. */
export interface TracelessSpans {
  /** `traceId` and `parent` say nothing. */
  readonly spans: TraceSpans;
  traceId(row: number): string;
  /**
   * The same spans counted by resource and time, where that is known without reading them: of those of a row all lie on one side of each time
   * originMs + i * stepMs (which itself is before it).
   */
  counted(originMs: number, stepMs: number): CountedSpans | null;
}

/** Rows stand for several spans; but for their starts and attributes of resources they say nothing of them. */
export interface CountedSpans {
  readonly spans: TraceSpans;
  readonly counts: Float64Array;
}

export interface TraceRequest {
  /** Traces with a span, or spans, that overlap [startMs, endMs] (Unix ms). */
  startMs: number;
  endMs: number;
  /** What every trace that can matter satisfies (conditions.ts). */
  hint: TraceHint;
}

/** The span has no parent; it is a root. */
export const NO_PARENT = -1;
/** The span names a parent that the trace does not hold. */
export const MISSING_PARENT = -2;

export interface TraceSpans {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Number of spans; columns may be longer. */
  readonly n: number;
  /** How many traces it stands for, when that is not 1: retention may have kept a share of them. */
  readonly weight?: number;
  /** Unix nanoseconds as two words. */
  readonly startLo: Uint32Array;
  readonly startHi: Uint32Array;
  readonly durationNs: Float64Array;
  /** 0 to 5, as in OTLP. */
  readonly kind: Uint8Array;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: Uint8Array;
  /** Row of the parent, or NO_PARENT, or MISSING_PARENT. */
  readonly parent: Int32Array;
  /** 16 lower-case hex digits. */
  spanId(row: number): string;
  /** Likewise; '' without a parent. */
  parentId(row: number): string;
  /** The values of an attribute; for events and links an array of the values of all events or links of a span. Null when no span has it. */
  attribute(scope: AttributeScope, name: string): Column | null;
  /** A text (or, for `event:timeSinceStart`, durations) that every span may have; arrays for events and links. */
  text(what: TextColumn): Column | null;
  /** Every attribute that any span has, in a fixed order. */
  attributes(): readonly AttributeKey[];
}

export type TextColumn =
  | 'name'
  | 'statusMessage'
  | 'event:name'
  | 'event:timeSinceStart'
  | 'link:traceID'
  | 'link:spanID'
  | 'instrumentation:name'
  | 'instrumentation:version';

export interface AttributeKey {
  readonly scope: AttributeScope;
  readonly name: string;
}

/** The value of row i is `values[codes[i]]`; a missing one is nil. */
export interface Column {
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
  readonly values: readonly Value[];
}
