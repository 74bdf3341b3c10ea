/**
 * What all rules of the parser share: the current token, tokens ahead, and errors in Tempo's words.
 *
 * Invariant: a lexical fault is thrown when the parser stands on it, never earlier.
 */
import type { TextRange } from '../promql/ast.ts';
import { Lexer } from './lex.ts';
import { describe, type Token } from './lex-tokens.ts';
import { TraceqlParseError } from './parse-error.ts';

export class Cursor {
  readonly text: string;
  /** Offset behind the last consumed token. */
  lastEnd = 0;
  readonly #lexer: Lexer;
  readonly #maxDepth: number;
  #depth = 0;
  /** The current token and those that were looked at. */
  readonly #ahead: Token[] = [];

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.#maxDepth = maxDepth;
    this.#lexer = new Lexer(text);
  }

  get token(): Token {
    return this.peek(0);
  }

  /** The token so many behind the current one. */
  peek(distance: number): Token {
    for (;;) {
      const token = this.#ahead[distance];
      if (token !== undefined) return token;
      this.#ahead.push(this.#lexer.next());
    }
  }

  take(): Token {
    const token = this.peek(0);
    if (token.kind === 'fault') throw this.unexpected();
    this.#ahead.shift();
    this.lastEnd = token.end;
    return token;
  }

  /** Whether the current token is this keyword, operator or bracket. */
  at(symbol: string): boolean {
    return isSymbol(this.token, symbol);
  }

  accept(symbol: string): boolean {
    if (!this.at(symbol)) return false;
    this.take();
    return true;
  }

  expect(symbol: string): Token {
    if (!this.at(symbol)) throw this.unexpected(symbol);
    return this.take();
  }

  /** The error of a token that no rule takes; `expected` only where nothing else could stand. */
  unexpected(expected = ''): TraceqlParseError {
    const { token } = this;
    if (token.kind === 'fault') return this.error(token, token.detail);
    const tail = expected === '' ? '' : `, expecting ${expected}`;
    return this.error(token, `syntax error: unexpected ${describe(token)}${tail}`);
  }

  error(range: TextRange, detail: string): TraceqlParseError {
    return new TraceqlParseError(this.text, { start: range.start, end: range.end }, detail);
  }

  /** The error of a query that reads well and means nothing. */
  mistyped(range: TextRange, detail: string): TraceqlParseError {
    return new TraceqlParseError(this.text, { start: range.start, end: range.end }, detail, false);
  }

  /** From a start to the end of the last consumed token. */
  rangeFrom(start: number): TextRange {
    return { start, end: this.lastEnd };
  }

  /** Runs a nested rule under the bound of nesting. */
  nested<T>(rule: () => T): T {
    if (++this.#depth > this.#maxDepth) {
      const detail = `query is nested too deeply (at most ${this.#maxDepth} levels)`;
      throw this.error(this.token, detail);
    }
    const result = rule();
    this.#depth--;
    return result;
  }
}

export function isSymbol(token: Token, symbol: string): boolean {
  return token.kind === 'symbol' && token.text === symbol;
}
