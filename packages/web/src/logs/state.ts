/**
 * The whole state of the Logs page lives in the address, so that a link shows another reader the same thing. What equals its
 * default is left out. Unknown or damaged parts fall back to defaults: a link never fails to open.
 */
import type { Search } from '../app/search.ts';
import { defaultRange, type TimeRange } from '../time/range.ts';

export interface LogsState {
  /** LogQL; never empty. */
  readonly query: string;
  /** How the query is edited. */
  readonly mode: 'search' | 'logql';
  readonly range: TimeRange;
  readonly order: 'newest' | 'oldest';
  readonly view: 'lines' | 'patterns';
  readonly live: boolean;
  /** Fields that have a column of their own. */
  readonly columns: readonly string[];
  readonly wrap: boolean;
  /** Whether the fields stand beside the lines; undefined leaves it to the width of the window. */
  readonly fields: boolean | undefined;
  /** Key of the one series of a metric query that is shown, or empty for all. */
  readonly only: string;
  /** Key of the line that is open, or empty. */
  readonly line: string;
  /** `NANOSECONDS SELECTOR` of the line whose surroundings are shown, or empty. */
  readonly around: string;
}

/** Every line there is. */
export const everything = '{service_name=~".+"}';
const defaultColumns = ['service_name'];
const maxColumns = 12;

/** Reads the state from an address. */
export function stateFromSearch(search: Search): LogsState {
  const query = search.q?.trim() ?? '';
  return {
    query: query === '' ? everything : query,
    mode: search.mode === 'logql' ? 'logql' : 'search',
    range: { from: search.from ?? defaultRange.from, to: search.to ?? defaultRange.to },
    order: search.order === 'oldest' ? 'oldest' : 'newest',
    view: search.view === 'patterns' ? 'patterns' : 'lines',
    live: search.live === '1',
    columns: search.cols === undefined ? defaultColumns : columnsOf(search.cols),
    wrap: search.wrap === '1',
    fields: search.fields === '1' ? true : search.fields === '0' ? false : undefined,
    only: search.only ?? '',
    line: search.line ?? '',
    around: /^\d{1,20} \{/.test(search.around ?? '') ? (search.around ?? '') : '',
  };
}

function columnsOf(text: string): readonly string[] {
  const names = text.split(',').filter((name) => name !== '');
  return [...new Set(names)].slice(0, maxColumns);
}

/** Writes the state as an address. */
export function searchFromState(state: LogsState): Search {
  const search: Search = {};
  if (state.query !== everything) search.q = state.query;
  if (state.mode !== 'search') search.mode = state.mode;
  if (state.range.from !== defaultRange.from) search.from = state.range.from;
  if (state.range.to !== defaultRange.to) search.to = state.range.to;
  if (state.order !== 'newest') search.order = state.order;
  if (state.view !== 'lines') search.view = state.view;
  if (state.live) search.live = '1';
  if (state.columns.join() !== defaultColumns.join()) search.cols = state.columns.join();
  if (state.wrap) search.wrap = '1';
  if (state.fields !== undefined) search.fields = state.fields ? '1' : '0';
  if (state.only !== '') search.only = state.only;
  if (state.line !== '') search.line = state.line;
  if (state.around !== '') search.around = state.around;
  return search;
}
