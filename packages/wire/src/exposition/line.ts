/** Pieces of a sample line, scanned in place: the end of the labels, the timestamp. */
import { lastNumber, scanNumber } from './number.ts';

const LF = 0x0a;

/** Milliseconds stay exact in a double up to 15 digits (year 33658). */
const MAX_TIME_DIGITS = 15;

let time = Number.NaN;

/** The timestamp read last in Unix ms; NaN when there was none. */
export function lastTime(): number {
  return time;
}

/** Position of the brace that closes the labels, `start` being behind the opening one; -1 when the line ends first. */
export function closingBrace(bytes: Uint8Array, start: number, end: number): number {
  let quoted = false;
  for (let at = start; at < end; at++) {
    const c = bytes[at] ?? 0;
    if (c === 0x22) quoted = !quoted;
    else if (c === 0x5c && quoted) at++;
    else if (c === 0x7d && !quoted) return at;
    else if (c === LF) return -1;
  }
  return -1;
}

export function isBlank(c: number | undefined): boolean {
  return c === 0x20 || c === 0x09 || c === 0x0d;
}

/**
 * Text format: reads blanks, an optional timestamp in ms (see `lastTime`) and blanks. Returns where the rest of the line
 * begins, or -1.
 */
export function scanTimeMs(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  time = Number.NaN;
  while (at < end && isBlank(bytes[at])) at++;
  if (at === start) return -1;
  if (at >= end || bytes[at] === LF) return at;
  const negative = bytes[at] === 0x2d;
  if (negative) at++;
  const first = at;
  let value = 0;
  while (at < end) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    at++;
  }
  if (at === first || at - first > MAX_TIME_DIGITS) return -1;
  time = negative ? -value : value;
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

/** OpenMetrics: reads one space and a timestamp in seconds, unless an exemplar follows. Returns as above. */
export function scanTimeSeconds(bytes: Uint8Array, start: number, end: number): number {
  time = Number.NaN;
  if (bytes[start] !== 0x20) return -1;
  if (bytes[start + 1] === 0x23) return start;
  const at = scanNumber(bytes, start + 1, end);
  if (at < 0) return -1;
  time = Math.trunc(lastNumber() * 1000);
  return Number.isSafeInteger(time) ? at : -1;
}

/** Number of the line in which `position` lies, counted from 1. */
export function lineNumber(bytes: Uint8Array, position: number): number {
  let line = 1;
  for (let i = 0; i < position; i++) if (bytes[i] === LF) line++;
  return line;
}
