/**
 * Which series a span belongs to.
 *
 * Model: the values of the fields of `by (...)`. A missing value is no label; where all are missing the first says nil (as in Tempo), so
 * that the series is told apart from one of a query without `by`. Inside one trace spans are told apart by the codes of their
 * dictionaries; text is made once per combination and trace.
 */
import type { Field } from './ast.ts';
import { printField } from './print.ts';
import type { Column } from './source.ts';
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

/**
 * Finds the series of rows, made by `make` when they are new. What is known of the dictionaries of one trace is kept for the next, which often
 * has the same.
 */
export class SeriesFinder<S> {
  readonly #by: readonly Field[];
  readonly #names: readonly string[];
  readonly #make: (labels: SeriesLabel[]) => S;
  #known = new Map<number | string, S>();
  #of: readonly unknown[] = [];

  constructor(by: readonly Field[], make: (labels: SeriesLabel[]) => S) {
    this.#by = by;
    this.#names = by.map(printField);
    this.#make = make;
  }

  /** For some spans: how their series are told apart. */
  seriesOf(view: TraceView): RowSeries<S> {
    const vectors = this.#by.map((field) => view.field(field));
    const identities = vectors.map(identityOf);
    const isSame =
      identities.length === this.#of.length &&
      identities.every((each, i) => each !== null && each === this.#of[i]);
    if (!isSame) {
      this.#known = new Map();
      this.#of = identities;
    }
    const known = this.#known;
    const { size, keyOf, keys } = combinationsOf(vectors, view.spans.n);
    const find = (key: number | string, row: number): S => {
      let series = known.get(key);
      if (series === undefined) {
        series = this.#make(labelsAt(this.#names, vectors, row));
        known.set(key, series);
      }
      return series;
    };
    return { size, keys, ofKey: find, ofRow: (row) => find(keyOf(row), row) };
  }
}

export interface RowSeries<S> {
  /** Keys are integers below it; Infinity where there are no such keys. */
  readonly size: number;
  /** By row its key, equal for rows of one series, where size is finite. */
  keys(): Codes;
  /** The series of a key that `row` has. */
  ofKey(key: number, row: number): S;
  ofRow(row: number): S;
}

/** What combinations of a vector are numbered by: the same object for as long as they mean the same. */
function identityOf(vector: Vector): unknown {
  if (vector.form === 'constant') return vector.value;
  return vector.form === 'codes' ? vector.values : null;
}

function labelsAt(
  names: readonly string[],
  vectors: readonly Vector[],
  row: number,
): SeriesLabel[] {
  const all = names.map((name, i) => ({ name, value: valueAt(vectors[i], row) }));
  const present = all.filter(({ value }) => value.type !== 'nil');
  return present.length === 0 ? all.slice(0, 1) : present;
}

type Codes = Column['codes'];

interface Combinations {
  size: number;
  /** A number or text that is equal for rows of equal values (and may differ for equal values of an ill-made dictionary). */
  keyOf(row: number): number | string;
  keys(): Codes;
}

function combinationsOf(vectors: readonly Vector[], n: number): Combinations {
  const varying = vectors.filter(({ form }) => form !== 'constant');
  let size = 1;
  const columns = varying.flatMap((vector) => {
    if (vector.form !== 'codes') return [];
    const factor = size;
    size *= vector.values.length;
    return [{ codes: vector.codes, factor }];
  });
  if (columns.length === varying.length && size < Number.MAX_SAFE_INTEGER) {
    const keyOf = (row: number): number => {
      let key = 0;
      for (const { codes, factor } of columns) key += codes[row] * factor;
      return key;
    };
    const keys = (): Codes => {
      if (columns.length === 1) return columns[0].codes;
      const all = new Uint32Array(n);
      for (const { codes, factor } of columns) {
        for (let row = 0; row < n; row++) all[row] += codes[row] * factor;
      }
      return all;
    };
    return { size, keyOf, keys };
  }
  const keyOf = (row: number): string =>
    varying
      .map((vector) => valueAt(vector, row))
      .map((value) => JSON.stringify([value.type, valueText(value)]))
      .join();
  return { size: Number.POSITIVE_INFINITY, keyOf, keys: () => new Uint32Array(n) };
}
