/**
 * Number and duration literals: where they end, and what they are worth.
 *
 * Facts: forms as Prometheus' lexer accepts them (decimal, exponent, `0x`, underscores between digits, a leading zero means
 * octal), values as Go's `ParseInt(s, 0, 64)` and else `ParseFloat` give them; durations as `model.ParseDuration`
 * (units y w d h m s ms, each at most once, in this order; a year is 365 days).
 */
import { quote } from './go-quote.ts';

interface Scan {
  valid: boolean;
  /** Offset behind what was consumed, also when it is not valid. */
  end: number;
}

/** Scans a number at `start`; the caller knows that a digit, or a dot and a digit, is there. */
export function scanNumber(text: string, start: number): Scan {
  let at = start;
  let digits = /[0-9]/;
  let isHex = false;
  if (text[at] === '0' && /[xX]/.test(text[at + 1] ?? '')) {
    at += 2;
    if (text[at] === '_') at++;
    digits = /[0-9a-fA-F]/;
    isHex = true;
  }
  let sawDot = false;
  let sawExponent = false;
  for (;;) {
    const char = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (char === '.') {
      at++;
      if (sawDot || isHex || next === '_' || next === '.') return { valid: false, end: at };
      sawDot = true;
    } else if (!isHex && (char === 'e' || char === 'E')) {
      at++;
      if (sawExponent) return { valid: false, end: at };
      sawExponent = true;
      if (text[at] === '+' || text[at] === '-') at++;
      const after = text[at] ?? '';
      if (after === '' || /[._eE]/.test(after)) return { valid: false, end: at };
    } else if (char === '_') {
      at++;
      if (next === '' || /[._eE]/.test(next)) return { valid: false, end: at };
    } else if (char !== '' && digits.test(char)) at++;
    else break;
  }
  return { valid: !/[A-Za-z_0-9]/.test(text[at] ?? ''), end: at };
}

/** Scans the rest of a duration whose first digits end at `at`. */
export function scanDuration(text: string, at: number): Scan {
  const unit = /[smhdwy]/;
  let end = at;
  for (;;) {
    if (!unit.test(text[end] ?? '')) return { valid: false, end };
    end++;
    if (text[end] === 's') end++;
    if (!/[0-9]/.test(text[end] ?? '')) break;
    while (/[0-9]/.test(text[end] ?? '')) end++;
  }
  // The character that spoils it belongs to what the error text shows.
  return /[A-Za-z_0-9]/.test(text[end] ?? '')
    ? { valid: false, end: end + 1 }
    : { valid: true, end };
}

/** Value of a number literal, or the fault. */
export function parseNumber(text: string): number | { problem: string } {
  const lower = text.toLowerCase();
  if (lower === 'inf') return Number.POSITIVE_INFINITY;
  if (lower === 'nan') return Number.NaN;
  const plain = lower.replaceAll('_', '');
  if (plain.startsWith('0x')) {
    const value = plain.length > 2 ? Number(plain) : Number.NaN;
    if (Number.isNaN(value) || value >= 2 ** 63) return invalid(text);
    return value;
  }
  if (/^0[0-7]+$/.test(plain)) return Number(`0o${plain.slice(1)}`);
  const value = Number(plain);
  if (Number.isNaN(value)) return invalid(text);
  if (!Number.isFinite(value)) {
    const what = `strconv.ParseFloat: parsing ${quote(text)}: value out of range`;
    return { problem: `error parsing number: ${what}` };
  }
  return value;
}

function invalid(text: string): { problem: string } {
  const what = `strconv.ParseFloat: parsing ${quote(text)}: invalid syntax`;
  return { problem: `error parsing number: ${what}` };
}

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNIT_MS = [31_536_000_000, 604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1];
/** Go's `time.Duration` counts nanoseconds in 63 bits. */
const MAX_DURATION_MS = 9_223_372_036_854;

/** Milliseconds of a duration literal (`1h30m`, `0`), or the fault. */
export function parseDurationText(text: string): number | { problem: string } {
  if (text === '0') return 0;
  if (text === '') return { problem: 'empty duration string' };
  const match = DURATION.exec(text);
  if (match === null) return { problem: `not a valid duration string: ${quote(text)}` };
  let ms = 0;
  for (let i = 0; i < UNIT_MS.length; i++) ms += Number(match[i + 1] ?? 0) * (UNIT_MS[i] ?? 0);
  return ms > MAX_DURATION_MS ? { problem: 'duration out of range' } : ms;
}

/** Whether a number of seconds fits Go's `time.Duration`. */
export function isDurationInRange(seconds: number): boolean {
  return Math.abs(seconds) <= 2 ** 63 / 1e9;
}

/** A duration as Prometheus prints it: `1h30m`; years and weeks only when they divide it. Negative ones with a sign. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  let rest = Math.trunc(ms);
  if (rest === 0) return '0s';
  const units = ['y', 'w', 'd', 'h', 'm', 's', 'ms'];
  let text = '';
  for (let i = 0; i < units.length; i++) {
    const size = UNIT_MS[i] ?? 1;
    if (i < 2 && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${units[i] ?? ''}`;
    rest -= count * size;
  }
  return text;
}
