/**
 * The extra runs that Prometheus' own runner makes of every instant query: pinned with `@` at other evaluation times, and as the
 * middle step of a range query. They find faults that the plain run does not.
 */
import { type Expr, formatPromql } from '@sightline/query';
import { visit } from './classify.ts';

/** Functions whose value depends on the evaluation time itself (promql.AtModifierUnsafeFunctions). */
const TIME_DEPENDENT: ReadonlySet<string> = new Set([
  'days_in_month',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'end',
  'hour',
  'minute',
  'month',
  'year',
  'predict_linear',
  'range',
  'start',
  'step',
  'time',
  'timestamp',
]);

const RANGE_DEPENDENT: ReadonlySet<string> = new Set(['start', 'end', 'range', 'step']);

/** The same query pinned to `timeMs`, and the times to evaluate it at; null when it cannot be pinned. */
export function pinned(expr: Expr, timeMs: number): { expr: string; timesMs: number[] } | null {
  let isUnsafe = false;
  visit(expr, (node) => {
    if (node.kind === 'call' && TIME_DEPENDENT.has(node.func)) isUnsafe = true;
  });
  if (isUnsafe) return null;
  const timesMs =
    timeMs === 0
      ? [-1000, 0, 1000]
      : [-10 * timeMs, 0, Math.trunc(timeMs / 5), timeMs, 10 * timeMs];
  return { expr: formatPromql(pin(expr, timeMs)), timesMs };
}

/** Whether a query says the same as one step of a range query. */
export function fitsRange(expr: Expr): boolean {
  let fits = true;
  visit(expr, (node) => {
    if (node.kind === 'call' && RANGE_DEPENDENT.has(node.func)) fits = false;
    if (dependsOnRange(node)) fits = false;
  });
  return fits;
}

/** `@ start()`, `@ end()` and computed durations mean something else in a range query. */
function dependsOnRange(node: Expr): boolean {
  if (node.kind !== 'selector' && node.kind !== 'subquery' && node.kind !== 'matrix') return false;
  if (node.kind !== 'matrix' && node.at !== null && node.at.at !== 'time') return true;
  return /"kind":"(step|range)"/.test(JSON.stringify(node));
}

function pin(expr: Expr, timeMs: number): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'selector':
      return expr.at?.at === 'time' ? expr : { ...expr, at: { at: 'time', timeMs } };
    case 'matrix': {
      const selector = pin(expr.selector, timeMs);
      return selector.kind === 'selector' ? { ...expr, selector } : expr;
    }
    case 'subquery':
      // What stands inside is evaluated at the times of the subquery.
      return expr.at?.at === 'time' ? expr : { ...expr, at: { at: 'time', timeMs } };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => pin(arg, timeMs)) };
    case 'aggregate': {
      const param = expr.param === null ? null : pin(expr.param, timeMs);
      return { ...expr, param, expr: pin(expr.expr, timeMs) };
    }
    case 'binary':
      return { ...expr, lhs: pin(expr.lhs, timeMs), rhs: pin(expr.rhs, timeMs) };
    case 'unary':
    case 'paren':
      return { ...expr, expr: pin(expr.expr, timeMs) };
  }
}
