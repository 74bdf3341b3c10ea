import { useSyncExternalStore } from 'react';
import { currentTheme, onTheme, type Theme } from './theme.ts';

/** The theme in force; the component renders again when it changes. */
export function useTheme(): Theme {
  return useSyncExternalStore(onTheme, currentTheme);
}
