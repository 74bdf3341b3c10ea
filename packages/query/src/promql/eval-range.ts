/**
 * Functions over range vectors: one pass over the samples of a series for all steps.
 *
 * Model: the samples of a series lie in `RangeSeries` (floats and histograms apart, stale markers gone); two indexes per kind
 * slide forward with the steps, and a kernel computes one step from the window between them. Windows are left-open:
 * (end - range, end]; `anchored` and `smoothed` reach further by the lookback.
 *
 * Invariants: floats and histograms each ascend in time. The window of a step is `lo..hi` (floats) and `hlo..hhi` (histograms), ends exclusive.
 */

import { Labels, QueryLimitError, type SampleBuffer } from '@sightline/store';
import {
  type Histogram,
  isStaleHistogram,
  RESET_NO,
  RESET_UNKNOWN,
  RESET_YES,
} from '@sightline/wire';
import type { Expr, MatrixSelector, Subquery } from './ast.ts';
import { valueType } from './check.ts';
import { ABSENT, type Column, FLOAT } from './eval-column.ts';
import { type EvalContext, Grid, type QueryRun, STEP_BYTES } from './eval-context.ts';
import { PromqlEvalError, TOO_MANY_SAMPLES } from './eval-error.ts';
import { mergeSameLabels } from './eval-merge.ts';
import {
  eachSeries,
  isStaleRow,
  lastTime,
  type SelectorTimes,
  selectorTimes,
} from './selectors.ts';

/** A column of the inner evaluation, and the times, values and start times made of it. */
const SUBQUERY_STEP_BYTES = STEP_BYTES + 24;

const NO_TIMES = new Float64Array(0);

/** Samples of one series and the window of the present step. */
export class RangeSeries {
  labels: Labels = Labels.empty;
  n = 0;
  t: Float64Array = NO_TIMES;
  v: Float64Array = NO_TIMES;
  /** Start times of the floats in Unix ms (0 = unknown), or null when no sample has one. */
  st: Float64Array | null = null;
  h: Histogram[] = [];
  ht: number[] = [];
  hst: number[] | null = null;
  lo = 0;
  hi = 0;
  hlo = 0;
  hhi = 0;
  /** Bounds of the window that was asked for, without the reach of `anchored` and `smoothed`. */
  startMs = 0;
  endMs = 0;
  #ownT = new Float64Array(256);
  #ownV = new Float64Array(256);
  #ownSt = new Float64Array(256);

  /** Takes the samples of a buffer, which must stay as it is while they are used. */
  load(labels: Labels, buffer: SampleBuffer): void {
    this.labels = labels;
    if (this.h.length > 0) {
      this.h = [];
      this.ht = [];
    }
    this.hst = buffer.hasStart ? [] : null;
    if (!buffer.hasHistograms && !hasStale(buffer)) {
      this.n = buffer.n;
      this.t = buffer.t;
      this.v = buffer.v;
      this.st = buffer.hasStart ? buffer.st : null;
      return;
    }
    this.#split(buffer);
  }

  #split(buffer: SampleBuffer): void {
    this.#reserve(buffer.n);
    let n = 0;
    for (let i = 0; i < buffer.n; i++) {
      const h = buffer.hasHistograms ? buffer.h[i] : undefined;
      const time = buffer.t[i] ?? 0;
      if (h !== undefined) {
        if (isStaleHistogram(h)) continue;
        this.h.push(h);
        this.ht.push(time);
        this.hst?.push(buffer.st[i] ?? 0);
      } else if (!isStaleRow(buffer, i)) {
        this.#ownT[n] = time;
        this.#ownV[n] = buffer.v[i] ?? 0;
        this.#ownSt[n] = buffer.hasStart ? (buffer.st[i] ?? 0) : 0;
        n++;
      }
    }
    this.n = n;
    this.t = this.#ownT;
    this.v = this.#ownV;
    this.st = buffer.hasStart ? this.#ownSt : null;
  }

  #reserve(rows: number): void {
    if (rows <= this.#ownT.length) return;
    const capacity = Math.max(rows, this.#ownT.length * 2);
    this.#ownT = new Float64Array(capacity);
    this.#ownV = new Float64Array(capacity);
    this.#ownSt = new Float64Array(capacity);
  }

  /** Takes the steps of an inner evaluation as samples (subqueries). */
  loadColumn(labels: Labels, grid: Grid, column: Column): void {
    this.labels = labels;
    this.h = [];
    this.ht = [];
    this.hst = null;
    this.st = null;
    this.#reserve(grid.steps);
    let n = 0;
    for (let i = 0; i < grid.steps; i++) {
      const kind = column.k[i];
      if (kind === ABSENT) continue;
      if (kind === FLOAT) {
        this.#ownT[n] = grid.at(i);
        this.#ownV[n++] = column.v[i] ?? 0;
        continue;
      }
      const h = column.h[i];
      if (h === undefined) continue;
      // Steps may skip or repeat samples, so what a hint says of neighbours no longer holds.
      const hinted = h.resetHint === RESET_YES || h.resetHint === RESET_NO;
      this.h.push(hinted ? { ...h, resetHint: RESET_UNKNOWN } : h);
      this.ht.push(grid.at(i));
    }
    this.n = n;
    this.t = this.#ownT;
    this.v = this.#ownV;
  }
}

function hasStale(buffer: SampleBuffer): boolean {
  for (let i = 0; i < buffer.n; i++) if (isStaleRow(buffer, i)) return true;
  return false;
}

/** The windows of a range expression over the steps of an evaluation. */
export interface Windows {
  times: SelectorTimes;
  rangeMs: number;
  modifier: 'anchored' | 'smoothed' | null;
  /** How far the window reaches beyond its start and its end. */
  beforeMs: number;
  afterMs: number;
  /** Where annotations point to. */
  position: number;
}

/** A range argument: a selector with a range, or a subquery. */
export type RangeExpr = MatrixSelector | Subquery;

export function asRange(expr: Expr): RangeExpr | null {
  if (expr.kind === 'paren') return asRange(expr.expr);
  return expr.kind === 'matrix' || expr.kind === 'subquery' ? expr : null;
}

export function windowsOf(ctx: EvalContext, expr: RangeExpr): Windows {
  const rangeMs = ctx.run.durationMs(expr.window);
  const position = expr.range.start;
  if (expr.kind === 'subquery') {
    const times = selectorTimes(ctx, expr);
    return { times, rangeMs, modifier: null, beforeMs: 0, afterMs: 0, position };
  }
  const { modifier } = expr.selector;
  const { lookbackMs } = ctx.run.options;
  return {
    times: selectorTimes(ctx, expr.selector),
    rangeMs,
    modifier,
    beforeMs: modifier === null ? 0 : lookbackMs,
    afterMs: modifier === 'smoothed' ? lookbackMs : 0,
    position,
  };
}

/** Moves the window of the series over all steps and calls `visit` where it holds at least one sample. */
export function eachWindow(
  run: QueryRun,
  series: RangeSeries,
  windows: Windows,
  steps: number,
  visit: (step: number) => void,
): void {
  const { times, rangeMs, beforeMs, afterMs } = windows;
  const { t, n, ht } = series;
  const hn = series.h.length;
  let lo = 0;
  let hi = 0;
  let hlo = 0;
  let hhi = 0;
  for (let step = 0; step < steps; step++) {
    const end = times.firstMs + step * times.stepMs;
    const from = end - rangeMs - beforeMs;
    const to = end + afterMs;
    while (hi < n && (t[hi] ?? 0) <= to) hi++;
    while (lo < hi && (t[lo] ?? 0) <= from) lo++;
    while (hhi < hn && (ht[hhi] ?? 0) <= to) hhi++;
    while (hlo < hhi && (ht[hlo] ?? 0) <= from) hlo++;
    if (lo === hi && hlo === hhi) continue;
    series.lo = lo;
    series.hi = hi;
    series.hlo = hlo;
    series.hhi = hhi;
    series.startMs = end - rangeMs;
    series.endMs = end;
    run.worked(hi - lo + hhi - hlo);
    visit(step);
  }
}

/** Streams the series of a range argument, loaded and with the delayed drop of the name that came from below. */
export function eachRangeSeries(
  ctx: EvalContext,
  expr: RangeExpr,
  windows: Windows,
  visit: (series: RangeSeries, dropName: boolean) => void,
): void {
  const series = new RangeSeries();
  if (expr.kind === 'subquery') {
    eachSubquerySeries(ctx, expr, windows, series, visit);
    return;
  }
  const { selector } = expr;
  const minT = windows.times.firstMs - windows.rangeMs - windows.beforeMs + 1;
  const maxT = lastTime(windows.times) + windows.afterMs;
  const stats = ctx.run.statsOnly.has(selector) ? { beforeMs: minT - 1 } : null;
  // One sample before the window, if there is one near, tells whether the first in it comes after a reset.
  const fromT = stats === null ? minT : minT - ctx.run.options.lookbackMs;
  const set = ctx.run.querier.select(selector.matchers, fromT, maxT);
  eachSeries(ctx, set, stats, (index, buffer) => {
    series.load(set.labels(index), buffer);
    visit(series, false);
  });
}

/** Steps of a subquery: multiples of its step after the start of the first window, up to the end of the last. */
function subqueryGrid(ctx: EvalContext, expr: Subquery, windows: Windows): Grid {
  const stepMs =
    expr.step === null ? ctx.run.options.defaultSubqueryStepMs : ctx.run.durationMs(expr.step);
  if (stepMs <= 0) throw new PromqlEvalError('subquery step must be greater than 0', 'bad_data');
  const after = windows.times.firstMs - windows.rangeMs;
  const startMs = (Math.floor(after / stepMs) + 1) * stepMs;
  const endMs = lastTime(windows.times);
  const steps = Math.max(0, Math.floor((endMs - startMs) / stepMs) + 1);
  if (steps > ctx.run.options.maxSamples) throw new QueryLimitError(TOO_MANY_SAMPLES);
  return new Grid(startMs, stepMs, steps);
}

function neverRepeatsLabels(expr: Expr): boolean {
  if (expr.kind === 'paren') return neverRepeatsLabels(expr.expr);
  if (expr.kind === 'call') return expr.args.some((arg) => asRange(arg) !== null);
  return expr.kind === 'selector' || expr.kind === 'aggregate';
}

function eachSubquerySeries(
  ctx: EvalContext,
  expr: Subquery,
  windows: Windows,
  series: RangeSeries,
  visit: (series: RangeSeries, dropName: boolean) => void,
): void {
  const grid = subqueryGrid(ctx, expr, windows);
  if (grid.steps === 0) return;
  const inner = ctx.withGrid(grid);
  const bytes = grid.steps * SUBQUERY_STEP_BYTES;
  ctx.run.hold(0, bytes);
  const load = (labels: Labels, dropName: boolean, column: Column): void => {
    series.loadColumn(labels, grid, column);
    ctx.run.passed(series.n);
    visit(series, dropName);
  };
  if (isScalarExpr(expr.expr)) {
    const column = inner.newColumn();
    column.v.set(inner.scalar(expr.expr));
    column.k.fill(FLOAT);
    load(Labels.empty, false, column);
  } else if (neverRepeatsLabels(expr.expr)) inner.vector(expr.expr, load);
  else {
    const kept = inner.collect(expr.expr);
    for (const one of mergeSameLabels(kept)) load(one.labels, one.dropName, one.column);
    ctx.release(kept);
  }
  ctx.run.hold(0, -bytes);
}

/** Whether an expression yields a scalar. */
export function isScalarExpr(expr: Expr): boolean {
  return valueType(expr) === 'scalar';
}

/** Without the parentheses around it. */
export function unwrap(expr: Expr): Expr {
  return expr.kind === 'paren' ? unwrap(expr.expr) : expr;
}

/** The text of a string argument. */
export function stringOf(expr: Expr): string {
  const inner = unwrap(expr);
  return inner.kind === 'string' ? inner.value : '';
}
