import { useEffect, useEffectEvent } from 'react';

/** Radio buttons and checkboxes take no letters; the arrows and the space bar are theirs. */
function isTyping({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches('[type="radio"], [type="checkbox"]'))
    return key.startsWith('Arrow') || key === ' ';
  return target.isContentEditable || target.matches('input, select, textarea');
}

/** Calls `onKey` for keys that are meant for the page: nobody types, no dialog is open, no modifier is held. */
export function usePageKeys(onKey: (event: KeyboardEvent) => void): void {
  const handle = useEffectEvent(onKey);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const modified = event.ctrlKey || event.metaKey || event.altKey;
      if (event.defaultPrevented || modified || isTyping(event)) return;
      if (document.querySelector('dialog[open]') === null) handle(event);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}

/** Ctrl or Cmd with Enter runs from anywhere, `/` goes to the query. */
export function useRunKeys(run: () => void): void {
  const handle = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) run();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => handle(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
  usePageKeys((event) => {
    if (event.key !== '/') return;
    event.preventDefault();
    document.querySelector<HTMLElement>('.cm-content')?.focus();
  });
}
