/**
 * Label filters: `| a="b" and (c > 5 or d >= 10ms), e = ip("10.0.0.0/8")`.
 *
 * `and` (also written `,` or not at all) and `or` have one precedence, from left to right, as Loki's documentation has it.
 */
import type { CompareOp, LabelFilter } from './ast.ts';
import { type Cursor, matchOp } from './cursor.ts';
import { parseIpPattern } from './pipeline/ip.ts';
import { durationSeconds, sizeBytes } from './units.ts';

/** Longer chains would nest the tree too deeply. */
const MAX_CHAIN = 500;

export function parseLabelFilter(cursor: Cursor): LabelFilter {
  return cursor.nested(() => {
    let lhs = primary(cursor);
    for (let chain = 0; ; chain++) {
      const kind = connective(cursor);
      if (kind === null) return lhs;
      if (chain === MAX_CHAIN) throw cursor.error(cursor.token, 'too many label filters');
      lhs = { kind, lhs, rhs: primary(cursor) };
    }
  });
}

function connective(cursor: Cursor): 'and' | 'or' | null {
  if (cursor.acceptWord('or')) return 'or';
  return cursor.acceptWord('and') || cursor.accept(',') || startsFilter(cursor) ? 'and' : null;
}

/** Whether a label and an operator follow. */
export function startsFilter(cursor: Cursor): boolean {
  if (cursor.kind !== 'IDENTIFIER') return false;
  const { kind } = cursor.peek(1);
  return kind === '=' || kind === '=~' || kind === '!~' || compareOp(kind) !== null;
}

function compareOp(kind: string): CompareOp | null {
  switch (kind) {
    case '=':
      return '==';
    case '==':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
      return kind;
  }
  return null;
}

function primary(cursor: Cursor): LabelFilter {
  if (cursor.accept('(')) {
    const inner = parseLabelFilter(cursor);
    cursor.expect(')');
    return inner;
  }
  const name = cursor.expect('IDENTIFIER').text;
  const { kind } = cursor;
  const value = cursor.peek(1);
  if (value.kind === 'STRING' && matchOp(kind) !== null) {
    return { kind: 'match', matcher: cursor.matcher(name) };
  }
  if ((kind === '=' || kind === '!=') && value.text === 'ip') return ipFilter(cursor, name, kind);
  const op = compareOp(kind);
  if (op === null) throw cursor.unexpected('=', '=~', '!=', '!~', '==', '>', '>=', '<', '<=');
  cursor.take();
  return comparison(cursor, name, op);
}

function ipFilter(cursor: Cursor, name: string, op: '=' | '!='): LabelFilter {
  cursor.take();
  return { kind: 'ip', name, op, pattern: parseIpCall(cursor) };
}

/** `ip("10.0.0.0/8")`: the pattern. */
export function parseIpCall(cursor: Cursor): string {
  cursor.take();
  cursor.expect('(');
  const { token } = cursor;
  const pattern = cursor.string();
  cursor.expect(')');
  if (parseIpPattern(pattern) !== null) return pattern;
  throw cursor.error(token, `ip: invalid pattern "${pattern}"`);
}

function comparison(cursor: Cursor, name: string, op: CompareOp): LabelFilter {
  const sign = cursor.accept('-') ? '-' : '';
  const { kind } = cursor;
  if (kind === 'NUMBER') {
    const text = sign + cursor.take().text;
    return { kind: 'number', name, op, value: numberOf(text), text };
  }
  if (kind === 'DURATION') {
    const text = sign + cursor.take().text;
    return { kind: 'duration', name, op, value: durationSeconds(text), text };
  }
  if (kind === 'BYTES' && sign === '') {
    const { text } = cursor.take();
    return { kind: 'bytes', name, op, value: sizeBytes(text), text };
  }
  throw cursor.unexpected('BYTES', 'DURATION', 'NUMBER');
}

/** The value of a number token with its sign. */
export function numberOf(text: string): number {
  return text.startsWith('-') ? -Number(text.slice(1)) : Number(text);
}
