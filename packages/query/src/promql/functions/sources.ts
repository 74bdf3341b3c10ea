/** Functions between scalars, vectors and time: scalar, vector, time, timestamp, absent, sort. */
import { Labels as LabelSet, type Labels, METRIC_NAME } from '@sightline/store';
import type { Expr } from '../ast.ts';
import { ABSENT, type Column, FLOAT, type KeptSeries, type Sink } from '../eval-column.ts';
import type { EvalContext } from '../eval-context.ts';
import { stringOf, unwrap } from '../eval-range.ts';
import { evalSelector, type Take } from '../selectors.ts';
import { goMax, goMin } from './math.ts';
import { naturalLess } from './natural-order.ts';
import type { ScalarFunction, VectorFunction } from './types.ts';

function constant(ctx: EvalContext, value: number): Float64Array {
  return new Float64Array(ctx.grid.steps).fill(value);
}

/** The one float of the vector at each step; NaN where there is none or more than one. */
function scalarOf(ctx: EvalContext, arg: Expr): Float64Array {
  const values = constant(ctx, Number.NaN);
  const seen = new Uint8Array(ctx.grid.steps);
  ctx.vector(arg, (_, _drop, column) => {
    for (let i = 0; i < seen.length; i++) {
      if (column.k[i] !== FLOAT) continue;
      values[i] = seen[i] === 0 ? (column.v[i] ?? 0) : Number.NaN;
      seen[i] = 1;
    }
  });
  return values;
}

function ofTwo(choose: (a: number, b: number) => number): ScalarFunction {
  return (ctx, call) => {
    const [a, b] = call.args;
    if (a === undefined || b === undefined) return constant(ctx, Number.NaN);
    const left = ctx.scalar(a).slice();
    const right = ctx.scalar(b);
    for (let i = 0; i < left.length; i++) left[i] = choose(left[i] ?? 0, right[i] ?? 0);
    return left;
  };
}

export const scalarFunctions: Record<string, ScalarFunction> = {
  time: (ctx) => {
    const times = new Float64Array(ctx.grid.steps);
    for (let i = 0; i < times.length; i++) times[i] = ctx.grid.at(i) / 1000;
    return times;
  },
  pi: (ctx) => constant(ctx, Math.PI),
  scalar: (ctx, call) => {
    const arg = call.args[0];
    return arg === undefined ? constant(ctx, Number.NaN) : scalarOf(ctx, arg);
  },
  start: (ctx) => constant(ctx, ctx.run.grid.startMs / 1000),
  end: (ctx) => constant(ctx, ctx.run.endMs / 1000),
  range: (ctx) => constant(ctx, (ctx.run.endMs - ctx.run.grid.startMs) / 1000),
  step: (ctx) => constant(ctx, ctx.run.stepMs / 1000),
  max_of: ofTwo(goMax),
  min_of: ofTwo(goMin),
};

function vectorOf(ctx: EvalContext, arg: Expr | undefined, sink: Sink): void {
  if (arg === undefined) return;
  const column = ctx.newColumn();
  column.v.set(ctx.scalar(arg));
  column.k.fill(FLOAT);
  sink(LabelSet.empty, false, column);
}

/**
 * Of a selector: the time, or start time, of the sample itself. Of anything else: the evaluation time; no start time is known
 * then.
 */
function sampleTime(take: Take): VectorFunction {
  return (ctx, call, sink) => {
    const arg = call.args[0] === undefined ? undefined : unwrap(call.args[0]);
    if (arg === undefined) return;
    if (arg.kind === 'selector') {
      evalSelector(ctx, arg, take, (labels, _, column) => sink(labels, true, column));
      return;
    }
    if (take === 'start') return;
    ctx.vector(arg, (labels, _, column) => {
      for (let i = 0; i < column.k.length; i++) {
        if (column.k[i] !== ABSENT) column.setFloat(i, ctx.grid.at(i) / 1000);
      }
      column.h = [];
      sink(labels, true, column);
    });
  };
}

/** The labels that the argument asks for by equality, once each. */
export function absentLabels(arg: Expr): Labels {
  const expr = unwrap(arg);
  if (expr.kind !== 'selector' && expr.kind !== 'matrix') return LabelSet.empty;
  const { matchers } = expr.kind === 'matrix' ? expr.selector : expr;
  const seen = new Set<string>();
  const wanted = new Map<string, string>();
  for (const { name, op, value } of matchers) {
    if (name === METRIC_NAME) continue;
    if (op === '=' && !seen.has(name)) wanted.set(name, value);
    else wanted.delete(name);
    if (op === '=') seen.add(name);
  }
  return LabelSet.fromPairs([...wanted].flat());
}

/** 1 at every step where nothing was seen. */
export function absentColumn(ctx: EvalContext, seen: Uint8Array): Column | null {
  const column = ctx.newColumn();
  for (let i = 0; i < seen.length; i++) if (seen[i] === 0) column.setFloat(i, 1);
  return seen.includes(0) ? column : null;
}

function absent(ctx: EvalContext, arg: Expr | undefined, sink: Sink): void {
  if (arg === undefined) return;
  const seen = new Uint8Array(ctx.grid.steps);
  ctx.vector(arg, (_, _drop, column) => {
    for (let i = 0; i < seen.length; i++) if (column.k[i] !== ABSENT) seen[i] = 1;
  });
  const column = absentColumn(ctx, seen);
  if (column !== null) sink(absentLabels(arg), false, column);
}

/** Orders a vector at one step; a range query cannot be ordered and says so. */
function sorting(
  floatsOnly: boolean,
  order: (labels: string[]) => (a: KeptSeries, b: KeptSeries) => number,
): VectorFunction {
  return (ctx, call, sink) => {
    const arg = call.args[0];
    if (arg === undefined) return;
    const kept: KeptSeries[] = [];
    if (ctx.grid.steps > 1) {
      ctx.run.notes.warn(
        'sort is ineffective for range queries since results are always ordered by labels',
        call.range.start,
      );
    }
    ctx.vector(arg, (labels, dropName, column) => {
      if (floatsOnly) {
        for (let i = 0; i < column.k.length; i++) if (column.k[i] !== FLOAT) column.k[i] = ABSENT;
        if (!column.k.includes(FLOAT)) return;
      }
      if (ctx.grid.steps > 1) sink(labels, dropName, column);
      else kept.push(ctx.keep(labels, dropName, column));
    });
    const names = call.args.slice(1).map(stringOf);
    kept.sort(order(names));
    for (const { labels, dropName, column } of kept) sink(labels, dropName, column);
    ctx.release(kept);
  };
}

/** By value, NaN last in both directions. */
function byValue(sign: 1 | -1): () => (a: KeptSeries, b: KeptSeries) => number {
  return () => (a, b) => {
    const x = a.column.v[0] ?? 0;
    const y = b.column.v[0] ?? 0;
    if (Number.isNaN(x) || Number.isNaN(y))
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x === y ? 0 : x < y ? -sign : sign;
  };
}

function byLabels(sign: 1 | -1): (names: string[]) => (a: KeptSeries, b: KeptSeries) => number {
  return (names) => (a, b) => {
    for (const name of names) {
      const x = a.labels.get(name);
      const y = b.labels.get(name);
      if (x !== y) return naturalLess(x, y) ? -sign : sign;
    }
    return sign * LabelSet.compare(a.labels, b.labels);
  };
}

export const sourceFunctions: Record<string, VectorFunction> = {
  vector: (ctx, call, sink) => vectorOf(ctx, call.args[0], sink),
  timestamp: sampleTime('time'),
  start_timestamp: sampleTime('start'),
  absent: (ctx, call, sink) => absent(ctx, call.args[0], sink),
  sort: sorting(true, byValue(1)),
  sort_desc: sorting(true, byValue(-1)),
  sort_by_label: sorting(false, byLabels(1)),
  sort_by_label_desc: sorting(false, byLabels(-1)),
};
