import { useEffect, useEffectEvent } from 'react';

export interface LogsKeys {
  readonly run: () => void;
  /** Moves the row that the keyboard is at. */
  readonly move: (by: number) => void;
  readonly toggle: () => void;
  readonly live: () => void;
  /** True when there was something to close. */
  readonly close: () => boolean;
}

/**
 * Keys of this page: j and k (or the arrows) walk through the rows, Enter opens one, Esc closes it, `/` goes to the query, `f` begins and
 * ends the live tail, Ctrl or Cmd with Enter runs from anywhere.
 */
export function useLogsKeys(keys: LogsKeys): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const { target } = event;
    const element = target instanceof HTMLElement ? target : undefined;
    const typing =
      element !== undefined &&
      (element.isContentEditable || element.matches('input, select, textarea'));
    if (event.defaultPrevented || document.querySelector('dialog[open]') !== null) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      keys.run();
      return;
    }
    if (event.key === 'Escape' && element?.matches('[data-search]')) {
      element.blur();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    // A button that has the focus takes Enter itself.
    const onButton = element?.matches('button, a, summary, [role=tab]') === true;
    const handled = act(event.key, onButton);
    if (handled) event.preventDefault();
  });
  const act = (key: string, onButton: boolean): boolean => {
    if (key === 'j' || key === 'ArrowDown') keys.move(1);
    else if (key === 'k' || key === 'ArrowUp') keys.move(-1);
    else if (key === 'Enter' && !onButton) keys.toggle();
    else if (key === 'f') keys.live();
    else if (key === 'Escape') return keys.close();
    else if (key === '/') {
      document.querySelector<HTMLElement>('[data-search], .cm-content')?.focus();
    } else return false;
    return true;
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
