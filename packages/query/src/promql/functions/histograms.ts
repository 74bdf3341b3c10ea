/**
 * histogram_quantile, histogram_quantiles and histogram_fraction, of native and classic histograms.
 *
 * Model: classic histograms are the series that share all labels but `le`; their buckets are gathered first and evaluated step by step.
 * Where a native histogram and classic buckets of the same labels meet at one step, neither counts.
 */
import { type Labels, symbol, symbolText } from '@sightline/store';
import { histogramFraction, histogramQuantile, nanNote } from '../../histogram/quantile.ts';
import { forName } from '../annotations.ts';
import type { Expr } from '../ast.ts';
import { type Column, FLOAT, HISTOGRAM, type KeptSeries, type Sink } from '../eval-column.ts';
import type { EvalContext } from '../eval-context.ts';
import { stringOf } from '../eval-range.ts';
import { quote } from '../go-quote.ts';
import { LabelsIndex, withLabel } from '../label-index.ts';
import { formatG } from '../number-format.ts';
import { bucketFraction, bucketQuantile, type ClassicBuckets } from './quantiles.ts';
import type { VectorFunction } from './types.ts';

const bucketName = symbol('le');
const onlyBucketName = new Set([bucketName]);

interface Bucket {
  bound: number;
  column: Column;
}

interface ClassicHistogram {
  labels: Labels;
  buckets: Bucket[];
}

interface Histograms {
  native: KeptSeries[];
  /** Index into `classic` by native series, -1 where no classic one has its labels. */
  rival: number[];
  classic: ClassicHistogram[];
}

const DECIMAL = /^[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL = /^([+-]?)(inf|infinity|nan)$/i;

/** Go's ParseFloat for the forms that bucket bounds take; null for anything else. */
export function parseBound(text: string): number | null {
  if (DECIMAL.test(text) && !text.includes('_')) return Number(text);
  const special = SPECIAL.exec(text);
  if (special === null) return null;
  if ((special[2] ?? '').toLowerCase() === 'nan') return Number.NaN;
  return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Sorts the series of a vector into native and classic histograms. Everything is held until `release`. */
function gather(ctx: EvalContext, arg: Expr): { found: Histograms; kept: KeptSeries[] } {
  const found: Histograms = { native: [], rival: [], classic: [] };
  const kept: KeptSeries[] = [];
  const index = new LabelsIndex();
  const bounds = new Map<number, number | null>();
  ctx.vector(arg, (labels, dropName, column) => {
    const series = ctx.keep(labels, dropName, column);
    kept.push(series);
    if (column.k.includes(HISTOGRAM)) found.native.push(series);
    if (!column.k.includes(FLOAT)) return;
    const value = labels.valueId(bucketName);
    let bound = bounds.get(value);
    if (bound === undefined) {
      bound = parseBound(symbolText(value));
      bounds.set(value, bound);
    }
    if (bound === null) {
      const text = symbolText(value);
      ctx.run.notes.warn(
        `bucket label "le" is missing or has a malformed value of ${quote(text)}${forName(labels.metricName)}`,
        arg.range.start,
      );
      return;
    }
    const rest = labels.drop(onlyBucketName);
    const ordinal = index.ordinal(rest);
    found.classic[ordinal] ??= { labels: rest, buckets: [] };
    found.classic[ordinal]?.buckets.push({ bound, column: series.column });
  });
  for (const { labels } of found.native) {
    const before = index.size;
    const ordinal = index.ordinal(labels);
    found.rival.push(ordinal < before && ordinal < found.classic.length ? ordinal : -1);
  }
  return { found, kept };
}

function hasBuckets(classic: ClassicHistogram | undefined, step: number): boolean {
  return classic?.buckets.some(({ column }) => column.k[step] === FLOAT) ?? false;
}

function bucketsAt(classic: ClassicHistogram, step: number): ClassicBuckets {
  const buckets: ClassicBuckets = { bound: [], count: [] };
  for (const { bound, column } of classic.buckets) {
    if (column.k[step] !== FLOAT) continue;
    buckets.bound.push(bound);
    buckets.count.push(column.v[step] ?? 0);
  }
  return buckets;
}

interface Measure {
  native(column: Column, step: number, labels: Labels): number;
  classic(buckets: ClassicBuckets, step: number, labels: Labels): number;
}

/** Streams a number per histogram. */
function measure(
  ctx: EvalContext,
  arg: Expr,
  found: Histograms,
  how: Measure,
  relabel: (labels: Labels) => Labels,
  sink: Sink,
): void {
  const clashes = new Map<ClassicHistogram, Uint8Array>();
  const column = ctx.newColumn();
  found.native.forEach((series, i) => {
    column.clear();
    const rival = found.classic[found.rival[i] ?? -1];
    for (let step = 0; step < ctx.grid.steps; step++) {
      if (series.column.k[step] !== HISTOGRAM) continue;
      if (rival !== undefined && hasBuckets(rival, step)) {
        noteClash(ctx, arg, series.labels.metricName);
        const steps = clashes.get(rival) ?? new Uint8Array(ctx.grid.steps);
        steps[step] = 1;
        clashes.set(rival, steps);
      } else column.setFloat(step, how.native(series.column, step, series.labels));
    }
    if (column.k.includes(FLOAT)) sink(relabel(series.labels), true, column);
  });
  for (const classic of found.classic) {
    column.clear();
    const clash = clashes.get(classic);
    for (let step = 0; step < ctx.grid.steps; step++) {
      if (clash?.[step] === 1) continue;
      const buckets = bucketsAt(classic, step);
      if (buckets.bound.length === 0) continue;
      column.setFloat(step, how.classic(buckets, step, classic.labels));
    }
    if (column.k.includes(FLOAT)) sink(relabel(classic.labels), true, column);
  }
}

function noteClash(ctx: EvalContext, arg: Expr, metricName: string): void {
  ctx.run.notes.warn(
    `vector contains a mix of classic and native histograms${forName(metricName)}`,
    arg.range.start,
  );
}

function noteNan(ctx: EvalContext, metricName: string, position: number): void {
  if (nanNote === 'none') return;
  const what = {
    'result-nan': 'input to histogram_quantile has NaN observations, result is NaN',
    skewed: 'input to histogram_quantile has NaN observations, result is skewed higher',
    excluded:
      'input to histogram_fraction has NaN observations, which are excluded from all fractions',
  }[nanNote];
  ctx.run.notes.info(what + forName(metricName), position);
}

/** Quantiles of one q; annotations point to `position`. */
function quantileMeasure(ctx: EvalContext, q: Float64Array, position: number): Measure {
  const { notes } = ctx.run;
  return {
    native: (column, step, labels) => {
      const h = column.h[step];
      if (h === undefined) return Number.NaN;
      const value = histogramQuantile(q[step] ?? 0, h);
      noteNan(ctx, labels.metricName, position);
      return value;
    },
    classic: (buckets, step, labels) =>
      bucketQuantile(q[step] ?? 0, buckets, (repair) => {
        const ms = ctx.grid.at(step);
        notes.forcedMonotonicity(labels.metricName, position, {
          minBucket: repair.minBound,
          maxBucket: repair.maxBound,
          maxDiff: repair.maxDrop,
          minMs: ms,
          maxMs: ms,
          samples: 1,
        });
      }),
  };
}

function checkQuantiles(ctx: EvalContext, q: Float64Array, position: number): void {
  for (const value of q)
    if (!(value >= 0 && value <= 1)) ctx.run.notes.invalidQuantile(value, position);
}

function same(labels: Labels): Labels {
  return labels;
}

/** `labels.FormatOpenMetricsFloat`: at least one digit after the point. */
function openMetricsFloat(value: number): string {
  const text = formatG(value);
  return /[.eIN]/.test(text) ? text : `${text}.0`;
}

export const histogramFunctions: Record<string, VectorFunction> = {
  histogram_quantile: (ctx, call, sink) => {
    const [quantileArg, arg] = call.args;
    if (quantileArg === undefined || arg === undefined) return;
    const q = ctx.scalar(quantileArg);
    checkQuantiles(ctx, q, quantileArg.range.start);
    const { found, kept } = gather(ctx, arg);
    const how = quantileMeasure(ctx, q, arg.range.start);
    measure(ctx, arg, found, how, same, sink);
    ctx.release(kept);
  },
  histogram_quantiles: (ctx, call, sink) => {
    const [arg, nameArg, ...quantileArgs] = call.args;
    if (arg === undefined || nameArg === undefined) return;
    const name = stringOf(nameArg);
    const quantiles = quantileArgs.map((quantileArg) => {
      const q = ctx.scalar(quantileArg);
      checkQuantiles(ctx, q, quantileArg.range.start);
      return q;
    });
    const { found, kept } = gather(ctx, arg);
    for (const q of quantiles) {
      const how = quantileMeasure(ctx, q, arg.range.start);
      const text = openMetricsFloat(q[0] ?? 0);
      measure(
        ctx,
        arg,
        found,
        how,
        (labels) => withLabel(labels, symbol(name), symbol(text)),
        sink,
      );
    }
    ctx.release(kept);
  },
  histogram_fraction: (ctx, call, sink) => {
    const [lowerArg, upperArg, arg] = call.args;
    if (lowerArg === undefined || upperArg === undefined || arg === undefined) return;
    const lower = ctx.scalar(lowerArg);
    const upper = ctx.scalar(upperArg);
    const { found, kept } = gather(ctx, arg);
    const how: Measure = {
      native: (column, step, labels) => {
        const h = column.h[step];
        if (h === undefined) return Number.NaN;
        const value = histogramFraction(lower[step] ?? 0, upper[step] ?? 0, h);
        noteNan(ctx, labels.metricName, arg.range.start);
        return value;
      },
      classic: (buckets, step) => bucketFraction(lower[step] ?? 0, upper[step] ?? 0, buckets),
    };
    measure(ctx, arg, found, how, same, sink);
    ctx.release(kept);
  },
};
