/** How a query thread reads a store: a module named in `QueryThreadData.readerModule` exports `openReader` of this type. */
import {
  Labels,
  type Querier,
  type QueryBudget,
  type ReadSnapshot,
  type RecordQuerier,
  type SeriesSet,
} from '@sightline/store';

export interface StoreReader {
  /** Where its files are: kept out of answers, which name files relative to it. */
  readonly dir?: string;
  /** A querier over the snapshot for one query; the caller closes it. */
  querier(snapshot: ReadSnapshot, budget: QueryBudget): Querier;
  /** As `querier`, for log records and spans. */
  records(snapshot: ReadSnapshot, budget: QueryBudget): RecordQuerier;
  /** Called once between queries when the thread ends or has been idle. */
  close(): void;
}

export type OpenReader = (store: unknown) => StoreReader | Promise<StoreReader>;

/** For a tenant that has no data. */
export const emptyQuerier: Querier = {
  select: (): SeriesSet => ({ length: 0, labels: noSeries, read: noSeries }),
  labelNames: () => [],
  labelValues: () => [],
  metadata: () => [],
  exemplars: () => [],
  close: () => {},
};

/** Likewise. */
export const emptyRecords: RecordQuerier = {
  streams: () => [],
  fields: () => [],
  logs: () => ({
    next: () => false,
    stream: Labels.fromPairs([]),
    tLo: 0,
    tHi: 0,
    severity: 0,
    traceId: '',
    spanId: '',
    body: '',
    fields: [],
    close: () => {},
  }),
  operations: () => [],
  countLogs: () => [],
  traces: () => [],
  traceSummaries: () => [],
  spanSets: () => [],
  looseSpans: () => [],
  spanSet: () => null,
  trace: () => [],
  close: () => {},
};

function noSeries(): never {
  throw new RangeError('an empty set has no series');
}
