/**
 * The whole state of Explore lives in the address, so that a link shows another reader the same thing.
 * Expressions stand under their letters (`?a=up&b=rate(x[5m])`), the rest under names of more than one letter.
 * What equals its default is left out. Unknown or damaged parts fall back to defaults: a link never fails to open.
 */
import type { Search } from '../app/search.ts';
import { parseDuration } from '../time/duration.ts';
import { defaultRange, type TimeRange } from '../time/range.ts';

export interface QueryRow {
  /** A single lower-case letter. */
  readonly id: string;
  readonly expression: string;
  readonly hidden: boolean;
}

export type ExploreView = 'graph' | 'table';

export interface ExploreState {
  readonly queries: readonly QueryRow[];
  readonly range: TimeRange;
  /** A duration, or empty for automatic. */
  readonly step: string;
  /** A duration between refreshes, or empty for none. */
  readonly refresh: string;
  readonly view: ExploreView;
  /** Key of the one series shown, or empty for all. */
  readonly only: string;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** At most this many queries, one a letter. */
export const maxQueries = letters.length;

/** Reads the state from an address. */
export function stateFromSearch(search: Search): ExploreState {
  const hidden = new Set((search.hide ?? '').split(','));
  const queries = [...letters]
    .filter((id) => search[id] !== undefined)
    .map((id) => ({ id, expression: search[id] ?? '', hidden: hidden.has(id) }));
  return {
    queries: queries.length > 0 ? queries : [{ id: 'a', expression: '', hidden: false }],
    range: { from: search.from ?? defaultRange.from, to: search.to ?? defaultRange.to },
    step: validDuration(search.step),
    refresh: validDuration(search.refresh),
    view: search.view === 'table' ? 'table' : 'graph',
    only: search.only ?? '',
  };
}

function validDuration(text: string | undefined): string {
  const ms = parseDuration(text ?? '');
  return text !== undefined && ms !== undefined && ms > 0 ? text : '';
}

/** Writes the state as an address. */
export function searchFromState(state: ExploreState): Search {
  const search: Search = {};
  const single =
    state.queries.length === 1 &&
    state.queries[0]?.id === 'a' &&
    state.queries[0].expression === '';
  if (!single) for (const query of state.queries) search[query.id] = query.expression;
  const hidden = state.queries.filter((query) => query.hidden).map((query) => query.id);
  if (hidden.length > 0) search.hide = hidden.join(',');
  if (state.range.from !== defaultRange.from) search.from = state.range.from;
  if (state.range.to !== defaultRange.to) search.to = state.range.to;
  if (state.step !== '') search.step = state.step;
  if (state.refresh !== '') search.refresh = state.refresh;
  if (state.view !== 'graph') search.view = state.view;
  if (state.only !== '') search.only = state.only;
  return search;
}

/** The first letter that no query has; undefined when all are taken. */
export function freeLetter(queries: readonly QueryRow[]): string | undefined {
  return [...letters].find((letter) => queries.every((query) => query.id !== letter));
}

/** The queries with one more, in the order of their letters, as an address keeps them. */
export function withQuery(queries: readonly QueryRow[], expression: string): readonly QueryRow[] {
  const id = freeLetter(queries);
  if (id === undefined) return queries;
  return [...queries, { id, expression, hidden: false }].sort((a, b) => a.id.localeCompare(b.id));
}
