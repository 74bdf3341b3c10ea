/**
 * PostgreSQL's lexical structure (manual, chapter 4.1), as far as telling literals, names and operators apart needs it.
 *
 * Never fails: statements come cut off (track_activity_query_size), so what is not closed goes to the end.
 */
export type TokenKind = 'word' | 'name' | 'literal' | 'parameter' | 'symbol' | 'comment';

export interface Token {
  /** `name` is a quoted identifier; `word` an unquoted one or a keyword, in lower case. */
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['literal', /[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|\\?$)/y],
  ['literal', /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$)/y],
  ['literal', /\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)/y],
  ['parameter', /\$\d+/y],
  ['literal', /(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|0[xX][\da-fA-F]+/y],
  ['name', /"(?:[^"]|"")*(?:"|$)/y],
  ['word', /[\p{L}_][\p{L}\p{N}_$]*/uy],
  ['symbol', /::|[<>!~|&@#%^*/+=-]+|[^\s]/y],
];
const BLANK = /\s*/y;

export function tokens(sql: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (true) {
    BLANK.lastIndex = at;
    BLANK.test(sql);
    at = Math.max(at, BLANK.lastIndex);
    if (at >= sql.length) return found;
    const token = tokenAt(sql, at);
    found.push(token);
    at = token.end;
  }
}

function tokenAt(sql: string, start: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = start;
    const [raw] = pattern.exec(sql) ?? [];
    if (raw === undefined || raw === '') continue;
    return { kind, text: textOf(kind, raw), start, end: start + raw.length };
  }
  return { kind: 'symbol', text: sql.charAt(start), start, end: start + 1 };
}

function textOf(kind: TokenKind, raw: string): string {
  if (kind === 'word') return raw.toLowerCase();
  return kind === 'name'
    ? raw.slice(1, raw.endsWith('"') ? -1 : undefined).replaceAll('""', '"')
    : raw;
}
