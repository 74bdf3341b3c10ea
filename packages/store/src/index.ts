export { CorruptionError, FormatVersionError } from './embedded/blocks/errors.ts';
export { DirectoryError } from './embedded/directory.ts';
export {
  type EmbeddedReaderHandle,
  type EmbeddedSnapshot,
  type EmbeddedStore,
  openEmbeddedStore,
} from './embedded/embedded-store.ts';
export { type EmbeddedStoreOptions, embeddedDefaults } from './embedded/options.ts';
export { loadReader } from './embedded/read/load.ts';
export { PatternError } from './embedded/read/pattern-error.ts';
export type { EmbeddedReader, ReaderOptions } from './embedded/read/reader.ts';
export type {
  LogClass,
  RetentionPolicy,
  RetentionReport,
  SpanClass,
} from './embedded/retention-policy.ts';
export {
  compareBytes,
  knownSymbol,
  Labels,
  METRIC_NAME,
  symbol,
  symbolCount,
  symbolText,
} from './labels.ts';
export type { Matcher, MatchOp } from './matcher.ts';
export {
  type ExemplarSeries,
  type Querier,
  type QueryBudget,
  QueryCancelledError,
  QueryLimitError,
  QueryTimeoutError,
  SampleBuffer,
  type SeriesSet,
} from './querier.ts';
export type {
  FieldHint,
  LogCount,
  LogCountRequest,
  LogRequest,
  LogRows,
  LooseSpans,
  Nanos,
  OperationFilter,
  RecordField,
  RecordQuerier,
  RecordSignal,
  RecordStore,
  SpanColumn,
  SpanCounts,
  SpanOperation,
  SpanRow,
  SpanSet,
  SpanTable,
  SpanValue,
  TextHint,
  TraceFilter,
  TraceRef,
  TraceSummary,
} from './records.ts';
export {
  type ReadSnapshot,
  type Store,
  type StoreStats,
  StoreUnavailableError,
  TenantLimitError,
} from './store.ts';
export { WasteCollector } from './waste.ts';
