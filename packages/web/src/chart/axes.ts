/** Ticks: a 24-hour clock that shows the date where it changes, and byte axes that fall on powers of two. */

import type { Unit } from '../format/units.ts';
import { formatClock, formatLocal } from '../time/range.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function dayLabel(ms: number): string {
  const date = new Date(ms);
  return `${date.getDate()} ${months[date.getMonth()]}`;
}

/** Labels of the time axis for ticks in unix seconds that lie `stepS` apart. */
export function timeLabels(ticksS: readonly number[], stepS: number): string[] {
  let day = ticksS[0] === undefined ? '' : formatLocal(ticksS[0] * 1000).slice(0, 10);
  return ticksS.map((tick) => {
    const local = formatLocal(tick * 1000);
    if (stepS >= 86_400) return dayLabel(tick * 1000);
    const changed = local.slice(0, 10) !== day;
    day = local.slice(0, 10);
    if (changed) return dayLabel(tick * 1000);
    return stepS < 60 ? formatClock(tick * 1000) : local.slice(11, 16);
  });
}

const byteSteps = Array.from({ length: 61 }, (_, power) => 2 ** power);

/** Distances between ticks that give round labels in `unit`; undefined leaves the choice to the chart. */
export function tickSteps(unit: Unit): number[] | undefined {
  return unit === 'bytes' || unit === 'bytes/s' ? byteSteps : undefined;
}
