/**
 * The embedded store's RecordQuerier: one query of one tenant over a snapshot.
 *
 * Invariants: files are opened after the head was pinned, so that a row which is being flushed is seen; their transactions last
 * until `close`.
 */
import type { Labels } from '../../../labels.ts';
import type { QueryBudget } from '../../../querier.ts';
import type {
  LogCount,
  LogCountRequest,
  LogRequest,
  LogRows,
  LooseSpans,
  OperationFilter,
  RecordField,
  RecordQuerier,
  RecordSignal,
  SpanOperation,
  SpanRow,
  SpanSet,
  TraceFilter,
  TraceRef,
  TraceSummary,
} from '../../../records.ts';
import type { CatalogFile } from '../../catalog.ts';
import type { SeriesInterner } from '../interner.ts';
import { knownFields, knownStreams } from './dictionaries.ts';
import type { HeadRecords } from './head-records.ts';
import type { RecordInputs } from './inputs.ts';
import { countLogs } from './log-counts.ts';
import { readLogs } from './log-rows.ts';
import type { RecordFile } from './record-file.ts';
import { readLooseSpans } from './span-loose.ts';
import { listOperations } from './span-operations.ts';
import { readSpanSet, readTrace } from './span-trace.ts';
import { findTraces, readTraces, summarizeTraces } from './span-traces.ts';

/** What a signal's queries of one snapshot read. */
export interface SignalSnapshot {
  files: readonly CatalogFile[];
  head: readonly HeadRecords[];
}

interface RecordContext {
  interner: SeriesInterner;
  budget: QueryBudget;
  /** Numbers of the pinned head segments. */
  pinned: ReadonlySet<number>;
  signals: Readonly<Record<RecordSignal, SignalSnapshot>>;
  /** The open file, its transaction begun, for this querier alone. */
  openFile(signal: RecordSignal, fileName: string): RecordFile;
  /** Takes back a file that `openFile` gave. */
  closeFile(file: RecordFile): void;
  /** The querier is closed. */
  closed(): void;
}

export class EmbeddedRecordQuerier implements RecordQuerier {
  readonly #context: RecordContext;
  readonly #files = new Map<string, RecordFile>();
  readonly #inputs: Readonly<Record<RecordSignal, RecordInputs>>;
  #closed = false;

  constructor(context: RecordContext) {
    this.#context = context;
    this.#inputs = { logs: this.#inputsOf('logs'), spans: this.#inputsOf('spans') };
  }

  streams(signal: RecordSignal, minMs: number, maxMs: number): Labels[] {
    return knownStreams(this.#inputs[signal], minMs, maxMs);
  }

  fields(signal: RecordSignal, minMs: number, maxMs: number): RecordField[] {
    return knownFields(this.#inputs[signal], signal, minMs, maxMs);
  }

  logs(request: LogRequest): LogRows {
    return readLogs(this.#inputs.logs, request);
  }

  countLogs(request: LogCountRequest): LogCount[] {
    return countLogs(this.#inputs.logs, request);
  }

  operations(filter: OperationFilter): SpanOperation[] {
    return listOperations(this.#inputs.spans, filter);
  }

  traces(filter: TraceFilter): Iterable<TraceRef> {
    return findTraces(this.#inputs.spans, filter);
  }

  traceSummaries(filter: TraceFilter): Iterable<TraceSummary> {
    return summarizeTraces(this.#inputs.spans, filter);
  }

  spanSets(filter: TraceFilter): Iterable<SpanSet> {
    return readTraces(this.#inputs.spans, filter);
  }

  looseSpans(filter: TraceFilter): Iterable<LooseSpans> {
    return readLooseSpans(this.#inputs.spans, filter);
  }

  spanSet(traceId: string, budget: QueryBudget): SpanSet | null {
    return readSpanSet(this.#inputs.spans, traceId, budget);
  }

  trace(traceId: string, budget: QueryBudget, spanId = ''): SpanRow[] {
    return readTrace(this.#inputs.spans, traceId, budget, spanId);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const file of this.#files.values()) this.#context.closeFile(file);
    this.#files.clear();
    this.#context.closed();
  }

  #inputsOf(signal: RecordSignal): RecordInputs {
    const { interner, pinned, budget, signals } = this.#context;
    return {
      files: (minMs, maxMs) => this.#filesIn(signal, minMs, maxMs),
      ranges: () => rangesOf(signals[signal].files),
      head: signals[signal].head,
      labels: (stream) => interner.labels(stream),
      pinned,
      budget,
    };
  }

  #filesIn(signal: RecordSignal, minMs: number, maxMs: number): RecordFile[] {
    const { signals, budget } = this.#context;
    const inRange = signals[signal].files.filter(
      ({ startMs, endMs }) => startMs <= maxMs && endMs > minMs,
    );
    return inRange.map(({ fileName }) => {
      const key = `${signal} ${fileName}`;
      let file = this.#files.get(key);
      if (file === undefined) {
        budget.poll();
        file = this.#context.openFile(signal, fileName);
        this.#files.set(key, file);
      }
      return file;
    });
  }
}

function rangesOf(files: readonly CatalogFile[]): { startMs: number; endMs: number }[] {
  const ranges = new Map(
    files.map(({ startMs, endMs }) => [`${startMs} ${endMs}`, { startMs, endMs }]),
  );
  return [...ranges.values()].sort((a, b) => b.startMs - a.startMs);
}
