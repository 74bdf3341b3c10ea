/** Which parts of a query are the same at every step, and which selectors need only count and sum of histograms. */
import type { Expr, VectorSelector } from './ast.ts';

/** Functions that look at the evaluation time even when their arguments do not change. */
const TIME_DEPENDENT = new Set([
  'days_in_month',
  'day_of_month',
  'day_of_week',
  'day_of_year',
  'hour',
  'info',
  'minute',
  'month',
  'predict_linear',
  'start_timestamp',
  'time',
  'timestamp',
  'year',
]);

const invariant = new WeakMap<Expr, boolean>();

/** Whether an expression has one value for all steps: everything in it is fixed by `@` or constant. */
export function isStepInvariant(expr: Expr): boolean {
  let known = invariant.get(expr);
  if (known === undefined) {
    known = decide(expr);
    invariant.set(expr, known);
  }
  return known;
}

function decide(expr: Expr): boolean {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return true;
    case 'selector':
    case 'subquery':
      return expr.at !== null;
    case 'matrix':
      return expr.selector.at !== null;
    case 'call':
      return !TIME_DEPENDENT.has(expr.func) && expr.args.every(isStepInvariant);
    case 'aggregate':
      return isStepInvariant(expr.expr) && (expr.param === null || isStepInvariant(expr.param));
    case 'binary':
      return isStepInvariant(expr.lhs) && isStepInvariant(expr.rhs);
    case 'unary':
    case 'paren':
      return isStepInvariant(expr.expr);
  }
}

const STATS = new Set(['histogram_count', 'histogram_sum', 'histogram_avg']);
/** What needs the buckets although a count is taken of its result. */
const NEEDS_BUCKETS = new Set(['histogram_quantile', 'histogram_quantiles', 'histogram_fraction']);

/**
 * Selectors below histogram_count, histogram_sum or histogram_avg of which no part needs buckets. Not within subqueries, where
 * resets could not be told without buckets.
 */
export function statsOnlySelectors(root: Expr): Set<VectorSelector> {
  const found = new Set<VectorSelector>();
  collect(root, false, found);
  return found;
}

function collect(expr: Expr, stats: boolean, found: Set<VectorSelector>): void {
  switch (expr.kind) {
    case 'selector':
      if (stats) found.add(expr);
      return;
    case 'matrix':
      if (stats) found.add(expr.selector);
      return;
    case 'subquery':
      collect(expr.expr, false, found);
      return;
    case 'call': {
      const below = STATS.has(expr.func) || (stats && !NEEDS_BUCKETS.has(expr.func));
      for (const arg of expr.args) collect(arg, below, found);
      return;
    }
    case 'aggregate':
      if (expr.param !== null) collect(expr.param, false, found);
      collect(expr.expr, stats && expr.op !== 'count_values', found);
      return;
    case 'binary': {
      const bucketwise = ['==', '!=', '</', '>/'].includes(expr.op);
      collect(expr.lhs, stats && !bucketwise, found);
      collect(expr.rhs, stats && !bucketwise, found);
      return;
    }
    case 'unary':
    case 'paren':
      collect(expr.expr, stats, found);
  }
}
