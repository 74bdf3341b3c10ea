/**
 * Which series a span belongs to.
 *
 * Model: the values of the fields of `by (...)`. A missing value is no label; where all are missing the first says nil (as in Tempo), so
 * that the series is told apart from one of a query without `by`. Inside one trace spans are told apart by the codes of their
 * dictionaries; text is made once per combination and trace.
 */
import type { Field } from './ast.ts';
import { printField } from './print.ts';
import type { TraceView } from './trace-view.ts';
import { type Value, valueText } from './value.ts';
import { type Vector, valueAt } from './vectors.ts';

export interface SeriesLabel {
  readonly name: string;
  readonly value: Value;
}

/** A text that tells label sets apart. */
export function labelsKey(labels: readonly SeriesLabel[]): string {
  return JSON.stringify(labels.map(({ name, value }) => [name, value.type, valueText(value)]));
}

/** For one trace: a row's series, made by `make` when it is new to the trace. */
export function rowSeries<S>(
  view: TraceView,
  by: readonly Field[],
  make: (labels: SeriesLabel[]) => S,
): (row: number) => S {
  const vectors = by.map((field) => view.field(field));
  const combinations = combinationOf(vectors);
  const known = new Map<number | string, S>();
  return (row) => {
    const key = combinations(row);
    let series = known.get(key);
    if (series === undefined) {
      series = make(labelsAt(by, vectors, row));
      known.set(key, series);
    }
    return series;
  };
}

function labelsAt(by: readonly Field[], vectors: readonly Vector[], row: number): SeriesLabel[] {
  const all = by.map((field, i) => ({ name: printField(field), value: valueAt(vectors[i], row) }));
  const present = all.filter(({ value }) => value.type !== 'nil');
  return present.length === 0 ? all.slice(0, 1) : present;
}

/** A number or text that is equal for rows of equal values (and may differ for equal values of an ill-made dictionary). */
function combinationOf(vectors: readonly Vector[]): (row: number) => number | string {
  const varying = vectors.filter(({ form }) => form !== 'constant');
  let size = 1;
  const columns = varying.flatMap((vector) => {
    if (vector.form !== 'codes') return [];
    const factor = size;
    size *= vector.values.length;
    return [{ codes: vector.codes, factor }];
  });
  if (columns.length === varying.length && size < Number.MAX_SAFE_INTEGER) {
    return (row) => {
      let key = 0;
      for (const { codes, factor } of columns) key += codes[row] * factor;
      return key;
    };
  }
  return (row) =>
    varying
      .map((vector) => valueAt(vector, row))
      .map((value) => JSON.stringify([value.type, valueText(value)]))
      .join();
}
