/**
 * The lexer of LogQL.
 *
 * Model: words are one kind of token, whether they are keywords depends on where they stand, which the parser knows; a range
 * (`[5m]`) is one token. All tokens are scanned before parsing: queries are short (bounded by the parser).
 *
 * Invariants: tokens ascend and do not overlap; the last one is `$end`. Offsets are UTF-16 units.
 */
import { LogqlParseError } from './parse-error.ts';
import { durationSeconds, sizeBytes } from './units.ts';

/**
 * `kind` is 'IDENTIFIER', 'STRING', 'NUMBER', 'DURATION', 'BYTES', 'RANGE', 'PARSER_FLAG', '$end', or the text of an operator or
 * bracket. `text` of a range is what stands between the brackets.
 */
export interface Token {
  kind: string;
  start: number;
  end: number;
  text: string;
}

const BLANK = /(?:[ \t\r\n]+|#[^\n]*)+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const FLAG = /--[a-z][a-z-]*/y;
/** A number with what hangs on it: unit, exponent. The exponent's sign belongs to it only behind a digit and an `e`. */
const NUMERIC =
  /(?:0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)[A-Za-z0-9_.\u00b5\u03bc]*/y;
const NUMBER = /^(?:0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)$/;
const OPERATORS = [
  ...['|=', '|~', '|>', '!=', '!~', '!>', '=~', '==', '>=', '<='],
  ...['|', '=', '>', '<', '+', '-', '*', '/', '%', '^', '(', ')', '{', '}', ','],
];
const ESCAPED = /\\(?:[abfnrtv\\"]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/y;

export function lex(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at = endOf(BLANK, query, at) ?? at;
    const token = next(query, at);
    tokens.push(token);
    if (token.kind === '$end') return tokens;
    at = token.end;
  }
}

function endOf(pattern: RegExp, query: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(query) ? pattern.lastIndex : null;
}

function next(query: string, start: number): Token {
  const char = query[start] ?? '';
  if (char === '') return { kind: '$end', start, end: start, text: '' };
  const token = (kind: string, end: number): Token => {
    return { kind, start, end, text: query.slice(start, end) };
  };
  const word = endOf(WORD, query, start);
  if (word !== null) return token('IDENTIFIER', word);
  if (char === '"' || char === '`') return token('STRING', stringEnd(query, start, char));
  if (char === '[') return range(query, start);
  const numeric = endOf(NUMERIC, query, start);
  if (numeric !== null) return token(numericKind(query, start, numeric), numeric);
  const flag = endOf(FLAG, query, start);
  if (flag !== null) return token('PARSER_FLAG', flag);
  const operator = OPERATORS.find((text) => query.startsWith(text, start));
  if (operator !== undefined) return token(operator, start + operator.length);
  const shown = String.fromCodePoint(query.codePointAt(start) ?? 0);
  throw new LogqlParseError(query, start, `syntax error: unexpected ${shown}`);
}

function numericKind(query: string, start: number, end: number): string {
  const text = query.slice(start, end);
  if (NUMBER.test(text)) return 'NUMBER';
  if (!Number.isNaN(durationSeconds(text))) return 'DURATION';
  if (!Number.isNaN(sizeBytes(text))) return 'BYTES';
  throw new LogqlParseError(query, start, `syntax error: unexpected ${text}, expecting NUMBER`);
}

function stringEnd(query: string, start: number, quote: string): number {
  if (quote === '`') {
    const close = query.indexOf('`', start + 1);
    if (close < 0) throw new LogqlParseError(query, start, 'literal not terminated');
    return close + 1;
  }
  for (let at = start + 1; at < query.length; ) {
    const char = query[at];
    if (char === '"') return at + 1;
    if (char === '\n') break;
    if (char !== '\\') {
      at++;
      continue;
    }
    const end = endOf(ESCAPED, query, at);
    if (end === null || !isScalar(query.slice(at, end))) {
      throw new LogqlParseError(query, at, 'invalid char escape');
    }
    at = end;
  }
  throw new LogqlParseError(query, start, 'literal not terminated');
}

/** Whether a `\u` or `\U` escape is a Unicode scalar value. */
function isScalar(sequence: string): boolean {
  if (sequence[1] !== 'u' && sequence[1] !== 'U') return true;
  const code = Number.parseInt(sequence.slice(2), 16);
  return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
}

function range(query: string, start: number): Token {
  const close = query.indexOf(']', start);
  if (close < 0) throw new LogqlParseError(query, start, "missing closing ']' in duration");
  const text = query.slice(start + 1, close).trim();
  const seconds = durationSeconds(text);
  if (Number.isNaN(seconds)) {
    throw new LogqlParseError(query, start, `not a valid duration string: "${text}"`);
  }
  return { kind: 'RANGE', start, end: close + 1, text };
}
