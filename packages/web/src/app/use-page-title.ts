import { useEffect } from 'react';

/** Names the page in the browser's tabs and history. */
export function usePageTitle(name: string): void {
  useEffect(() => {
    document.title = `${name} · Sightline`;
  }, [name]);
}
