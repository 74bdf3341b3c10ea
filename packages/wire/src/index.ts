export { LineProblem } from './exposition/labels.ts';
export {
  CONTENT_TYPES,
  formatOfContentType,
  preferredFormat,
} from './exposition/media-type.ts';
export {
  ExpositionError,
  type ExpositionFormat,
  ExpositionParser,
  type ParseOptions,
} from './exposition/parse.ts';
export { ExpositionSource } from './exposition/source.ts';
export { ExpositionWriter, labelsText } from './exposition/write.ts';
export { digestBytes } from './kernel/kernel.ts';
export { decodeLokiPush } from './loki/decode-push.ts';
export { decodeLokiPushJson } from './loki/decode-push-json.ts';
export {
  detectLevel,
  levelOf,
  levelOfSeverity,
  toldLevel,
} from './loki/detected-level.ts';
export {
  type Exemplar,
  KIND_DELTA,
  KIND_FLOAT,
  KIND_HISTOGRAM,
  KIND_SAME_POINT,
  MetricBatch,
  type MetricMetadata,
  type MetricType,
  STALE_HI,
  STALE_LO,
} from './model/batch.ts';
export { DecodeError, RequestLimitError } from './model/decode-error.ts';
export {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_DOUBLE,
  FIELD_INT,
  FIELD_JSON,
  FIELD_STRING,
  type FieldRange,
  FieldWriter,
  fieldText,
  forEachField,
  readField,
} from './model/fields.ts';
export {
  hashBytes,
  hashString,
  hashView,
  hashWords,
  processKey,
  taggedSeed,
  viewOf,
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
export { histogramProblem, reduceResolution } from './model/histogram-check.ts';
export {
  appendHistogram,
  histogramRecordBytes,
  isStaleHistogram,
  readHistogram,
  resetHint,
  writeHistogram,
} from './model/histogram-record.ts';
export {
  compareRanges,
  forEachLabel,
  LabelSetBuilder,
  labelsFromPairs,
  labelsToPairs,
} from './model/label-set.ts';
export { LEVEL_LABEL, tellsLevel } from './model/level-names.ts';
export { LogBatch, RECORD_SPAN_ID, RECORD_TRACE_ID } from './model/log-batch.ts';
export { DEFAULT_LOG_LIMITS, type LogLimits } from './model/log-limits.ts';
export type { RefusalData, RejectReason } from './model/refusals.ts';
export type { DecodeLimits, SeriesResolver } from './model/resolver.ts';
export { isFoundLevel, SEVERITY_CODES, severityNumberOf } from './model/severity.ts';
export { SpanBatch } from './model/span-batch.ts';
export { DEFAULT_SPAN_LIMITS, type SpanLimits } from './model/span-limits.ts';
export {
  readSpan,
  readSpanTail,
  type SpanEvent,
  type SpanField,
  type SpanLink,
  type SpanRecord,
} from './model/span-record.ts';
export { ceilMs, compareTimes, floorMs, type TimeNs, timeOfMs } from './model/time-ns.ts';
export { decodeOtlpLogs, decodeOtlpLogsJson } from './otlp/decode-logs.ts';
export {
  decodeOtlpMetrics,
  decodeOtlpMetricsJson,
  OtlpMetricsDecoder,
} from './otlp/decode-metrics.ts';
export { decodeOtlpTraces, decodeOtlpTracesJson } from './otlp/decode-traces.ts';
export { DEFAULT_OTLP_OPTIONS, type OtlpOptions } from './otlp/options.ts';
export { millisecondsOf } from './otlp/time.ts';
export { decodePlainLogs } from './plain-logs/decode.ts';
export { ProtobufWriter } from './protobuf/writer.ts';
export {
  encodeWriteRequestV1,
  encodeWriteRequestV2,
  REMOTE_WRITE_V1,
  REMOTE_WRITE_V2,
  type WriteExemplar,
  type WriteHistogram,
  type WriteMetadata,
  type WriteSample,
  type WriteSeries,
} from './remote-write/encode.ts';
export type { WriteCounts } from './remote-write/points.ts';
export { decodeRemoteWriteV1 } from './remote-write/v1.ts';
export { decodeRemoteWriteV2 } from './remote-write/v2.ts';
export {
  compressSnappy,
  SnappyTooLargeError,
  snappyLength,
  uncompressSnappyBlock,
} from './snappy/snappy.ts';
export { labelName } from './translate/label-name.ts';
export { metricName } from './translate/metric-name.ts';
export { DEFAULT_TRANSLATION } from './translate/options.ts';
export { decodeZipkinJson } from './zipkin/decode.ts';
