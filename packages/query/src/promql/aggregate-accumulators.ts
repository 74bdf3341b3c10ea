/**
 * Accumulators of sum, avg, count, group, min, max, stddev, stdvar and quantile: one per group, over all steps.
 *
 * Invariant: `seen[i]` tells what step i of the group has met (bit FLOAT, bit HISTOGRAM).
 */
import type { Labels } from '@sightline/store';
import { HistogramAccumulator } from '../histogram/accumulate.ts';
import { compact } from '../histogram/arithmetic.ts';
import type { Annotations } from './annotations.ts';
import { ABSENT, type Column, FLOAT, HISTOGRAM } from './eval-column.ts';
import { quantile } from './functions/quantiles.ts';
import { addCompensated, compensation } from './kahan.ts';
import type { Slab } from './slab.ts';

interface AccumulatorContext {
  notes: Annotations;
  /** Of the aggregated expression. */
  position: number;
  steps: number;
  slab: Slab;
  param: Float64Array | null;
}

export interface Accumulator {
  /** `labels`: of the series, for annotations. */
  add(column: Column, labels: Labels): void;
  finish(out: Column): void;
}

/** Sum and mean: floats compensated, histograms bucket by bucket; both kinds at one step give nothing. */
class Total implements Accumulator {
  readonly #of: AccumulatorContext;
  readonly #mean: boolean;
  readonly #sum: Float64Array;
  readonly #lost: Float64Array;
  readonly #count: Float64Array;
  readonly #seen: Uint8Array;
  #incremental: Uint8Array | null = null;
  #histograms: (HistogramAccumulator | undefined)[] = [];

  constructor(of: AccumulatorContext, mean: boolean) {
    this.#of = of;
    this.#mean = mean;
    this.#sum = of.slab.floats(of.steps);
    this.#lost = of.slab.floats(of.steps);
    this.#count = mean ? of.slab.floats(of.steps) : this.#lost;
    this.#seen = of.slab.bytes(of.steps);
  }

  add(column: Column, labels: Labels): void {
    const { k, v } = column;
    const sum = this.#sum;
    const lost = this.#lost;
    const seen = this.#seen;
    for (let i = 0; i < k.length; i++) {
      const kind = k[i] ?? ABSENT;
      if (kind === ABSENT) continue;
      const before = seen[i] ?? 0;
      seen[i] = before | kind;
      if (kind === HISTOGRAM) this.#addHistogram(column, i, labels);
      else if (this.#mean) this.#addToMean(i, v[i] ?? 0, (before & FLOAT) === 0);
      else if ((before & FLOAT) === 0) sum[i] = v[i] ?? 0;
      else {
        // `addCompensated`, written out: this is the hot loop, and its second result costs an allocation.
        const value = v[i] ?? 0;
        const old = sum[i] ?? 0;
        const total = old + value;
        sum[i] = total;
        if (total === Number.POSITIVE_INFINITY || total === Number.NEGATIVE_INFINITY) lost[i] = 0;
        else {
          const less = Math.abs(old) >= Math.abs(value) ? old - total + value : value - total + old;
          lost[i] = (lost[i] ?? 0) + less;
        }
      }
    }
  }

  #addToMean(i: number, value: number, first: boolean): void {
    const sum = this.#sum;
    const lost = this.#lost;
    const count = (this.#count[i] ?? 0) + 1;
    this.#count[i] = count;
    if (first) {
      sum[i] = value;
      return;
    }
    if (this.#incremental?.[i] !== 1) {
      const next = addCompensated(value, sum[i] ?? 0, lost[i] ?? 0);
      if (Math.abs(next) !== Number.POSITIVE_INFINITY) {
        sum[i] = next;
        lost[i] = compensation;
        return;
      }
      // The sum does not fit a double: go on with the mean itself.
      this.#incremental ??= this.#of.slab.bytes(this.#of.steps);
      this.#incremental[i] = 1;
      sum[i] = (sum[i] ?? 0) / (count - 1);
      lost[i] = (lost[i] ?? 0) / (count - 1);
    }
    const share = (count - 1) / count;
    sum[i] = addCompensated(value / count, share * (sum[i] ?? 0), share * (lost[i] ?? 0));
    lost[i] = compensation;
  }

  #addHistogram(column: Column, i: number, labels: Labels): void {
    const h = column.h[i];
    if (h === undefined) return;
    const total = this.#histograms[i] ?? new HistogramAccumulator(this.#mean);
    this.#histograms[i] = total;
    if (total.failed) return;
    total.add(h);
    if (total.failed) this.#of.notes.mixedSchemas(labels.metricName, this.#of.position);
  }

  finish(out: Column): void {
    const { notes, position } = this.#of;
    for (let i = 0; i < out.k.length; i++) {
      const seen = this.#seen[i] ?? 0;
      if (seen === 0) continue;
      if (seen === (FLOAT | HISTOGRAM)) {
        notes.warn('encountered a mix of histograms and floats for aggregation', position);
      } else if (seen === FLOAT) out.setFloat(i, this.#float(i));
      else this.#finishHistogram(i, out);
    }
  }

  #float(i: number): number {
    const sum = this.#sum[i] ?? 0;
    const lost = this.#lost[i] ?? 0;
    if (!this.#mean || this.#incremental?.[i] === 1) return sum + lost;
    const count = this.#count[i] ?? 1;
    return sum / count + lost / count;
  }

  #finishHistogram(i: number, out: Column): void {
    const { notes, position } = this.#of;
    const total = this.#histograms[i];
    const h = this.#mean ? total?.mean() : total?.sum();
    if (total === undefined || h === undefined || h === null) return;
    if (total.resetSeen && total.noResetSeen) notes.resetCollision('aggregation', position);
    if (total.boundsReconciled) notes.boundsReconciled('aggregation', position);
    out.setHistogram(i, compact(h));
  }
}

/** count and group: how many values of either kind, or 1. */
class Count implements Accumulator {
  readonly #count: Float64Array;
  readonly #one: boolean;

  constructor(of: AccumulatorContext, one: boolean) {
    this.#count = of.slab.floats(of.steps);
    this.#one = one;
  }

  add({ k }: Column): void {
    const count = this.#count;
    for (let i = 0; i < k.length; i++) if (k[i] !== ABSENT) count[i] = (count[i] ?? 0) + 1;
  }

  finish(out: Column): void {
    for (let i = 0; i < out.k.length; i++) {
      const count = this.#count[i] ?? 0;
      if (count > 0) out.setFloat(i, this.#one ? 1 : count);
    }
  }
}

/** min and max: NaN only when there is nothing else. */
class Extreme implements Accumulator {
  readonly #of: AccumulatorContext;
  readonly #max: boolean;
  readonly #best: Float64Array;
  readonly #seen: Uint8Array;

  constructor(of: AccumulatorContext, max: boolean) {
    this.#of = of;
    this.#max = max;
    this.#best = of.slab.floats(of.steps);
    this.#seen = of.slab.bytes(of.steps);
  }

  add({ k, v }: Column): void {
    const best = this.#best;
    const seen = this.#seen;
    for (let i = 0; i < k.length; i++) {
      if (k[i] === ABSENT) continue;
      if (k[i] === HISTOGRAM) {
        this.#of.notes.histogramIgnored(this.#max ? 'max' : 'min', this.#of.position);
        continue;
      }
      const value = v[i] ?? 0;
      const known = best[i] ?? 0;
      if (seen[i] === 0 || Number.isNaN(known) || (this.#max ? value > known : value < known)) {
        best[i] = value;
        seen[i] = 1;
      }
    }
  }

  finish(out: Column): void {
    for (let i = 0; i < out.k.length; i++) {
      if (this.#seen[i] === 1) out.setFloat(i, this.#best[i] ?? 0);
    }
  }
}

/** stddev and stdvar, by Welford's recurrence. */
class Variance implements Accumulator {
  readonly #of: AccumulatorContext;
  readonly #name: 'stddev' | 'stdvar';
  readonly #count: Float64Array;
  readonly #mean: Float64Array;
  readonly #sum: Float64Array;

  constructor(of: AccumulatorContext, name: 'stddev' | 'stdvar') {
    this.#of = of;
    this.#name = name;
    this.#count = of.slab.floats(of.steps);
    this.#mean = of.slab.floats(of.steps);
    this.#sum = of.slab.floats(of.steps);
  }

  add({ k, v }: Column): void {
    for (let i = 0; i < k.length; i++) {
      if (k[i] === ABSENT) continue;
      if (k[i] === HISTOGRAM) {
        this.#of.notes.histogramIgnored(this.#name, this.#of.position);
        continue;
      }
      const value = v[i] ?? 0;
      const count = (this.#count[i] ?? 0) + 1;
      this.#count[i] = count;
      if (count === 1) {
        this.#mean[i] = value;
        this.#sum[i] = Number.isFinite(value) ? 0 : Number.NaN;
        continue;
      }
      const delta = value - (this.#mean[i] ?? 0);
      const mean = (this.#mean[i] ?? 0) + delta / count;
      this.#mean[i] = mean;
      this.#sum[i] = (this.#sum[i] ?? 0) + delta * (value - mean);
    }
  }

  finish(out: Column): void {
    for (let i = 0; i < out.k.length; i++) {
      const count = this.#count[i] ?? 0;
      if (count === 0) continue;
      const variance = (this.#sum[i] ?? 0) / count;
      out.setFloat(i, this.#name === 'stddev' ? Math.sqrt(variance) : variance);
    }
  }
}

/** quantile keeps the values of its group, series after series. */
class Quantile implements Accumulator {
  readonly #of: AccumulatorContext;
  #values: Float64Array;
  #present: Uint8Array;
  #series = 0;

  constructor(of: AccumulatorContext) {
    this.#of = of;
    this.#values = of.slab.floats(of.steps * 4);
    this.#present = of.slab.bytes(of.steps * 4);
  }

  add({ k, v }: Column): void {
    const { steps } = this.#of;
    const start = this.#series++ * steps;
    if (start + steps > this.#values.length) {
      const values = new Float64Array(this.#values.length * 2);
      values.set(this.#values);
      this.#values = values;
      const present = new Uint8Array(this.#present.length * 2);
      present.set(this.#present);
      this.#present = present;
    }
    this.#values.set(v, start);
    for (let i = 0; i < steps; i++) {
      if (k[i] === FLOAT) this.#present[start + i] = 1;
      else if (k[i] === HISTOGRAM) this.#of.notes.histogramIgnored('quantile', this.#of.position);
    }
  }

  finish(out: Column): void {
    const { steps, param } = this.#of;
    const scratch = new Float64Array(this.#series);
    for (let i = 0; i < steps; i++) {
      let n = 0;
      for (let at = i; at < this.#series * steps; at += steps) {
        if (this.#present[at] === 1) scratch[n++] = this.#values[at] ?? 0;
      }
      if (n > 0) out.setFloat(i, quantile(param?.[i] ?? Number.NaN, scratch.subarray(0, n)));
    }
  }
}

export function makeAccumulator(op: string, of: AccumulatorContext): Accumulator {
  switch (op) {
    case 'sum':
      return new Total(of, false);
    case 'avg':
      return new Total(of, true);
    case 'count':
      return new Count(of, false);
    case 'group':
      return new Count(of, true);
    case 'min':
      return new Extreme(of, false);
    case 'max':
      return new Extreme(of, true);
    case 'stddev':
    case 'stdvar':
      return new Variance(of, op);
    case 'quantile':
      return new Quantile(of);
    default:
      throw new Error(`unknown aggregation ${op}`);
  }
}
