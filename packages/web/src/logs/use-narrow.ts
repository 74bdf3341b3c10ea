import { useSyncExternalStore } from 'react';

const query = matchMedia('(max-width: 40rem)');

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener);
  return () => query.removeEventListener('change', listener);
}

/** True where a row has no room for columns. */
export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}
