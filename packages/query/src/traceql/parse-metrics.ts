/** Metrics functions, the stages behind them and hints. */
import type { CompareFunction, Field, Hint, MetricsFunction, SeriesStage } from './ast.ts';
import { METRICS_FUNCTIONS, type Token } from './lex-tokens.ts';
import type { Cursor } from './parse-cursor.ts';
import { parseField, parseFieldList, parseLiteral } from './parse-fields.ts';
import { acceptComparison, parseSpansetFilter } from './parse-spansets.ts';
import { isNumber } from './value.ts';

const DEFAULT_TOP_N = 10;

export function beginsMetrics(token: Token): boolean {
  return token.kind === 'symbol' && METRICS_FUNCTIONS.has(token.text);
}

export function parseMetricsFunction(cursor: Cursor): MetricsFunction {
  const { text: func, start } = cursor.token;
  switch (func) {
    case 'rate':
    case 'count_over_time':
      cursor.take();
      cursor.expect('(');
      cursor.expect(')');
      return { kind: 'count', func, by: parseBy(cursor), range: cursor.rangeFrom(start) };
    case 'min_over_time':
    case 'max_over_time':
    case 'avg_over_time':
    case 'sum_over_time':
    case 'quantile_over_time':
    case 'histogram_over_time': {
      cursor.take();
      cursor.expect('(');
      const of = parseField(cursor);
      const quantiles = func === 'quantile_over_time' ? parseQuantiles(cursor) : [];
      cursor.expect(')');
      const by = parseBy(cursor);
      return { kind: 'over time', func, of, quantiles, by, range: cursor.rangeFrom(start) };
    }
    case 'compare':
      return parseCompare(cursor);
  }
  throw cursor.unexpected();
}

function parseBy(cursor: Cursor): Field[] {
  return cursor.accept('by') ? parseFieldList(cursor) : [];
}

function parseQuantiles(cursor: Cursor): number[] {
  const quantiles: number[] = [];
  do {
    cursor.expect(',');
    const { value, range } = parseLiteral(cursor);
    const quantile = value.type === 'int' || value.type === 'float' ? value.value : Number.NaN;
    if (!(quantile >= 0 && quantile <= 1)) {
      throw cursor.mistyped(range, `quantile must be between 0 and 1`);
    }
    quantiles.push(quantile);
  } while (cursor.at(','));
  return quantiles;
}

/** A whole number of at least `least`. */
function parseWhole(cursor: Cursor, what: string, least: number): number {
  const { value, range } = parseLiteral(cursor);
  if (value.type !== 'int' || value.value < least) {
    throw cursor.mistyped(range, `${what} must be an integer of at least ${least}`);
  }
  return value.value;
}

function parseCompare(cursor: Cursor): CompareFunction {
  const { start } = cursor.take();
  cursor.expect('(');
  const selection = parseSpansetFilter(cursor);
  const topN = cursor.accept(',') ? parseWhole(cursor, 'compare() top number', 1) : DEFAULT_TOP_N;
  let window = null;
  if (cursor.accept(',')) {
    const from = parseWhole(cursor, 'compare() start', 0);
    cursor.expect(',');
    window = { start: from, end: parseWhole(cursor, 'compare() end', 0) };
  }
  cursor.expect(')');
  const range = cursor.rangeFrom(start);
  if (window !== null && window.end <= window.start) {
    throw cursor.mistyped(range, 'compare() end must be greater than start');
  }
  return { kind: 'compare', selection, topN, window, range };
}

/** `| topk(n)`, `| bottomk(n)`, `> value`, in any order and number. */
export function parseSeriesStages(cursor: Cursor): SeriesStage[] {
  const stages: SeriesStage[] = [];
  for (;;) {
    const { start } = cursor.token;
    const op = acceptComparison(cursor);
    if (op !== null) {
      const { value, range } = parseLiteral(cursor);
      if (!isNumber(value)) {
        throw cursor.mistyped(range, 'metrics can be compared with numbers only');
      }
      stages.push({ kind: 'threshold', op, value, range: cursor.rangeFrom(start) });
      continue;
    }
    if (!cursor.accept('|')) return stages;
    const { text: kind } = cursor.token;
    if (kind !== 'topk' && kind !== 'bottomk') throw cursor.unexpected();
    cursor.take();
    cursor.expect('(');
    const k = parseWhole(cursor, kind, 1);
    cursor.expect(')');
    stages.push({ kind, k, range: cursor.rangeFrom(start) });
  }
}

/** `with (name=value, ...)`, or nothing. */
export function parseHints(cursor: Cursor): Hint[] {
  if (!cursor.accept('with')) return [];
  cursor.expect('(');
  const hints: Hint[] = [];
  do {
    const { token } = cursor;
    if (token.kind !== 'identifier') throw cursor.unexpected('IDENTIFIER');
    cursor.take();
    cursor.expect('=');
    hints.push({ name: token.text, value: parseLiteral(cursor).value });
  } while (cursor.accept(','));
  cursor.expect(')');
  return hints;
}
