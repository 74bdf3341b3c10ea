import { useSyncExternalStore } from 'react';
import { isUnauthorized, onUnauthorized } from '../api/client.ts';

/** True while the server refuses this tab for want of a valid token. */
export function useUnauthorized(): boolean {
  return useSyncExternalStore(onUnauthorized, isUnauthorized);
}
