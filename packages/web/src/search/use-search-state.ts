import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type SearchState, searchFromState, stateFromSearch } from './state.ts';

export interface SearchControl {
  readonly state: SearchState;
  /** Changes the state and the address; `replace` keeps it out of the browser's history. */
  readonly update: (change: Partial<SearchState>, replace?: boolean) => void;
}

/** The state in the address. */
export function useSearchState(): SearchControl {
  const search = useSearch({ from: '/search' });
  const navigate = useNavigate({ from: '/search' });
  const state = useMemo(() => stateFromSearch(search), [search]);
  const update = (change: Partial<SearchState>, replace = false) => {
    navigate({ search: searchFromState({ ...state, ...change }), replace, resetScroll: false });
  };
  return { state, update };
}
