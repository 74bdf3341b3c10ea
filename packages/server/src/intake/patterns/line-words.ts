/**
 * One log line as words, scanned in place.
 *
 * Model: separators (blanks, quotes, brackets, `= , ; : / | & ?`) part a line into words. A word that has a digit, or is a long run of
 * hex letters, is a value (number, id, address, time) and is masked, except short names that end with one digit (`v1`, `utf8`).
 * `:` between digits belongs to the word (times, ports, IPv6), as does `/` between digits (dates). A word in front of `=` or `":` is a
 * key. `structure` is a hash of the separators, the number of words and the keys: lines that differ in it are never alike.
 *
 * Invariants: only the first MAX_BYTES of a line and MAX_WORDS of its words are looked at, and no string is made; positions are those of
 * the last `scan`.
 */

/** What of a line is looked at; the rest of it is any text. */
const MAX_BYTES = 1024;
const MAX_WORDS = 96;

/** The hash of a masked word, and of the place of one in a pattern. */
export const MASKED = 0;

const WORD_OTHER = 1;
const WORD_DIGIT = 2;
const WORD_HEX = 4;
const SEPARATOR = 8;

const SPACE = 32;
const QUOTE = 34;
const SLASH = 47;
const COLON = 58;
const EQUALS = 61;

const CLASSES = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(256).fill(WORD_OTHER);
  table.fill(SEPARATOR, 0, SPACE + 1);
  for (const separator of `"'\`()[]{}<>=,;:/|&?!`) table[separator.charCodeAt(0)] = SEPARATOR;
  for (const digit of '0123456789') table[digit.charCodeAt(0)] = WORD_DIGIT;
  for (const letter of 'abcdefABCDEF') table[letter.charCodeAt(0)] = WORD_HEX;
  return table;
}

/** A run of hex letters of this length is an id. */
const MIN_HEX = 8;
/** The longest name that may end with a digit. */
const MAX_NUMBERED_NAME = 5;

const HASH_BASIS = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;

export class LineWords {
  count = 0;
  /** Of separators, number of words and keys. */
  structure = 0;
  /** Whether there was more of the line than was looked at. */
  cut = false;
  /** Where the line begins, and where what was looked at ends. */
  lineStart = 0;
  lineEnd = 0;
  readonly start = new Uint32Array(MAX_WORDS);
  readonly end = new Uint32Array(MAX_WORDS);
  /** MASKED for values. */
  readonly hash = new Int32Array(MAX_WORDS);
  readonly isKey = new Uint8Array(MAX_WORDS);

  scan(bytes: Uint8Array, start: number, end: number): void {
    const stop = Math.min(end, start + MAX_BYTES);
    this.lineStart = start;
    this.lineEnd = stop;
    this.cut = stop < end;
    this.count = 0;
    let structure = HASH_BASIS;
    let at = start;
    while (at < stop) {
      const byte = bytes[at] ?? 0;
      if (CLASSES[byte] === SEPARATOR) {
        structure = Math.imul(structure ^ byte, HASH_PRIME);
        at++;
        continue;
      }
      if (this.count === MAX_WORDS) {
        this.#cutAt(at);
        break;
      }
      const wordStart = at;
      at = this.#word(bytes, at, stop);
      if (at === stop && this.cut) {
        // Half a word says nothing.
        this.#cutAt(wordStart);
        break;
      }
      const isKey = isKeyEnd(bytes, at, stop);
      const row = this.count++;
      this.isKey[row] = isKey ? 1 : 0;
      const mark = isKey ? (this.hash[row] ?? 0) : 0;
      structure = Math.imul(structure ^ mark, HASH_PRIME) + 1;
    }
    this.structure = structure ^ this.count;
  }

  /** What begins here is not looked at. */
  #cutAt(at: number): void {
    this.cut = true;
    this.lineEnd = at;
  }

  /** Reads the word that begins at `start`; returns its end. */
  #word(bytes: Uint8Array, start: number, stop: number): number {
    let hash = HASH_BASIS;
    let seen = 0;
    let at = start;
    let digits = 0;
    for (; at < stop; at++) {
      const byte = bytes[at] ?? 0;
      const kind = CLASSES[byte] ?? WORD_OTHER;
      if (kind === SEPARATOR && !joinsDigits(bytes, at, stop, byte, seen)) break;
      if (kind === WORD_DIGIT) digits++;
      if (kind !== SEPARATOR) seen |= kind;
      hash = Math.imul(hash ^ byte, HASH_PRIME);
    }
    const row = this.count;
    this.start[row] = start;
    this.end[row] = at;
    const length = at - start;
    this.hash[row] = isValue(bytes, start, length, seen, digits) ? MASKED : hash || 1;
    return at;
  }
}

/** Whether a `:` or `/` stands between digits of one value. */
function joinsDigits(
  bytes: Uint8Array,
  at: number,
  stop: number,
  byte: number,
  seen: number,
): boolean {
  if (byte === COLON ? (seen & WORD_DIGIT) === 0 : byte !== SLASH || seen !== WORD_DIGIT) {
    return false;
  }
  return at + 1 < stop && CLASSES[bytes[at + 1] ?? 0] === WORD_DIGIT;
}

function isValue(
  bytes: Uint8Array,
  start: number,
  length: number,
  seen: number,
  digits: number,
): boolean {
  if (digits === 0) return seen === WORD_HEX && length >= MIN_HEX;
  const isNumberedName =
    digits === 1 &&
    length > 1 &&
    length <= MAX_NUMBERED_NAME &&
    CLASSES[bytes[start + length - 1] ?? 0] === WORD_DIGIT &&
    isLetter(bytes[start] ?? 0);
  return !isNumberedName;
}

function isLetter(byte: number): boolean {
  const lower = byte | 32;
  return lower >= 97 && lower <= 122;
}

/** `=` behind the word, or `":`. */
function isKeyEnd(bytes: Uint8Array, at: number, stop: number): boolean {
  if (at >= stop) return false;
  if (bytes[at] === EQUALS) return true;
  return bytes[at] === QUOTE && at + 1 < stop && bytes[at + 1] === COLON;
}
