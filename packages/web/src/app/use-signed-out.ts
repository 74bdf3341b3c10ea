import { useSyncExternalStore } from 'react';
import { isSignedOut, onSignedOut } from '../api/client.ts';

/** True once the server refuses this browser for want of a session. */
export function useSignedOut(): boolean {
  return useSyncExternalStore(onSignedOut, isSignedOut);
}
