/**
 * One line of text as a log record: what is certain is recognised, the line stays whole.
 *
 *   [ "[" ] RFC 3339 time with a zone [ "]" ]     at the start
 *   level, in capitals, in brackets or before ":" next
 *   key=value pairs                               when all of the rest is at least two of them (logfmt)
 */
import type { RecordBuilder } from '../model/record-builder.ts';
import { severityOf } from '../model/severity.ts';
import { scanRfc3339 } from '../model/timestamp.ts';
import type { LineFields } from './line-fields.ts';

const SPACE = 0x20;
const TAB = 0x09;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const EQUALS = 0x3d;
const COLON = 0x3a;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const SEVERITY_TEXT = Buffer.from('severity_text');
/** Letters of the longest level. */
const LONGEST_LEVEL = 13;
const FEWEST_PAIRS = 2;

/** Reads `bytes[start, end)` into the record, which has been cleared. */
export function readTextLine(
  record: RecordBuilder,
  fields: LineFields,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let at = skip(bytes, start, end);
  const bracket = bytes[at] === OPEN ? 1 : 0;
  const after = scanRfc3339(bytes, at + bracket, end);
  const closes = after < end && bytes[after] === CLOSE;
  if (after >= 0 && (bracket === 1 ? closes : after === end || isBlank(bytes[after]))) {
    record.takeNanos();
    at = skip(bytes, after + bracket, end);
  }
  at = readLevel(record, bytes, at, end);
  if (pairs(bytes, at, end, undefined) >= FEWEST_PAIRS) pairs(bytes, at, end, fields);
}

/** Takes a level at `start`; returns where the rest begins. */
function readLevel(record: RecordBuilder, bytes: Uint8Array, start: number, end: number): number {
  const bracket = bytes[start] === OPEN;
  const wordStart = bracket ? start + 1 : start;
  let at = wordStart;
  let capitals = true;
  while (at < end && at - wordStart <= LONGEST_LEVEL && isLetter(bytes[at])) {
    capitals &&= bytes[at] < 0x61;
    at++;
  }
  const next = at < end ? bytes[at] : SPACE;
  const certain = bracket
    ? next === CLOSE
    : next === COLON || (capitals && (isBlank(next) || next === 0x7c));
  const severity = certain ? severityOf(bytes, wordStart, at) : 0;
  if (severity === 0) return start;
  record.severity = severity;
  record.string(SEVERITY_TEXT, 0, SEVERITY_TEXT.length, bytes, wordStart, at);
  return skip(bytes, at < end && !isBlank(next) ? at + 1 : at, end);
}

/**
 * Counts the key=value pairs that all of `bytes[start, end)` consists of, 0 when it is anything else; hands them to `fields` when
 * there are some.
 */
function pairs(
  bytes: Uint8Array,
  start: number,
  end: number,
  fields: LineFields | undefined,
): number {
  let count = 0;
  let at = skip(bytes, start, end);
  while (at < end) {
    const keyStart = at;
    while (at < end && isKeyByte(bytes[at])) at++;
    if (at === keyStart || at >= end || bytes[at] !== EQUALS) return 0;
    const keyEnd = at++;
    const quoted = bytes[at] === QUOTE && at < end;
    let valueStart = at;
    if (quoted) {
      valueStart = ++at;
      while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
      if (at >= end) return 0;
    } else while (at < end && isValueByte(bytes[at])) at++;
    const valueEnd = at;
    if (quoted) at++;
    if (at < end && !isBlank(bytes[at])) return 0;
    at = skip(bytes, at, end);
    count++;
    if (fields === undefined) continue;
    const escaped = quoted && bytes.subarray(valueStart, valueEnd).includes(BACKSLASH);
    const value = escaped ? unescaped(bytes, valueStart, valueEnd) : bytes;
    if (escaped) fields.text(bytes, keyStart, keyEnd, value, 0, value.length);
    else fields.text(bytes, keyStart, keyEnd, bytes, valueStart, valueEnd);
  }
  return count;
}

/** The escapes of logfmt are those of JSON; text with others stays as it is. */
function unescaped(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const raw = Buffer.from(bytes.subarray(start, end));
  try {
    const text: unknown = JSON.parse(`"${raw.toString()}"`);
    return Buffer.from(String(text));
  } catch {
    return raw;
  }
}

function skip(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB;
}

function isLetter(byte: number): boolean {
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}

/** Keys: letters, digits and `_ - . / @ $ :` — what is not, like a bracket, speaks against logfmt. */
function isKeyByte(byte: number): boolean {
  return isLetter(byte) || (byte >= 0x2d && byte <= 0x3a) || byte === 0x5f || byte === 0x40;
}

function isValueByte(byte: number): boolean {
  return byte > SPACE && byte !== QUOTE && byte !== EQUALS;
}
