/**
 * topk, bottomk, limitk and limit_ratio: aggregations that return some of their input series.
 *
 * Model: per group and step a bounded heap of (value, series) with the worst at the root; the labels of every series that was ever in a
 * heap stay known by ordinal. limitk takes the first k; limit_ratio samples series by a hash of their labels, so that
 * r and r - 1 are complements.
 */
import type { Labels } from '@sightline/store';
import type { Histogram } from '@sightline/wire';
import type { Aggregate } from './ast.ts';
import { ABSENT, type Column, FLOAT, HISTOGRAM, type Sink } from './eval-column.ts';
import type { EvalContext } from './eval-context.ts';
import { PromqlEvalError } from './eval-error.ts';
import { Grouper } from './label-index.ts';
import { labelsHashShare } from './labels-hash.ts';
import { formatG } from './number-format.ts';

const MAX_INT64 = 2 ** 63 - 1024;
const MIN_INT64 = -(2 ** 63);

/** What a member of a heap takes. */
const MEMBER_BYTES = 48;

interface Member {
  value: number;
  h: Histogram | undefined;
  series: number;
}

interface Chosen {
  labels: Labels;
  dropName: boolean;
  column: Column | null;
}

/** Whether `a` must leave the heap before `b`; NaN leaves first. */
type Worse = (a: number, b: number) => boolean;

const worseForTop: Worse = (a, b) => (Number.isNaN(a) ? !Number.isNaN(b) : a < b);
const worseForBottom: Worse = (a, b) => (Number.isNaN(a) ? !Number.isNaN(b) : a > b);

function siftUp(heap: Member[], worse: Worse): void {
  let i = heap.length - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    const child = heap[i];
    const above = heap[parent];
    if (child === undefined || above === undefined || !worse(child.value, above.value)) return;
    heap[i] = above;
    heap[parent] = child;
    i = parent;
  }
}

function siftDown(heap: Member[], worse: Worse): void {
  let i = 0;
  for (;;) {
    let least = 2 * i + 1;
    if (least >= heap.length) return;
    const right = heap[least + 1];
    const left = heap[least];
    if (right !== undefined && left !== undefined && worse(right.value, left.value)) least++;
    const child = heap[least];
    const above = heap[i];
    if (child === undefined || above === undefined || !worse(child.value, above.value)) return;
    heap[i] = child;
    heap[least] = above;
    i = least;
  }
}

/** Checks k of every step; 0 where nothing is to be returned. */
function counts(param: Float64Array): Float64Array | null {
  let max = Number.NEGATIVE_INFINITY;
  let min = Number.POSITIVE_INFINITY;
  let nan = false;
  for (const k of param) {
    if (Number.isNaN(k)) nan = true;
    else {
      max = Math.max(max, k);
      min = Math.min(min, k);
    }
  }
  if (!nan && max < 1) return null;
  if (nan) throw new PromqlEvalError('Parameter value is NaN');
  if (min <= MIN_INT64) throw new PromqlEvalError(`Scalar value ${formatG(min)} underflows int64`);
  if (max >= MAX_INT64) throw new PromqlEvalError(`Scalar value ${formatG(max)} overflows int64`);
  return param.map((k) => Math.max(0, Math.trunc(k)));
}

export function selectSeries(ctx: EvalContext, expr: Aggregate, sink: Sink): void {
  const param = expr.param === null ? new Float64Array(ctx.grid.steps) : ctx.scalar(expr.param);
  if (expr.op === 'limit_ratio') {
    limitRatio(ctx, expr, param, sink);
    return;
  }
  const limits = counts(param);
  if (limits === null) return;
  new Selection(ctx, expr, limits).run(sink);
}

class Selection {
  readonly #ctx: EvalContext;
  readonly #expr: Aggregate;
  readonly #limits: Float64Array;
  readonly #grouper: Grouper;
  readonly #worse: Worse;
  readonly #steps: number;
  /** By group, then step. */
  readonly #heaps: Member[][] = [];
  readonly #chosen: Chosen[] = [];

  constructor(ctx: EvalContext, expr: Aggregate, limits: Float64Array) {
    this.#ctx = ctx;
    this.#expr = expr;
    this.#limits = limits;
    this.#grouper = new Grouper(expr.grouping, expr.without);
    this.#worse = expr.op === 'bottomk' ? worseForBottom : worseForTop;
    this.#steps = ctx.grid.steps;
  }

  run(sink: Sink): void {
    const { op, expr } = this.#expr;
    this.#ctx.vector(expr, (labels, dropName, column) => {
      const series = this.#chosen.length;
      const group = this.#grouper.ordinal(labels) * this.#steps;
      const taken =
        op === 'limitk' ? this.#first(group, series, column) : this.#best(group, series, column);
      if (taken) this.#chosen.push({ labels, dropName, column: null });
    });
    if (this.#steps === 1) this.#emitOrdered(sink);
    else this.#emitSeries(sink);
  }

  #heap(at: number): Member[] {
    let heap = this.#heaps[at];
    if (heap === undefined) {
      heap = [];
      this.#heaps[at] = heap;
    }
    return heap;
  }

  #first(group: number, series: number, column: Column): boolean {
    let taken = false;
    for (let i = 0; i < this.#steps; i++) {
      if (column.k[i] === ABSENT) continue;
      const heap = this.#heap(group + i);
      if (heap.length >= (this.#limits[i] ?? 0)) continue;
      this.#ctx.run.hold(1, MEMBER_BYTES);
      heap.push({
        value: column.v[i] ?? 0,
        h: column.k[i] === HISTOGRAM ? column.h[i] : undefined,
        series,
      });
      taken = true;
    }
    return taken;
  }

  #best(group: number, series: number, column: Column): boolean {
    const { k, v } = column;
    let taken = false;
    for (let i = 0; i < this.#steps; i++) {
      if (k[i] === ABSENT) continue;
      if (k[i] === HISTOGRAM) {
        this.#ctx.run.notes.histogramIgnored(this.#expr.op, this.#expr.range.start);
        continue;
      }
      const limit = this.#limits[i] ?? 0;
      if (limit === 0) continue;
      const value = v[i] ?? 0;
      const heap = this.#heap(group + i);
      const root = heap[0];
      if (heap.length < limit) {
        this.#ctx.run.hold(1, MEMBER_BYTES);
        heap.push({ value, h: undefined, series });
        siftUp(heap, this.#worse);
        taken = true;
      } else if (root !== undefined && this.#worse(root.value, value)) {
        root.value = value;
        root.series = series;
        siftDown(heap, this.#worse);
        taken = true;
      }
    }
    return taken;
  }

  /** An instant vector: groups in order of appearance, best first. */
  #emitOrdered(sink: Sink): void {
    const out = this.#ctx.newColumn();
    for (const heap of this.#heaps) {
      if (heap === undefined) continue;
      if (this.#expr.op !== 'limitk') {
        heap.sort(
          (a, b) => Number(this.#worse(a.value, b.value)) - Number(this.#worse(b.value, a.value)),
        );
      }
      for (const member of heap) {
        const chosen = this.#chosen[member.series];
        if (chosen === undefined) continue;
        out.clear();
        put(out, 0, member);
        sink(chosen.labels, chosen.dropName, out);
      }
    }
    this.#release();
  }

  #emitSeries(sink: Sink): void {
    this.#heaps.forEach((heap, at) => {
      for (const member of heap) {
        const chosen = this.#chosen[member.series];
        if (chosen === undefined) continue;
        chosen.column ??= this.#ctx.newColumn();
        put(chosen.column, at % this.#steps, member);
      }
    });
    for (const { labels, dropName, column } of this.#chosen) {
      if (column !== null) sink(labels, dropName, column);
    }
    this.#release();
  }

  #release(): void {
    let members = 0;
    for (const heap of this.#heaps) members += heap?.length ?? 0;
    this.#ctx.run.hold(-members, -members * MEMBER_BYTES);
  }
}

function put(column: Column, step: number, { value, h }: Member): void {
  if (h === undefined) column.setFloat(step, value);
  else column.setHistogram(step, h);
}

function limitRatio(ctx: EvalContext, expr: Aggregate, param: Float64Array, sink: Sink): void {
  let max = Number.NEGATIVE_INFINITY;
  let min = Number.POSITIVE_INFINITY;
  for (const ratio of param) {
    if (Number.isNaN(ratio)) throw new PromqlEvalError('Ratio value is NaN');
    max = Math.max(max, ratio);
    min = Math.min(min, ratio);
  }
  const position = expr.param?.range.start ?? 0;
  if (max > 1) ctx.run.notes.invalidRatio(max, 1, position);
  if (min < -1) ctx.run.notes.invalidRatio(min, -1, position);
  ctx.vector(expr.expr, (labels, dropName, column) => {
    const share = labelsHashShare(labels);
    let any = false;
    for (let i = 0; i < param.length; i++) {
      const ratio = Math.min(1, Math.max(-1, param[i] ?? 0));
      const taken = ratio >= 0 ? share < ratio : share >= 1 + ratio;
      if (!taken) column.k[i] = ABSENT;
      else if (column.k[i] === FLOAT || column.k[i] === HISTOGRAM) any = true;
    }
    if (any) sink(labels, dropName, column);
  });
}
