/**
 * Joins of two vectors: arithmetic, comparisons and trims, with every form of matching and fill values.
 *
 * Model: the "one" side (the right side, or the left under group_right) is kept, by match group; the series of the "many" side stream by
 * and meet their group. A match group is found once per series, by symbol ids. What Prometheus refuses step by step (two series of the
 * "one" side in a group, two matches without group_left) is refused here at the same steps.
 */
import { type Labels, METRIC_NAME, symbol } from '@sightline/store';
import type { Binary, VectorMatching } from './ast.ts';
import { elementOp, elementResult, floatOp, isComparison, keepsMetric } from './binary-ops.ts';
import {
  ABSENT,
  type Column,
  FLOAT,
  HISTOGRAM,
  type KeptSeries,
  type Sink,
} from './eval-column.ts';
import type { EvalContext } from './eval-context.ts';
import { PromqlEvalError } from './eval-error.ts';
import { Grouper, LabelsIndex, labelsText, withLabel, withoutMetadata } from './label-index.ts';

const metricName = symbol(METRIC_NAME);

/** A group of the "one" side: usually a single series. */
interface OneGroup {
  series: KeptSeries[];
  /** All series of the group in one, where there is more than one. */
  whole: KeptSeries;
  /** Index of the series that holds a step in `whole`; null for a single series. */
  owner: Int32Array | null;
  /** Steps at which some series of the "many" side matched. */
  matched: Uint8Array | null;
}

interface Duplicate {
  earlier: Labels;
  later: Labels;
}

const ONE_TO_ONE: VectorMatching = {
  card: 'one-to-one',
  on: false,
  labels: [],
  include: [],
  fillLeft: null,
  fillRight: null,
};

export function joinVectors(ctx: EvalContext, expr: Binary, sink: Sink): void {
  new Join(ctx, expr, sink).run();
}

class Join {
  readonly #ctx: EvalContext;
  readonly #expr: Binary;
  readonly #sink: Sink;
  readonly #matching: VectorMatching;
  /** The "many" side is the right one. */
  readonly #swapped: boolean;
  readonly #oneToOne: boolean;
  readonly #fillOne: number | null;
  readonly #fillMany: number | null;
  readonly #grouper: Grouper;
  readonly #groups: (OneGroup | undefined)[] = [];
  /** By step: two series of one group that both have a value. */
  readonly #duplicates: (Duplicate | undefined)[] = [];
  /** Steps at which the "many" side has any value. */
  readonly #anyMany: Uint8Array;
  readonly #results = new LabelsIndex();
  readonly #resultSteps: Uint8Array[] = [];
  readonly #matchNames: ReadonlySet<number>;
  readonly #include: readonly number[];
  #bytes = 0;

  constructor(ctx: EvalContext, expr: Binary, sink: Sink) {
    const matching = expr.matching ?? ONE_TO_ONE;
    this.#ctx = ctx;
    this.#expr = expr;
    this.#sink = sink;
    this.#matching = matching;
    this.#swapped = matching.card === 'one-to-many';
    this.#oneToOne = matching.card === 'one-to-one';
    // As in Prometheus, fill_right goes to the "one" side and fill_left to the "many" side, under group_right too.
    this.#fillOne = matching.fillRight;
    this.#fillMany = matching.fillLeft;
    this.#grouper = new Grouper(matching.labels, !matching.on);
    this.#anyMany = new Uint8Array(ctx.grid.steps);
    this.#matchNames = new Set(matching.labels.map(symbol));
    this.#include = matching.include.map(symbol);
  }

  run(): void {
    const { lhs, rhs } = this.#expr;
    const ones = this.#ctx.collect(this.#swapped ? lhs : rhs);
    for (const one of ones) this.#addOne(one);
    const many = this.#swapped ? rhs : lhs;
    this.#ctx.vector(many, (labels, dropName, column) => this.#meet(labels, dropName, column));
    this.#refuseDuplicates();
    if (this.#fillMany !== null) this.#fillUnmatched(this.#fillMany);
    this.#ctx.release(ones);
    this.#ctx.run.budget.addBytes(-this.#bytes);
  }

  #addOne(one: KeptSeries): void {
    const ordinal = this.#grouper.ordinal(one.labels);
    const group = this.#groups[ordinal];
    if (group === undefined) {
      this.#groups[ordinal] = { series: [one], whole: one, owner: null, matched: null };
      return;
    }
    if (group.owner === null) {
      group.owner = new Int32Array(one.column.k.length);
      group.whole = { ...one, column: group.whole.column.copy(this.#ctx.run.slab) };
    }
    const { owner, whole, series } = group;
    for (let i = 0; i < owner.length; i++) {
      if (one.column.k[i] === ABSENT) continue;
      if (whole.column.k[i] === ABSENT) {
        copyStep(one.column, whole.column, i);
        owner[i] = series.length;
      } else {
        const earlier = series[owner[i] ?? 0]?.labels ?? one.labels;
        this.#duplicates[i] ??= { earlier, later: one.labels };
      }
    }
    series.push(one);
  }

  /** Two series of the "one" side in a group matter where the other side has anything at all, or is filled. */
  #refuseDuplicates(): void {
    if (this.#duplicates.length === 0) return;
    const filled = this.#fillOne !== null || this.#fillMany !== null;
    const found = this.#duplicates.find(
      (one, step) => one !== undefined && (filled || this.#anyMany[step] === 1),
    );
    if (found === undefined) return;
    const group = labelsText(this.#matchLabels(found.later));
    const side = this.#swapped ? 'left' : 'right';
    throw new PromqlEvalError(
      `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ` +
        `[${labelsText(found.earlier)}, ${labelsText(found.later)}];` +
        'many-to-many matching not allowed: matching labels must be unique on one side',
    );
  }

  #matchLabels(labels: Labels): Labels {
    if (this.#matching.on) return labels.keep(this.#matchNames);
    return labels.drop(new Set([...this.#matchNames, metricName]));
  }

  /** One series of the "many" side against its group. */
  #meet(labels: Labels, dropName: boolean, many: Column): void {
    for (let i = 0; i < many.k.length; i++) if (many.k[i] !== ABSENT) this.#anyMany[i] = 1;
    this.#refuseDuplicates();
    const group = this.#groups[this.#grouper.ordinal(labels)];
    if (group === undefined) {
      if (this.#fillOne !== null) this.#emit(labels, dropName, many, null, this.#fillOne, null);
      return;
    }
    // Labels taken from the "one" side may differ between its series, and from a filled one: then each gives a result of its own.
    const single = group.owner === null && this.#fillOne === null;
    if (single || this.#matching.include.length === 0) {
      this.#emit(labels, dropName, many, group.whole, this.#fillOne, group);
    } else this.#meetVariants(labels, dropName, many, group);
  }

  #meetVariants(labels: Labels, dropName: boolean, many: Column, group: OneGroup): void {
    const unmatched = many.copy(this.#ctx.run.slab);
    for (const one of group.series) {
      const part = many.copy(this.#ctx.run.slab);
      for (let i = 0; i < part.k.length; i++) {
        if (one.column.k[i] === ABSENT) part.k[i] = ABSENT;
        else unmatched.k[i] = ABSENT;
      }
      this.#emit(labels, dropName, part, one, null, group);
    }
    if (this.#fillOne !== null) this.#emit(labels, dropName, unmatched, null, this.#fillOne, group);
  }

  /** Computes into `many` and hands it on. Steps without a match take `fill`, or nothing when that is null. */
  #emit(
    labels: Labels,
    dropName: boolean,
    many: Column,
    one: KeptSeries | null,
    fill: number | null,
    group: OneGroup | null,
  ): void {
    const matched = this.#compute(many, one === null ? null : one.column, fill);
    if (matched === null) return;
    const oneLabels = one === null ? this.#matchLabels(labels) : one.labels;
    const result = this.#resultLabels(labels, oneLabels);
    this.#refuseRepeats(result, matched, group);
    if (!many.hasAny()) return;
    const drop = this.#expr.bool || (dropName && keepsMetric(this.#expr.op));
    this.#sink(result, drop, many);
  }

  /** In place; returns the steps at which the operation took place, or null when there are none. */
  #compute(many: Column, one: Column | null, fill: number | null): Uint8Array | null {
    const { op, bool, range } = this.#expr;
    const matched = new Uint8Array(many.k.length);
    this.#bytes += matched.length;
    this.#ctx.run.budget.addBytes(matched.length);
    const compares = isComparison(op);
    const simple = op !== '</' && op !== '>/';
    let any = false;
    for (let i = 0; i < matched.length; i++) {
      const manyKind = many.k[i];
      if (manyKind === ABSENT) continue;
      let oneKind: number = one === null ? ABSENT : (one.k[i] ?? ABSENT);
      let oneValue = one === null ? 0 : (one.v[i] ?? 0);
      if (oneKind === ABSENT) {
        if (fill === null) {
          many.k[i] = ABSENT;
          continue;
        }
        oneKind = FLOAT;
        oneValue = fill;
      }
      const manyValue = many.v[i] ?? 0;
      const left = this.#swapped ? oneValue : manyValue;
      const right = this.#swapped ? manyValue : oneValue;
      if (manyKind === FLOAT && oneKind === FLOAT && simple) {
        matched[i] = 1;
        any = true;
        const value = floatOp(op, left, right);
        if (!compares || bool) many.v[i] = value;
        else if (value === 1) many.v[i] = left;
        else many.k[i] = ABSENT;
        continue;
      }
      const manyH = manyKind === HISTOGRAM ? many.h[i] : undefined;
      const oneH = oneKind === HISTOGRAM && one !== null ? one.h[i] : undefined;
      const leftH = this.#swapped ? oneH : manyH;
      const rightH = this.#swapped ? manyH : oneH;
      if (!elementOp(op, left, right, leftH, rightH, this.#ctx.run.notes, range.start)) {
        many.k[i] = ABSENT;
        continue;
      }
      matched[i] = 1;
      any = true;
      if (bool) many.setFloat(i, elementResult.keep ? 1 : 0);
      else if (!elementResult.keep) many.k[i] = ABSENT;
      else if (elementResult.h === undefined) many.setFloat(i, elementResult.value);
      else many.setHistogram(i, elementResult.h);
    }
    return any ? matched : null;
  }

  #resultLabels(many: Labels, one: Labels): Labels {
    let labels = keepsMetric(this.#expr.op) ? many : withoutMetadata(many);
    if (this.#oneToOne) {
      labels = this.#matching.on ? labels.keep(this.#matchNames) : labels.drop(this.#matchNames);
    }
    for (const name of this.#include) labels = withLabel(labels, name, one.valueId(name));
    return labels;
  }

  /** One-to-one: a group may match once a step. Grouped: no two results of a step may have the same labels. */
  #refuseRepeats(result: Labels, matched: Uint8Array, group: OneGroup | null): void {
    if (group !== null) {
      const known = group.matched;
      if (known === null) group.matched = matched;
      else {
        for (let i = 0; i < matched.length; i++) {
          if (matched[i] === 0) continue;
          if (known[i] === 1 && this.#oneToOne) this.#failOneToOne();
          known[i] = 1;
        }
      }
      if (this.#oneToOne) return;
    }
    const ordinal = this.#results.ordinal(result);
    const steps = this.#resultSteps[ordinal];
    if (steps === undefined) {
      this.#resultSteps[ordinal] = matched.slice();
      return;
    }
    for (let i = 0; i < matched.length; i++) {
      if (matched[i] === 0) continue;
      if (steps[i] === 1) this.#failRepeat();
      steps[i] = 1;
    }
  }

  #failOneToOne(): never {
    throw new PromqlEvalError(
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    );
  }

  #failRepeat(): never {
    if (this.#oneToOne) this.#failOneToOne();
    throw new PromqlEvalError(
      'multiple matches for labels: grouping labels must ensure unique matches',
    );
  }

  /** Groups of the "one" side that met nothing at a step are combined with the fill value of the "many" side. */
  #fillUnmatched(fill: number): void {
    for (const group of this.#groups) {
      if (group === undefined) continue;
      for (const one of group.series) {
        const many = this.#ctx.newColumn();
        for (let i = 0; i < many.k.length; i++) {
          if (one.column.k[i] !== ABSENT && group.matched?.[i] !== 1) many.setFloat(i, fill);
        }
        const labels = this.#matchLabels(one.labels);
        if (this.#compute(many, one.column, null) === null || !many.hasAny()) continue;
        this.#sink(this.#resultLabels(labels, one.labels), this.#expr.bool, many);
      }
    }
  }
}

function copyStep(from: Column, to: Column, step: number): void {
  to.k[step] = from.k[step] ?? ABSENT;
  to.v[step] = from.v[step] ?? 0;
  const h = from.h[step];
  if (h !== undefined) to.h[step] = h;
}
