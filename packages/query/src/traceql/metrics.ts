/**
 * A metrics query: series over the spans that a pipeline leaves.
 *
 * Model: every trace of the range is run through the pipeline; each span that is left counts at the point that covers its start
 * (metrics-grid.ts) in the series of its labels. Then `topk`, `bottomk` and comparisons are applied.
 *
 * Invariants: series are sorted by their labels; a point without a value is NaN; one pass over the traces, memory bounded by series
 * times points.
 */
import type { CountFunction, OverTimeFunction, Query, SpanQuery } from './ast.ts';
import { hintOf } from './conditions.ts';
import { TraceqlEvalError } from './eval-error.ts';
import { compilePipeline, unionRows } from './eval-stages.ts';
import { intrinsicType } from './intrinsics.ts';
import {
  type Accumulator,
  type AccumulatorShape,
  accumulatorOf,
  checkCells,
} from './metrics-accumulators.ts';
import { Comparison } from './metrics-compare.ts';
import { gridOf, type MetricsGrid } from './metrics-grid.ts';
import { labelsKey, type RowSeries, SeriesFinder, type SeriesLabel } from './metrics-groups.ts';
import { calculateSeries } from './metrics-math.ts';
import { applySeriesStages } from './metrics-stages.ts';
import type { TraceSource, TraceSpans } from './source.ts';
import { isResourceWise, isSpanWise } from './span-wise.ts';
import { TraceView } from './trace-view.ts';
import { compareText } from './value.ts';
import { type Numbers, toNumbers } from './vectors.ts';

export interface MetricsOptions {
  /** Unix ms. */
  startMs: number;
  endMs: number;
  /** 0 for an instant query: one point at the end. */
  stepMs: number;
  /** Most exemplars in all, unless a hint of the query says otherwise; default 0. */
  exemplars?: number;
  maxSeries?: number;
}

export interface MetricsResult {
  /** Unix ms. */
  times: Float64Array;
  series: MetricsSeries[];
}

export interface MetricsSeries {
  labels: readonly SeriesLabel[];
  /** One for each time; NaN where there is none. */
  values: Float64Array;
  exemplars: readonly Exemplar[];
}

export interface Exemplar {
  traceId: string;
  /** Unix nanoseconds as two words. */
  startLo: number;
  startHi: number;
  /** Of the function's field; of functions that count, the duration in seconds. */
  value: number;
}

const MAX_SERIES = 10_000;
const FEW_CELLS = 100_000;
const MOST_CELLS_A_ROW = 4;

/** Runs a query that has a metrics function. Throws TraceqlEvalError and whatever the source throws. */
export function queryMetrics(
  query: Query,
  source: TraceSource,
  options: MetricsOptions,
): MetricsResult {
  const { times } = gridOf(options.startMs, options.endMs, options.stepMs);
  let series =
    query.kind === 'spans'
      ? gatherSeries(query, source, options)
      : calculateSeries(query.expr, (part) =>
          gatherSeries(part, source, { ...options, exemplars: 0 }),
        );
  // The stages of a pipeline have been applied to its own series.
  if (query.kind === 'math') series = applySeriesStages(query.seriesStages, series);
  return { times, series };
}

function gatherSeries(
  query: SpanQuery,
  source: TraceSource,
  options: MetricsOptions,
): MetricsSeries[] {
  const { metrics } = query;
  if (metrics === null) throw new TraceqlEvalError('the query has no metrics function');
  const { startMs, endMs, stepMs, maxSeries = MAX_SERIES } = options;
  const grid = gridOf(startMs, endMs, stepMs);
  const gather =
    metrics.kind === 'compare'
      ? new Comparison(metrics, grid)
      : new SeriesSet(metrics, grid, maxSeries, exemplarsOf(query, options.exemplars ?? 0));
  const pipeline = compilePipeline(query.stages);
  // The first point of a range reaches back by one step.
  const from = grid.times[0] - grid.seconds * 1000;
  const to = grid.times[grid.times.length - 1];
  const request = { startMs: from, endMs: to, hint: hintOf(query) };
  const add = (spans: TraceSpans, of: RowsOf): void => {
    const view = new TraceView(spans);
    const spansets = pipeline(view);
    if (spansets.length > 0) gather.add(view, unionRows(view, spansets), of);
  };
  if (source.spans !== undefined && isSpanWise(query)) {
    const isCounted = isResourceWise(query);
    for (const chunk of source.spans(request)) {
      // Exemplars are of spans that were read.
      const wantsCounts = isCounted && !gather.wantsExemplars;
      const cells = wantsCounts ? chunk.counted(from, grid.seconds * 1000) : null;
      if (cells === null) add(chunk.spans, { traceId: chunk.traceId, counts: null });
      else add(cells.spans, { traceId: () => '', counts: cells.counts });
    }
  } else {
    for (const spans of source.traces(request)) {
      add(spans, { traceId: () => spans.traceId, counts: null });
    }
  }
  const series = gather.finish();
  series.sort((a, b) => compareText(labelsKey(a.labels), labelsKey(b.labels)));
  return applySeriesStages(query.seriesStages, series);
}

/** `with (exemplars=false)`, `with (exemplars=20)`. */
function exemplarsOf({ hints }: SpanQuery, otherwise: number): number {
  const value = hints.find(({ name }) => name === 'exemplars')?.value;
  if (value?.type === 'int') return Math.max(0, value.value);
  return value?.type === 'bool' && !value.value ? 0 : otherwise;
}

/** What rows are: of which trace, and how many spans each one is (null: one). */
interface RowsOf {
  traceId(row: number): string;
  readonly counts: Float64Array | null;
}

interface GatheredSeries {
  readonly labels: SeriesLabel[];
  readonly accumulator: Accumulator;
  readonly exemplars: Exemplar[];
  /** The points that have an exemplar. */
  readonly shown: Set<number>;
}

class SeriesSet {
  readonly #func: CountFunction | OverTimeFunction;
  readonly #grid: MetricsGrid;
  readonly #maxSeries: number;
  readonly #shape: AccumulatorShape;
  readonly #series = new Map<string, GatheredSeries>();
  readonly #finder: SeriesFinder<GatheredSeries>;
  #exemplarsLeft: number;

  constructor(
    func: CountFunction | OverTimeFunction,
    grid: MetricsGrid,
    maxSeries: number,
    exemplars: number,
  ) {
    this.#func = func;
    this.#grid = grid;
    this.#maxSeries = maxSeries;
    this.#exemplarsLeft = exemplars;
    this.#finder = new SeriesFinder(func.by, (labels) => this.#find(labels));
    const of = func.kind === 'over time' ? func.of : null;
    const nanoseconds = of?.kind === 'intrinsic' && intrinsicType(of.name) === 'duration';
    this.#shape = { points: grid.times.length, seconds: grid.seconds, nanoseconds };
  }

  get wantsExemplars(): boolean {
    return this.#exemplarsLeft > 0;
  }

  add(view: TraceView, rows: Uint32Array, of: RowsOf): void {
    const { startLo, startHi, n } = view.spans;
    const func = this.#func;
    const numbers = func.kind === 'over time' ? toNumbers(view.field(func.of), n) : null;
    const points = this.#grid.pointsOf(startLo, startHi, rows);
    const series = this.#finder.seriesOf(view);
    if (numbers === null) this.#count(view, rows, points, series, of.counts);
    else this.#accumulate(view, rows, points, series, numbers);
    if (this.wantsExemplars) this.#exemplify(view, rows, points, series, numbers, of);
    this.#checkBuckets();
  }

  #accumulate(
    { spans: { weight = 1 } }: TraceView,
    rows: Uint32Array,
    points: Int32Array,
    series: RowSeries<GatheredSeries>,
    { missing, data }: Numbers,
  ): void {
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      if (points[i] < 0 || missing?.[row] === 1) continue;
      series.ofRow(row).accumulator.add(points[i], data[row], weight);
    }
  }

  /** Many spans of few series are counted by number first. */
  #count(
    { spans: { weight = 1 } }: TraceView,
    rows: Uint32Array,
    points: Int32Array,
    series: RowSeries<GatheredSeries>,
    of: Float64Array | null,
  ): void {
    const across = this.#shape.points;
    if (series.size * across > rows.length * MOST_CELLS_A_ROW) {
      for (let i = 0; i < rows.length; i++) {
        if (points[i] < 0) continue;
        const spans = of === null ? 1 : of[rows[i]];
        series.ofRow(rows[i]).accumulator.add(points[i], Number.NaN, spans * weight);
      }
      return;
    }
    const keys = series.keys();
    const counts = new Uint32Array(series.size * across);
    // A row of each key, with 1 added.
    const rowOf = new Uint32Array(series.size);
    for (let i = 0; i < rows.length; i++) {
      if (points[i] < 0) continue;
      const key = keys[rows[i]];
      counts[key * across + points[i]] += of === null ? 1 : of[rows[i]];
      rowOf[key] = rows[i] + 1;
    }
    for (let key = 0; key < rowOf.length; key++) {
      if (rowOf[key] === 0) continue;
      const { accumulator } = series.ofKey(key, rowOf[key] - 1);
      for (let point = 0; point < across; point++) {
        const count = counts[key * across + point];
        if (count > 0) accumulator.add(point, Number.NaN, count * weight);
      }
    }
  }

  #exemplify(
    { spans }: TraceView,
    rows: Uint32Array,
    points: Int32Array,
    series: RowSeries<GatheredSeries>,
    numbers: Numbers | null,
    { traceId }: RowsOf,
  ): void {
    const across = this.#shape.points;
    const isFew = series.size * across <= rows.length * MOST_CELLS_A_ROW;
    // Most rows are of a series and point that were there before.
    const keys = isFew ? series.keys() : null;
    const seen = new Uint8Array(isFew ? series.size * across : 0);
    for (let i = 0; i < rows.length && this.#exemplarsLeft > 0; i++) {
      const row = rows[i];
      if (points[i] < 0 || numbers?.missing?.[row] === 1) continue;
      if (keys !== null) {
        const cell = keys[row] * across + points[i];
        if (seen[cell] === 1) continue;
        seen[cell] = 1;
      }
      const { exemplars, shown } = series.ofRow(row);
      if (shown.has(points[i])) continue;
      shown.add(points[i]);
      this.#exemplarsLeft--;
      const [startLo, startHi] = [spans.startLo[row], spans.startHi[row]];
      const value =
        numbers === null
          ? spans.durationNs[row] / 1e9
          : numbers.data[row] / (this.#shape.nanoseconds ? 1e9 : 1);
      exemplars.push({ traceId: traceId(row), startLo, startHi, value });
    }
  }

  #find(labels: SeriesLabel[]): GatheredSeries {
    const key = labelsKey(labels);
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    if (this.#series.size >= this.#maxSeries) {
      throw new TraceqlEvalError(`the query makes more than ${this.#maxSeries} series`);
    }
    checkCells((this.#series.size + 1) * this.#shape.points);
    const accumulator = accumulatorOf(this.#func, this.#shape);
    const made = { labels, accumulator, exemplars: [], shown: new Set<number>() };
    this.#series.set(key, made);
    return made;
  }

  #checkBuckets(): void {
    // A histogram has a few dozen buckets: below this they cannot be too many.
    if (this.#series.size * this.#shape.points < FEW_CELLS) return;
    let cells = 0;
    for (const { accumulator } of this.#series.values()) cells += accumulator.cells;
    checkCells(cells);
  }

  finish(): MetricsSeries[] {
    const { func, by } = this.#func;
    const plain: SeriesLabel[] = [{ name: '__name__', value: { type: 'string', value: func } }];
    return [...this.#series.values()].flatMap(({ labels, accumulator, exemplars }) =>
      accumulator.finish().map(({ label, values }) => ({
        labels: label !== null ? [...labels, label] : by.length === 0 ? plain : labels,
        values,
        exemplars,
      })),
    );
  }
}
