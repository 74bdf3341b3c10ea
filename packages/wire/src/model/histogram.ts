/**
 * A native histogram as plain data. One shape for integer and float histograms: bucket counts are absolute doubles
 * (exact for integers below 2^53), because PromQL computes with floats only.
 *
 * Field names and meanings are those of Prometheus' `model/histogram.FloatHistogram`.
 */
export interface Span {
  /** Gap to the previous span in buckets; for the first span, the index of its first bucket. */
  offset: number;
  length: number;
}

export const RESET_UNKNOWN = 0;
export const RESET_YES = 1;
export const RESET_NO = 2;
export const RESET_GAUGE = 3;
export type ResetHint = 0 | 1 | 2 | 3;

/** Schema of histograms with custom bucket bounds (NHCB). */
export const CUSTOM_SCHEMA = -53;

export interface Histogram {
  /** -4..8 for exponential buckets (base 2^(2^-schema)), CUSTOM_SCHEMA for custom bounds. */
  schema: number;
  resetHint: ResetHint;
  zeroThreshold: number;
  zeroCount: number;
  count: number;
  /** NaN with the stale bits marks the end of the series. */
  sum: number;
  positiveSpans: Span[];
  negativeSpans: Span[];
  positiveBuckets: number[];
  negativeBuckets: number[];
  /** Upper bounds without +Inf, ascending; empty unless the schema is custom. */
  customValues: number[];
}
