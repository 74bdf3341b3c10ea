/** Our own trace API: a whole trace as columns, and everything about one span of it. */
import { requestJson } from './client.ts';

/** A trace in columns, one place a span, in the order of their starts. Times of spans are microseconds, fractions allowed. */
export interface TraceAnswer {
  readonly trace_id: string;
  /** Unix nanoseconds as decimal text. */
  readonly start_ns: string;
  readonly duration_ns: number;
  readonly services: readonly string[];
  readonly names: readonly string[];
  readonly spans: {
    readonly id: readonly string[];
    /** Row of the parent, -1 for none, -2 for one that is not in the trace. */
    readonly parent: readonly number[];
    /** Index into `services`. */
    readonly service: readonly number[];
    /** Index into `names`. */
    readonly name: readonly number[];
    /** From the start of the trace. */
    readonly start_us: readonly number[];
    readonly duration_us: readonly number[];
    /** 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
    readonly kind: readonly number[];
    /** 0 unset, 1 ok, 2 error. */
    readonly status: readonly number[];
    /** Number of events. */
    readonly events: readonly number[];
  };
}

/** The columns of a trace. @throws ApiError with status 404 when there is none */
export function fetchTrace(traceId: string, signal: AbortSignal): Promise<TraceAnswer> {
  return requestJson(`/api/v1/traces/${encodeURIComponent(traceId)}`, { signal });
}

/** Values are text; `type` says what they were. */
export interface TypedAttribute {
  readonly name: string;
  readonly type: 'string' | 'bool' | 'int' | 'double' | 'bytes' | 'json';
  readonly value: string;
}

export interface SpanDetail {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_id: string;
  readonly name: string;
  readonly service: string;
  readonly kind: number;
  readonly status: number;
  readonly status_message: string;
  readonly trace_state: string;
  readonly start_ns: string;
  readonly duration_ns: number;
  readonly resource: readonly TypedAttribute[];
  readonly scope: { readonly name: string; readonly version: string };
  readonly attributes: readonly TypedAttribute[];
  readonly events: readonly {
    readonly time_ns: string;
    readonly name: string;
    readonly attributes: readonly TypedAttribute[];
  }[];
  readonly links: readonly {
    readonly trace_id: string;
    readonly span_id: string;
    readonly attributes: readonly TypedAttribute[];
  }[];
  readonly dropped_attributes: number;
  readonly dropped_events: number;
  readonly dropped_links: number;
}

/** Everything about one span. */
export function fetchSpan(
  traceId: string,
  spanId: string,
  signal: AbortSignal,
): Promise<SpanDetail> {
  const path = [traceId, 'spans', spanId].map(encodeURIComponent).join('/');
  return requestJson(`/api/v1/traces/${path}`, { signal });
}
