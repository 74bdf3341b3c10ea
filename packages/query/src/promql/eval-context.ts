/**
 * What an evaluation knows: its steps, its query, and how to evaluate sub-expressions.
 *
 * Model: `QueryRun` is one query from start to end (limits, annotations, the querier); `EvalContext` is one set of steps
 * within it. Subqueries and step-invariant parts run in contexts of their own over the same run.
 */
import { type Querier, type QueryBudget, QueryLimitError } from '@sightline/store';
import { Annotations } from './annotations.ts';
import type { AtModifier, Duration, Expr, VectorSelector } from './ast.ts';
import { Column, type KeptSeries, type Sink } from './eval-column.ts';
import { TOO_MANY_SAMPLES } from './eval-error.ts';
import { Slab } from './slab.ts';

/** Evaluation times: `startMs + i * stepMs` for i below `steps`. */
export class Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly steps: number;

  constructor(startMs: number, stepMs: number, steps: number) {
    this.startMs = startMs;
    this.stepMs = stepMs;
    this.steps = steps;
  }

  at(step: number): number {
    return this.startMs + step * this.stepMs;
  }
}

export interface EngineOptions {
  /** How far an instant selector looks back for a sample. */
  lookbackMs: number;
  /** Step of a subquery that names none. */
  defaultSubqueryStepMs: number;
  /** Samples a query may hold in memory at a time. */
  maxSamples: number;
}

/** What a step of a column takes (value and kind), and what a kept series takes besides. */
export const STEP_BYTES = 9;
/** Time and value of a point of the answer. */
export const POINT_BYTES = 16;
export const SERIES_BYTES = 200;
const POLL_SAMPLES = 65_536;
/** A series without samples still costs something: count it as this many. */
const POLL_SERIES_COST = 64;

export class QueryRun {
  readonly options: EngineOptions;
  readonly grid: Grid;
  /** End of the query's range; the last step may lie before it. */
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
  readonly querier: Querier;
  readonly budget: QueryBudget;
  readonly notes = new Annotations();
  readonly slab = new Slab();
  /** Selectors of which only count and sum of histograms are needed. */
  readonly statsOnly: ReadonlySet<VectorSelector>;
  #held = 0;
  #unpolled = 0;

  constructor(
    options: EngineOptions,
    grid: Grid,
    endMs: number,
    stepMs: number,
    querier: Querier,
    budget: QueryBudget,
    statsOnly: ReadonlySet<VectorSelector>,
  ) {
    this.options = options;
    this.grid = grid;
    this.endMs = endMs;
    this.stepMs = stepMs;
    this.querier = querier;
    this.budget = budget;
    this.statsOnly = statsOnly;
  }

  /** Counts samples that stay in memory, and the bytes they take; negative when they go. */
  hold(samples: number, bytes: number): void {
    this.#held += samples;
    this.budget.addBytes(bytes);
    if (this.#held > this.options.maxSamples) throw new QueryLimitError(TOO_MANY_SAMPLES);
  }

  /** Counts the samples of a series just read, and polls the budget now and then. */
  passed(samples: number): void {
    if (this.#held + samples > this.options.maxSamples) throw new QueryLimitError(TOO_MANY_SAMPLES);
    this.worked(samples + POLL_SERIES_COST);
  }

  /** Counts samples looked at, again perhaps, and polls the budget now and then. */
  worked(samples: number): void {
    this.#unpolled += samples;
    if (this.#unpolled >= POLL_SAMPLES) {
      this.#unpolled = 0;
      this.budget.poll();
    }
  }

  atMs(at: AtModifier): number {
    if (at.at === 'time') return at.timeMs;
    return at.at === 'start' ? this.grid.startMs : this.endMs;
  }

  /** Milliseconds of a duration; the engine has resolved duration expressions before. */
  durationMs(duration: Duration): number {
    if (typeof duration === 'number') return duration;
    throw new Error('unresolved duration expression');
  }
}

/** The evaluator's entry points, handed down so that functions need not import it. */
export interface Dispatch {
  vector(ctx: EvalContext, expr: Expr, sink: Sink): void;
  scalar(ctx: EvalContext, expr: Expr): Float64Array;
}

export class EvalContext {
  readonly run: QueryRun;
  readonly grid: Grid;
  readonly #dispatch: Dispatch;

  constructor(run: QueryRun, grid: Grid, dispatch: Dispatch) {
    this.run = run;
    this.grid = grid;
    this.#dispatch = dispatch;
  }

  /** Streams the series of a vector expression. */
  vector(expr: Expr, sink: Sink): void {
    this.#dispatch.vector(this, expr, sink);
  }

  /** Values of a scalar expression at every step. */
  scalar(expr: Expr): Float64Array {
    return this.#dispatch.scalar(this, expr);
  }

  /** For the steps of a subquery. Counts a column of them before anything that long is made. Throws QueryLimitError. */
  withGrid(grid: Grid): EvalContext {
    this.run.budget.addBytes(grid.steps * STEP_BYTES);
    return new EvalContext(this.run, grid, this.#dispatch);
  }

  newColumn(): Column {
    return new Column(this.grid.steps, this.run.slab);
  }

  /** Keeps all series of a vector expression; they count as held until `release`. */
  collect(expr: Expr): KeptSeries[] {
    const kept: KeptSeries[] = [];
    this.vector(expr, (labels, dropName, column) => {
      kept.push(this.keep(labels, dropName, column));
    });
    return kept;
  }

  keep(labels: KeptSeries['labels'], dropName: boolean, column: Column): KeptSeries {
    const samples = column.present();
    this.run.hold(samples, this.grid.steps * STEP_BYTES + SERIES_BYTES);
    return { labels, dropName, column: column.copy(this.run.slab), samples };
  }

  release(kept: readonly KeptSeries[]): void {
    let samples = 0;
    for (const series of kept) samples += series.samples;
    this.run.hold(-samples, -kept.length * (this.grid.steps * STEP_BYTES + SERIES_BYTES));
  }
}
