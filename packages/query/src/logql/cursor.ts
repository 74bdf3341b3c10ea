/** What all rules of the parser share: the current token, its consumption, errors in Loki's words. */
import type { Matcher, MatchOp } from '@sightline/store';
import { patternProblem } from '../promql/check-matchers.ts';
import { unquote } from '../promql/go-quote.ts';
import { lex, type Token } from './lex.ts';
import { LogqlParseError } from './parse-error.ts';

/** Longer queries are refused before they are scanned (Loki's bound is 131,072 bytes). */
const MAX_QUERY_LENGTH = 131_072;
const MAX_DEPTH = 100;

const KEYWORDS: ReadonlySet<string> = new Set([
  ...[
    'and',
    'or',
    'unless',
    'by',
    'without',
    'on',
    'ignoring',
    'group_left',
    'group_right',
    'bool',
  ],
  ...['offset', 'json', 'logfmt', 'pattern', 'regexp', 'unpack', 'unwrap', 'drop', 'keep', 'ip'],
  ...['line_format', 'label_format', 'decolorize'],
]);

export class Cursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
    if (text.length > MAX_QUERY_LENGTH) {
      const detail = `query too long, maximum length is ${MAX_QUERY_LENGTH} characters`;
      throw new LogqlParseError(text, null, detail);
    }
    this.#tokens = lex(text);
  }

  get token(): Token {
    return this.peek(0);
  }

  get kind(): string {
    return this.token.kind;
  }

  /** The token `ahead` of the current one. */
  peek(ahead: number): Token {
    const last = this.#tokens.length - 1;
    const token = this.#tokens[Math.min(this.#at + ahead, last)];
    return token ?? { kind: '$end', start: this.text.length, end: this.text.length, text: '' };
  }

  take(): Token {
    const { token } = this;
    this.#at++;
    return token;
  }

  accept(kind: string): boolean {
    if (this.kind !== kind) return false;
    this.take();
    return true;
  }

  expect(kind: string): Token {
    if (this.kind !== kind) throw this.unexpected(kind);
    return this.take();
  }

  isWord(word: string): boolean {
    return this.kind === 'IDENTIFIER' && this.token.text === word;
  }

  acceptWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.take();
    return true;
  }

  /** The value of a string literal. */
  string(): string {
    return unquote(this.expect('STRING').text);
  }

  unexpected(...expected: string[]): LogqlParseError {
    const { kind, text } = this.token;
    const found = kind === 'IDENTIFIER' && KEYWORDS.has(text) ? text : kind;
    const wanted = expected.length === 0 ? '' : `, expecting ${expected.join(' or ')}`;
    return this.error(this.token, `syntax error: unexpected ${found}${wanted}`);
  }

  error(token: Token, detail: string): LogqlParseError {
    return new LogqlParseError(this.text, token.start, detail);
  }

  /** An error of the query as a whole. */
  invalid(detail: string): LogqlParseError {
    return new LogqlParseError(this.text, null, detail);
  }

  /** Runs a nested rule under the bound of nesting. */
  nested<T>(rule: () => T): T {
    if (++this.#depth > MAX_DEPTH) {
      const detail = `expression is nested too deeply (at most ${MAX_DEPTH} levels)`;
      throw this.error(this.token, detail);
    }
    const result = rule();
    this.#depth--;
    return result;
  }

  /** A matcher behind its name: operator and string. */
  matcher(name: string): Matcher {
    const op = matchOp(this.kind);
    if (op === null) throw this.unexpected('=', '=~', '!=', '!~');
    this.take();
    const { token } = this;
    const matcher: Matcher = { name, op, value: this.string() };
    const problem = patternProblem(matcher);
    if (problem !== null) throw this.error(token, problem);
    return matcher;
  }
}

export function matchOp(kind: string): MatchOp | null {
  return kind === '=' || kind === '!=' || kind === '=~' || kind === '!~' ? kind : null;
}
