/** The state of the Search page as its address holds it. What equals its default is left out; what is damaged falls back to it. */
import type { Signal } from '../api/search.ts';
import type { Search } from '../app/search.ts';
import { defaultRange, type TimeRange } from '../time/range.ts';

export type ResultType = 'all' | Signal;

export const resultTypes: readonly ResultType[] = ['all', 'logs', 'traces', 'metrics'];
/** Most results of each side. */
export const limits: readonly number[] = [100, 1000, 5000];
const [defaultLimit = 100] = limits;

export interface SearchState {
  /** As search-text.ts writes it. */
  readonly query: string;
  readonly type: ResultType;
  readonly range: TimeRange;
  readonly limit: number;
}

/** Reads the state from an address. */
export function stateFromSearch(search: Search): SearchState {
  const limit = Number(search.limit);
  return {
    query: search.q?.trim() ?? '',
    type: resultTypes.find((type) => type === search.type) ?? 'all',
    range: { from: search.from ?? defaultRange.from, to: search.to ?? defaultRange.to },
    limit: limits.includes(limit) ? limit : defaultLimit,
  };
}

/** Writes the state as an address. */
export function searchFromState(state: SearchState): Search {
  const search: Search = {};
  if (state.query !== '') search.q = state.query;
  if (state.type !== 'all') search.type = state.type;
  if (state.range.from !== defaultRange.from) search.from = state.range.from;
  if (state.range.to !== defaultRange.to) search.to = state.range.to;
  if (state.limit !== defaultLimit) search.limit = String(state.limit);
  return search;
}
