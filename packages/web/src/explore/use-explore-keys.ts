import { useEffect, useEffectEvent } from 'react';

/** Keys of this page: Ctrl or Cmd with Enter runs from anywhere, `/` goes to the first editor, Esc shows all series again. */
export function useExploreKeys(run: () => void, showAll: () => void, isolated: boolean): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const target = event.target;
    const typing =
      target instanceof HTMLElement &&
      (target.isContentEditable || target.matches('input, select, textarea'));
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !event.defaultPrevented) run();
    else if (event.key === '/' && !typing) {
      event.preventDefault();
      document.querySelector<HTMLElement>('.cm-content')?.focus();
    } else if (event.key === 'Escape' && isolated && !typing && !event.defaultPrevented) showAll();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
