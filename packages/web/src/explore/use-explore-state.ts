import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { stringifySearch } from '../app/search.ts';
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

interface Held {
  readonly address: string;
  readonly drafts: Readonly<Record<string, string>>;
}

const none: Readonly<Record<string, string>> = {};

/** The state in the address, and the drafts that have not been run yet. */
export function useExploreState(): ExploreControl {
  const search = useSearch({ from: '/explore' });
  const navigate = useNavigate({ from: '/explore' });
  const state = useMemo(() => stateFromSearch(search), [search]);
  // Drafts belong to the address they were typed under: every change of it has taken them over, or leads back past them.
  const address = stringifySearch(search);
  const [held, setHeld] = useState<Held>({ address, drafts: {} });
  const drafts = held.address === address ? held.drafts : none;
  const committed = state.queries.map((query) => ({
    ...query,
    expression: drafts[query.id] ?? query.expression,
  }));
  const update = (change: Partial<ExploreState>, replace = false) => {
    navigate({ search: searchFromState({ ...state, queries: committed, ...change }), replace });
  };
  return {
    state,
    update,
    draftOf: (id) => drafts[id] ?? state.queries.find((query) => query.id === id)?.expression ?? '',
    setDraft: (id, text) =>
      setHeld((before) => ({
        address,
        drafts: { ...(before.address === address ? before.drafts : none), [id]: text },
      })),
    commit: () => {
      const changed = committed.some(
        (query, index) => query.expression !== state.queries[index]?.expression,
      );
      if (changed) update({ queries: committed, only: '' });
    },
  };
}
