import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { type LogsState, searchFromState, stateFromSearch } from './state.ts';

export interface LogsControl {
  readonly state: LogsState;
  /** Changes the state and the address; `replace` keeps it out of the browser's history. */
  readonly update: (change: Partial<LogsState>, replace?: boolean) => void;
}

/** The state in the address. */
export function useLogsState(): LogsControl {
  const search = useSearch({ from: '/logs' });
  const navigate = useNavigate({ from: '/logs' });
  const state = useMemo(() => stateFromSearch(search), [search]);
  const update = (change: Partial<LogsState>, replace = false) => {
    navigate({ search: searchFromState({ ...state, ...change }), replace, resetScroll: false });
  };
  return { state, update };
}
