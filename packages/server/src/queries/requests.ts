/** What the pool asks of a query thread, and what it gets back. Plain data: it travels between threads. */
import type { ReadSnapshot } from '@sightline/store';
import type { LokiRequest } from './loki/requests.ts';
import type { TraceApiRequest } from './traces/requests.ts';

/** Options that instant and range queries share. */
export interface EvaluationOptions {
  query: string;
  lookbackMs: number;
  /** Most series of the answer; 0 for all. */
  limit: number;
  /** '' for none, `all` for statistics of every step. */
  stats: string;
}

/** A range of Unix ms, inclusive, and selectors as text. */
export interface SeriesScope {
  matches: readonly string[];
  startMs: number;
  endMs: number;
  /** Most entries of the answer; 0 for all. */
  limit: number;
}

export type QueryRequest =
  | (EvaluationOptions & { kind: 'instant'; timeMs: number })
  | (EvaluationOptions & { kind: 'range'; startMs: number; endMs: number; stepMs: number })
  | { kind: 'exemplars'; query: string; startMs: number; endMs: number }
  | { kind: 'format' | 'parse'; query: string }
  | (SeriesScope & { kind: 'series' | 'labels' })
  | (SeriesScope & { kind: 'values'; name: string })
  | { kind: 'metadata'; metric: string; limit: number; limitPerMetric: number }
  | { kind: 'federate'; matches: readonly string[]; nowMs: number; lookbackMs: number }
  | { kind: 'loki'; ask: LokiRequest }
  | { kind: 'cardinality'; startMs: number; endMs: number; limit: number }
  | { kind: 'traces'; ask: TraceApiRequest };

/** A whole HTTP answer. */
export interface QueryAnswer {
  status: number;
  contentType: string;
  /** Pieces that follow one another. */
  body: Uint8Array[];
  /** The body is compressed. */
  gzipped?: boolean;
}

/** Given to a query thread when it starts. */
export interface QueryThreadData {
  /** URL of the module that opens the store there; it exports `openReader` (see reader.ts). */
  readerModule: string;
  /** Whatever that module needs; structured-cloneable. */
  store: unknown;
  /** One word: RUNNING, CANCELLED or TIMED_OUT; see budget.ts. */
  control: SharedArrayBuffer;
}

export interface ThreadLimits {
  maxSamples: number;
  maxSamplesRead: number;
  maxBytes: number;
}

export interface RunMessage {
  request: QueryRequest;
  /** null when the tenant has no data. */
  snapshot: ReadSnapshot | null;
  limits: ThreadLimits;
  /** How long the query waited for the thread. */
  queuedMs: number;
  /** An answer of so many bytes is compressed; Infinity when the client does not take that. */
  gzipFromBytes: number;
}

export interface AnswerMessage {
  answer: QueryAnswer;
  /** Set when the thread met an error that nobody expected: it must not be used again. The text is for the log. */
  fault: string | undefined;
  /** Strings interned in the thread, and its heap: the pool retires a thread that has grown. */
  symbols: number;
  heapBytes: number;
}
