/** What Loki's API asks of a query thread. Plain data: it travels between threads. Times are Unix nanoseconds as two words. */
import type { Direction, TimeNs } from '@sightline/query';

/** Inclusive start, exclusive end. */
export interface LokiRange {
  start: TimeNs;
  end: TimeNs;
}

/** How entries of streams are shown, and how many series a metric query may have. */
interface Shown {
  query: string;
  /** Most entries of a log query. */
  limit: number;
  direction: Direction;
  /** Structured metadata and parsed labels beside each entry, not among the labels of its stream. */
  categorize: boolean;
  /** The most that `limit` may be for a log query. */
  maxEntries: number;
  /** Most series of one range aggregation. */
  maxSeries: number;
}

/** A selector alone, or any query: its streams count then. '' selects everything. */
interface Selected extends LokiRange {
  query: string;
}

export type LokiRequest =
  | (Shown & { kind: 'instant'; timeMs: number })
  | (Shown &
      LokiRange & {
        kind: 'range';
        /** Of metric queries, whose range is [startMs, endMs]. */
        startMs: number;
        endMs: number;
        stepMs: number;
        /** Entries of a log query are at least so far apart; 0 for all. */
        intervalNs: number;
      })
  | { kind: 'format'; query: string }
  | (Selected & { kind: 'labels' })
  | (Selected & { kind: 'values'; name: string })
  | (LokiRange & { kind: 'series'; matches: readonly string[] })
  | (Selected & { kind: 'stats' })
  | (Selected & {
      kind: 'volume';
      /** 0: one value for the whole range, else a value for each step. */
      stepMs: number;
      limit: number;
      /** Empty: the labels that the selector names, or all. */
      targetLabels: readonly string[];
      aggregateBy: 'series' | 'labels';
    })
  | (Selected & { kind: 'detected_labels' })
  | (Selected & {
      kind: 'detected_fields';
      /** '' for the fields, a name for the values of one. */
      field: string;
      /** Lines that are looked at. */
      lineLimit: number;
      limit: number;
    });
