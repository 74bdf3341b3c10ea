import { useNavigate } from '@tanstack/react-router';
import { useEffect, useEffectEvent } from 'react';
import { chooseTheme, currentTheme } from './theme.ts';

/** Milliseconds in which the second key of `g o` must follow the first. */
const sequenceMs = 1200;

/** Where the second key of a sequence leads. */
const pages = new Map<string, '/' | '/search' | '/explore' | '/logs' | '/traces' | '/services'>([
  ['o', '/'],
  ['a', '/search'],
  ['e', '/explore'],
  ['l', '/logs'],
  ['t', '/traces'],
  ['s', '/services'],
]);

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

/** The shortcuts that work on every page; single letters are ignored while the reader types. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const onKey = useEffectEvent((event: KeyboardEvent, afterG: boolean) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]')) return;
    const to = afterG ? pages.get(event.key) : undefined;
    if (to !== undefined) navigate({ to });
    else if (event.key === '?') onHelp();
    else if (event.key === 't') chooseTheme(currentTheme() === 'dark' ? 'light' : 'dark');
  });
  useEffect(() => {
    let pressedG = Number.NEGATIVE_INFINITY;
    const listen = (event: KeyboardEvent) => {
      const afterG = event.timeStamp - pressedG < sequenceMs;
      pressedG =
        event.key === 'g' && !isTyping(event.target) ? event.timeStamp : Number.NEGATIVE_INFINITY;
      onKey(event, afterG);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}
