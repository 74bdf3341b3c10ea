/** The state of the Traces page as its address holds it. What equals its default is left out; what is damaged falls back to it. */
import type { Search } from '../app/search.ts';
import { defaultRange, type TimeRange } from '../time/range.ts';
import { type TraceOrder, traceOrders } from './found-traces.ts';

export interface TracesState {
  /** TraceQL; empty asks for every trace. */
  readonly query: string;
  readonly range: TimeRange;
  readonly limit: number;
  readonly order: TraceOrder;
  /** Ids of the traces chosen for comparison: none, one, or two. */
  readonly picked: readonly string[];
}

export const limits = [50, 100, 500, 1000];
const defaultLimit = 100;
const id = /^[0-9a-f]{1,32}$/;

/** Reads the state from an address. */
export function stateFromSearch(search: Search): TracesState {
  const limit = Number(search.limit);
  return {
    query: search.q ?? '',
    range: { from: search.from ?? defaultRange.from, to: search.to ?? defaultRange.to },
    limit: limits.includes(limit) ? limit : defaultLimit,
    order: traceOrders.find((order) => order === search.order) ?? 'newest',
    picked: [...new Set((search.pick ?? '').split(','))].filter((one) => id.test(one)).slice(0, 2),
  };
}

/** Writes the state as an address. */
export function searchFromState(state: TracesState): Search {
  const search: Search = {};
  if (state.query !== '') search.q = state.query;
  if (state.range.from !== defaultRange.from) search.from = state.range.from;
  if (state.range.to !== defaultRange.to) search.to = state.range.to;
  if (state.limit !== defaultLimit) search.limit = String(state.limit);
  if (state.order !== 'newest') search.order = state.order;
  if (state.picked.length > 0) search.pick = state.picked.join(',');
  return search;
}

/** The choice with `id` taken in or out; of two the older one makes room. */
export function togglePicked(picked: readonly string[], traceId: string): readonly string[] {
  return picked.includes(traceId)
    ? picked.filter((one) => one !== traceId)
    : [...picked, traceId].slice(-2);
}
