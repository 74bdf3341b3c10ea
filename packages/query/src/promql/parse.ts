/**
 * The parser of PromQL: text to a type-checked tree.
 *
 * Model: recursive descent with precedence climbing over the tokens of lex.ts. Grammar and precedence are those of Prometheus 3.14
 * (promql/parser/generated_parser.y), lowest first: `or`; `and unless`; comparisons and trims; `+ -`; `* / % atan2` and the
 * signs; `^` (binds right); then what follows an operand: `[...] offset @ anchored smoothed`.
 *
 * Invariants: the first fault in the order of the text is thrown, syntax before types, in Prometheus' words; the depth of the
 * tree and the length of the text are bounded, so that nothing that walks a tree can overflow the stack.
 */
import type { Matcher } from '@sightline/store';
import type { Aggregate, Binary, BinaryOp, Call, Expr, VectorMatching } from './ast.ts';
import { checkTypes } from './check.ts';
import { checkDepth } from './check-depth.ts';
import { FUNCTIONS } from './functions.ts';
import { quote, unquote } from './go-quote.ts';
import { AGGREGATORS, AGGREGATORS_WITH_PARAM, FUNCTION_WORDS, isMetricName } from './lex-tokens.ts';
import { Cursor } from './parse-cursor.ts';
import { PromqlParseError, utf8Length } from './parse-error.ts';
import { parseModifiers } from './parse-modifiers.ts';
import { parseLabelList, parseVectorSelector } from './parse-selectors.ts';

export interface ParseOptions {
  /** Longest query, in bytes. */
  maxBytes?: number;
  /** Deepest nesting of the text and of the tree. */
  maxDepth?: number;
}

const MAX_BYTES = 65_536;
/** A chain of binary operators is as deep as it is long; generated queries reach a few hundred. */
const MAX_DEPTH = 1000;

/** Parses and checks an expression. Throws PromqlParseError. */
export function parsePromql(text: string, options: ParseOptions = {}): Expr {
  const maxDepth = options.maxDepth ?? MAX_DEPTH;
  const cursor = openCursor(text, options);
  if (cursor.kind === 'eof') {
    throw cursor.error({ start: 0, end: 0 }, 'no expression found in input');
  }
  const expr = parseExpr(cursor, LOWEST);
  if (cursor.kind !== 'eof') throw cursor.unexpected();
  checkDepth(text, expr, maxDepth);
  checkTypes(text, expr);
  return expr;
}

/** Parses a series selector (`match[]`): its matchers, the metric name's among them. Throws PromqlParseError. */
export function parseMetricSelector(text: string, options: ParseOptions = {}): Matcher[] {
  const cursor = openCursor(text, options);
  if (cursor.kind !== '{' && !isMetricName(cursor.kind)) throw cursor.unexpected();
  const { matchers } = parseVectorSelector(cursor);
  if (cursor.kind !== 'eof') throw cursor.unexpected();
  return matchers;
}

function openCursor(text: string, options: ParseOptions): Cursor {
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  if (text.length > maxBytes || utf8Length(text) > maxBytes) {
    const detail = `query is too long (at most ${maxBytes} bytes)`;
    throw new PromqlParseError(text, { start: 0, end: 0 }, detail);
  }
  return new Cursor(text, options.maxDepth ?? MAX_DEPTH);
}

const LOWEST = 1;
const POWER = 6;

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ['and', 2],
  ['unless', 2],
  ['==', 3],
  ['!=', 3],
  ['>', 3],
  ['<', 3],
  ['>=', 3],
  ['<=', 3],
  ['</', 3],
  ['>/', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['atan2', 5],
  ['^', POWER],
]);

function isBinaryOp(kind: string): kind is BinaryOp {
  return PRECEDENCE.has(kind);
}

function parseExpr(cursor: Cursor, least: number): Expr {
  return cursor.nested(() => {
    let lhs = parseOperand(cursor);
    for (;;) {
      const op = cursor.kind;
      if (!isBinaryOp(op)) return lhs;
      const precedence = PRECEDENCE.get(op) ?? 0;
      if (precedence < least) return lhs;
      cursor.take();
      const bool = cursor.accept('bool');
      const matching = parseMatching(cursor);
      const rhs = parseExpr(cursor, op === '^' ? precedence : precedence + 1);
      const range = { start: lhs.range.start, end: rhs.range.end };
      const binary: Binary = { kind: 'binary', op, lhs, rhs, bool, matching, range };
      lhs = binary;
    }
  });
}

/** What stands between an operator and its right side. Cardinality of set operators is fixed by the check. */
function parseMatching(cursor: Cursor): VectorMatching {
  const matching: VectorMatching = {
    card: 'one-to-one',
    on: false,
    labels: [],
    include: [],
    fillLeft: null,
    fillRight: null,
  };
  matching.on = cursor.accept('on');
  if (matching.on || cursor.accept('ignoring')) {
    matching.labels = parseLabelList(cursor);
    if (cursor.accept('group_left')) matching.card = 'many-to-one';
    else if (cursor.accept('group_right')) matching.card = 'one-to-many';
    if (matching.card !== 'one-to-one' && cursor.kind === '(') {
      matching.include = parseLabelList(cursor);
    }
  }
  if (cursor.accept('fill')) {
    matching.fillLeft = parseFill(cursor);
    matching.fillRight = matching.fillLeft;
    return matching;
  }
  // One or both sides, in either order.
  for (let i = 0; i < 2; i++) {
    if (matching.fillLeft === null && cursor.accept('fill_left')) {
      matching.fillLeft = parseFill(cursor);
    } else if (matching.fillRight === null && cursor.accept('fill_right')) {
      matching.fillRight = parseFill(cursor);
    }
  }
  return matching;
}

function parseFill(cursor: Cursor): number {
  cursor.expect('(');
  let sign = 1;
  if (cursor.kind === '+' || cursor.kind === '-') sign = cursor.take().kind === '-' ? -1 : 1;
  if (cursor.kind !== 'number' && cursor.kind !== 'duration') throw cursor.unexpected();
  const value = sign * cursor.number().value;
  cursor.expect(')');
  return value;
}

/** An operand with its sign or its modifiers. A sign binds weaker than `^` and than modifiers. */
function parseOperand(cursor: Cursor): Expr {
  if (cursor.kind !== '+' && cursor.kind !== '-') {
    return parseModifiers(cursor, parsePrimary(cursor));
  }
  const { kind: op, start } = cursor.take();
  const expr = parseExpr(cursor, POWER);
  const range = { start, end: expr.range.end };
  if (expr.kind === 'number') {
    return { ...expr, value: op === '-' ? -expr.value : expr.value, range };
  }
  return { kind: 'unary', op: op === '-' ? '-' : '+', expr, range };
}

function parsePrimary(cursor: Cursor): Expr {
  const { token } = cursor;
  switch (token.kind) {
    case 'number':
    case 'duration':
      return { kind: 'number', ...cursor.number() };
    case 'string': {
      const { start, end, text } = cursor.take();
      return { kind: 'string', value: unquote(text), range: { start, end } };
    }
    case '(': {
      cursor.take();
      const expr = parseExpr(cursor, LOWEST);
      const { end } = cursor.expect(')');
      return { kind: 'paren', expr, range: { start: token.start, end } };
    }
    case '{':
      return parseVectorSelector(cursor);
  }
  if (!isMetricName(token.kind)) throw cursor.unexpected();
  return parseNamed(cursor);
}

/** A function call, an aggregation or a selector: what follows the word decides. */
function parseNamed(cursor: Cursor): Expr {
  const { kind } = cursor.token;
  const isAggregation = AGGREGATORS.has(kind);
  if (kind !== 'identifier' && !FUNCTION_WORDS.has(kind) && !isAggregation) {
    return parseVectorSelector(cursor);
  }
  const next = cursor.peek().kind;
  if (isAggregation && (next === '(' || next === 'by' || next === 'without')) {
    return parseAggregate(cursor);
  }
  return !isAggregation && next === '(' ? parseCall(cursor) : parseVectorSelector(cursor);
}

function parseCall(cursor: Cursor): Call {
  const { text, start, end } = cursor.take();
  const args = parseArguments(cursor);
  if (!FUNCTIONS.has(text)) {
    throw cursor.error({ start, end }, `unknown function with name ${quote(text)}`);
  }
  return { kind: 'call', func: text, args, range: { start, end: cursor.lastEnd } };
}

function parseArguments(cursor: Cursor): Expr[] {
  cursor.expect('(');
  const args: Expr[] = [];
  while (cursor.kind !== ')') {
    args.push(parseExpr(cursor, LOWEST));
    if (cursor.kind === ')') break;
    const comma = cursor.expect(',');
    if (!beginsExpr(cursor.kind)) {
      throw cursor.error(comma, 'trailing commas not allowed in function call args');
    }
  }
  cursor.take();
  return args;
}

function beginsExpr(kind: string): boolean {
  return /^(?:number|duration|string|[-+({])$/.test(kind) || isMetricName(kind);
}

function parseAggregate(cursor: Cursor): Aggregate {
  const { kind: op, start } = cursor.take();
  cursor.aggregations++;
  let grouping = parseGrouping(cursor);
  const args = parseArguments(cursor);
  cursor.aggregations--;
  grouping ??= parseGrouping(cursor);
  const range = { start, end: cursor.lastEnd };
  if (args.length === 0) {
    throw cursor.error(range, 'no arguments for aggregate expression provided');
  }
  const hasParam = AGGREGATORS_WITH_PARAM.has(op);
  const wanted = hasParam ? 2 : 1;
  const expr = args[wanted - 1];
  if (args.length !== wanted || expr === undefined) {
    const counts = `expected ${wanted}, got ${args.length}`;
    const detail = 'wrong number of arguments for aggregate expression provided';
    throw cursor.error(range, `${detail}, ${counts}`);
  }
  return {
    kind: 'aggregate',
    op,
    expr,
    param: hasParam ? (args[0] ?? null) : null,
    grouping: grouping?.labels ?? [],
    without: grouping?.without ?? false,
    range,
  };
}

function parseGrouping(cursor: Cursor): { labels: string[]; without: boolean } | null {
  if (cursor.kind !== 'by' && cursor.kind !== 'without') return null;
  const without = cursor.take().kind === 'without';
  return { labels: parseLabelList(cursor), without };
}
