/**
 * Instant selectors: at each step the last sample within the lookback, unless a stale marker came after it.
 *
 * Model: a series is decoded once for all steps; one index moves over its samples while the steps advance. The lookback
 * window is left-open: (t - lookback, t].
 */

import { SampleBuffer, type SeriesSet } from '@sightline/store';
import {
  type Histogram,
  isStaleHistogram,
  RESET_GAUGE,
  RESET_NO,
  RESET_UNKNOWN,
  RESET_YES,
  STALE_HI,
  STALE_LO,
} from '@sightline/wire';
import { detectReset } from '../histogram/reset.ts';
import type { VectorSelector } from './ast.ts';
import { ABSENT, type Column, FLOAT, HISTOGRAM, type Sink } from './eval-column.ts';
import type { EvalContext } from './eval-context.ts';
import { interpolateHistogram } from './functions/interpolate.ts';

/** Whether row `i` is a stale marker, by its bits. */
export function isStaleRow(buffer: SampleBuffer, i: number): boolean {
  return buffer.bits[2 * i + 1] === STALE_HI && buffer.bits[2 * i] === STALE_LO;
}

/** Evaluation times of a selector: `firstMs + i * stepMs`, or `firstMs` for every step when `@` fixes it. */
export interface SelectorTimes {
  firstMs: number;
  stepMs: number;
  /** Steps to compute; 1 when fixed. */
  steps: number;
  fixed: boolean;
}

export function selectorTimes(
  ctx: EvalContext,
  selector: Pick<VectorSelector, 'at' | 'offset'>,
): SelectorTimes {
  const offsetMs = ctx.run.durationMs(selector.offset);
  const { grid } = ctx;
  if (selector.at === null) {
    const firstMs = grid.startMs - offsetMs;
    return { firstMs, stepMs: grid.stepMs, steps: grid.steps, fixed: false };
  }
  return { firstMs: ctx.run.atMs(selector.at) - offsetMs, stepMs: 0, steps: 1, fixed: true };
}

export function lastTime(times: SelectorTimes): number {
  return times.firstMs + (times.steps - 1) * times.stepMs;
}

/** Repeats step 0 over all steps. */
export function broadcast(column: Column): void {
  const { k, v } = column;
  k.fill(k[0] ?? ABSENT);
  if (k[0] === FLOAT) v.fill(v[0] ?? 0);
  else if (k[0] === HISTOGRAM) {
    const h = column.h[0];
    for (let i = 1; i < k.length; i++) column.h[i] = h;
  }
}

/** What a column takes from the sample: its value, its time or its start time (seconds). */
export type Take = 'value' | 'time' | 'start';

function fillFloats(
  buffer: SampleBuffer,
  times: SelectorTimes,
  lookbackMs: number,
  column: Column,
): void {
  const { t, v, n } = buffer;
  const { k, v: out } = column;
  let at = times.firstMs;
  let next = 0;
  for (let i = 0; i < times.steps; i++) {
    while (next < n && (t[next] ?? 0) <= at) next++;
    const last = next - 1;
    if (last < 0 || (t[last] ?? 0) <= at - lookbackMs || isStaleRow(buffer, last)) k[i] = ABSENT;
    else {
      out[i] = v[last] ?? 0;
      k[i] = FLOAT;
    }
    at += times.stepMs;
  }
}

function fillMixed(
  buffer: SampleBuffer,
  times: SelectorTimes,
  lookbackMs: number,
  column: Column,
  take: Take,
): void {
  column.clear();
  let at = times.firstMs;
  let next = 0;
  for (let i = 0; i < times.steps; i++, at += times.stepMs) {
    while (next < buffer.n && (buffer.t[next] ?? 0) <= at) next++;
    const last = next - 1;
    const time = buffer.t[last] ?? 0;
    if (last < 0 || time <= at - lookbackMs) continue;
    const h = buffer.hasHistograms ? buffer.h[last] : undefined;
    if (h === undefined ? isStaleRow(buffer, last) : isStaleHistogram(h)) continue;
    if (take === 'time') column.setFloat(i, time / 1000);
    else if (take === 'start')
      column.setFloat(i, buffer.hasStart ? (buffer.st[last] ?? 0) / 1000 : 0);
    else if (h === undefined) column.setFloat(i, buffer.v[last] ?? 0);
    else column.setHistogram(i, h);
  }
}

/** Fills the first `times.steps` steps of the column from the samples of one series. */
export function fillColumn(
  buffer: SampleBuffer,
  times: SelectorTimes,
  lookbackMs: number,
  column: Column,
  take: Take,
): void {
  if (buffer.hasHistograms || take !== 'value') fillMixed(buffer, times, lookbackMs, column, take);
  else fillFloats(buffer, times, lookbackMs, column);
}

/**
 * Reduces the histograms of a buffer to count and sum. As the buckets go, resets are detected here, between neighbours, and
 * noted in the hint. Samples up to `beforeMs` are only there to compare with: a reset right after them stays unknown, as it does in
 * Prometheus, which does not look at them.
 */
function keepStatsOnly(buffer: SampleBuffer, beforeMs: number): void {
  if (!buffer.hasHistograms) return;
  let previous: Histogram | undefined;
  let previousMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < buffer.n; i++) {
    const h = buffer.h[i];
    if (h === undefined || isStaleHistogram(h)) continue;
    let hint = h.resetHint;
    if (hint === RESET_UNKNOWN && previous !== undefined) {
      const reset = detectReset(h, previous);
      if (!reset) hint = RESET_NO;
      else if (previousMs > beforeMs) hint = RESET_YES;
    }
    previous = h;
    previousMs = buffer.t[i] ?? 0;
    buffer.h[i] = {
      schema: 0,
      resetHint: hint,
      zeroThreshold: 0,
      zeroCount: 0,
      count: h.count,
      sum: h.sum,
      positiveSpans: [],
      negativeSpans: [],
      positiveBuckets: [],
      negativeBuckets: [],
      customValues: [],
    };
  }
}

/** Reads series after series into one buffer and polls the budget. */
export function eachSeries(
  ctx: EvalContext,
  set: SeriesSet,
  statsOnly: { beforeMs: number } | null,
  visit: (index: number, buffer: SampleBuffer) => void,
): void {
  const buffer = new SampleBuffer();
  for (let i = 0; i < set.length; i++) {
    set.read(i, buffer);
    ctx.run.passed(buffer.n);
    if (buffer.n === 0) continue;
    if (statsOnly !== null) keepStatsOnly(buffer, statsOnly.beforeMs);
    visit(i, buffer);
  }
}

/** Streams the series of an instant selector. */
export function evalSelector(
  ctx: EvalContext,
  selector: VectorSelector,
  take: Take,
  sink: Sink,
): void {
  const times = selectorTimes(ctx, selector);
  const { lookbackMs } = ctx.run.options;
  const smoothed = selector.modifier === 'smoothed';
  const minT = times.firstMs - lookbackMs + 1;
  const maxT = lastTime(times) + (smoothed ? lookbackMs : 0);
  const set = ctx.run.querier.select(selector.matchers, minT, maxT);
  const column = ctx.newColumn();
  const stats = ctx.run.statsOnly.has(selector) ? { beforeMs: minT - 1 } : null;
  eachSeries(ctx, set, stats, (index, buffer) => {
    if (smoothed && take === 'value') {
      smooth(ctx, selector, set.labels(index).metricName, buffer, times, column);
    } else fillColumn(buffer, times, lookbackMs, column, take);
    if (!column.hasAny(times.steps)) return;
    if (times.fixed) broadcast(column);
    sink(set.labels(index), false, column);
  });
}

/** `x smoothed`: a linear interpolation between the samples around each step. */
function smooth(
  ctx: EvalContext,
  selector: VectorSelector,
  metricName: string,
  buffer: SampleBuffer,
  times: SelectorTimes,
  column: Column,
): void {
  column.clear();
  const rows: number[] = [];
  for (let i = 0; i < buffer.n; i++) {
    const h = buffer.h[i];
    if (h === undefined ? !isStaleRow(buffer, i) : !isStaleHistogram(h)) rows.push(i);
  }
  const { lookbackMs } = ctx.run.options;
  let next = 0;
  for (let i = 0; i < times.steps; i++) {
    const at = times.firstMs + i * times.stepMs;
    while (next < rows.length && (buffer.t[rows[next] ?? 0] ?? 0) < at) next++;
    const before = rows[next - 1];
    let after: number | undefined = rows[next];
    if (after !== undefined && (buffer.t[after] ?? 0) > at + lookbackMs) after = undefined;
    if (after !== undefined && buffer.t[after] === at) copyRow(buffer, after, column, i);
    else if (before === undefined || (buffer.t[before] ?? 0) <= at - lookbackMs) continue;
    else if (after === undefined) copyRow(buffer, before, column, i);
    else smoothBetween(ctx, selector, metricName, buffer, before, after, at, column, i);
  }
}

function copyRow(buffer: SampleBuffer, row: number, column: Column, step: number): void {
  const h = buffer.h[row];
  if (h === undefined) column.setFloat(step, buffer.v[row] ?? 0);
  else column.setHistogram(step, h);
}

function smoothBetween(
  ctx: EvalContext,
  selector: VectorSelector,
  metricName: string,
  buffer: SampleBuffer,
  before: number,
  after: number,
  at: number,
  column: Column,
  step: number,
): void {
  const fromT = buffer.t[before] ?? 0;
  const share = (at - fromT) / ((buffer.t[after] ?? 0) - fromT);
  const h1 = buffer.h[before];
  const h2 = buffer.h[after];
  if (h1 === undefined && h2 === undefined) {
    const from = buffer.v[before] ?? 0;
    column.setFloat(step, from + ((buffer.v[after] ?? 0) - from) * share);
    return;
  }
  const { notes } = ctx.run;
  const position = selector.range.start;
  if (h1 === undefined || h2 === undefined) {
    notes.mixedFloatsHistograms(metricName, position);
    return;
  }
  const isCounter = h1.resetHint !== RESET_GAUGE && h2.resetHint !== RESET_GAUGE;
  const h = interpolateHistogram(h1, h2, share, isCounter, notes, position);
  if (h === null) notes.mixedSchemas(metricName, position);
  else column.setHistogram(step, h);
}
