/** The state of the Services page as its address holds it; what is damaged falls back to its default. */
import type { Search } from '../app/search.ts';
import { defaultRange, type TimeRange } from '../time/range.ts';
import { type RedColumn, redColumns } from './red.ts';

export interface ServicesState {
  readonly range: TimeRange;
  readonly view: 'table' | 'map';
  /** The service that is open, or empty for all of them. */
  readonly service: string;
  readonly column: RedColumn;
  readonly isUp: boolean;
}

/** Reads the state from an address. */
export function stateFromSearch(search: Search): ServicesState {
  const [name = '', direction] = (search.sort ?? '').split('.');
  const column = redColumns.find((one) => one === name);
  return {
    range: { from: search.from ?? defaultRange.from, to: search.to ?? defaultRange.to },
    view: search.view === 'map' ? 'map' : 'table',
    service: search.service ?? '',
    column: column ?? 'rate',
    isUp: column !== undefined && direction === 'up',
  };
}

/** Writes the state as an address. */
export function searchFromState(state: ServicesState): Search {
  const search: Search = {};
  if (state.range.from !== defaultRange.from) search.from = state.range.from;
  if (state.range.to !== defaultRange.to) search.to = state.range.to;
  if (state.view !== 'table') search.view = state.view;
  if (state.service !== '') search.service = state.service;
  if (state.column !== 'rate' || state.isUp)
    search.sort = `${state.column}${state.isUp ? '.up' : ''}`;
  return search;
}
