/**
 * The PromQL engine: a tree and a time in, an answer out. It keeps no state between queries.
 *
 * Semantics are Prometheus 3.14's with delayed name removal: metric names stay in the labels while an expression is evaluated and are
 * dropped at the end, from the series whose values are no longer the metric.
 */
import { Labels, type Querier, type QueryBudget } from '@sightline/store';
import type { Histogram } from '@sightline/wire';
import type { Expr } from './ast.ts';
import { documentedType, valueType } from './check.ts';
import { resolveDurations } from './durations.ts';
import { dispatch } from './eval.ts';
import { ABSENT, FLOAT, type KeptSeries } from './eval-column.ts';
import {
  type EngineOptions,
  EvalContext,
  Grid,
  POINT_BYTES,
  QueryRun,
  SERIES_BYTES,
} from './eval-context.ts';
import { PromqlEvalError, SAME_LABELSET } from './eval-error.ts';
import { statsOnlySelectors } from './eval-invariant.ts';
import { mergeSameLabels } from './eval-merge.ts';
import { stringOf } from './eval-range.ts';
import { rangeVector } from './eval-range-vector.ts';
import { LabelsIndex, withoutMetadata } from './label-index.ts';
import type { QueryResult, ResultSeries } from './result.ts';

export const DEFAULT_LOOKBACK_MS = 300_000;
export const DEFAULT_SUBQUERY_STEP_MS = 60_000;

export class Engine {
  readonly #options: EngineOptions;

  constructor(options: {
    lookbackMs?: number | undefined;
    defaultSubqueryStepMs?: number | undefined;
    maxSamples: number;
  }) {
    this.#options = {
      lookbackMs: options.lookbackMs ?? DEFAULT_LOOKBACK_MS,
      defaultSubqueryStepMs: options.defaultSubqueryStepMs ?? DEFAULT_SUBQUERY_STEP_MS,
      maxSamples: options.maxSamples,
    };
  }

  /**
   * Evaluates at one time (Unix ms). `text` is the query that `expr` was parsed from; annotations take line and column from it.
   * Throws PromqlEvalError, DurationError and the store's Query*Error.
   */
  instant(
    expr: Expr,
    timeMs: number,
    querier: Querier,
    budget: QueryBudget,
    text?: string,
  ): QueryResult {
    const grid = new Grid(timeMs, 1, 1);
    const { context, root } = this.#context(expr, grid, 0, querier, budget, timeMs);
    const type = valueType(root);
    if (type === 'string') {
      return { type, t: timeMs, value: stringOf(root), warnings: [], infos: [] };
    }
    if (type === 'scalar') {
      const value = context.scalar(root)[0] ?? Number.NaN;
      return { type, t: timeMs, value, ...context.run.notes.finish(text) };
    }
    const series =
      type === 'matrix' ? rangeVector(context, root) : instantVector(context, root, timeMs);
    return { type, series, ...context.run.notes.finish(text) };
  }

  /** Evaluates from `startMs` to `endMs` inclusive, every `stepMs`; always a matrix. Throws as `instant`. */
  range(
    expr: Expr,
    startMs: number,
    endMs: number,
    stepMs: number,
    querier: Querier,
    budget: QueryBudget,
    text?: string,
  ): QueryResult {
    const type = valueType(expr);
    if (type !== 'scalar' && type !== 'vector') {
      throw new PromqlEvalError(
        `invalid expression type "${documentedType(type)}" for range query, must be Scalar or instant Vector`,
        'bad_data',
      );
    }
    const grid = new Grid(startMs, stepMs, Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1));
    if (grid.steps === 0) return { type: 'matrix', series: [], warnings: [], infos: [] };
    const { context, root } = this.#context(expr, grid, stepMs, querier, budget, endMs);
    const series = type === 'scalar' ? [scalarSeries(context, root)] : matrix(context, root);
    return { type: 'matrix', series, ...context.run.notes.finish(text) };
  }

  #context(
    expr: Expr,
    grid: Grid,
    stepMs: number,
    querier: Querier,
    budget: QueryBudget,
    endMs: number,
  ): { context: EvalContext; root: Expr } {
    const root = resolveDurations(expr, { startMs: grid.startMs, endMs, stepMs });
    const run = new QueryRun(
      this.#options,
      grid,
      endMs,
      stepMs,
      querier,
      budget,
      statsOnlySelectors(root),
    );
    return { context: new EvalContext(run, grid, dispatch), root };
  }
}

function dropNames(series: KeptSeries): Labels {
  return series.dropName ? withoutMetadata(series.labels) : series.labels;
}

function instantVector(ctx: EvalContext, root: Expr, timeMs: number): ResultSeries[] {
  const index = new LabelsIndex();
  const series: ResultSeries[] = [];
  ctx.vector(root, (labels, dropName, column) => {
    if (column.k[0] === ABSENT) return;
    ctx.run.hold(1, POINT_BYTES + SERIES_BYTES);
    const named = dropName ? withoutMetadata(labels) : labels;
    const known = index.size;
    if (index.ordinal(named) < known) throw new PromqlEvalError(SAME_LABELSET);
    const h = column.k[0] === FLOAT ? null : [column.h[0]];
    series.push({ labels: named, t: Float64Array.of(timeMs), v: column.v.slice(0, 1), h });
  });
  return series;
}

function matrix(ctx: EvalContext, root: Expr): ResultSeries[] {
  const kept = ctx.collect(root);
  for (const series of kept) series.labels = dropNames(series);
  const merged = mergeSameLabels(kept);
  merged.sort((a, b) => Labels.compare(a.labels, b.labels));
  const times = gridTimes(ctx.grid);
  return merged.map((series) => points(ctx, series, times));
}

function gridTimes(grid: Grid): Float64Array {
  const t = new Float64Array(grid.steps);
  for (let i = 0; i < t.length; i++) t[i] = grid.at(i);
  return t;
}

/** The steps that hold something; series that have a float at every step share `times`. */
function points(
  ctx: EvalContext,
  { labels, column }: KeptSeries,
  times: Float64Array,
): ResultSeries {
  const { grid } = ctx;
  const { slab } = ctx.run;
  const count = column.present();
  ctx.run.budget.addBytes(count * POINT_BYTES);
  if (count === grid.steps && column.h.length === 0)
    return { labels, t: times, v: column.v, h: null };
  const t = slab.floats(count);
  const v = slab.floats(count);
  const h: (Histogram | undefined)[] | null = column.h.length > 0 ? new Array(count) : null;
  let next = 0;
  for (let i = 0; i < grid.steps; i++) {
    const kind = column.k[i];
    if (kind === ABSENT) continue;
    t[next] = grid.at(i);
    if (kind === FLOAT) v[next] = column.v[i] ?? 0;
    else if (h !== null) h[next] = column.h[i];
    next++;
  }
  return { labels, t, v, h };
}

function scalarSeries(ctx: EvalContext, root: Expr): ResultSeries {
  return { labels: Labels.empty, t: gridTimes(ctx.grid), v: ctx.scalar(root), h: null };
}
