/** How much of the past the Overview shows. */
import { parseDuration } from '../time/duration.ts';
import { autoStep, gridOf } from '../time/step.ts';
import type { OverviewTime } from './use-overview-time.ts';

export const overviewRanges = ['5m', '15m', '1h', '6h', '24h'] as const;
export type OverviewRange = (typeof overviewRanges)[number];

/** The interval at which self and host data are recorded by default; finer steps would only repeat points. */
const recordingS = 10;
/** Three recordings, so that one that came late leaves no gap. */
const leastWindowS = 30;

/** The range that `text` names, or what fits a process of this age: little of the past where there is little. */
export function overviewRange(text: string | undefined, uptimeS: number): OverviewRange {
  return overviewRanges.find((one) => one === text) ?? (uptimeS < 600 ? '5m' : '15m');
}

/** The shared grid, rate window and clock of the page. */
export function overviewTime(range: OverviewRange, nowMs: number, known: boolean): OverviewTime {
  const interval = { fromMs: nowMs - (parseDuration(range) ?? 0), toMs: nowMs };
  const stepS = autoStep(interval, 540, recordingS);
  return {
    grid: { ...gridOf(interval, stepS, true), stepS },
    windowS: Math.max(leastWindowS, stepS),
    from: `now-${range}`,
    nowMs,
    known,
  };
}
