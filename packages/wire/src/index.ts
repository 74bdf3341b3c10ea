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
export { DecodeError } from './model/decode-error.ts';
export {
  hashBytes,
  hashString,
  hashWords,
  processKey,
  taggedSeed,
} from './model/hash.ts';
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
export {
  appendHistogram,
  histogramRecordBytes,
  isStaleHistogram,
  readHistogram,
  writeHistogram,
} from './model/histogram-record.ts';
export {
  compareRanges,
  forEachLabel,
  LabelSetBuilder,
  labelsFromPairs,
  labelsToPairs,
} from './model/label-set.ts';
export type { DecodeLimits, SeriesResolver } from './model/resolver.ts';
export {
  compressSnappy,
  SHARED_BLOCK_BYTES,
  SnappyTooLargeError,
  uncompressSnappyBlock,
} from './snappy/snappy.ts';
