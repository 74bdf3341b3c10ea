/**
 * Where log lines come from: what the engine asks of a store, in the thread of the query.
 *
 * Model: a cursor steps through the entries of all matching streams in time order and shows one at a time in its own fields, so that an
 * entry costs no object. A line is text: what can be decided on bytes (tokens, literals) a source decides by the hints before it
 * decodes; everything else of the pipeline works on text. `line` and `metadata` may be computed when they are first read.
 *
 * Invariants: times never decrease (forward) or never increase (backward); nothing outside of [start, end) and nothing whose stream
 * does not match is shown. Hints only allow to leave out: a source may ignore them. `stream` is the same object for all
 * entries of one stream, and no two streams of a cursor have equal labels.
 */
import type { Labels, Matcher, QueryBudget } from '@sightline/store';
import type { TimeNs } from '@sightline/wire';

export type Direction = 'forward' | 'backward';

export interface LogSelect {
  matchers: readonly Matcher[];
  /** Inclusive. */
  start: TimeNs;
  /** Exclusive. */
  end: TimeNs;
  direction: Direction;
  /** All must hold for the line as it is stored. */
  hints: readonly LineHint[];
  /** All must hold for stream labels and structured metadata; a name that neither has is ''. */
  labelHints: readonly Matcher[];
  /** Names of structured metadata that are looked at, others may be left out; null: all. */
  wanted: ReadonlySet<string> | null;
  /** Counts lines and bytes read, and stops the query. */
  budget: QueryBudget;
}

/** The line contains at least one of `anyOf` (exact text, case counts), or none of them when `negated`. */
export interface LineHint {
  anyOf: readonly string[];
  negated: boolean;
}

export interface LogCursor {
  /** Goes to the next entry; false at the end. */
  next(): boolean;
  /** Labels of the stream, with names as LogQL writes them. */
  readonly stream: Labels;
  readonly tHi: number;
  readonly tLo: number;
  readonly line: string;
  /** Structured metadata, names and values in turn; names as LogQL writes them. Only valid until `next`. */
  readonly metadata: readonly string[];
  close(): void;
}

/** How many entries have these values of the labels that were asked for. */
export interface LogGroup {
  /** '' for an absent label. */
  values: readonly string[];
  /** By interval. */
  entries: Uint32Array;
}

export interface LogSource {
  select(request: LogSelect): LogCursor;
  /**
   * Counts entries for which all hints hold by the values of labels. Interval i begins i * intervalMs after `start`. Null when the
   * source would have to read the entries for that.
   */
  count?(request: LogSelect, names: readonly string[], intervalMs: number): LogGroup[] | null;
}
