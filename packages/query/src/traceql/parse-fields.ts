/**
 * Field expressions: what stands between the braces of a spanset filter and in the parentheses of functions.
 *
 * Precedence, lowest first: `&&` and `||` (one level, from left to right, as in Tempo); comparisons; `+ -`; `* / %`; the signs `-` and `!`;
 * `^` (binds right).
 */
import type { Field, FieldExpr, FieldOp, Literal } from './ast.ts';
import { type Cursor, isSymbol } from './parse-cursor.ts';
import { integer, isNumber } from './value.ts';

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['&&', 1],
  ['||', 1],
  ['=', 2],
  ['!=', 2],
  ['<', 2],
  ['<=', 2],
  ['>', 2],
  ['>=', 2],
  ['=~', 2],
  ['!~', 2],
  ['+', 3],
  ['-', 3],
  ['*', 4],
  ['/', 4],
  ['%', 4],
  ['^', 6],
]);
const LOWEST = 1;
const SIGN = 5;

function isFieldOp(text: string): text is FieldOp {
  return PRECEDENCE.has(text);
}

/** The operator of a field expression that the cursor stands on, and how it binds. */
export function fieldOp(cursor: Cursor): { op: FieldOp; precedence: number } | null {
  const { token } = cursor;
  if (token.kind !== 'symbol' || !isFieldOp(token.text)) return null;
  return { op: token.text, precedence: PRECEDENCE.get(token.text) ?? 0 };
}

export function parseFieldExpr(cursor: Cursor, least = LOWEST): FieldExpr {
  return cursor.nested(() => {
    let left = parseOperand(cursor);
    for (;;) {
      const next = fieldOp(cursor);
      if (next === null || next.precedence < least) return left;
      cursor.take();
      const right = parseFieldExpr(cursor, next.op === '^' ? next.precedence : next.precedence + 1);
      const range = { start: left.range.start, end: right.range.end };
      left = { kind: 'binary', op: next.op, left, right, range };
    }
  });
}

function parseOperand(cursor: Cursor): FieldExpr {
  const { token } = cursor;
  if (token.kind === 'literal') return parseLiteral(cursor);
  if (token.kind === 'attribute' || token.kind === 'intrinsic') return parseField(cursor);
  if (isSymbol(token, '(')) {
    cursor.take();
    const inner = parseFieldExpr(cursor);
    cursor.expect(')');
    return inner;
  }
  if (!isSymbol(token, '-') && !isSymbol(token, '!')) throw cursor.unexpected();
  if (isSymbol(token, '-') && cursor.peek(1).kind === 'literal' && !isSymbol(cursor.peek(2), '^')) {
    return parseLiteral(cursor);
  }
  cursor.take();
  const operand = parseFieldExpr(cursor, SIGN);
  const range = { start: token.start, end: operand.range.end };
  return { kind: 'unary', op: token.text === '-' ? '-' : '!', operand, range };
}

/** A literal, a number with its sign. */
export function parseLiteral(cursor: Cursor): Literal {
  const { start } = cursor.token;
  const negative = cursor.accept('-');
  const { token } = cursor;
  if (token.kind !== 'literal') throw cursor.unexpected();
  cursor.take();
  const range = { start, end: token.end };
  const { value } = token;
  if (!negative) return { kind: 'literal', value, range };
  if (!isNumber(value)) {
    throw cursor.mistyped(range, `illegal operation for the given type: -${token.text}`);
  }
  // No negative zero: it would print as another literal.
  const negated =
    value.digits === undefined
      ? { type: value.type, value: 0 - value.value }
      : integer(String(-BigInt(value.digits)));
  return { kind: 'literal', value: negated, range };
}

export function parseField(cursor: Cursor): Field {
  const { token } = cursor;
  if (token.kind === 'attribute') {
    cursor.take();
    const range = { start: token.start, end: token.end };
    return { kind: 'attribute', ...token.attribute, range };
  }
  if (token.kind !== 'intrinsic') throw cursor.unexpected();
  cursor.take();
  const range = { start: token.start, end: token.end };
  return { kind: 'intrinsic', name: token.intrinsic, range };
}

/** `(field, field, ...)`: at least one. */
export function parseFieldList(cursor: Cursor): Field[] {
  cursor.expect('(');
  const fields = [parseField(cursor)];
  while (cursor.accept(',')) fields.push(parseField(cursor));
  cursor.expect(')');
  return fields;
}
