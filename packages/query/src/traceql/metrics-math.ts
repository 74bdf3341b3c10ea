/**
 * Arithmetic between series of several metrics queries.
 *
 * Model: series of both sides with equal labels are combined point by point; a side that is one series without labels is combined with
 * every series of the other side, as a number is. Series without a partner are dropped (as in PromQL). The name of a function is
 * no label here.
 *
 * Invariant: a point has a value only where both sides have one and the result is finite: a division by zero is no value.
 */
import type { SeriesExpr, SeriesMath, SpanQuery } from './ast.ts';
import type { MetricsSeries } from './metrics.ts';
import { labelsKey, type SeriesLabel } from './metrics-groups.ts';
import { isNumber } from './value.ts';
import { calculate } from './vectors.ts';

type Operand = readonly MetricsSeries[] | number;

/** `run` answers one query in parentheses. */
export function calculateSeries(
  expr: SeriesMath,
  run: (query: SpanQuery) => MetricsSeries[],
): MetricsSeries[] {
  const operand = (part: SeriesExpr): Operand => {
    switch (part.kind) {
      case 'literal':
        return numberOf(part.value);
      case 'spans':
        return run(part);
      case 'series math':
        return calculateSeries(part, run);
    }
  };
  const left = operand(expr.left);
  const right = operand(expr.right);
  const combine = (labels: readonly SeriesLabel[], a: Float64Array | number, b: typeof a) => {
    const points = typeof a === 'number' ? (typeof b === 'number' ? 0 : b.length) : a.length;
    const values = new Float64Array(points);
    for (let i = 0; i < points; i++) {
      const x = typeof a === 'number' ? a : a[i];
      const y = typeof b === 'number' ? b : b[i];
      const value = calculate(expr.op, x, y);
      values[i] = Number.isFinite(value) ? value : Number.NaN;
    }
    return { labels: named(labels), values, exemplars: [] };
  };
  const single = alone(right);
  if (single !== null && typeof left !== 'number') {
    return left.map(({ labels, values }) => combine(labels, values, single));
  }
  const scalar = alone(left);
  if (scalar !== null && typeof right !== 'number') {
    return right.map(({ labels, values }) => combine(labels, scalar, values));
  }
  if (typeof left === 'number' || typeof right === 'number') return [];
  const partners = new Map(right.map((series) => [labelsKey(named(series.labels)), series]));
  return left.flatMap(({ labels, values }) => {
    const partner = partners.get(labelsKey(named(labels)));
    return partner === undefined ? [] : [combine(labels, values, partner.values)];
  });
}

/** A side that goes with every series of the other. */
function alone(operand: Operand): Float64Array | number | null {
  if (typeof operand === 'number') return operand;
  const [only] = operand;
  return operand.length === 1 && named(only.labels).length === 0 ? only.values : null;
}

function named(labels: readonly SeriesLabel[]): SeriesLabel[] {
  return labels.filter(({ name }) => name !== '__name__');
}

/** Durations are seconds, as those of series. */
function numberOf(value: Extract<SeriesExpr, { kind: 'literal' }>['value']): number {
  if (!isNumber(value)) return Number.NaN;
  return value.type === 'duration' ? value.value / 1e9 : value.value;
}
