/**
 * The level that a line of text names, found in its bytes.
 *
 * Facts (Loki's distributor): a pair of a key of level-names.ts and a usual spelling of a level, in a JSON or logfmt line, tells the
 * level; else words of the line do, in the order of WORDS.
 *
 * Model: one walk that stops at bytes which each key or word has and few others (`v` of a key, `f` of "info", the `:` or `]` behind
 * "error"), and looks around there. A pair ends the walk, words are remembered until its end.
 *
 * Invariants: the result depends on the bytes alone, so that it is the same wherever it is found; time is linear; nothing is
 * allocated.
 */
import { LEVEL_KEYS } from './level-names.ts';
import {
  FOUND_CRITICAL,
  FOUND_DEBUG,
  FOUND_ERROR,
  FOUND_FATAL,
  FOUND_INFO,
  FOUND_TRACE,
  FOUND_UNKNOWN,
  FOUND_WARN,
} from './severity.ts';

/** How levels are spelled, in lower case. */
export const LEVEL_SPELLINGS: ReadonlyMap<string, number> = new Map([
  ['trace', FOUND_TRACE],
  ['trc', FOUND_TRACE],
  ['debug', FOUND_DEBUG],
  ['dbg', FOUND_DEBUG],
  ['info', FOUND_INFO],
  ['inf', FOUND_INFO],
  ['information', FOUND_INFO],
  ['warn', FOUND_WARN],
  ['wrn', FOUND_WARN],
  ['warning', FOUND_WARN],
  ['error', FOUND_ERROR],
  ['err', FOUND_ERROR],
  ['critical', FOUND_CRITICAL],
  ['fatal', FOUND_FATAL],
]);

const ascii = (text: string) => new TextEncoder().encode(text);
const JSON_KEYS = LEVEL_KEYS.map(ascii);
const LOGFMT_KEYS = [...new Set(LEVEL_KEYS.map((key) => key.toLowerCase()))].map(ascii);
const VALUES = [...LEVEL_SPELLINGS].map(([text, level]) => ({ text: ascii(text), level }));
const MAX_KEY = 13;
const MIN_WORD = 3;
const MAX_VALUE = 11;

/** A word in lower and in upper case; other mixtures are none. */
interface Word {
  lower: Uint8Array;
  upper: Uint8Array;
}
const word = (text: string): Word => ({ lower: ascii(text), upper: ascii(text.toUpperCase()) });
const INFO = word('info');
const ERR = word('err');
const ERROR = word('error');
const WARN = word('warn');
const WARNING = word('warning');
const CRITICAL = word('critical');
const DEBUG = word('debug');

/** Of the words of a line the first one here counts. */
const WORDS = [FOUND_INFO, FOUND_ERROR, FOUND_WARN, FOUND_CRITICAL, FOUND_DEBUG];
const INFO_BIT = 1;
const ERROR_BIT = 2;
const WARN_BIT = 4;
const CRITICAL_BIT = 8;
const DEBUG_BIT = 16;

const AT_KEY = 1;
const AT_INFO = 2;
const AT_DEBUG = 3;
const AT_WARNING = 4;
const AT_COLON = 5;
const anchors = new Uint8Array(256);
for (const [bytes, kind] of [
  ['vV', AT_KEY],
  ['fF', AT_INFO],
  ['bB', AT_DEBUG],
  ['wW', AT_WARNING],
  [':]', AT_COLON],
] as const) {
  for (const byte of ascii(bytes)) anchors[byte] = kind;
}

/** What the letter behind an anchor is in a word, and the one before a colon or bracket: the kind of anchor. */
const expected = new Uint8Array(256);
for (const [letters, kind] of [
  ['o', AT_INFO],
  ['u', AT_DEBUG],
  ['a', AT_WARNING],
  ['rnl', AT_COLON],
] as const) {
  for (const letter of ascii(letters)) expected[letter] = kind;
}

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const QUOTE = 0x22;
const COLON = 0x3a;
const EQUALS = 0x3d;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;
const LOWER = 0x20;

const UNDECIDED = 0;
const JSON_LINE = 1;
const TEXT_LINE = 2;
/** A key whose value is no level: words decide. */
const NO_PAIR = 3;

/** The level (`FOUND_UNKNOWN` to `FOUND_FATAL`) of the line `bytes[start, end)`. */
export function levelOfLine(bytes: Uint8Array, start: number, end: number): number {
  let form = UNDECIDED;
  let words = 0;
  for (let at = start; at < end; at++) {
    const kind = anchors[bytes[at]];
    if (kind === 0) continue;
    if (kind !== AT_KEY) {
      // Most of them are told from words by one more letter, for less than a call costs.
      const next = bytes[at + (kind < AT_COLON ? 1 : -1)] | LOWER;
      if (expected[next] === kind) words |= wordAt(bytes, start, end, at, kind);
    } else if (form !== NO_PAIR && mayBeKey(bytes, start, at)) {
      if (form === UNDECIDED) form = isObject(bytes, start, end) ? JSON_LINE : TEXT_LINE;
      const level =
        form === JSON_LINE
          ? levelOfMember(bytes, start, end, at)
          : levelOfPair(bytes, start, end, at);
      if (level > 0) return level;
      if (level < 0) form = NO_PAIR;
    }
  }
  if (words === 0) return FOUND_UNKNOWN;
  return WORDS[31 - Math.clz32(words & -words)];
}

/** The bit of the word at the anchor `at`, or 0. */
function wordAt(bytes: Uint8Array, start: number, end: number, at: number, kind: number): number {
  if (kind === AT_INFO) return isWord(bytes, start, end, at - 2, INFO) ? INFO_BIT : 0;
  if (kind === AT_DEBUG) return isWord(bytes, start, end, at - 2, DEBUG) ? DEBUG_BIT : 0;
  if (kind === AT_WARNING) return isWord(bytes, start, end, at, WARNING) ? WARN_BIT : 0;
  const closes = bytes[at] === CLOSE_BRACKET;
  if (endsWith(bytes, start, at, ERR, closes)) return ERROR_BIT;
  if (endsWith(bytes, start, at, ERROR, closes)) return ERROR_BIT;
  if (endsWith(bytes, start, at, WARN, closes)) return WARN_BIT;
  return endsWith(bytes, start, at, CRITICAL, closes) ? CRITICAL_BIT : 0;
}

/** Whether a word ends at `end`, in brackets when one closes there. */
function endsWith(
  bytes: Uint8Array,
  start: number,
  end: number,
  wanted: Word,
  inBrackets: boolean,
): boolean {
  const at = end - wanted.lower.length;
  if (!isWord(bytes, start, end, at, wanted)) return false;
  return !inBrackets || (at > start && bytes[at - 1] === OPEN_BRACKET);
}

function isWord(
  bytes: Uint8Array,
  start: number,
  end: number,
  at: number,
  { lower, upper }: Word,
): boolean {
  if (at < start || at + lower.length > end) return false;
  const letters = bytes[at] === lower[0] ? lower : upper;
  for (let i = 0; i < letters.length; i++) if (bytes[at + i] !== letters[i]) return false;
  return true;
}

/** Whether the letter before a `v` is one that keys have there. */
function mayBeKey(bytes: Uint8Array, start: number, at: number): boolean {
  const before = at > start ? bytes[at - 1] | LOWER : 0;
  return before === 0x65 || before === 0x6c;
}

/** Whether the first and last bytes that are no blanks are braces. */
function isObject(bytes: Uint8Array, start: number, end: number): boolean {
  let first = start;
  while (first < end && isBlank(bytes[first])) first++;
  if (bytes[first] !== OPEN_OBJECT) return false;
  let last = end - 1;
  while (last > first && isBlank(bytes[last])) last--;
  return last > first && bytes[last] === CLOSE_OBJECT;
}

/** The level of the member of a JSON object around `at`: 0 when it has none to do with levels, -1 when its value is no level. */
function levelOfMember(bytes: Uint8Array, start: number, end: number, at: number): number {
  const keyStart = keyStartAt(bytes, start, at);
  const keyEnd = keyEndAt(bytes, end, at);
  if (keyStart === start || bytes[keyStart - 1] !== QUOTE) return 0;
  if (keyEnd >= end || bytes[keyEnd] !== QUOTE) return 0;
  if (!isOneOf(JSON_KEYS, bytes, keyStart, keyEnd, 0)) return 0;
  let next = skipBlanks(bytes, keyEnd + 1, end);
  if (next >= end || bytes[next] !== COLON) return 0;
  next = skipBlanks(bytes, next + 1, end);
  if (next >= end || bytes[next] !== QUOTE) return 0;
  const valueEnd = lettersEnd(bytes, next + 1, end);
  const length = valueEnd - next - 1;
  if (length < MIN_WORD || length > MAX_VALUE) return 0;
  if (valueEnd >= end || bytes[valueEnd] !== QUOTE) return 0;
  return levelOfValue(bytes, next + 1, valueEnd) || -1;
}

/** The level of the pair of logfmt around `at`, 0 when there is none. */
function levelOfPair(bytes: Uint8Array, start: number, end: number, at: number): number {
  const keyStart = keyStartAt(bytes, start, at);
  const keyEnd = keyEndAt(bytes, end, at);
  if (keyStart > start && !isBlank(bytes[keyStart - 1])) return 0;
  if (keyEnd >= end || bytes[keyEnd] !== EQUALS) return 0;
  if (!isOneOf(LOGFMT_KEYS, bytes, keyStart, keyEnd, LOWER)) return 0;
  const valueStart = bytes[keyEnd + 1] === QUOTE ? keyEnd + 2 : keyEnd + 1;
  const valueEnd = lettersEnd(bytes, valueStart, end);
  const after = valueEnd < end && bytes[valueEnd] === QUOTE ? valueEnd + 1 : valueEnd;
  if (valueEnd - valueStart < MIN_WORD || (after < end && !isBlank(bytes[after]))) return 0;
  return levelOfValue(bytes, valueStart, valueEnd);
}

/** Where the key begins that has a byte at `at`; a longer run of such bytes is left where it is too long for any key. */
function keyStartAt(bytes: Uint8Array, start: number, at: number): number {
  let first = at;
  while (first > start && at - first <= MAX_KEY && isKeyByte(bytes[first - 1])) first--;
  return first;
}

function keyEndAt(bytes: Uint8Array, end: number, at: number): number {
  let next = at + 1;
  while (next < end && next - at <= MAX_KEY && isKeyByte(bytes[next])) next++;
  return next;
}

function isOneOf(
  keys: readonly Uint8Array[],
  bytes: Uint8Array,
  start: number,
  end: number,
  lower: number,
): boolean {
  const length = end - start;
  for (const key of keys)
    if (key.length === length && isSame(key, bytes, start, lower)) return true;
  return false;
}

/** Whether the bytes at `start` are those of `text`, each with the bits `lower` set if it is a letter. */
function isSame(text: Uint8Array, bytes: Uint8Array, start: number, lower: number): boolean {
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[start + i];
    if ((isLetter(byte) ? byte | lower : byte) !== text[i]) return false;
  }
  return true;
}

function levelOfValue(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  for (const { text, level } of VALUES) {
    if (text.length === length && isSame(text, bytes, start, LOWER)) return level;
  }
  return 0;
}

/** The end of the letters at `start`, at most one more than a level may have. */
function lettersEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && at - start <= MAX_VALUE && isLetter(bytes[at])) at++;
  return at;
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isBlank(bytes[at])) at++;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isLetter(byte: number): boolean {
  const letter = byte | LOWER;
  return letter >= 0x61 && letter <= 0x7a;
}

function isKeyByte(byte: number): boolean {
  return isLetter(byte) || byte === DOT || byte === UNDERSCORE;
}
