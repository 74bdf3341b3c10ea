import { createContext, useContext } from 'react';
import type { Grid } from '../chart/align.ts';

/** The one grid of instants that all charts of the page share, so that their sight line means one moment. */
export interface OverviewTime {
  readonly grid: Grid;
  /** Window of rates in seconds: at least a step, and never so short that a slow recording leaves gaps. */
  readonly windowS: number;
  /** The range as Explore's links have it: `now-15m`. */
  readonly from: string;
  /** Now, in milliseconds; moves with every refresh. */
  readonly nowMs: number;
  /** False until the page knows which range to ask for. */
  readonly known: boolean;
}

export const OverviewTimeContext = createContext<OverviewTime>({
  grid: { startS: 0, endS: 0, stepS: 1 },
  windowS: 60,
  from: 'now-1h',
  nowMs: 0,
  known: false,
});

/** The page's grid, rate window and clock. */
export function useOverviewTime(): OverviewTime {
  return useContext(OverviewTimeContext);
}
