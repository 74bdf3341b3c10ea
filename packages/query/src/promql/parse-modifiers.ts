/** What follows an expression: `[range]`, `[range:step]`, `offset`, `@`, `anchored`, `smoothed`. */
import type {
  AtModifier,
  Duration,
  Expr,
  MatrixSelector,
  Subquery,
  VectorSelector,
} from './ast.ts';
import type { Cursor } from './parse-cursor.ts';
import { parseOffsetDuration, parsePositiveDuration } from './parse-durations.ts';

/** Consumes all modifiers behind `expr`. */
export function parseModifiers(cursor: Cursor, expr: Expr): Expr {
  let node = expr;
  for (;;) {
    switch (cursor.kind) {
      case '[':
        node = parseBrackets(cursor, node);
        break;
      case 'offset':
        cursor.take();
        setOffset(cursor, node, parseOffsetDuration(cursor));
        break;
      case '@':
        cursor.take();
        setAt(cursor, node, parseAt(cursor, node));
        break;
      case 'anchored':
      case 'smoothed':
        setRangeModifier(cursor, node, cursor.kind);
        cursor.take();
        break;
      default:
        return node;
    }
  }
}

const DURATIONS = 'number, duration, step(), range()';
const WINDOW = {
  context: 'subquery or range selector',
  expected: 'number, duration, step(), or range()',
};
const STEP = { context: 'subquery selector', expected: `${DURATIONS}, or "]"` };

function parseBrackets(cursor: Cursor, expr: Expr): MatrixSelector | Subquery {
  const { start: open } = cursor.take();
  const window = parsePositiveDuration(cursor, WINDOW);
  if (cursor.kind === ']') {
    const { end } = cursor.take();
    return matrixOf(cursor, expr, window, open, end);
  }
  cursor.expect(':', 'subquery or range', '":" or "]"');
  const step = cursor.kind === ']' ? null : parsePositiveDuration(cursor, STEP);
  const { end } = cursor.expect(']', 'subquery selector', '"]"');
  const range = { start: expr.range.start, end };
  return { kind: 'subquery', expr, window, step, offset: 0, at: null, range };
}

function matrixOf(
  cursor: Cursor,
  expr: Expr,
  window: Duration,
  open: number,
  end: number,
): MatrixSelector {
  const brackets = { start: open, end };
  if (expr.kind !== 'selector') {
    throw cursor.error(brackets, 'ranges only allowed for vector selectors');
  }
  if (expr.offset !== 0) throw cursor.error(brackets, 'no offset modifiers allowed before range');
  if (expr.at !== null) throw cursor.error(brackets, 'no @ modifiers allowed before range');
  return { kind: 'matrix', selector: expr, window, range: { start: expr.range.start, end } };
}

/** The node that carries `offset` and `@`: the selector of a range selector, or the node itself. */
function carrier(node: Expr): VectorSelector | Subquery | null {
  if (node.kind === 'matrix') return node.selector;
  return node.kind === 'selector' || node.kind === 'subquery' ? node : null;
}

const MUST_FOLLOW =
  'must be preceded by an instant vector selector or range vector selector or a subquery';

function setOffset(cursor: Cursor, node: Expr, offset: Duration): void {
  const target = carrier(node);
  if (target === null) throw cursor.error(node.range, `offset modifier ${MUST_FOLLOW}`);
  if (target.offset !== 0) {
    throw cursor.error(node.range, 'offset may not be set multiple times');
  }
  target.offset = offset;
  node.range.end = cursor.lastEnd;
}

function parseAt(cursor: Cursor, node: Expr): AtModifier {
  if (cursor.kind === 'start' || cursor.kind === 'end') {
    const at = cursor.kind;
    cursor.take();
    cursor.expect('(', '@', 'timestamp');
    cursor.expect(')', '@', 'timestamp');
    return { at };
  }
  let sign = 1;
  if (cursor.kind === '+' || cursor.kind === '-') sign = cursor.take().kind === '-' ? -1 : 1;
  if (cursor.kind !== 'number' && cursor.kind !== 'duration') {
    throw cursor.unexpected('@', 'timestamp');
  }
  const seconds = sign * cursor.number().value;
  if (!(Math.abs(seconds) < 2 ** 63)) {
    const printed = Number.isFinite(seconds) ? bigFixed(seconds) : goInfinity(seconds);
    throw cursor.error(node.range, `timestamp out of bounds for @ modifier: ${printed}`);
  }
  return { at: 'time', timeMs: roundHalfAway(seconds * 1000) };
}

function goInfinity(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** `%f` of a number too large to have a fraction. */
function bigFixed(value: number): string {
  return `${BigInt(value)}.000000`;
}

function roundHalfAway(value: number): number {
  const rounded = Math.sign(value) * Math.round(Math.abs(value));
  return rounded === 0 ? 0 : rounded;
}

function setAt(cursor: Cursor, node: Expr, at: AtModifier): void {
  const target = carrier(node);
  if (target === null) throw cursor.error(node.range, `@ modifier ${MUST_FOLLOW}`);
  if (target.at !== null) {
    throw cursor.error(node.range, '@ <timestamp> may not be set multiple times');
  }
  target.at = at;
  node.range.end = cursor.lastEnd;
}

function setRangeModifier(cursor: Cursor, node: Expr, modifier: 'anchored' | 'smoothed'): void {
  if (node.kind === 'subquery') {
    throw cursor.error(node.range, `${modifier} modifier is not supported for subqueries`);
  }
  const target = node.kind === 'matrix' ? node.selector : node;
  if (target.kind !== 'selector') {
    throw cursor.error(node.range, `${modifier} modifier not implemented`);
  }
  if (target.modifier !== null && target.modifier !== modifier) {
    const detail = 'anchored and smoothed modifiers cannot be used together';
    throw cursor.error(node.range, detail);
  }
  target.modifier = modifier;
}
