/**
 * The lexer of PromQL.
 *
 * Model: a scanner over the query text with three modes, because the same characters mean different things: between `{` and `}`
 * words are label names, between `[` and `]` words are duration functions and `:` is a separator, elsewhere words may be
 * keywords and may contain colons. The parser pulls one token at a time, so a fault later in the text is reported only if nothing
 * before it is wrong.
 *
 * Invariants: tokens do not overlap and ascend; `next` after the end yields `eof` again. Texts of faults are those of Prometheus'
 * promql/parser/lex.go. Offsets are UTF-16 units.
 */
import type { TextRange } from './ast.ts';
import { quote, quoteRune, unicodeRune } from './go-quote.ts';
import { scanDuration, scanNumber } from './lex-numbers.ts';
import { type Token, wordKind } from './lex-tokens.ts';
import { PromqlParseError } from './parse-error.ts';

const DURATION_WORDS: ReadonlySet<string> = new Set(['step', 'range', 'min_of', 'max_of']);
const TWO_CHARS: ReadonlySet<string> = new Set(['==', '!=', '<=', '>=', '</', '>/']);

export class Lexer {
  readonly #text: string;
  #pos = 0;
  #parens = 0;
  #inBraces = false;
  #inBrackets = false;
  /** Inside brackets, before the first number: only what can begin a duration. */
  #expectDuration = false;
  #sawColon = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token. Throws PromqlParseError. */
  next(): Token {
    this.#skipBlanks();
    const start = this.#pos;
    const char = this.#charAt(start);
    if (this.#inBraces) return this.#insideBraces(start, char);
    if (char === '') return this.#end(start);
    if (isDigit(char) || (char === '.' && isDigit(this.#charAt(start + 1)))) {
      return this.#number(start);
    }
    if (this.#inBrackets) return this.#insideBrackets(start, char);
    if (char === '"' || char === "'" || char === '`') return this.#string(start, char);
    if (isAlpha(char) || char === ':') return this.#word(start);
    return this.#symbol(start, char);
  }

  #charAt(at: number): string {
    const code = this.#text.codePointAt(at);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  #skipBlanks(): void {
    const text = this.#text;
    while (this.#pos < text.length) {
      const char = text[this.#pos] ?? '';
      if (char === ' ' || char === '\t' || char === '\n' || char === '\r') {
        this.#pos++;
      } else if (char === '#') {
        while (this.#pos < text.length && !/[\r\n]/.test(text[this.#pos] ?? '')) this.#pos++;
      } else return;
    }
  }

  #take(kind: string, start: number, end: number): Token {
    this.#pos = end;
    return { kind, start, end, text: this.#text.slice(start, end) };
  }

  /** A lexical fault runs to the end of the query, as in Prometheus. */
  #fault(start: number, detail: string): PromqlParseError {
    return this.#error({ start, end: this.#text.length }, detail);
  }

  #error(position: TextRange, detail: string): PromqlParseError {
    return new PromqlParseError(this.#text, position, detail);
  }

  #end(start: number): Token {
    if (this.#inBrackets && this.#expectDuration) {
      throw this.#fault(start, 'unexpected end of input in duration expression');
    }
    if (this.#parens !== 0) throw this.#fault(start, 'unclosed left parenthesis');
    if (this.#inBrackets) throw this.#fault(start, 'unclosed left bracket');
    return { kind: 'eof', start, end: start, text: '' };
  }

  #symbol(start: number, char: string): Token {
    const two = this.#text.slice(start, start + 2);
    if (TWO_CHARS.has(two)) return this.#take(two, start, start + 2);
    switch (char) {
      case ',':
      case '*':
      case '/':
      case '%':
      case '+':
      case '-':
      case '^':
      case '@':
      case '<':
      case '>':
        return this.#take(char, start, start + 1);
      case '=':
        if (two === '=~') throw this.#fault(start, `unexpected character after '=': '~'`);
        return this.#take('=', start, start + 1);
      case '!': {
        const after = quoteRune(this.#charAt(start + 1));
        throw this.#fault(start, `unexpected character after '!': ${after}`);
      }
      case '{':
        this.#inBraces = true;
        return this.#take('{', start, start + 1);
      case '[':
        this.#inBrackets = true;
        this.#expectDuration = true;
        this.#sawColon = false;
        return this.#take('[', start, start + 1);
      case ']':
        throw this.#fault(start, "unexpected right bracket ']'");
      case '(':
      case ')':
        return this.#paren(start, char);
    }
    throw this.#fault(start, `unexpected character: ${quoteRune(char)}`);
  }

  #paren(start: number, char: '(' | ')'): Token {
    this.#parens += char === '(' ? 1 : -1;
    if (this.#parens < 0) throw this.#fault(start + 1, "unexpected right parenthesis ')'");
    return this.#take(char, start, start + 1);
  }

  #number(start: number): Token {
    const number = scanNumber(this.#text, start);
    this.#expectDuration = false;
    if (number.valid) return this.#take('number', start, number.end);
    const duration = scanDuration(this.#text, number.end);
    if (duration.valid) return this.#take('duration', start, duration.end);
    const bad = this.#text.slice(start, duration.end);
    throw this.#fault(start, `bad number or duration syntax: ${quote(bad)}`);
  }

  #word(start: number): Token {
    let end = start;
    while (isAlphaNumeric(this.#text[end] ?? '') || this.#text[end] === ':') end++;
    const kind = wordKind(this.#text.slice(start, end));
    const isFill = kind === 'fill' || kind === 'fill_left' || kind === 'fill_right';
    // These became keywords late: without a parenthesis they stay the metric names that they were.
    if (isFill && !/^[ \t\r\n]*\(/.test(this.#text.slice(end))) {
      return this.#take('identifier', start, end);
    }
    return this.#take(kind, start, end);
  }

  #string(start: number, quoteChar: string): Token {
    let at = start + 1;
    for (;;) {
      const char = this.#charAt(at);
      if (quoteChar === '`') {
        if (char === '') throw this.#fault(start, 'unterminated raw string');
      } else if (char === '' || char === '\n') {
        throw this.#fault(start, 'unterminated quoted string');
      } else if (char === '\\') {
        at = this.#escape(start, at + 1, quoteChar);
        continue;
      }
      at += char.length;
      if (char === quoteChar) return this.#take('string', start, at);
      if (char === '\ufffd') throw this.#fault(start, 'invalid UTF-8 rune');
    }
  }

  /** Checks one escape sequence; `at` is behind the backslash. Returns the offset behind the sequence. */
  #escape(start: number, at: number, quoteChar: string): number {
    const kind = this.#charAt(at);
    if (kind !== '' && ('abfnrtv\\'.includes(kind) || kind === quoteChar)) return at + 1;
    if (kind === '') throw this.#fault(start, 'escape sequence not terminated');
    const octal = kind >= '0' && kind <= '7';
    const digits = octal ? 3 : { x: 2, u: 4, U: 8 }[kind];
    if (digits === undefined) {
      throw this.#fault(start, `unknown escape sequence ${unicodeRune(kind)}`);
    }
    const first = octal ? at : at + 1;
    const valid = octal ? /^[0-7]$/ : /^[0-9a-fA-F]$/;
    for (let i = first; i < first + digits; i++) {
      const char = this.#charAt(i);
      if (char === '') throw this.#fault(start, 'escape sequence not terminated');
      if (!valid.test(char)) {
        throw this.#fault(start, `illegal character ${unicodeRune(char)} in escape sequence`);
      }
    }
    const value = Number.parseInt(this.#text.slice(first, first + digits), octal ? 8 : 16);
    const most = octal || kind === 'x' ? 255 : 0x10ffff;
    if (value > most || (value >= 0xd800 && value < 0xe000)) {
      throw this.#fault(start, 'escape sequence is an invalid Unicode code point');
    }
    return first + digits;
  }

  #insideBraces(start: number, char: string): Token {
    if (char === '') throw this.#fault(start, 'unexpected end of input inside braces');
    if (isAlpha(char)) {
      let end = start;
      while (isAlphaNumeric(this.#text[end] ?? '')) end++;
      return this.#take('identifier', start, end);
    }
    if (char === '"' || char === "'" || char === '`') return this.#string(start, char);
    const next = this.#charAt(start + 1);
    switch (char) {
      case ',':
        return this.#take(',', start, start + 1);
      case '=':
        return next === '~'
          ? this.#take('=~', start, start + 2)
          : this.#take('=', start, start + 1);
      case '!':
        if (next === '~' || next === '=') return this.#take(`!${next}`, start, start + 2);
        throw this.#fault(
          start,
          `unexpected character after '!' inside braces: ${quoteRune(next)}`,
        );
      case '{':
        throw this.#fault(start, "unexpected left brace '{'");
      case '}':
        this.#inBraces = false;
        return this.#take('}', start, start + 1);
    }
    throw this.#fault(start, `unexpected character inside braces: ${quoteRune(char)}`);
  }

  #insideBrackets(start: number, char: string): Token {
    switch (char) {
      case '+':
      case '-':
      case '*':
      case '%':
      case '^':
      case ',':
      case '/':
        return this.#take(char, start, start + 1);
      case '(':
      case ')':
        return this.#paren(start, char);
      case ']':
        this.#inBrackets = false;
        this.#expectDuration = false;
        return this.#take(']', start, start + 1);
      case ':':
        return this.#colon(start);
    }
    if (!this.#expectDuration && !isAlpha(char)) {
      // Behind the first number Prometheus scans as outside of brackets.
      if (char === '[') throw this.#fault(start, "unexpected left bracket '['");
      const isQuote = char === '"' || char === "'" || char === '`';
      return isQuote ? this.#string(start, char) : this.#symbol(start, char);
    }
    let end = start;
    while (isAlpha(this.#text[end] ?? '')) end++;
    const word = this.#text.slice(start, end).toLowerCase();
    if (DURATION_WORDS.has(word)) {
      const began = this.#expectDuration;
      this.#expectDuration = false;
      const token = this.#take(word, start, end);
      // Still "no number yet" for what stands inside `min_of(...)`, yet `step():` may be followed by a colon.
      if (began && word.endsWith('_of')) this.#expectDuration = true;
      return token;
    }
    throw this.#fault(
      start,
      this.#expectDuration
        ? `unexpected character in duration expression: ${quoteRune(char)}`
        : `unexpected character: ${quoteRune(char)}, expected ':'`,
    );
  }

  #colon(start: number): Token {
    if (this.#expectDuration) {
      throw this.#fault(start + 1, 'unexpected colon before duration in duration expression');
    }
    if (this.#sawColon) throw this.#fault(start, "unexpected colon ':'");
    this.#sawColon = true;
    return this.#take(':', start, start + 1);
  }
}

function isDigit(char: string): boolean {
  return char >= '0' && char <= '9' && char.length === 1;
}

function isAlpha(char: string): boolean {
  return /^[A-Za-z_]$/.test(char);
}

function isAlphaNumeric(char: string): boolean {
  return /^[A-Za-z_0-9]$/.test(char);
}
