/**
 * Aggregations, fused with what they aggregate.
 *
 * Model: each series of the inner expression is added to its group's accumulator as it streams by; nothing is kept per series, unless the
 * operator returns or orders series (topk, quantile...). The group of a series is found once, by symbol ids.
 */
import type { Labels } from '@sightline/store';
import { type Accumulator, makeAccumulator } from './aggregate-accumulators.ts';
import { countValues } from './aggregate-count-values.ts';
import { selectSeries } from './aggregate-select.ts';
import type { Aggregate } from './ast.ts';
import type { Sink } from './eval-column.ts';
import { type EvalContext, STEP_BYTES } from './eval-context.ts';
import { unwrap } from './eval-range.ts';
import { Grouper, groupLabels } from './label-index.ts';

interface Group {
  labels: Labels;
  dropName: boolean;
  accumulator: Accumulator;
}

/** Sum, compensation, count and kind of a step. */
const GROUP_STEP_BYTES = 25;

/** Streams the groups of an aggregation. */
export function evalAggregate(ctx: EvalContext, expr: Aggregate, sink: Sink): void {
  switch (expr.op) {
    case 'topk':
    case 'bottomk':
    case 'limitk':
    case 'limit_ratio':
      selectSeries(ctx, expr, sink);
      return;
    case 'count_values':
      countValues(ctx, expr, sink);
      return;
    default:
      accumulate(ctx, expr, sink);
  }
}

function accumulate(ctx: EvalContext, expr: Aggregate, sink: Sink): void {
  const param = expr.param === null ? null : ctx.scalar(expr.param);
  const grouper = new Grouper(expr.grouping, expr.without);
  const groups: Group[] = [];
  const { steps } = ctx.grid;
  const { notes, slab } = ctx.run;
  const of = { notes, position: unwrap(expr.expr).range.start, steps, slab, param };
  if (expr.op === 'quantile' && param !== null) {
    noteQuantile(ctx, param, expr.param === null ? 0 : unwrap(expr.param).range.start);
  }
  const keepsValues = expr.op === 'quantile';
  let kept = 0;
  ctx.vector(expr.expr, (labels, dropName, column) => {
    const ordinal = grouper.ordinal(labels);
    let group = groups[ordinal];
    if (group === undefined) {
      group = {
        labels: groupLabels(expr, grouper, labels),
        dropName,
        accumulator: makeAccumulator(expr.op, of),
      };
      groups.push(group);
      ctx.run.hold(steps, steps * GROUP_STEP_BYTES);
    }
    if (dropName) group.dropName = true;
    group.accumulator.add(column, labels);
    if (keepsValues) {
      ctx.run.hold(steps, steps * STEP_BYTES);
      kept++;
    }
  });
  const out = ctx.newColumn();
  for (const { labels, dropName, accumulator } of groups) {
    out.clear();
    accumulator.finish(out);
    if (out.hasAny()) sink(labels, dropName, out);
  }
  const samples = steps * (groups.length + kept);
  ctx.run.hold(-samples, -steps * (groups.length * GROUP_STEP_BYTES + kept * STEP_BYTES));
}

/** As Prometheus: once for NaN, once for the largest and once for the smallest value outside [0, 1]. */
function noteQuantile(ctx: EvalContext, param: Float64Array, position: number): void {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const q of param) {
    if (Number.isNaN(q)) ctx.run.notes.invalidQuantile(q, position);
    min = Math.min(min, q);
    max = Math.max(max, q);
  }
  if (max > 1) ctx.run.notes.invalidQuantile(max, position);
  if (min < 0) ctx.run.notes.invalidQuantile(min, position);
}
