import { useEffect, useState, useSyncExternalStore } from 'react';
import { type Direction, fetchLines, nsOfMs } from '../api/loki.ts';
import type { Interval } from '../time/range.ts';
import { LinePager } from './line-pager.ts';

export interface LinesQuestion {
  readonly query: string;
  readonly interval: Interval | undefined;
  readonly direction: Direction;
  readonly enabled: boolean;
  /** Changes when the same question is to be asked again. */
  readonly runMs: number;
}

const noSubscription = () => () => {};

/**
 * The lines of a question, and whether a new question is on its way. Until its first page is there the former lines stay, so that
 * nothing flickers.
 */
export function useLines(question: LinesQuestion): {
  readonly pager: LinePager | undefined;
  readonly asking: boolean;
} {
  const { query, interval, direction, enabled, runMs } = question;
  const [pager, setPager] = useState<LinePager>();
  const [asking, setAsking] = useState(true);
  const fromMs = interval?.fromMs;
  const toMs = interval?.toMs;
  // Dependencies on purpose: another run is another question.
  useEffect(() => {
    if (!enabled || fromMs === undefined || toMs === undefined) {
      setAsking(false);
      return;
    }
    // The end is exclusive: a line of this very millisecond belongs to the list.
    const span = { startNs: nsOfMs(fromMs), endNs: nsOfMs(toMs + 1) };
    const made = new LinePager({ query, direction, ...span }, fetchLines);
    let left = false;
    setAsking(true);
    made.more().then(() => {
      if (left) return;
      setPager(made);
      setAsking(false);
    });
    return () => {
      left = true;
      made.stop();
    };
  }, [query, fromMs, toMs, direction, enabled, runMs]);
  useSyncExternalStore(pager?.subscribe ?? noSubscription, () => pager?.version ?? 0);
  return { pager, asking };
}
