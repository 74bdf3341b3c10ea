import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { type ExploreState, searchFromState, stateFromSearch } from './state.ts';

export interface ExploreControl {
  readonly state: ExploreState;
  /** Changes the state and the address; `replace` keeps it out of the browser's history. */
  readonly update: (change: Partial<ExploreState>, replace?: boolean) => void;
  /** What stands in the editor of a query, run or not. */
  readonly draftOf: (id: string) => string;
  readonly setDraft: (id: string, text: string) => void;
  /** Takes over every draft. */
  readonly commit: () => void;
}

/** The state in the address, and the drafts that have not been run yet. */
export function useExploreState(): ExploreControl {
  const search = useSearch({ from: '/explore' });
  const navigate = useNavigate({ from: '/explore' });
  const state = useMemo(() => stateFromSearch(search), [search]);
  const [drafts, setDrafts] = useState<Readonly<Record<string, string>>>({});
  const committed = state.queries.map((query) => ({
    ...query,
    expression: drafts[query.id] ?? query.expression,
  }));
  const update = (change: Partial<ExploreState>, replace = false) => {
    navigate({ search: searchFromState({ ...state, queries: committed, ...change }), replace });
    setDrafts({});
  };
  return {
    state,
    update,
    draftOf: (id) => drafts[id] ?? state.queries.find((query) => query.id === id)?.expression ?? '',
    setDraft: (id, text) => setDrafts((before) => ({ ...before, [id]: text })),
    commit: () => {
      const changed = committed.some(
        (query, index) => query.expression !== state.queries[index]?.expression,
      );
      if (changed) update({ queries: committed, only: '' });
    },
  };
}
