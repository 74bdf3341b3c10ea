/** count_values("label", v): how often each value occurs, as a series per value. */
import { symbol } from '@sightline/store';
import { histogramText } from '../histogram/text.ts';
import type { Aggregate } from './ast.ts';
import { ABSENT, type Column, HISTOGRAM, type KeptSeries, type Sink } from './eval-column.ts';
import { type EvalContext, STEP_BYTES } from './eval-context.ts';
import { PromqlEvalError } from './eval-error.ts';
import { stringOf } from './eval-range.ts';
import { quote } from './go-quote.ts';
import { Grouper, groupLabels, withLabel } from './label-index.ts';
import { formatF } from './number-format.ts';

function valueText(column: Column, step: number): string {
  const h = column.k[step] === HISTOGRAM ? column.h[step] : undefined;
  return h === undefined ? formatF(column.v[step] ?? 0) : histogramText(h);
}

export function countValues(ctx: EvalContext, expr: Aggregate, sink: Sink): void {
  const name = expr.param === null ? '' : stringOf(expr.param);
  if (name === '' || !name.isWellFormed()) {
    throw new PromqlEvalError(`invalid label name ${quote(name)}`);
  }
  const grouping = expr.without ? expr.grouping : [...expr.grouping, name];
  const grouped: Aggregate = { ...expr, grouping };
  const grouper = new Grouper(grouping, expr.without);
  const nameId = symbol(name);
  const results: KeptSeries[] = [];
  ctx.vector(expr.expr, (labels, _, column) => {
    const byText = new Map<string, Column>();
    for (let i = 0; i < column.k.length; i++) {
      if (column.k[i] === ABSENT) continue;
      const text = valueText(column, i);
      let counts = byText.get(text);
      if (counts === undefined) {
        const labelled = withLabel(labels, nameId, symbol(text));
        const ordinal = grouper.ordinal(labelled);
        results[ordinal] ??= {
          labels: groupLabels(grouped, grouper, labelled),
          dropName: false,
          column: newCounts(ctx),
          samples: 0,
        };
        counts = results[ordinal]?.column ?? ctx.newColumn();
        byText.set(text, counts);
      }
      counts.setFloat(i, (counts.k[i] === ABSENT ? 0 : (counts.v[i] ?? 0)) + 1);
    }
  });
  for (const { labels, dropName, column } of results) sink(labels, dropName, column);
  const samples = results.length * ctx.grid.steps;
  ctx.run.hold(-samples, -samples * STEP_BYTES);
}

function newCounts(ctx: EvalContext): Column {
  ctx.run.hold(ctx.grid.steps, ctx.grid.steps * STEP_BYTES);
  return ctx.newColumn();
}
