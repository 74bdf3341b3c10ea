/**
 * Arithmetic between metrics queries: each stands in parentheses, `({ status = error } | rate()) / ({ } | rate())`; numbers may
 * stand bare.
 *
 * Model: a metrics function inside of parentheses tells such a query from all others, before anything is parsed. `* /` bind stronger
 * than `+ -`; all bind to the left.
 */
import type { MathQuery, SeriesExpr, SeriesOp, SpanQuery } from './ast.ts';
import { type Cursor, isSymbol } from './parse-cursor.ts';
import { parseLiteral } from './parse-fields.ts';
import { beginsMetrics, parseMetricsFunction, parseSeriesStages } from './parse-metrics.ts';
import { parseStages } from './parse-spansets.ts';
import { isNumber } from './value.ts';

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['+', 1],
  ['-', 1],
  ['*', 2],
  ['/', 2],
]);

function isSeriesOp(text: string): text is SeriesOp {
  return PRECEDENCE.has(text);
}

/** Whether a metrics function stands inside of parentheses. */
export function isMath(cursor: Cursor): boolean {
  return metricsDepth(cursor, () => false) > 0;
}

/** Depth of parentheses at the first metrics function before `ends`; 0 when there is none. */
function metricsDepth(cursor: Cursor, ends: (depth: number) => boolean): number {
  let depth = 0;
  for (let distance = 0; ; distance++) {
    const token = cursor.peek(distance);
    if (token.kind === 'eof' || token.kind === 'fault') return 0;
    if (isSymbol(token, '(')) depth++;
    if (isSymbol(token, ')')) depth--;
    if (isSymbol(token, '|') && beginsMetrics(cursor.peek(distance + 1))) return depth;
    if (ends(depth)) return 0;
  }
}

/** A pipeline with its metrics function, without hints. */
export function parseSpanQuery(cursor: Cursor): SpanQuery {
  const stages = parseStages(cursor, beginsMetrics);
  const metrics = cursor.accept('|') ? parseMetricsFunction(cursor) : null;
  const seriesStages = metrics === null ? [] : parseSeriesStages(cursor);
  return { kind: 'spans', stages, metrics, seriesStages, hints: [] };
}

export function parseMath(cursor: Cursor): MathQuery {
  const expr = parseSeriesExpr(cursor, 1);
  const seriesStages = parseSeriesStages(cursor);
  if (expr.kind !== 'series math') throw cursor.unexpected();
  return { kind: 'math', expr, seriesStages, hints: [] };
}

function parseSeriesExpr(cursor: Cursor, least: number): SeriesExpr {
  return cursor.nested(() => {
    const { start } = cursor.token;
    let left = parseOperand(cursor);
    for (;;) {
      const { token } = cursor;
      if (token.kind !== 'symbol' || !isSeriesOp(token.text)) return left;
      const precedence = PRECEDENCE.get(token.text) ?? 0;
      if (precedence < least) return left;
      cursor.take();
      const right = parseSeriesExpr(cursor, precedence + 1);
      const range = cursor.rangeFrom(start);
      if (left.kind === 'literal' && right.kind === 'literal') {
        throw cursor.mistyped(range, 'arithmetic needs a metrics query on one side');
      }
      left = { kind: 'series math', op: token.text, left, right, range };
    }
  });
}

function parseOperand(cursor: Cursor): SeriesExpr {
  const { token } = cursor;
  if (token.kind === 'literal' || isSymbol(token, '-')) {
    const literal = parseLiteral(cursor);
    if (isNumber(literal.value)) return literal;
    throw cursor.mistyped(token, 'metrics can be calculated with numbers only');
  }
  // Its own function stands at depth 1; deeper ones belong to an expression in parentheses.
  const isQuery = isSymbol(token, '(') && metricsDepth(cursor, (depth) => depth === 0) === 1;
  cursor.expect('(');
  const inner = isQuery ? parseSpanQuery(cursor) : parseSeriesExpr(cursor, 1);
  cursor.expect(')');
  return inner;
}
