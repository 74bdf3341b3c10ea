import type { LogLine } from '../api/loki.ts';
import type { FieldFilter } from './query-edit.ts';
import type { LogQuery } from './query-text.ts';

/** What the parts of the page can do with a line or one of its fields. */
export interface LineActions {
  /** The query that filters change; undefined when it cannot be taken apart. */
  readonly query: LogQuery | undefined;
  /** Finds the words of the query in a line. */
  readonly pattern: RegExp | undefined;
  readonly columns: readonly string[];
  readonly onFilter: (filter: FieldFilter) => void;
  readonly onColumn: (name: string) => void;
  readonly onAround: (line: LogLine) => void;
  readonly linkOf: (line: LogLine) => string;
}
