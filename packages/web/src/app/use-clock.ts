import { useEffect, useState } from 'react';

/**
 * The time in milliseconds, moved on every `intervalMs` while the page is visible and at once when it becomes
 * visible again. 0 or less stands still. Everything that polls hangs on this, so a hidden tab asks nothing.
 */
export function useClock(intervalMs: number): [nowMs: number, tick: () => void] {
  const [nowMs, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (intervalMs <= 0) return;
    const tick = () => {
      if (document.visibilityState === 'visible') setNow(Date.now());
    };
    const timer = setInterval(tick, intervalMs);
    document.addEventListener('visibilitychange', tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, [intervalMs]);
  return [nowMs, () => setNow(Date.now())];
}
