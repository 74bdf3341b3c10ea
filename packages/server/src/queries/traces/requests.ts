/** What the trace APIs ask of a query thread. Plain data: it travels between threads. */
import type { Nanos } from '@sightline/store';

/** Traces that have a span with all of this. */
export interface SpanSearch {
  /** '' for any. */
  service: string;
  operation: string;
  /** Keys and values as text; all must hold. */
  tags: readonly (readonly [string, string])[];
  /** When the span starts, inclusive. */
  from: Nanos;
  to: Nanos;
  /** Nanoseconds, inclusive. */
  minDuration: number;
  maxDuration: number;
  /** Most traces. */
  limit: number;
}

/** The classic API of Jaeger, and its third version, which differ in what answers look like. */
export type JaegerRequest =
  | { kind: 'jaeger services'; v3: boolean }
  | {
      kind: 'jaeger operations';
      service: string;
      /** `server`, ...; '' for any. */
      spanKind: string;
      /** Names alone, names with kinds, or the answer of the third version. */
      shape: 'names' | 'kinds' | 'v3';
    }
  | { kind: 'jaeger search'; search: SpanSearch; shape: 'classic' | 'v3' | 'summaries' }
  /** 32 hex digits each. The classic API tells for each trace that it is not there; `one` makes that the whole answer. */
  | { kind: 'jaeger traces'; traceIds: readonly string[]; one: boolean; v3: boolean }
  /** OTLP/JSON in, Jaeger's JSON out; nothing is stored. */
  | { kind: 'jaeger transform'; body: Uint8Array }
  | { kind: 'jaeger dependencies'; endMs: number; lookbackMs: number; service: string };

export interface TimeRangeMs {
  startMs: number;
  endMs: number;
}

export type TempoRequest =
  | {
      kind: 'tempo trace';
      traceId: string;
      form: 'v1 json' | 'v1 protobuf' | 'v2 json' | 'v2 protobuf';
      /** A spanset filter that spans must pass; '' for all spans. */
      query: string;
      /** With the ancestors of spans that pass. */
      keepHierarchy: boolean;
    }
  | (TimeRangeMs & {
      kind: 'tempo search';
      query: string;
      limit: number;
      spansPerSpanset: number;
    })
  | (TimeRangeMs & {
      kind: 'tempo tags';
      /** '' for all. */
      scope: string;
      limit: number;
      v2: boolean;
    })
  | (TimeRangeMs & {
      kind: 'tempo values';
      tag: string;
      /** A filter, maybe unfinished; '' for none. */
      query: string;
      limit: number;
      v2: boolean;
    })
  | (TimeRangeMs & {
      kind: 'tempo metrics';
      query: string;
      /** 0 for one value over the whole range. */
      stepMs: number;
      exemplars: number;
    });

/** Our own API. */
export type OwnTraceRequest =
  | { kind: 'trace columns'; traceId: string }
  | { kind: 'span detail'; traceId: string; spanId: string };

export type TraceApiRequest = JaegerRequest | TempoRequest | OwnTraceRequest;
