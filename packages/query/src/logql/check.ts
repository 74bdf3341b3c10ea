/** The operations of metric queries and what each of them demands, in Loki's words. */
import type { Grouping, MetricExpr, RangeAggregation } from './ast.ts';
import type { Cursor } from './cursor.ts';

/** Need no `unwrap`, and refuse one (`rate` takes both). */
const OF_LINES: ReadonlySet<string> = new Set([
  ...['rate', 'count_over_time', 'bytes_rate', 'bytes_over_time', 'absent_over_time'],
]);
/** Demand an `unwrap`. */
const OF_VALUES: ReadonlySet<string> = new Set([
  ...['rate_counter', 'sum_over_time', 'avg_over_time', 'min_over_time', 'max_over_time'],
  ...['stddev_over_time', 'stdvar_over_time', 'quantile_over_time'],
  ...['first_over_time', 'last_over_time'],
]);
const UNGROUPED: ReadonlySet<string> = new Set([...OF_LINES, 'rate_counter', 'sum_over_time']);

export const RANGE_OPS: ReadonlySet<string> = new Set([...OF_LINES, ...OF_VALUES]);

export const VECTOR_OPS: ReadonlySet<string> = new Set([
  ...['sum', 'avg', 'min', 'max', 'count', 'topk', 'bottomk', 'sort', 'sort_desc'],
  ...['stddev', 'stdvar', 'approx_topk'],
]);
export const VECTOR_OPS_WITH_PARAM: ReadonlySet<string> = new Set([
  ...['topk', 'bottomk', 'approx_topk'],
]);

const UNGROUPED_VECTOR: ReadonlySet<string> = new Set(['sort', 'sort_desc', 'approx_topk']);

/** Of binary operators; all associate to the left, but for `^`. */
export const BINARY_PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['or', 1],
  ['and', 2],
  ['unless', 2],
  ['==', 3],
  ['!=', 3],
  ['>', 3],
  ['>=', 3],
  ['<', 3],
  ['<=', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['^', 6],
]);

export function checkRange(cursor: Cursor, node: RangeAggregation): void {
  const { op, param, grouping, log } = node;
  const unwraps = log.stages.filter(({ kind }) => kind === 'unwrap').length;
  if (op === 'quantile_over_time' && param === null) {
    throw cursor.invalid(`parameter required for operation ${op}`);
  }
  if (op !== 'quantile_over_time' && param !== null) {
    throw cursor.invalid(`parameter ${param} not supported for operation ${op}`);
  }
  if (unwraps > 1) throw cursor.invalid('only one unwrap is allowed');
  if (unwraps === 0 && OF_VALUES.has(op)) {
    throw cursor.invalid(`invalid aggregation ${op} without unwrap`);
  }
  if (unwraps > 0 && OF_LINES.has(op) && op !== 'rate' && op !== 'absent_over_time') {
    throw cursor.invalid(`invalid aggregation ${op} with unwrap`);
  }
  if (grouping !== null && UNGROUPED.has(op)) {
    throw cursor.invalid(`grouping not allowed for ${op} aggregation`);
  }
  const at = log.stages.findIndex(({ kind }) => kind === 'unwrap');
  const behind = at < 0 ? [] : log.stages.slice(at + 1);
  if (behind.some(({ kind }) => kind !== 'label_filter')) {
    throw cursor.invalid('only label filters may follow unwrap');
  }
}

export function checkVector(
  cursor: Cursor,
  op: string,
  param: number | null,
  expr: MetricExpr,
  grouping: Grouping | null,
): void {
  if (VECTOR_OPS_WITH_PARAM.has(op)) {
    if (param === null) throw cursor.invalid(`parameter required for operation ${op}`);
    if (!Number.isInteger(param) || param <= 0) {
      throw cursor.invalid(`invalid parameter (must be greater than 0) ${op}(${param}`);
    }
  }
  if (UNGROUPED_VECTOR.has(op) && grouping !== null) {
    throw cursor.invalid(`grouping not allowed for ${op} aggregation`);
  }
  if (expr.kind === 'literal') {
    throw cursor.invalid(`${op} aggregates vectors, not a number`);
  }
}
