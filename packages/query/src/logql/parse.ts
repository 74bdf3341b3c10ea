/** The parser of LogQL: recursive descent, precedence climbing for binary operators. */
import type { Matcher } from '@sightline/store';
import { RE2JS } from 're2js';
import type { BinaryOp, VectorMatching } from '../promql/ast.ts';
import { matchesEmpty } from '../promql/check-matchers.ts';
import type { Grouping, LogExpr, LogqlExpr, MetricExpr, RangeAggregation } from './ast.ts';
import {
  BINARY_PRECEDENCE,
  checkRange,
  checkVector,
  RANGE_OPS,
  VECTOR_OPS,
  VECTOR_OPS_WITH_PARAM,
} from './check.ts';
import { Cursor } from './cursor.ts';
import type { Token } from './lex.ts';
import type { LogqlParseError } from './parse-error.ts';
import { numberOf } from './parse-label-filter.ts';
import { parseSelector, parseStages } from './parse-stages.ts';
import { durationSeconds } from './units.ts';

/** A query of either kind. Throws LogqlParseError. */
export function parseLogql(text: string): LogqlExpr {
  const cursor = new Cursor(text);
  const expr = expression(cursor, 1);
  if (cursor.kind !== '$end') throw cursor.unexpected();
  return expr;
}

/** A stream selector alone, as `/series` takes it. Throws LogqlParseError. */
export function parseLogSelector(text: string): Matcher[] {
  const cursor = new Cursor(text);
  const matchers = selector(cursor);
  if (cursor.kind !== '$end') throw cursor.unexpected();
  return matchers;
}

function binaryOp({ kind, text }: Token): BinaryOp | null {
  const op = kind === 'IDENTIFIER' ? text : kind;
  switch (op) {
    case 'or':
    case 'and':
    case 'unless':
    case '==':
    case '!=':
    case '>':
    case '>=':
    case '<':
    case '<=':
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
      return op;
  }
  return null;
}

/** Chains of operators longer than this would nest the tree too deeply. */
const MAX_CHAIN = 500;

function expression(cursor: Cursor, least: number): LogqlExpr {
  return cursor.nested(() => {
    let lhs = primary(cursor);
    for (let chain = 0; ; chain++) {
      const op = binaryOp(cursor.token);
      const precedence = op === null ? 0 : (BINARY_PRECEDENCE.get(op) ?? 0);
      if (op === null || precedence < least) return lhs;
      if (chain === MAX_CHAIN) throw cursor.error(cursor.token, 'too many binary operations');
      cursor.take();
      const { bool, matching } = modifiers(cursor, op);
      const rhs = expression(cursor, op === '^' ? precedence : precedence + 1);
      lhs = binary(cursor, op, lhs, rhs, bool, matching);
    }
  });
}

function binary(
  cursor: Cursor,
  op: BinaryOp,
  lhs: LogqlExpr,
  rhs: LogqlExpr,
  bool: boolean,
  matching: VectorMatching | null,
): MetricExpr {
  if (lhs.kind === 'log') throw legError(cursor, 'left', op);
  if (rhs.kind === 'log') throw legError(cursor, 'right', op);
  const isSet = op === 'and' || op === 'or' || op === 'unless';
  const sides = [lhs, rhs] as const;
  for (const [i, side] of sides.entries()) {
    if (isSet && isScalar(side)) {
      const leg = i === 0 ? 'left' : 'right';
      const detail = `unexpected literal for ${leg} leg of logical/set binary operation (${op})`;
      throw cursor.invalid(detail);
    }
  }
  const vectors = !isScalar(lhs) && !isScalar(rhs);
  return { kind: 'binary', op, lhs, rhs, bool, matching: vectors ? matching : null };
}

/** Whether an expression is made of literals only. */
export function isScalar(expr: MetricExpr): boolean {
  if (expr.kind === 'binary') return isScalar(expr.lhs) && isScalar(expr.rhs);
  return expr.kind === 'literal';
}

function legError(cursor: Cursor, leg: string, op: string): LogqlParseError {
  return cursor.invalid(`unexpected type for ${leg} leg of binary operation (${op}): log query`);
}

function modifiers(cursor: Cursor, op: BinaryOp): { bool: boolean; matching: VectorMatching } {
  const { token } = cursor;
  const bool = cursor.acceptWord('bool');
  if (bool && BINARY_PRECEDENCE.get(op) !== 3) {
    throw cursor.error(token, 'bool modifier can only be used on comparison operators');
  }
  const isSet = op === 'and' || op === 'or' || op === 'unless';
  const matching: VectorMatching = {
    card: isSet ? 'many-to-many' : 'one-to-one',
    on: false,
    labels: [],
    include: [],
    fillLeft: null,
    fillRight: null,
  };
  if (!cursor.isWord('on') && !cursor.isWord('ignoring')) return { bool, matching };
  matching.on = cursor.take().text === 'on';
  matching.labels = labelList(cursor);
  const group = cursor.token;
  if (!cursor.isWord('group_left') && !cursor.isWord('group_right')) return { bool, matching };
  if (isSet) throw cursor.error(group, `no grouping allowed for "${op}" operation`);
  cursor.take();
  matching.card = group.text === 'group_left' ? 'many-to-one' : 'one-to-many';
  if (cursor.kind === '(') matching.include = labelList(cursor);
  return { bool, matching };
}

function labelList(cursor: Cursor): string[] {
  cursor.expect('(');
  const labels: string[] = [];
  while (cursor.kind !== ')') {
    labels.push(cursor.expect('IDENTIFIER').text);
    if (!cursor.accept(',') && cursor.kind !== ')') throw cursor.unexpected(',', ')');
  }
  cursor.take();
  return labels;
}

function primary(cursor: Cursor): LogqlExpr {
  const { kind, token } = cursor;
  if (kind === '{') return logExpr(cursor);
  if (kind === '(') {
    cursor.take();
    const inner = expression(cursor, 1);
    cursor.expect(')');
    if (inner.kind === 'log') parseStages(cursor, inner.stages, false);
    return inner;
  }
  if (kind === 'NUMBER' || kind === '+' || kind === '-') {
    return { kind: 'literal', value: signedNumber(cursor) };
  }
  if (kind !== 'IDENTIFIER') throw cursor.unexpected();
  const isCall = cursor.peek(1).kind === '(';
  const isAggregation = isCall || ['by', 'without'].includes(cursor.peek(1).text);
  if (isCall && RANGE_OPS.has(token.text)) return rangeAggregation(cursor);
  if (isAggregation && VECTOR_OPS.has(token.text)) return vectorAggregation(cursor);
  if (isCall && token.text === 'label_replace') return labelReplace(cursor);
  if (isCall && token.text === 'vector') {
    cursor.take();
    cursor.take();
    const value = signedNumber(cursor);
    cursor.expect(')');
    return { kind: 'vector', value };
  }
  throw cursor.unexpected();
}

function signedNumber(cursor: Cursor): number {
  const sign = cursor.accept('-') ? '-' : '';
  if (sign === '') cursor.accept('+');
  const { token } = cursor;
  const value = numberOf(sign + cursor.expect('NUMBER').text);
  if (!Number.isFinite(value)) throw cursor.error(token, 'number is out of range');
  return value;
}

function selector(cursor: Cursor): Matcher[] {
  const matchers = parseSelector(cursor);
  if (matchers.every(matchesEmpty)) {
    throw cursor.invalid(
      'queries require at least one regexp or equality matcher that does not have an empty-compatible value. ' +
        'For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    );
  }
  return matchers;
}

function logExpr(cursor: Cursor): LogExpr {
  const log: LogExpr = { kind: 'log', matchers: selector(cursor), stages: [] };
  parseStages(cursor, log.stages, false);
  return log;
}

/** A log query with its range, which stands behind any of its parts, and the offset behind the range. */
class RangeParser {
  readonly log: LogExpr = { kind: 'log', matchers: [], stages: [] };
  windowMs = 0;
  offsetMs = 0;
  readonly #cursor: Cursor;

  constructor(cursor: Cursor) {
    this.#cursor = cursor;
  }

  parse(): void {
    const cursor = this.#cursor;
    cursor.nested(() => {
      if (cursor.accept('(')) {
        this.parse();
        cursor.expect(')');
      } else this.log.matchers = selector(cursor);
      this.#rest();
    });
  }

  finish(): void {
    if (this.windowMs === 0) throw this.#cursor.unexpected('RANGE');
  }

  #rest(): void {
    const cursor = this.#cursor;
    for (;;) {
      const before = cursor.token;
      parseStages(cursor, this.log.stages, true);
      if (cursor.kind === 'RANGE' && this.windowMs === 0) this.#range();
      if (cursor.token === before) return;
    }
  }

  #range(): void {
    const cursor = this.#cursor;
    const { token } = cursor;
    this.windowMs = Math.round(durationSeconds(token.text) * 1000);
    if (!(this.windowMs > 0)) throw cursor.error(token, 'range must be at least 1ms');
    cursor.take();
    if (!cursor.acceptWord('offset')) return;
    const sign = cursor.accept('-') ? -1 : 1;
    this.offsetMs = sign * Math.round(durationSeconds(cursor.expect('DURATION').text) * 1000);
  }
}

function rangeAggregation(cursor: Cursor): RangeAggregation {
  const { text: op } = cursor.take();
  cursor.expect('(');
  let param: number | null = null;
  if (cursor.kind === 'NUMBER' || cursor.kind === '-' || cursor.kind === '+') {
    param = signedNumber(cursor);
    cursor.expect(',');
  }
  const range = new RangeParser(cursor);
  range.parse();
  range.finish();
  cursor.expect(')');
  const { log, windowMs, offsetMs } = range;
  const grouping = parseGrouping(cursor);
  const node: RangeAggregation = { kind: 'range', op, param, log, windowMs, offsetMs, grouping };
  checkRange(cursor, node);
  return node;
}

function parseGrouping(cursor: Cursor): Grouping | null {
  if (!cursor.isWord('by') && !cursor.isWord('without')) return null;
  const without = cursor.take().text === 'without';
  return { labels: labelList(cursor), without };
}

function vectorAggregation(cursor: Cursor): MetricExpr {
  const { text: op } = cursor.take();
  let grouping = parseGrouping(cursor);
  cursor.expect('(');
  let param: number | null = null;
  if (VECTOR_OPS_WITH_PARAM.has(op) && (cursor.kind === 'NUMBER' || cursor.kind === '-')) {
    param = signedNumber(cursor);
    cursor.expect(',');
  }
  const expr = expression(cursor, 1);
  cursor.expect(')');
  grouping ??= parseGrouping(cursor);
  if (expr.kind === 'log') throw cursor.invalid(`${op} aggregates metrics, not log lines`);
  checkVector(cursor, op, param, expr, grouping);
  return { kind: 'aggregate', op, param, expr, grouping };
}

function labelReplace(cursor: Cursor): MetricExpr {
  cursor.take();
  cursor.expect('(');
  const expr = expression(cursor, 1);
  if (expr.kind === 'log') throw cursor.invalid('label_replace takes metrics, not log lines');
  const texts: string[] = [];
  for (let i = 0; i < 4; i++) {
    cursor.expect(',');
    texts.push(cursor.string());
  }
  cursor.expect(')');
  const [destination = '', replacement = '', source = '', pattern = ''] = texts;
  try {
    RE2JS.compile(`^(?s:${pattern})$`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw cursor.invalid(`invalid regex in label_replace: ${why}`);
  }
  return { kind: 'label_replace', expr, destination, replacement, source, pattern };
}
