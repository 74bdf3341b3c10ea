/**
 * Turns duration expressions into numbers once the query's time range is known.
 *
 * Facts (seconds as doubles, truncation to milliseconds, texts with `start:end` byte offsets) are those of Prometheus'
 * promql/durations.go. An instant query has step 0 and range 0.
 */
import type { Duration, DurationExpr, Expr } from './ast.ts';

export interface QueryRange {
  startMs: number;
  endMs: number;
  /** 0 for an instant query. */
  stepMs: number;
}

export class DurationError extends Error {
  override readonly name = 'DurationError';
}

/** The same tree with every duration a number of milliseconds; shares unchanged parts. Throws DurationError. */
export function resolveDurations(expr: Expr, query: QueryRange): Expr {
  switch (expr.kind) {
    case 'number':
    case 'string':
      return expr;
    case 'selector': {
      const offset = resolve(expr.offset, query, true);
      return offset === expr.offset ? expr : { ...expr, offset };
    }
    case 'matrix': {
      const window = resolve(expr.window, query, false);
      const offset = resolve(expr.selector.offset, query, true);
      if (window === expr.window && offset === expr.selector.offset) return expr;
      return { ...expr, window, selector: { ...expr.selector, offset } };
    }
    case 'subquery':
      return {
        ...expr,
        expr: resolveDurations(expr.expr, query),
        offset: resolve(expr.offset, query, true),
        step: expr.step === null ? null : resolve(expr.step, query, false),
        window: resolve(expr.window, query, false),
      };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => resolveDurations(arg, query)) };
    case 'aggregate':
      return {
        ...expr,
        expr: resolveDurations(expr.expr, query),
        param: expr.param === null ? null : resolveDurations(expr.param, query),
      };
    case 'binary': {
      const lhs = resolveDurations(expr.lhs, query);
      return { ...expr, lhs, rhs: resolveDurations(expr.rhs, query) };
    }
    case 'unary':
    case 'paren':
      return { ...expr, expr: resolveDurations(expr.expr, query) };
  }
}

/** Go's `time.Duration` bounds, which Prometheus compares with seconds. */
const MAX_SECONDS = 2 ** 63;

function resolve(duration: Duration, query: QueryRange, mayBeNegative: boolean): number {
  if (typeof duration === 'number') return duration;
  const seconds = evaluate(duration, query);
  const place = `${duration.range.start}:${duration.range.end}`;
  if (!(seconds > 0) && !mayBeNegative) {
    throw new DurationError(`${place}: duration must be greater than 0`);
  }
  if (!(Math.abs(seconds) < MAX_SECONDS)) {
    throw new DurationError(`${place}: duration is out of range`);
  }
  const ms = Math.trunc(seconds * 1000);
  return ms === 0 ? 0 : ms;
}

/** Seconds. */
function evaluate(expr: DurationExpr, query: QueryRange): number {
  switch (expr.kind) {
    case 'literal':
      return expr.seconds;
    case 'step':
      return query.stepMs / 1000;
    case 'range':
      return (query.endMs - query.startMs) / 1000;
    case 'paren':
      return evaluate(expr.inner, query);
    case 'unary':
      return expr.op === '-' ? -evaluate(expr.operand, query) : evaluate(expr.operand, query);
    case 'min':
      return Math.min(...expr.args.map((arg) => evaluate(arg, query)));
    case 'max':
      return Math.max(...expr.args.map((arg) => evaluate(arg, query)));
    case 'binary': {
      const lhs = evaluate(expr.lhs, query);
      const rhs = evaluate(expr.rhs, query);
      const place = `${expr.range.start}:${expr.range.end}`;
      switch (expr.op) {
        case '+':
          return lhs + rhs;
        case '-':
          return lhs - rhs;
        case '*':
          return lhs * rhs;
        case '/':
          if (rhs === 0) throw new DurationError(`${place}: division by zero`);
          return lhs / rhs;
        case '%':
          if (rhs === 0) throw new DurationError(`${place}: modulo by zero`);
          return lhs % rhs;
        case '^':
          return lhs ** rhs;
      }
    }
  }
}
