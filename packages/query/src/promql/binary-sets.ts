/** and, or, unless: the left side as it is, chosen by whether the right side has the same match labels at the step. */
import type { QueryBudget } from '@sightline/store';
import type { Binary } from './ast.ts';
import { ABSENT, type Column, type Sink } from './eval-column.ts';
import type { EvalContext } from './eval-context.ts';
import { Grouper } from './label-index.ts';

/** Which steps of each match group hold something. */
class Presence {
  readonly #steps: number;
  readonly #budget: QueryBudget;
  #bits: Uint8Array;

  constructor(steps: number, budget: QueryBudget) {
    this.#steps = steps;
    this.#budget = budget;
    this.#bits = new Uint8Array(steps * 64);
  }

  add(group: number, { k }: Column): void {
    const start = group * this.#steps;
    while (start + this.#steps > this.#bits.length) {
      this.#budget.addBytes(this.#bits.length);
      const grown = new Uint8Array(this.#bits.length * 2);
      grown.set(this.#bits);
      this.#bits = grown;
    }
    for (let i = 0; i < k.length; i++) if (k[i] !== ABSENT) this.#bits[start + i] = 1;
  }

  /** Drops the steps of the column where the group's presence differs from `wanted`; false when none is left. */
  mask(group: number, { k }: Column, wanted: 0 | 1): boolean {
    const start = group * this.#steps;
    let any = false;
    for (let i = 0; i < k.length; i++) {
      if (k[i] === ABSENT) continue;
      if ((this.#bits[start + i] ?? 0) === wanted) any = true;
      else k[i] = ABSENT;
    }
    return any;
  }
}

export function combineSets(ctx: EvalContext, expr: Binary, sink: Sink): void {
  const grouper = new Grouper(expr.matching?.labels ?? [], !(expr.matching?.on ?? false));
  const presence = new Presence(ctx.grid.steps, ctx.run.budget);
  if (expr.op === 'or') {
    ctx.vector(expr.lhs, (labels, dropName, column) => {
      presence.add(grouper.ordinal(labels), column);
      sink(labels, dropName, column);
    });
    ctx.vector(expr.rhs, (labels, dropName, column) => {
      if (presence.mask(grouper.ordinal(labels), column, 0)) sink(labels, dropName, column);
    });
    return;
  }
  ctx.vector(expr.rhs, (labels, _, column) => presence.add(grouper.ordinal(labels), column));
  const wanted = expr.op === 'and' ? 1 : 0;
  ctx.vector(expr.lhs, (labels, dropName, column) => {
    if (presence.mask(grouper.ordinal(labels), column, wanted)) sink(labels, dropName, column);
  });
}
