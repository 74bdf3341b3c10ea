import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { searchFromState, stateFromSearch, type TraceState } from './trace-state.ts';

/** The state in the address. Opening a span is a step of the browser's history, everything else replaces. */
export function useTraceState() {
  const search = useSearch({ from: '/traces/$traceId' });
  const navigate = useNavigate({ from: '/traces/$traceId' });
  const state = useMemo(() => stateFromSearch(search), [search]);
  const update = useCallback(
    (change: Partial<TraceState>, replace = true) => {
      navigate({
        search: (before) => searchFromState({ ...stateFromSearch(before), ...change }),
        replace,
        resetScroll: false,
      });
    },
    [navigate],
  );
  return { state, update };
}
