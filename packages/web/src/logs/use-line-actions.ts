import { useMemo, useRef } from 'react';
import { type LogLine, msOfNs } from '../api/loki.ts';
import { stringifySearch } from '../app/search.ts';
import { absoluteRange } from '../time/range.ts';
import { highlighter } from './highlight.ts';
import type { LineActions } from './line-actions.ts';
import { lineKey } from './line-text.ts';
import { withFilter } from './query-edit.ts';
import { type LogQuery, printSelector } from './query-text.ts';
import { type LogsState, searchFromState } from './state.ts';

/** A link to a line shows this much of the time before and after it. */
const linkReachMs = 15 * 60_000;
/** The line stands near the head of the list. */
const linkLeadMs = 1000;

/** A link that opens the page at this line, whenever it is followed. */
export function linkOfLine(state: LogsState, line: LogLine): string {
  const ms = Math.floor(msOfNs(line.ns));
  const range =
    state.order === 'newest'
      ? absoluteRange(ms - linkReachMs, ms + linkLeadMs)
      : absoluteRange(ms - linkLeadMs, ms + linkReachMs);
  const search = searchFromState({ ...state, range, live: false, line: lineKey(line), around: '' });
  return `/logs${stringifySearch(search)}`;
}

/** The selector of a line's stream. */
function selectorOf({ stream }: LogLine): string {
  const matchers = Object.entries(stream).map(([name, value]) => ({
    name,
    op: '=' as const,
    value,
  }));
  return printSelector(matchers);
}

/** What can be done with lines and fields; the same object until something that shows has changed. */
export function useLineActions(
  state: LogsState,
  query: LogQuery | undefined,
  setQuery: (query: LogQuery) => void,
  update: (change: Partial<LogsState>, replace?: boolean) => void,
): LineActions {
  const latest = useRef({ state, query, setQuery, update });
  latest.current = { state, query, setQuery, update };
  const { columns, mode, order, wrap } = state;
  // Dependencies on purpose: the whole state changes with every row that is opened; what a link says depends on these.
  return useMemo((): LineActions => {
    return {
      query,
      pattern: highlighter(query),
      columns,
      onFilter: (filter) => {
        const now = latest.current;
        if (now.query !== undefined) now.setQuery(withFilter(now.query, filter));
      },
      onColumn: (name) => {
        const rest = columns.filter((one) => one !== name);
        const changed = rest.length < columns.length ? rest : [...columns, name];
        latest.current.update({ columns: changed }, true);
      },
      onAround: (line) => latest.current.update({ around: `${line.ns} ${selectorOf(line)}` }),
      linkOf: (line) => window.location.origin + linkOfLine(latest.current.state, line),
    };
  }, [query, columns, mode, order, wrap]);
}
