/**
 * Spanset expressions and the stages of a pipeline.
 *
 * Model: a stage begins with `{` or `(` (a spanset expression), with a keyword (`by`, `select`, `coalesce`), or with what a scalar begins
 * with (an aggregate, a literal, a sign, or `(` before one of these).
 * Precedence of spanset operators, lowest first: `&&` and `||` (one level, from left to right); structural operators.
 */
import type {
  ArithmeticOp,
  ScalarComparisonOp,
  ScalarExpr,
  ScalarFilter,
  SpansetAggregate,
  SpansetExpr,
  SpansetFilter,
  SpansetOp,
  Stage,
} from './ast.ts';
import { AGGREGATES, type Token } from './lex-tokens.ts';
import { type Cursor, isSymbol } from './parse-cursor.ts';
import { parseFieldExpr, parseFieldList, parseLiteral } from './parse-fields.ts';

const SPANSET_OPS: ReadonlyMap<string, number> = new Map([
  ['&&', 1],
  ['||', 1],
  ...['>', '<', '>>', '<<', '~'].flatMap((relation): [string, number][] => [
    [relation, 2],
    [`!${relation}`, 2],
    [`&${relation}`, 2],
  ]),
]);

function isSpansetOp(text: string): text is SpansetOp {
  return SPANSET_OPS.has(text);
}

/** A pipeline: stages joined by `|`, up to what `ends` recognises behind a `|`. */
export function parseStages(cursor: Cursor, ends: (behindPipe: Token) => boolean): Stage[] {
  const stages = [parseStage(cursor)];
  while (cursor.at('|') && !ends(cursor.peek(1))) {
    cursor.take();
    stages.push(parseStage(cursor));
  }
  return stages;
}

function parseStage(cursor: Cursor): Stage {
  const { token } = cursor;
  const { start } = token;
  const first = firstInside(cursor);
  if (isSymbol(first, '{')) return parseSpansetExpr(cursor);
  if (cursor.accept('by')) {
    cursor.expect('(');
    const by = parseFieldExpr(cursor);
    cursor.expect(')');
    return { kind: 'by', by, range: cursor.rangeFrom(start) };
  }
  if (cursor.accept('select')) {
    const fields = parseFieldList(cursor);
    return { kind: 'select', fields, range: cursor.rangeFrom(start) };
  }
  if (cursor.accept('coalesce')) {
    cursor.expect('(');
    cursor.expect(')');
    return { kind: 'coalesce', range: cursor.rangeFrom(start) };
  }
  return parseScalarFilter(cursor);
}

/** The first token that is no opening parenthesis. */
function firstInside(cursor: Cursor): Token {
  let distance = 0;
  while (isSymbol(cursor.peek(distance), '(')) distance++;
  return cursor.peek(distance);
}

function parseSpansetExpr(cursor: Cursor, least = 1): SpansetExpr {
  return cursor.nested(() => {
    let left = parseSpansetOperand(cursor);
    for (;;) {
      const { token } = cursor;
      if (token.kind !== 'symbol' || !isSpansetOp(token.text)) return left;
      const precedence = SPANSET_OPS.get(token.text) ?? 0;
      if (precedence < least) return left;
      cursor.take();
      const right = parseSpansetExpr(cursor, precedence + 1);
      const range = { start: left.range.start, end: right.range.end };
      left = { kind: 'combination', op: token.text, left, right, range };
    }
  });
}

function parseSpansetOperand(cursor: Cursor): SpansetExpr {
  const { start } = cursor.token;
  if (!cursor.at('(')) return parseSpansetFilter(cursor);
  cursor.take();
  return cursor.nested(() => {
    const stages = parseStages(cursor, () => false);
    const { token } = cursor;
    cursor.expect(')');
    const [only] = stages;
    const isExpr =
      only?.kind === 'filter' || only?.kind === 'combination' || only?.kind === 'pipeline';
    if (stages.length === 1 && isExpr) return only;
    return { kind: 'pipeline', stages, range: { start, end: token.end } };
  });
}

export function parseSpansetFilter(cursor: Cursor): SpansetFilter {
  const { start } = cursor.expect('{');
  const where = cursor.at('}') ? null : parseFieldExpr(cursor);
  // A binary operator would have been taken.
  if (!cursor.at('}')) throw cursor.unexpected();
  cursor.take();
  return { kind: 'filter', where, range: cursor.rangeFrom(start) };
}

const COMPARISONS: readonly string[] = ['=', '!=', '<', '<=', '>', '>='];

function isScalarComparison(text: string): text is ScalarComparisonOp {
  return COMPARISONS.includes(text);
}

/** The comparison that the cursor stands on; consumes it. */
export function acceptComparison(cursor: Cursor): ScalarComparisonOp | null {
  const { token } = cursor;
  if (token.kind !== 'symbol' || !isScalarComparison(token.text)) return null;
  cursor.take();
  return token.text;
}

function parseScalarFilter(cursor: Cursor): ScalarFilter {
  const left = parseScalarExpr(cursor);
  const op = acceptComparison(cursor);
  if (op === null) throw cursor.unexpected();
  const right = parseScalarExpr(cursor);
  const range = { start: left.range.start, end: right.range.end };
  return { kind: 'scalar filter', op, left, right, range };
}

const ARITHMETIC: ReadonlyMap<string, number> = new Map([
  ['+', 1],
  ['-', 1],
  ['*', 2],
  ['/', 2],
  ['%', 2],
  ['^', 3],
]);

function isArithmetic(text: string): text is ArithmeticOp {
  return ARITHMETIC.has(text);
}

function parseScalarExpr(cursor: Cursor, least = 1): ScalarExpr {
  return cursor.nested(() => {
    let left = parseScalarOperand(cursor);
    for (;;) {
      const { token } = cursor;
      if (token.kind !== 'symbol' || !isArithmetic(token.text)) return left;
      const precedence = ARITHMETIC.get(token.text) ?? 0;
      if (precedence < least) return left;
      cursor.take();
      const right = parseScalarExpr(cursor, token.text === '^' ? precedence : precedence + 1);
      const range = { start: left.range.start, end: right.range.end };
      left = { kind: 'arithmetic', op: token.text, left, right, range };
    }
  });
}

function parseScalarOperand(cursor: Cursor): ScalarExpr {
  const { token } = cursor;
  if (token.kind === 'literal' || isSymbol(token, '-')) return parseLiteral(cursor);
  if (isSymbol(token, '(')) {
    cursor.take();
    if (isSymbol(firstInside(cursor), '{')) {
      throw cursor.mistyped(token, 'scalar filter lhs of type (Pipeline) not yet supported');
    }
    const inner = parseScalarExpr(cursor);
    cursor.expect(')');
    return inner;
  }
  return parseAggregate(cursor);
}

function isAggregate(text: string): text is SpansetAggregate['func'] {
  return AGGREGATES.has(text);
}

function parseAggregate(cursor: Cursor): SpansetAggregate {
  const { token } = cursor;
  if (token.kind !== 'symbol' || !isAggregate(token.text)) throw cursor.unexpected();
  cursor.take();
  cursor.expect('(');
  const of = token.text === 'count' ? null : parseFieldExpr(cursor);
  cursor.expect(')');
  return { kind: 'aggregate', func: token.text, of, range: cursor.rangeFrom(token.start) };
}
