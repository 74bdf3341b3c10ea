/**
 * Durations in selectors: `[5m]`, `[5m:step()*2]`, `offset -min_of(step(), 1m)`.
 *
 * Model: inside brackets the whole arithmetic is allowed; behind `offset` only a literal, a duration function or a parenthesised
 * expression, so that `x offset 5m + y` adds vectors. A plain literal becomes a number of milliseconds at once.
 */
import type { Duration, DurationExpr } from './ast.ts';
import { isDurationInRange } from './lex-numbers.ts';
import { type Cursor, tooDeep } from './parse-cursor.ts';

/** Where a duration stands and what may stand there, for error texts. */
interface DurationPlace {
  context: string;
  expected: string;
}

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['+', 1],
  ['-', 1],
  ['*', 2],
  ['/', 2],
  ['%', 2],
  ['^', 3],
]);
const UNARY_PRECEDENCE = 3;

/** A range or step: an expression that must be positive when it is a literal. */
export function parsePositiveDuration(cursor: Cursor, place: DurationPlace): Duration {
  const expr = parseExpr(cursor, place, 1);
  if (expr.kind !== 'literal') return expr;
  if (!(expr.seconds > 0)) throw cursor.error(expr.range, 'duration must be greater than 0');
  return expr.ms;
}

const OFFSET: DurationPlace = {
  context: 'offset',
  expected: 'number, duration, step(), or range()',
};

/** What follows `offset`. */
export function parseOffsetDuration(cursor: Cursor): Duration {
  const expr = offsetExpr(cursor);
  return expr.kind === 'literal' ? expr.ms : expr;
}

function offsetExpr(cursor: Cursor): DurationExpr {
  if (cursor.kind !== '+' && cursor.kind !== '-') return primary(cursor, OFFSET);
  const { kind: op, start } = cursor.take();
  return signed(
    cursor,
    op,
    start,
    cursor.nested(() => offsetExpr(cursor)),
  );
}

/** Precedence climbing; `^` binds to the right. */
function parseExpr(cursor: Cursor, place: DurationPlace, least: number): DurationExpr {
  return cursor.nested(() => {
    let lhs = unary(cursor, place);
    for (let depth = 1; ; depth++) {
      if (depth > cursor.maxDepth) throw tooDeep(cursor.text, lhs.range, cursor.maxDepth);
      const op = durationOp(cursor.kind);
      const precedence = op === null ? 0 : (PRECEDENCE.get(op) ?? 0);
      if (op === null || precedence < least) return lhs;
      const token = cursor.take();
      const rhs = parseExpr(cursor, place, op === '^' ? precedence : precedence + 1);
      if (rhs.kind === 'literal' && rhs.seconds === 0) {
        if (op === '/') throw cursor.error(token, 'division by zero');
        if (op === '%') throw cursor.error(token, 'modulo by zero');
      }
      const range = { start: lhs.range.start, end: rhs.range.end };
      lhs = { kind: 'binary', op, lhs, rhs, range };
    }
  });
}

function durationOp(kind: string): '+' | '-' | '*' | '/' | '%' | '^' | null {
  switch (kind) {
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return kind;
  }
  return null;
}

function unary(cursor: Cursor, place: DurationPlace): DurationExpr {
  if (cursor.kind !== '+' && cursor.kind !== '-') return primary(cursor, place);
  const { kind: op, start } = cursor.take();
  return signed(cursor, op, start, parseExpr(cursor, place, UNARY_PRECEDENCE));
}

/** A sign folds into a literal; a plus leaves no trace. */
function signed(cursor: Cursor, op: string, start: number, operand: DurationExpr): DurationExpr {
  const range = { start, end: operand.range.end };
  if (operand.kind === 'literal') {
    const sign = op === '-' ? -1 : 1;
    const seconds = operand.seconds * sign;
    return literal(cursor, seconds, operand.isDuration, range);
  }
  return op === '-' ? { kind: 'unary', op, operand, range } : operand;
}

function literal(
  cursor: Cursor,
  seconds: number,
  isDuration: boolean,
  range: { start: number; end: number },
): DurationExpr {
  if (!isDurationInRange(seconds)) throw cursor.error(range, 'duration out of range');
  return { kind: 'literal', ms: secondsToMs(seconds), seconds, isDuration, range };
}

/** Whole milliseconds of a literal, which Prometheus first rounds to nanoseconds. */
function secondsToMs(seconds: number): number {
  const ms = Math.trunc(Math.round(seconds * 1e9) / 1e6);
  return ms === 0 ? 0 : ms;
}

function primary(cursor: Cursor, place: DurationPlace): DurationExpr {
  const { kind } = cursor;
  switch (kind) {
    case 'number':
    case 'duration': {
      const { value, isDuration, range } = cursor.number();
      return literal(cursor, value, isDuration, range);
    }
    case 'step':
    case 'range': {
      const { start } = cursor.take();
      cursor.expect('(', place.context, place.expected);
      const { end } = cursor.expect(')', place.context, place.expected);
      return { kind, range: { start, end } };
    }
    case 'min_of':
    case 'max_of': {
      const { start } = cursor.take();
      cursor.expect('(', place.context, place.expected);
      const first = parseExpr(cursor, place, 1);
      cursor.expect(',', place.context, place.expected);
      const second = parseExpr(cursor, place, 1);
      const { end } = cursor.expect(')', place.context, place.expected);
      const args = [first, second];
      return { kind: kind === 'min_of' ? 'min' : 'max', args, range: { start, end } };
    }
    case '(': {
      const { start } = cursor.take();
      const inner = parseExpr(cursor, place, 1);
      const { end } = cursor.expect(')', place.context, place.expected);
      return { kind: 'paren', inner, range: { start, end } };
    }
  }
  throw cursor.unexpected(place.context, place.expected);
}
