/**
 * The tokens of a SQL text, as far as normalising needs them.
 *
 * Model: one pass, every character is looked at a bounded number of times. White space and comments are no tokens. Whatever stands for a value
 * (strings, numbers, placeholders, dollar quotes of PostgreSQL) is a VALUE; identifiers keep their quotes. What is not closed goes on
 * to the end of the text. Any text has tokens: nothing is refused.
 */
export type Dialect = 'postgresql' | 'mysql' | 'sqlite';

export const END = 0;
export const VALUE = 1;
export const WORD = 2;
/** A run of operator characters. */
export const OPERATOR = 3;
/** One of `( ) , ; . [ ] { }` or `::`, or anything else. */
export const PUNCTUATION = 4;

type TokenKind = typeof END | typeof VALUE | typeof WORD | typeof OPERATOR | typeof PUNCTUATION;

const SPACE = 1;
const DIGIT = 2;
const LETTER = 4;
const OPERATOR_CHARACTER = 8;

/** Classes of the ASCII characters; all others are letters. */
const CLASSES = new Uint8Array(128);
for (const text of [' ', '\t', '\n', '\r', '\f', '\v']) CLASSES[text.charCodeAt(0)] = SPACE;
for (const text of '0123456789') CLASSES[text.charCodeAt(0)] = DIGIT;
for (const text of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_') {
  CLASSES[text.charCodeAt(0)] = LETTER;
}
for (const text of '+-*/<>=~!@#%^&|') CLASSES[text.charCodeAt(0)] = OPERATOR_CHARACTER;

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKTICK = 0x60;
const BACKSLASH = 0x5c;
const DOLLAR = 0x24;
const DASH = 0x2d;
const SLASH = 0x2f;
const STAR = 0x2a;
const HASH = 0x23;
const AT = 0x40;
const COLON = 0x3a;
const DOT = 0x2e;
const QUESTION = 0x3f;
const EQUALS = 0x3d;

export class SqlTokens {
  readonly #text: string;
  readonly #dialect: Dialect;
  #at = 0;
  /** Of the token that `next` has found. */
  start = 0;
  /** White space or a comment stands before it. */
  spaced = false;

  constructor(text: string, dialect: Dialect) {
    this.#text = text;
    this.#dialect = dialect;
  }

  /** The token's own text. */
  text(): string {
    return this.#text.slice(this.start, this.#at);
  }

  next(): TokenKind {
    this.#skip();
    this.start = this.#at;
    if (this.#at >= this.#text.length) return END;
    const code = this.#code(0);
    const kind = classOf(code);
    if (kind === DIGIT || (code === DOT && classOf(this.#code(1)) === DIGIT)) return this.#number();
    if (kind === LETTER) return this.#word();
    if (code === QUOTE) return this.#string(QUOTE, this.#dialect === 'mysql', VALUE);
    if (code === DOUBLE_QUOTE) {
      const isString = this.#dialect === 'mysql';
      return this.#string(DOUBLE_QUOTE, isString, isString ? VALUE : WORD);
    }
    if (code === BACKTICK) return this.#string(BACKTICK, false, WORD);
    if (code === DOLLAR) return this.#dollar();
    if (code === COLON) return this.#colon();
    if (code === QUESTION) return this.#placeholder(1);
    if (code === AT && this.#dialect !== 'postgresql') return this.#atSign();
    if (kind === OPERATOR_CHARACTER) return this.#operator();
    this.#at++;
    return PUNCTUATION;
  }

  #code(ahead: number): number {
    const place = this.#at + ahead;
    return place < this.#text.length ? this.#text.charCodeAt(place) : -1;
  }

  #skip(): void {
    const from = this.#at;
    while (this.#at < this.#text.length) {
      if (classOf(this.#code(0)) === SPACE) this.#at++;
      else if (this.#commentLine()) this.#toLineEnd();
      else if (this.#code(0) === SLASH && this.#code(1) === STAR) this.#blockComment();
      else break;
    }
    this.spaced = this.#at > from;
  }

  /** MySQL wants white space after the dashes, and has `#` as well. */
  #commentLine(): boolean {
    const code = this.#code(0);
    if (code === HASH) return this.#dialect === 'mysql';
    if (code !== DASH || this.#code(1) !== DASH) return false;
    const after = this.#code(2);
    return this.#dialect !== 'mysql' || after === -1 || classOf(after) === SPACE;
  }

  /** Here, or with the character before: two dashes are never one token, because MySQL may see a comment in them once they are spaced. */
  #startsComment(): boolean {
    if (this.#code(0) === DASH && this.#code(-1) === DASH) return true;
    return this.#commentLine() || (this.#code(0) === SLASH && this.#code(1) === STAR);
  }

  #toLineEnd(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#text.length : end + 1;
  }

  /** Those of PostgreSQL nest. */
  #blockComment(): void {
    let depth = 0;
    while (this.#at < this.#text.length) {
      if (this.#code(0) === SLASH && this.#code(1) === STAR) {
        if (depth === 0 || this.#dialect === 'postgresql') depth++;
        this.#at += 2;
      } else if (this.#code(0) === STAR && this.#code(1) === SLASH) {
        this.#at += 2;
        if (--depth === 0) return;
      } else this.#at++;
    }
  }

  /** Also `0xFF`, `1e-9`, `1_000`, and names that begin with a digit, which MySQL has. */
  #number(): TokenKind {
    while (this.#at < this.#text.length) {
      const code = this.#code(0);
      const kind = classOf(code);
      const exponentSign =
        (code === DASH || code === 0x2b) &&
        (this.#code(-1) | 0x20) === 0x65 &&
        classOf(this.#code(1)) === DIGIT;
      if (kind !== DIGIT && kind !== LETTER && code !== DOT && !exponentSign) break;
      this.#at++;
    }
    return VALUE;
  }

  #word(): TokenKind {
    const first = this.#code(0) | 0x20;
    this.#letters();
    const length = this.#at - this.start;
    const next = this.#code(0);
    // e'..' (escapes), b'..', x'..', n'..'
    if (length === 1 && next === QUOTE && isStringPrefix(first)) {
      return this.#string(QUOTE, first === 0x65 || this.#dialect === 'mysql', VALUE);
    }
    return WORD;
  }

  #letters(): void {
    while (this.#at < this.#text.length) {
      const code = this.#code(0);
      const kind = classOf(code);
      if (kind !== LETTER && kind !== DIGIT && code !== DOLLAR) break;
      this.#at++;
    }
  }

  #string(quote: number, escapes: boolean, kind: TokenKind): TokenKind {
    this.#at++;
    while (this.#at < this.#text.length) {
      const code = this.#code(0);
      if (code === BACKSLASH && escapes) this.#at += 2;
      else if (code !== quote) this.#at++;
      else if (this.#code(1) === quote) this.#at += 2;
      else {
        this.#at++;
        return kind;
      }
    }
    this.#at = this.#text.length;
    return kind;
  }

  /** `$1`, `$$text$$`, `$tag$text$tag$`, `$name` of SQLite. */
  #dollar(): TokenKind {
    this.#at++;
    if (classOf(this.#code(0)) === DIGIT) return this.#number();
    while (classOf(this.#code(0)) === LETTER || classOf(this.#code(0)) === DIGIT) this.#at++;
    if (this.#dialect === 'postgresql' && this.#code(0) === DOLLAR) {
      this.#at++;
      const tag = this.text();
      const end = this.#text.indexOf(tag, this.#at);
      this.#at = end === -1 ? this.#text.length : end + tag.length;
      return VALUE;
    }
    if (this.#at - this.start === 1) return PUNCTUATION;
    return this.#dialect === 'sqlite' ? VALUE : WORD;
  }

  /** `::type`, `:=`, `:name`. */
  #colon(): TokenKind {
    const next = this.#code(1);
    if (next === COLON || next === EQUALS) {
      this.#at += 2;
      return PUNCTUATION;
    }
    const kind = classOf(next);
    // A slice of a PostgreSQL array (`a[1:n]`) looks like a placeholder, and may become one.
    if (kind === LETTER || kind === DIGIT) return this.#placeholder(1);
    this.#at++;
    return PUNCTUATION;
  }

  #placeholder(prefix: number): TokenKind {
    this.#at += prefix;
    this.#letters();
    return VALUE;
  }

  /** Placeholders of SQLite; variables of MySQL, which are names. */
  #atSign(): TokenKind {
    while (this.#code(0) === AT) this.#at++;
    this.#letters();
    return this.#dialect === 'sqlite' && this.#at - this.start > 1 ? VALUE : WORD;
  }

  #operator(): TokenKind {
    do this.#at++;
    while (
      classOf(this.#code(0)) === OPERATOR_CHARACTER &&
      !this.#startsComment() &&
      !(this.#code(0) === AT && this.#dialect !== 'postgresql')
    );
    return OPERATOR;
  }
}

function classOf(code: number): number {
  if (code < 0) return 0;
  return code < 128 ? (CLASSES[code] ?? 0) : LETTER;
}

function isStringPrefix(lowerCase: number): boolean {
  return lowerCase === 0x65 || lowerCase === 0x62 || lowerCase === 0x78 || lowerCase === 0x6e;
}
