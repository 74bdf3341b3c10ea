/**
 * Times as loggers write them, to Unix nanoseconds in `nanos`.
 *
 * RFC 3339 (a space instead of the T and a comma instead of the point are accepted), always with a zone: without one the instant is
 * not certain. Numbers since the epoch count seconds, milliseconds, microseconds or nanoseconds, by their size: each unit covers 1973
 * to 5138 in seconds and the same instants in the others.
 */
import { nanos, setNanos } from './nanos.ts';

const MOST_FRACTION_DIGITS = 9;

/** Where the time that `scanRfc3339` read last ends. */
let scannedTo = 0;

/** Reads a time at the start of `bytes[start, end)`, sets `nanos` and returns where it ends; -1 when there is none. */
export function scanRfc3339(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 20) return -1;
  const year = digits(bytes, start, 4);
  const month = digits(bytes, start + 5, 2);
  const day = digits(bytes, start + 8, 2);
  const hour = digits(bytes, start + 11, 2);
  const minute = digits(bytes, start + 14, 2);
  const second = digits(bytes, start + 17, 2);
  const between = bytes[start + 10];
  const shaped =
    bytes[start + 4] === 0x2d &&
    bytes[start + 7] === 0x2d &&
    (between === 0x54 || between === 0x74 || between === 0x20) &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a;
  if (!shaped || year < 1970 || month < 1 || month > 12 || day < 1 || day > 31) return -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1;
  let at = start + 19;
  let fraction = 0;
  if (bytes[at] === 0x2e || bytes[at] === 0x2c) {
    fraction = fractionAt(bytes, at + 1, end);
    if (fraction < 0) return -1;
    at = scannedTo;
  }
  const offset = zoneAt(bytes, at, end);
  if (Number.isNaN(offset)) return -1;
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offset * 60;
  if (seconds < 0) return -1;
  setNanos(seconds, 1e9, fraction);
  return scannedTo;
}

/** Reads the number `bytes[start, end)` as a time since the epoch and sets `nanos`; false when it is none. */
export function parseEpoch(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  let whole = 0;
  for (; at < end && isDigit(bytes[at]); at++) whole = whole * 10 + bytes[at] - 0x30;
  const length = at - start;
  if (length < 9 || length > 19) return false;
  let fraction = 0;
  if (at < end) {
    if (bytes[at] !== 0x2e) return false;
    fraction = fractionAt(bytes, at + 1, end);
    if (fraction < 0 || scannedTo !== end) return false;
  }
  if (length <= 11) setNanos(whole, 1e9, fraction);
  else if (length <= 14) setNanos(whole, 1e6, Math.floor(fraction / 1000));
  else {
    // More digits than a double holds: seconds and the rest are read apart.
    const split = at - (length <= 17 ? 6 : 9);
    const unit = length <= 17 ? 1000 : 1;
    setNanos(digits(bytes, start, split - start), 1e9, digits(bytes, split, at - split) * unit);
  }
  return nanos[1] > 0;
}

/** The fraction's digits as nanoseconds; further digits are read over. -1 when there is none. */
function fractionAt(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let value = 0;
  for (; at < end && isDigit(bytes[at]); at++) {
    if (at - start < MOST_FRACTION_DIGITS) value = value * 10 + bytes[at] - 0x30;
  }
  scannedTo = at;
  if (at === start) return -1;
  return value * 10 ** Math.max(0, MOST_FRACTION_DIGITS - (at - start));
}

/** Minutes east of UTC; NaN when there is no zone. */
function zoneAt(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start];
  if (start >= end) return Number.NaN;
  if (sign === 0x5a || sign === 0x7a) {
    scannedTo = start + 1;
    return 0;
  }
  if (sign !== 0x2b && sign !== 0x2d) return Number.NaN;
  const colon = bytes[start + 3] === 0x3a ? 1 : 0;
  if (start + 5 + colon > end) return Number.NaN;
  const hours = digits(bytes, start + 1, 2);
  const minutes = digits(bytes, start + 3 + colon, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return Number.NaN;
  scannedTo = start + 5 + colon;
  return (sign === 0x2b ? 1 : -1) * (hours * 60 + minutes);
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let i = start; i < start + count; i++) {
    if (!isDigit(bytes[i])) return -1;
    value = value * 10 + bytes[i] - 0x30;
  }
  return value;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
