/**
 * What all rules of the parser share: the current token, its consumption, and errors in Prometheus' words.
 *
 * Invariant: `aggregations` counts the aggregations whose arguments are being parsed; an error that no nearer rule explains
 * is reported "in aggregation" while it is positive (that is where Prometheus' grammar recovers).
 */
import type { TextRange } from './ast.ts';
import { Lexer } from './lex.ts';
import { parseDurationText, parseNumber } from './lex-numbers.ts';
import { describe, type Token } from './lex-tokens.ts';
import { PromqlParseError } from './parse-error.ts';

export class Cursor {
  readonly text: string;
  aggregations = 0;
  token: Token;
  /** Offset behind the last consumed token. */
  lastEnd = 0;
  readonly #lexer: Lexer;
  readonly maxDepth: number;
  #depth = 0;
  #peeked: Token | null = null;

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.#lexer = new Lexer(text);
    this.token = this.#lexer.next();
  }

  get kind(): string {
    return this.token.kind;
  }

  /** Consumes the current token. */
  take(): Token {
    const taken = this.token;
    this.lastEnd = taken.end;
    this.token = this.#peeked ?? this.#lexer.next();
    this.#peeked = null;
    return taken;
  }

  /** The token behind the current one. */
  peek(): Token {
    this.#peeked ??= this.#lexer.next();
    return this.#peeked;
  }

  /** Consumes the current token if it is of this kind. */
  accept(kind: string): boolean {
    if (this.kind !== kind) return false;
    this.take();
    return true;
  }

  /** Consumes a token of this kind, or throws. */
  expect(kind: string, context = '', expected = ''): Token {
    if (this.kind !== kind) throw this.unexpected(context, expected);
    return this.take();
  }

  unexpected(context = '', expected = ''): PromqlParseError {
    let detail = `unexpected ${describe(this.token)}`;
    const where = context === '' && this.aggregations > 0 ? 'aggregation' : context;
    if (where !== '') detail += ` in ${where}`;
    if (expected !== '') detail += `, expected ${expected}`;
    return this.error(this.token, detail);
  }

  error(range: TextRange, detail: string): PromqlParseError {
    return new PromqlParseError(this.text, { start: range.start, end: range.end }, detail);
  }

  /** Runs a nested rule under the bound of nesting. */
  nested<T>(rule: () => T): T {
    if (++this.#depth > this.maxDepth) throw tooDeep(this.text, this.token, this.maxDepth);
    const result = rule();
    this.#depth--;
    return result;
  }

  /** Consumes a number or duration literal: its value in seconds. */
  number(): { value: number; isDuration: boolean; range: TextRange } {
    // The value comes first: consuming scans the next token, whose fault would be reported instead.
    const { token } = this;
    const range = { start: token.start, end: token.end };
    const isDuration = token.kind === 'duration';
    const value = isDuration ? parseDurationText(token.text) : parseNumber(token.text);
    if (typeof value !== 'number') throw this.error(token, value.problem);
    this.take();
    return { value: isDuration ? value / 1000 : value, isDuration, range };
  }
}

/** The error of an expression nested past the bound. */
export function tooDeep(text: string, range: TextRange, maxDepth: number): PromqlParseError {
  const detail = `expression is nested too deeply (at most ${maxDepth} levels)`;
  return new PromqlParseError(text, { start: range.start, end: range.end }, detail);
}
