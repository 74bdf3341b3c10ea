export {
  type Exemplar,
  KIND_FLOAT,
  KIND_HISTOGRAM,
  MetricBatch,
  type MetricMetadata,
  type MetricType,
  type RejectReason,
  STALE_HI,
  STALE_LO,
} from './model/batch.ts';
export {
  CUSTOM_SCHEMA,
  type Histogram,
  RESET_GAUGE,
  RESET_NO,
  RESET_UNKNOWN,
  RESET_YES,
  type ResetHint,
  type Span,
} from './model/histogram.ts';
export type { DecodeLimits, SeriesResolver } from './model/resolver.ts';
