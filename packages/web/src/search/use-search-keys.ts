import { useEffect, useEffectEvent } from 'react';

/** Goes to a result; before the first one lies the search box. */
export function focusResult(index: number): void {
  const row = document.querySelector<HTMLElement>(`[data-result="${index}"]`);
  row?.focus();
}

function focusBox(): void {
  document.querySelector<HTMLElement>('[data-search]')?.focus();
}

function currentResult(): number {
  const row = document.activeElement?.closest('[data-result]')?.getAttribute('data-result');
  return Number(row ?? -1);
}

/**
 * Keys of this page: `/` goes to the search box, j and k (or the arrows) walk through the results, from the box into them and back, Enter
 * opens one as it does any link. Esc leaves the box.
 */
export function useSearchKeys(): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const { target, key } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!(target instanceof HTMLElement) || document.querySelector('dialog[open]')) return;
    const inBox = target.matches('[data-search]');
    if (
      !inBox &&
      (target.isContentEditable || target.matches('input, select, textarea, [role=tab]'))
    )
      return;
    if (!act(key, inBox, target)) return;
    event.preventDefault();
  });
  const act = (key: string, inBox: boolean, target: HTMLElement): boolean => {
    const at = currentResult();
    if (key === 'ArrowDown' || (key === 'j' && !inBox)) focusResult(at + 1);
    else if (inBox) {
      if (key !== 'Escape') return false;
      target.blur();
    } else if (key === 'ArrowUp' || key === 'k') {
      if (at < 0) return false;
      if (at === 0) focusBox();
      else focusResult(at - 1);
    } else if (key === '/') focusBox();
    else return false;
    return true;
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
