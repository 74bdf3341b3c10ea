/** Bounds of the spans of one request. What is past a bound within a span is left out and counted; the span is kept. */
import type { DecodeLimits } from './resolver.ts';

export interface SpanLimits extends DecodeLimits {
  /** Attributes of one span, event or link; more go into `otel.dropped_attributes_count`. */
  maxFields: number;
  /** Bytes of the fields of one span, event or link; those that no longer fit are left out in the same way. */
  maxFieldsBytes: number;
  /** Events of one span; more go into `otel.dropped_events_count`. */
  maxEvents: number;
  /** Links of one span; more go into `otel.dropped_links_count`. */
  maxLinks: number;
  /** Bytes of the events of one span, and of its links. */
  maxEventsBytes: number;
}

/** Bounds for callers without a configuration of their own; times are unbounded. */
export const DEFAULT_SPAN_LIMITS: SpanLimits = {
  minTime: Number.NEGATIVE_INFINITY,
  maxTime: Number.POSITIVE_INFINITY,
  maxLabels: 64,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 16_384,
  maxPoints: 500_000,
  maxFields: 1000,
  maxFieldsBytes: 262_144,
  maxEvents: 4096,
  maxLinks: 4096,
  maxEventsBytes: 1_048_576,
};
