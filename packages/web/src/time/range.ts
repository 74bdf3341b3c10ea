/**
 * A time range is a pair of expressions that survive in a link: relative to now (`now-1h`) or absolute
 * (ISO 8601, `2026-05-04 10:30` in the reader's zone, or unix seconds). It becomes two instants only when a query runs.
 */
import { formatDuration, parseDuration } from './duration.ts';

export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** A range resolved to instants, in milliseconds since 1970. */
export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

export const quickRanges: readonly { readonly label: string; readonly range: TimeRange }[] = [
  ['5 minutes', '5m'],
  ['15 minutes', '15m'],
  ['30 minutes', '30m'],
  ['1 hour', '1h'],
  ['3 hours', '3h'],
  ['6 hours', '6h'],
  ['12 hours', '12h'],
  ['24 hours', '24h'],
  ['2 days', '2d'],
  ['7 days', '7d'],
  ['30 days', '30d'],
  ['90 days', '90d'],
].map(([label, span]) => ({ label: `Last ${label}`, range: { from: `now-${span}`, to: 'now' } }));

export const defaultRange: TimeRange = { from: 'now-1h', to: 'now' };

/** Resolves one end of a range to milliseconds; undefined when the text is no time. */
export function parseTime(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  const relative = /^now\s*(?:([+-])\s*(\S+))?$/.exec(trimmed);
  if (relative) {
    if (relative[1] === undefined) return nowMs;
    const offset = parseDuration(relative[2] ?? '');
    if (offset === undefined) return undefined;
    return relative[1] === '-' ? nowMs - offset : nowMs + offset;
  }
  if (/^\d{9,11}(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000;
  if (
    !/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(trimmed)
  )
    return undefined;
  // A bare date would be read as UTC, while one with a time is local: make both local.
  const ms = Date.parse(trimmed.length === 10 ? `${trimmed}T00:00` : trimmed.replace(' ', 'T'));
  return Number.isNaN(ms) ? undefined : ms;
}

/** Resolves both ends, or says in words what is wrong with the range. */
export function resolveRange(
  range: TimeRange,
  nowMs: number,
): Interval | { readonly problem: string } {
  const fromMs = parseTime(range.from, nowMs);
  const toMs = parseTime(range.to, nowMs);
  if (fromMs === undefined)
    return { problem: `"${range.from}" is not a time. Try now-1h or 2026-05-04 10:30.` };
  if (toMs === undefined)
    return { problem: `"${range.to}" is not a time. Try now or 2026-05-04 10:30.` };
  if (fromMs >= toMs) return { problem: 'The range must begin before it ends.' };
  return { fromMs, toMs };
}

/** True when the range follows the clock, so that refreshing it shows something new. */
export function isRelative(range: TimeRange): boolean {
  return range.to.trim().startsWith('now');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-05-04 10:30:00` in the reader's zone: the form that `parseTime` reads back. */
export function formatLocal(ms: number): string {
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `10:30:00` in the reader's zone. */
export function formatClock(ms: number): string {
  return formatLocal(ms).slice(11);
}

/** An absolute range as ISO times, so that a shared link means the same in every zone. */
export function absoluteRange(fromMs: number, toMs: number): TimeRange {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

function localLabel(text: string): string {
  const ms = parseTime(text, 0);
  return ms === undefined || text.trim().startsWith('now') ? text : formatLocal(ms);
}

/** What the range button says: "Last 1 hour", "Last 45m", or both ends. */
export function describeRange(range: TimeRange): string {
  const quick = quickRanges.find(
    (item) => item.range.from === range.from && item.range.to === range.to,
  );
  if (quick) return quick.label;
  const span = /^now-(\S+)$/.exec(range.from);
  const spanMs = range.to === 'now' && span ? parseDuration(span[1] ?? '') : undefined;
  if (spanMs !== undefined) return `Last ${formatDuration(spanMs)}`;
  return `${localLabel(range.from)} to ${localLabel(range.to)}`;
}

/** The same span moved by half of itself towards the past (-1) or the future (1). */
export function shiftInterval(interval: Interval, direction: 1 | -1): Interval {
  const half = ((interval.toMs - interval.fromMs) / 2) * direction;
  return { fromMs: interval.fromMs + half, toMs: interval.toMs + half };
}

/** Twice the span around the same middle. */
export function widenInterval(interval: Interval): Interval {
  const half = (interval.toMs - interval.fromMs) / 2;
  return { fromMs: interval.fromMs - half, toMs: interval.toMs + half };
}
