/** Patterns as rows of a table: how often, how they went over time, and the text in its fixed and variable parts. */
import type { LogPattern } from '../api/loki.ts';
import type { Interval } from '../time/range.ts';

export interface PatternRow {
  readonly pattern: string;
  readonly lines: number;
  /** Of all lines that a pattern was found for, 0 to 1. */
  readonly share: number;
  /** Lines in equal parts of the time. */
  readonly points: readonly number[];
}

/** Points of a sparkline. */
const sparkPoints = 40;

/** The rows, the most frequent first. One pattern that comes in several series is one row. */
export function patternRows(patterns: readonly LogPattern[], interval: Interval): PatternRow[] {
  const { fromMs, toMs } = interval;
  const rows = new Map<string, { lines: number; points: number[] }>();
  let all = 0;
  for (const { pattern, samples } of patterns) {
    const row = rows.get(pattern) ?? {
      lines: 0,
      points: new Array<number>(sparkPoints).fill(0),
    };
    rows.set(pattern, row);
    for (const [timeS, count] of samples) {
      row.lines += count;
      all += count;
      const at = Math.floor(((timeS * 1000 - fromMs) / (toMs - fromMs)) * sparkPoints);
      // A sample that began before the time would make the first point too high.
      if (at >= 0 && at < sparkPoints) row.points[at] = (row.points[at] ?? 0) + count;
    }
  }
  return [...rows]
    .map(([pattern, { lines, points }]) => ({
      pattern,
      lines,
      share: all > 0 ? lines / all : 0,
      points,
    }))
    .sort((a, b) => b.lines - a.lines || a.pattern.localeCompare(b.pattern, 'en'));
}

/** The text between placeholders (`<_>`, `<name>`), and the placeholders. */
export function patternParts(
  pattern: string,
): { readonly text: string; readonly variable: boolean }[] {
  return pattern
    .split(/(<[A-Za-z_]\w*>)/)
    .filter((text) => text !== '')
    .map((text) => ({ text, variable: /^<[A-Za-z_]\w*>$/.test(text) }));
}
