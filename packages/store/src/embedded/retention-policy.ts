/** How long what is kept. */
import type { Matcher } from '../matcher.ts';
import type { Signal } from './catalog.ts';

/** Spans that are kept for longer than all. Of a trace that matches, all spans are kept, also those of the day before or after. */
export interface SpanClass {
  /** Part of file names: [a-z][a-z0-9_]*. */
  name: string;
  keepMs: number;
  /** Share of all traces, by their ids; 1 where the conditions below decide alone. */
  share: number;
  /** A span with status error. */
  errors: boolean;
  /** A span that took at least so long; 0 for any. */
  minDurationMs: number;
}

/** Log records that are kept for longer than all; every condition must hold. */
export interface LogClass {
  name: string;
  keepMs: number;
  /** As OpenTelemetry numbers severities; 0 for any. */
  minSeverity: number;
  /** On labels of the stream, dots of their names as underscores. */
  streams: readonly Matcher[];
}

export type RecordClass = LogClass | SpanClass;

/** In ms, or Infinity; `classes` says what stays longer than `keepMs`. */
export interface RetentionPolicy {
  metrics: { keepMs: number };
  logs: { keepMs: number; classes: readonly LogClass[] };
  spans: { keepMs: number; classes: readonly SpanClass[] };
}

/** What retention has and has done of one class; `name` is '' for all that is in no class. */
export interface RetentionReport {
  signal: Signal;
  name: string;
  keepMs: number;
  files: number;
  bytes: number;
  /** Since the directory was made. */
  deletedBytes: number;
}
