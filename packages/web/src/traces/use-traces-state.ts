import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { stringifySearch } from '../app/search.ts';
import { searchFromState, stateFromSearch, type TracesState } from './traces-state.ts';

export interface TracesControl {
  readonly state: TracesState;
  /** Changes the state and the address; `replace` keeps it out of the browser's history. */
  readonly update: (change: Partial<TracesState>, replace?: boolean) => void;
  /** The query as it stands in the editor, asked or not. */
  readonly draft: string;
  readonly setDraft: (text: string) => void;
}

/** The state in the address, and the query that has not been asked yet. */
export function useTracesState(): TracesControl {
  const search = useSearch({ from: '/traces' });
  const navigate = useNavigate({ from: '/traces' });
  const state = useMemo(() => stateFromSearch(search), [search]);
  // A draft belongs to the address it was typed under.
  const address = stringifySearch(search);
  const [held, setHeld] = useState({ address, text: state.query });
  const draft = held.address === address ? held.text : state.query;
  return {
    state,
    update: (change, replace = false) => {
      // What stands in the editor is taken over by every change: it would be lost with the address it belongs to.
      navigate({ search: searchFromState({ ...state, query: draft, ...change }), replace });
    },
    draft,
    setDraft: (text) => setHeld({ address, text }),
  };
}
