export { ceilMs, compareTimes, floorMs, type TimeNs, timeOfMs } from '@sightline/wire';
export { detectReset } from './histogram/reset.ts';
export type { LogExpr, LogqlExpr, MetricExpr, Stage } from './logql/ast.ts';
export { type DetectedField, type DetectOptions, detectedFields } from './logql/detected-fields.ts';
export { LogqlEngine } from './logql/engine.ts';
export { LogqlEvalError } from './logql/eval-error.ts';
export {
  type LogStats,
  type LogVolume,
  labelNames,
  labelValues,
  logSeries,
  logStats,
  logVolume,
  type TimeSpan,
  type VolumeRequest,
} from './logql/log-info.ts';
export type { LogRange, LogStream } from './logql/log-query.ts';
export { parseLogql, parseLogSelector } from './logql/parse.ts';
export { LogqlParseError } from './logql/parse-error.ts';
export { wholeMatcher } from './logql/pipeline/regex.ts';
export { formatLogql } from './logql/print.ts';
export { type RecordParts, recordMetadata } from './logql/record-metadata.ts';
export type {
  Direction,
  LineHint,
  LogCursor,
  LogGroup,
  LogSelect,
  LogSource,
} from './logql/source.ts';
export { StoreLogSource } from './logql/store-source.ts';
export { nameStream, type ShownStream, StreamNames } from './logql/stream-names.ts';
export { LogTail } from './logql/tail.ts';
export type {
  Aggregate,
  AtModifier,
  Binary,
  BinaryOp,
  Call,
  Duration,
  DurationExpr,
  Expr,
  MatrixSelector,
  NumberLiteral,
  Paren,
  StringLiteral,
  Subquery,
  TextRange,
  Unary,
  ValueType,
  VectorMatching,
  VectorSelector,
} from './promql/ast.ts';
export { valueType } from './promql/check.ts';
export { matchesEmpty } from './promql/check-matchers.ts';
export { DurationError, type QueryRange, resolveDurations } from './promql/durations.ts';
export { DEFAULT_LOOKBACK_MS, DEFAULT_SUBQUERY_STEP_MS, Engine } from './promql/engine.ts';
export type { EngineOptions } from './promql/eval-context.ts';
export { PromqlEvalError } from './promql/eval-error.ts';
export { FUNCTIONS, type FunctionSignature } from './promql/functions.ts';
export { unquote } from './promql/go-quote.ts';
export { formatDuration, parseDurationText } from './promql/lex-numbers.ts';
export { formatSample } from './promql/number-format.ts';
export { type ParseOptions, parseMetricSelector, parsePromql } from './promql/parse.ts';
export { PromqlParseError, positionText } from './promql/parse-error.ts';
export { formatPromql } from './promql/print.ts';
export { prettyPromql } from './promql/print-pretty.ts';
export { type ParseTree, toParseTree } from './promql/print-tree.ts';
export type { QueryResult, ResultNotes, ResultSeries } from './promql/result.ts';
export { encodeQueryData } from './promql/result-json.ts';
export type { MathQuery, Query as TraceqlQuery, SpanQuery } from './traceql/ast.ts';
export type { SpanHint, SpanTest, TraceHint } from './traceql/conditions.ts';
export { hintOf } from './traceql/conditions.ts';
export { TraceqlEvalError } from './traceql/eval-error.ts';
export {
  type Exemplar,
  type MetricsOptions,
  type MetricsResult,
  type MetricsSeries,
  queryMetrics,
} from './traceql/metrics.ts';
export { parseTraceql, type TraceqlParseOptions } from './traceql/parse.ts';
export { TraceqlParseError } from './traceql/parse-error.ts';
export { formatTraceql, quoteName as quoteTraceqlName } from './traceql/print.ts';
export { type TraceRow, traceOfRows } from './traceql/record-trace.ts';
export {
  type SearchOptions,
  type ServiceCount,
  type SpanMatch,
  type SpansetMatch,
  searchTraces,
  type TraceMatch,
} from './traceql/search.ts';
export {
  type AttributeKey,
  type Column,
  MISSING_PARENT,
  NO_PARENT,
  type TextColumn,
  type TraceRequest,
  type TraceSource,
  type TraceSpans,
} from './traceql/source.ts';
export { StoreTraceSource, traceOfStore } from './traceql/store-source.ts';
export {
  integer,
  NIL,
  type NumberValue,
  type Value as TraceqlValue,
  valueText,
} from './traceql/value.ts';
