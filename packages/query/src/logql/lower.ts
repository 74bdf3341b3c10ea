/**
 * Metric queries as trees of PromQL, which then evaluates them: one implementation of windows, aggregations and joins.
 *
 * Model: a range aggregation becomes a function over a matrix selector whose samples are made of log lines (`Leaf`). The selector's list of
 * matchers is made for it alone, so the querier knows a leaf by the identity of that list.
 *
 * Because windows end and begin on known steps, lines between two such bounds count the same in every window: where the operation
 * allows it they are one sample (`combine`), so a query holds steps, not lines. `sum` of sums (and `max` of maxima, `min` of
 * minima) hands its grouping down, so that labels nobody asked for make no series.
 */
import type { Matcher } from '@sightline/store';
import type { Call, Expr, MatrixSelector, NumberLiteral, TextRange } from '../promql/ast.ts';
import type { Grouping, LogExpr, MetricExpr, RangeAggregation, VectorAggregation } from './ast.ts';

export interface Leaf {
  log: LogExpr;
  /** What a line is worth. */
  value: 'one' | 'bytes' | 'unwrapped';
  /** How lines between two bounds of windows become one sample; null: they do not. */
  combine: 'sum' | 'min' | 'max' | 'first' | 'last' | null;
  windowMs: number;
  offsetMs: number;
  /** Labels of the series; null: all of the line. */
  grouping: Grouping | null;
}

export type Leaves = ReadonlyMap<readonly Matcher[], Leaf>;

interface Operation {
  func: string;
  combine: Leaf['combine'];
  /** Divided by the seconds of the range. */
  perSecond?: true;
}

const SUM: Operation = { func: 'sum_over_time', combine: 'sum' };
const RATE: Operation = { ...SUM, perSecond: true };

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['count_over_time', SUM],
  ['rate', RATE],
  ['bytes_over_time', SUM],
  ['bytes_rate', RATE],
  ['sum_over_time', SUM],
  ['absent_over_time', { func: 'absent_over_time', combine: 'sum' }],
  ['min_over_time', { func: 'min_over_time', combine: 'min' }],
  ['max_over_time', { func: 'max_over_time', combine: 'max' }],
  ['first_over_time', { func: 'first_over_time', combine: 'first' }],
  ['last_over_time', { func: 'last_over_time', combine: 'last' }],
  ['avg_over_time', { func: 'avg_over_time', combine: null }],
  ['stddev_over_time', { func: 'stddev_over_time', combine: null }],
  ['stdvar_over_time', { func: 'stdvar_over_time', combine: null }],
  ['quantile_over_time', { func: 'quantile_over_time', combine: null }],
  ['rate_counter', { func: 'rate', combine: null }],
]);

/** Texts are not evaluated: places in them mean nothing here. */
const NOWHERE: TextRange = { start: 0, end: 0 };

/** The tree and its leaves. */
export function lowerMetric(expr: MetricExpr): { root: Expr; leaves: Leaves } {
  const leaves = new Map<readonly Matcher[], Leaf>();
  return { root: new Lowering(leaves).lower(expr), leaves };
}

class Lowering {
  readonly #leaves: Map<readonly Matcher[], Leaf>;

  constructor(leaves: Map<readonly Matcher[], Leaf>) {
    this.#leaves = leaves;
  }

  lower(expr: MetricExpr): Expr {
    switch (expr.kind) {
      case 'literal':
        return number(expr.value);
      case 'vector':
        return call('vector', [number(expr.value)]);
      case 'range':
        return this.#range(expr, expr.grouping);
      case 'aggregate':
        return this.#aggregate(expr);
      case 'binary': {
        const lhs = this.lower(expr.lhs);
        const rhs = this.lower(expr.rhs);
        return { ...expr, lhs, rhs: divisor(expr.op, rhs), range: NOWHERE };
      }
      case 'label_replace': {
        const texts = [expr.destination, expr.replacement, expr.source, expr.pattern];
        const args = texts.map((value): Expr => ({ kind: 'string', value, range: NOWHERE }));
        return call('label_replace', [this.lower(expr.expr), ...args]);
      }
    }
  }

  #aggregate(node: VectorAggregation): Expr {
    const { op, grouping, param } = node;
    const grouped = grouping ?? { labels: [], without: false };
    const handsDown = node.expr.kind === 'range' && mergesInto(op, node.expr);
    const inner =
      node.expr.kind === 'range' && handsDown
        ? this.#range(node.expr, grouped)
        : this.lower(node.expr);
    if (op === 'sort' || op === 'sort_desc') return call(op, [inner]);
    return {
      kind: 'aggregate',
      op: op === 'approx_topk' ? 'topk' : op,
      expr: inner,
      param: param === null ? null : number(param),
      grouping: grouped.labels,
      without: grouped.without,
      range: NOWHERE,
    };
  }

  #range(node: RangeAggregation, grouping: Grouping | null): Expr {
    const { op, param, log, windowMs, offsetMs } = node;
    const operation = OPERATIONS.get(op);
    if (operation === undefined) throw new Error(`unknown range aggregation ${op}`);
    const unwraps = log.stages.some(({ kind }) => kind === 'unwrap');
    const value = op.startsWith('bytes_')
      ? 'bytes'
      : unwraps && op !== 'absent_over_time'
        ? 'unwrapped'
        : 'one';
    const { combine, func, perSecond } = operation;
    const isAbsent = op === 'absent_over_time';
    const matchers = [...log.matchers];
    this.#leaves.set(matchers, {
      log,
      value,
      combine,
      windowMs,
      offsetMs,
      grouping: isAbsent ? { labels: [], without: false } : grouping,
    });
    const matrix: MatrixSelector = {
      kind: 'matrix',
      selector: {
        kind: 'selector',
        name: '',
        matchers,
        offset: offsetMs,
        at: null,
        modifier: null,
        range: NOWHERE,
      },
      window: windowMs,
      range: NOWHERE,
    };
    const over = call(func, param === null ? [matrix] : [number(param), matrix]);
    if (perSecond !== true) return over;
    return {
      kind: 'binary',
      op: '/',
      lhs: over,
      rhs: number(windowMs / 1000),
      bool: false,
      matching: null,
      range: NOWHERE,
    };
  }
}

/** Whether aggregating the series of `inner` by `op` gives what `inner` would give over the lines of all of them. */
function mergesInto(op: string, inner: RangeAggregation): boolean {
  if (inner.grouping !== null) return false;
  const combine = OPERATIONS.get(inner.op)?.combine;
  return combine === op && inner.op !== 'absent_over_time';
}

/** Loki divides by zero to NaN. Known for literals; a series that is zero divides as in PromQL. */
function divisor(op: string, rhs: Expr): Expr {
  return op === '/' && rhs.kind === 'number' && rhs.value === 0 ? number(Number.NaN) : rhs;
}

function number(value: number): NumberLiteral {
  return { kind: 'number', value, isDuration: false, range: NOWHERE };
}

function call(func: string, args: Expr[]): Call {
  return { kind: 'call', func, args, range: NOWHERE };
}
