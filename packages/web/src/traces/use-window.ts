import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { TimeWindow, TraceState } from './trace-state.ts';

/** The wheel turns many times a second; an address may be written far less often. */
const settleMs = 250;

/** The part of the trace that is shown: at once what was chosen, and in the address once it has settled. */
export function useWindow(
  inAddress: TimeWindow | undefined,
  wholeUs: number,
  update: (change: Partial<TraceState>) => void,
) {
  const [chosen, setChosen] = useState<TimeWindow>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const window = useMemo(() => {
    const { fromUs, toUs } = chosen ?? inAddress ?? { fromUs: 0, toUs: wholeUs };
    if (fromUs >= wholeUs) return { fromUs: 0, toUs: wholeUs };
    return { fromUs, toUs: Math.min(toUs, wholeUs) };
  }, [chosen, inAddress, wholeUs]);
  // Dependencies on purpose: an address with another window is that of another state
  useEffect(() => setChosen(undefined), [inAddress?.fromUs, inAddress?.toUs]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const setWindow = useCallback(
    (next: TimeWindow) => {
      setChosen(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        const isWhole = next.fromUs <= 0 && next.toUs >= wholeUs;
        update({ window: isWhole ? undefined : next });
      }, settleMs);
    },
    [update, wholeUs],
  );
  return { window, setWindow };
}
