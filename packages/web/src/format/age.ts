import { formatSpan } from '../time/duration.ts';

/** How long ago `thenMs` was, in one unit: "now", "12 s ago", "3 h ago". */
export function formatAge(thenMs: number, nowMs: number): string {
  const seconds = Math.floor((nowMs - thenMs) / 1000);
  if (seconds < 2) return 'now';
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}

/** A running time in its two largest units: "3 d 4 h", "12 min 5 s". */
export function formatUptime(seconds: number): string {
  return formatSpan(Math.floor(seconds) * 1000, 2);
}
