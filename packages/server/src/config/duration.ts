/**
 * Durations as Prometheus writes them: `1h30m`, `7d`, `500ms`; units y, w, d, h, m, s, ms, each at most once and in this order
 * (prometheus/common model.ParseDuration). A day is 24 hours, a week 7 days, a year 365 days.
 */

const PATTERN = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNIT_MS = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1];
const UNITS = ['y', 'w', 'd', 'h', 'm', 's', 'ms'];

/** Milliseconds, or undefined when the text is no duration. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const found = text === '' ? null : PATTERN.exec(text);
  if (found === null) return undefined;
  let ms = 0;
  for (let i = 0; i < UNIT_MS.length; i++) ms += Number(found[i + 1] ?? 0) * (UNIT_MS[i] ?? 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** The shortest exact form, largest units first; whole milliseconds. */
export function formatDurationMs(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (let i = 0; i < UNIT_MS.length; i++) {
    const unitMs = UNIT_MS[i] ?? 1;
    // Years and weeks only when nothing is left over, as Prometheus prints them: 10d, not 1w3d.
    if (i < 2 && rest % unitMs !== 0) continue;
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${UNITS[i] ?? ''}`;
    rest -= count * unitMs;
  }
  return text;
}
