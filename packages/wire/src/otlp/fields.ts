/**
 * Field numbers of the OTLP messages that are read here (opentelemetry-proto 1.x, collector/metrics/v1, metrics/v1,
 * resource/v1 and common/v1).
 */
export const REQUEST_RESOURCE_METRICS = 1;

export const RESOURCE_METRICS_RESOURCE = 1;
export const RESOURCE_METRICS_SCOPE_METRICS = 2;
export const RESOURCE_ATTRIBUTES = 1;

export const SCOPE_METRICS_SCOPE = 1;
export const SCOPE_METRICS_METRICS = 2;
export const SCOPE_METRICS_SCHEMA_URL = 3;
export const SCOPE_NAME = 1;
export const SCOPE_VERSION = 2;
export const SCOPE_ATTRIBUTES = 3;

export const METRIC_NAME = 1;
export const METRIC_DESCRIPTION = 2;
export const METRIC_UNIT = 3;
export const METRIC_GAUGE = 5;
export const METRIC_SUM = 7;
export const METRIC_HISTOGRAM = 9;
export const METRIC_EXPONENTIAL_HISTOGRAM = 10;
export const METRIC_SUMMARY = 11;

export const DATA_POINTS = 1;
export const DATA_TEMPORALITY = 2;
export const DATA_IS_MONOTONIC = 3;

export const TEMPORALITY_DELTA = 1;
export const TEMPORALITY_CUMULATIVE = 2;

/** Start and time have the same numbers in every kind of point, and in exemplars. */
export const POINT_START_TIME = 2;
export const POINT_TIME = 3;

/** DataPointFlags: the stream had no value at this time (a stale marker). */
export const FLAG_NO_RECORDED_VALUE = 1;

export const NUMBER_AS_DOUBLE = 4;
export const NUMBER_EXEMPLARS = 5;
export const NUMBER_AS_INT = 6;
export const NUMBER_ATTRIBUTES = 7;
export const NUMBER_FLAGS = 8;

export const HISTOGRAM_COUNT = 4;
export const HISTOGRAM_SUM = 5;
export const HISTOGRAM_BUCKET_COUNTS = 6;
export const HISTOGRAM_EXPLICIT_BOUNDS = 7;
export const HISTOGRAM_EXEMPLARS = 8;
export const HISTOGRAM_ATTRIBUTES = 9;
export const HISTOGRAM_FLAGS = 10;

export const EXPONENTIAL_ATTRIBUTES = 1;
export const EXPONENTIAL_COUNT = 4;
export const EXPONENTIAL_SUM = 5;
export const EXPONENTIAL_SCALE = 6;
export const EXPONENTIAL_ZERO_COUNT = 7;
export const EXPONENTIAL_POSITIVE = 8;
export const EXPONENTIAL_NEGATIVE = 9;
export const EXPONENTIAL_FLAGS = 10;
export const EXPONENTIAL_EXEMPLARS = 11;
export const EXPONENTIAL_ZERO_THRESHOLD = 14;
export const BUCKETS_OFFSET = 1;
export const BUCKETS_COUNTS = 2;

export const SUMMARY_COUNT = 4;
export const SUMMARY_SUM = 5;
export const SUMMARY_QUANTILES = 6;
export const SUMMARY_ATTRIBUTES = 7;
export const SUMMARY_FLAGS = 8;
export const QUANTILE_QUANTILE = 1;
export const QUANTILE_VALUE = 2;

export const EXEMPLAR_TIME = 2;
export const EXEMPLAR_AS_DOUBLE = 3;
export const EXEMPLAR_SPAN_ID = 4;
export const EXEMPLAR_TRACE_ID = 5;
export const EXEMPLAR_AS_INT = 6;
export const EXEMPLAR_ATTRIBUTES = 7;

export const KEY_VALUE_KEY = 1;
export const KEY_VALUE_VALUE = 2;

export const ANY_STRING = 1;
export const ANY_BOOL = 2;
export const ANY_INT = 3;
export const ANY_DOUBLE = 4;
export const ANY_ARRAY = 5;
export const ANY_KVLIST = 6;
export const ANY_BYTES = 7;
/** ArrayValue.values and KeyValueList.values. */
export const LIST_VALUES = 1;
