/**
 * What metrics functions gather of the spans of one series, point by point.
 *
 * Model: values are numbers of the function's field, durations as seconds. Quantiles and histograms count in buckets whose upper bounds
 * are powers of two (of nanoseconds for durations), as Tempo does: a bucket e holds values in (2^(e-1), 2^e]; zero has a bucket of its own;
 * negative values have none. A quantile is interpolated exponentially inside its bucket.
 *
 * Invariant: a point without a value is NaN; counts have a value everywhere.
 */
import type { CountFunction, OverTimeFunction } from './ast.ts';
import { TraceqlEvalError } from './eval-error.ts';
import type { Value } from './value.ts';

/** Numbers kept for all series of a query: 64 MB. */
const MAX_CELLS = 8_000_000;

/** Throws TraceqlEvalError past the bound. */
export function checkCells(cells: number): void {
  if (cells <= MAX_CELLS) return;
  throw new TraceqlEvalError('the query needs too much memory: use fewer labels or a longer step');
}

export interface Accumulator {
  /** `value` is NaN for functions that only count; `weight` is how many spans the one stands for. */
  add(point: number, value: number, weight: number): void;
  /** What is read out: extra labels and a value a point. */
  finish(): readonly AccumulatedSeries[];
  /** Cells of memory that one series takes now. */
  readonly cells: number;
}

export interface AccumulatedSeries {
  readonly label: { readonly name: string; readonly value: Value } | null;
  readonly values: Float64Array;
}

/** How many values fit the grid, and the seconds that a point covers. */
export interface AccumulatorShape {
  readonly points: number;
  readonly seconds: number;
  /** Values are nanoseconds and shown in seconds. */
  readonly nanoseconds: boolean;
}

export function accumulatorOf(
  func: CountFunction | OverTimeFunction,
  shape: AccumulatorShape,
): Accumulator {
  switch (func.func) {
    case 'rate':
      return new Count(shape.points, shape.seconds);
    case 'count_over_time':
      return new Count(shape.points, 1);
    case 'min_over_time':
      return new Fold(shape, Math.min);
    case 'max_over_time':
      return new Fold(shape, Math.max);
    case 'sum_over_time':
      return new Sum(shape);
    case 'avg_over_time':
      return new Average(shape);
    case 'quantile_over_time':
      return new Quantiles(shape, func.quantiles);
    case 'histogram_over_time':
      return new Histogram(shape);
  }
}

class Count implements Accumulator {
  readonly #counts: Float64Array;
  readonly #per: number;

  constructor(points: number, per: number) {
    this.#counts = new Float64Array(points);
    this.#per = per;
  }

  get cells(): number {
    return this.#counts.length;
  }

  add(point: number, _value: number, weight: number): void {
    this.#counts[point] += weight;
  }

  finish(): AccumulatedSeries[] {
    return [{ label: null, values: this.#counts.map((count) => count / this.#per) }];
  }
}

class Fold implements Accumulator {
  readonly #values: Float64Array;
  readonly #fold: (a: number, b: number) => number;
  readonly #scale: number;

  constructor({ points, nanoseconds }: AccumulatorShape, fold: (a: number, b: number) => number) {
    this.#values = new Float64Array(points).fill(Number.NaN);
    this.#fold = fold;
    this.#scale = nanoseconds ? 1e9 : 1;
  }

  get cells(): number {
    return this.#values.length;
  }

  add(point: number, value: number, _weight: number): void {
    const before = this.#values[point];
    this.#values[point] = Number.isNaN(before) ? value : this.#fold(before, value);
  }

  finish(): AccumulatedSeries[] {
    return [{ label: null, values: this.#values.map((value) => value / this.#scale) }];
  }
}

class Sum extends Fold {
  constructor(shape: AccumulatorShape) {
    super(shape, (a, b) => a + b);
  }

  override add(point: number, value: number, weight: number): void {
    super.add(point, value * weight, 1);
  }
}

class Average implements Accumulator {
  readonly #sums: Float64Array;
  readonly #counts: Float64Array;
  readonly #scale: number;

  constructor({ points, nanoseconds }: AccumulatorShape) {
    this.#sums = new Float64Array(points);
    this.#counts = new Float64Array(points);
    this.#scale = nanoseconds ? 1e9 : 1;
  }

  get cells(): number {
    return this.#sums.length * 2;
  }

  add(point: number, value: number, weight: number): void {
    this.#sums[point] += value * weight;
    this.#counts[point] += weight;
  }

  finish(): AccumulatedSeries[] {
    // 0 / 0 is NaN: no value.
    const values = this.#sums.map((sum, i) => sum / this.#counts[i] / this.#scale);
    return [{ label: null, values }];
  }
}

/** The bucket of zero, below every power that a double can have. */
const ZERO_BUCKET = -2000;

class Buckets implements Accumulator {
  readonly shape: AccumulatorShape;
  /** Counts a point, by exponent. */
  readonly counts = new Map<number, Float64Array>();

  constructor(shape: AccumulatorShape) {
    this.shape = shape;
  }

  get cells(): number {
    return this.counts.size * this.shape.points;
  }

  add(point: number, value: number, weight: number): void {
    if (!(value >= 0)) return;
    const exponent = bucketOf(value);
    let counts = this.counts.get(exponent);
    if (counts === undefined) {
      counts = new Float64Array(this.shape.points);
      this.counts.set(exponent, counts);
    }
    counts[point] += weight;
  }

  /** Exponents in ascending order. */
  get exponents(): number[] {
    return [...this.counts.keys()].sort((a, b) => a - b);
  }

  /** 2^exponent as it is shown. */
  bound(exponent: number): number {
    if (exponent === ZERO_BUCKET) return 0;
    return 2 ** exponent / (this.shape.nanoseconds ? 1e9 : 1);
  }

  finish(): AccumulatedSeries[] {
    return [];
  }
}

class Histogram extends Buckets {
  override finish(): AccumulatedSeries[] {
    return this.exponents.map((exponent) => ({
      label: { name: '__bucket', value: { type: 'float', value: this.bound(exponent) } },
      values: this.counts.get(exponent) ?? new Float64Array(this.shape.points),
    }));
  }
}

class Quantiles extends Buckets {
  readonly #quantiles: readonly number[];

  constructor(shape: AccumulatorShape, quantiles: readonly number[]) {
    super(shape);
    this.#quantiles = quantiles;
  }

  override finish(): AccumulatedSeries[] {
    const { exponents } = this;
    return this.#quantiles.map((quantile) => ({
      label: { name: 'p', value: { type: 'float', value: quantile } },
      values: Float64Array.from({ length: this.shape.points }, (_, point) =>
        this.#quantileAt(quantile, point, exponents),
      ),
    }));
  }

  #quantileAt(quantile: number, point: number, exponents: readonly number[]): number {
    let total = 0;
    for (const counts of this.counts.values()) total += counts[point];
    if (total === 0) return Number.NaN;
    // At least one span stands below any quantile.
    const rank = Math.max(1, Math.floor(quantile * total));
    let below = 0;
    for (const exponent of exponents) {
      const count = this.counts.get(exponent)?.[point] ?? 0;
      if (below + count < rank) {
        below += count;
        continue;
      }
      if (exponent === ZERO_BUCKET) return 0;
      return this.bound(exponent - 1 + (rank - below) / count);
    }
    return Number.NaN;
  }
}

const double = new Float64Array(1);
const bits = new Uint32Array(double.buffer);

function bucketOf(value: number): number {
  if (value === 0) return ZERO_BUCKET;
  double[0] = value;
  const power = (bits[1] >>> 20) & 0x7ff;
  // A power of two is the upper bound of its bucket. The least and infinite doubles are written otherwise.
  if (power > 0 && power < 0x7ff) {
    const isPower = bits[0] === 0 && (bits[1] & 0xfffff) === 0;
    return power - 1023 + (isPower ? 0 : 1);
  }
  const exponent = Math.ceil(Math.log2(value));
  // The logarithm is rounded: powers of two and their neighbours need a second look.
  if (2 ** (exponent - 1) >= value) return exponent - 1;
  return 2 ** exponent < value ? exponent + 1 : exponent;
}
