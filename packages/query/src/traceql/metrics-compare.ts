/**
 * `compare({...})`: how the attributes of selected spans differ from those of the others.
 *
 * Model: every span that arrives is of the selection (the filter accepts it, and it starts inside of the window where one is given) or of the
 * baseline. For each side and attribute the values are counted point by point; the most frequent `topN` of each are series, and the
 * spans that have the attribute at all are its total. An attribute with more values says so in a series of its own (Tempo's
 * documentation, "The compare function"). A span of a trace that retention has kept for others counts as often as it stands for.
 *
 * Invariant: of one attribute at most MAX_VALUES values are told apart; further ones count in the total only.
 */
import type { CompareFunction, Field } from './ast.ts';
import { type Condition, compileCondition } from './eval-fields.ts';
import type { MetricsSeries } from './metrics.ts';
import { checkCells } from './metrics-accumulators.ts';
import type { MetricsGrid } from './metrics-grid.ts';
import type { SeriesLabel } from './metrics-groups.ts';
import { printField } from './print.ts';
import type { TraceView } from './trace-view.ts';
import { compareText, NIL, type Value, valueText } from './value.ts';
import { type Vector, valueAt } from './vectors.ts';

const SIDES = ['baseline', 'selection'] as const;
type Side = (typeof SIDES)[number];

const MAX_VALUES = 1000;
/** Attributes told apart in all: those beyond are not compared. */
const MAX_ATTRIBUTES = 1000;

const NOWHERE = { start: 0, end: 0 };
const INTRINSICS: readonly Field[] = (
  ['name', 'kind', 'status', 'statusMessage', 'rootName', 'rootServiceName'] as const
).map((name) => ({ kind: 'intrinsic', name, range: NOWHERE }));

interface Counted {
  readonly value: Value;
  readonly counts: Float64Array;
  total: number;
}

interface ComparedAttribute {
  readonly counts: Float64Array;
  readonly values: Map<string, Counted>;
  tooMany: boolean;
}

export class Comparison {
  readonly #func: CompareFunction;
  readonly #grid: MetricsGrid;
  readonly #condition: Condition | null;
  #cells = 0;
  readonly #sides: Readonly<Record<Side, Map<string, ComparedAttribute>>> = {
    baseline: new Map(),
    selection: new Map(),
  };

  constructor(func: CompareFunction, grid: MetricsGrid) {
    this.#func = func;
    this.#grid = grid;
    const { where } = func.selection;
    this.#condition = where === null ? null : compileCondition(where);
  }

  /** Shows none. */
  readonly wantsExemplars = false;

  add(view: TraceView, rows: Uint32Array): void {
    const { spans } = view;
    const { weight = 1 } = spans;
    const flags = this.#condition?.(view);
    const placed = Array.from(rows, (row) => {
      const point = this.#grid.indexOf(spans.startLo[row], spans.startHi[row]);
      const selected = (flags === undefined || flags[row] === 1) && this.#inWindow(view, row);
      return { row, point, side: SIDES[selected ? 1 : 0] };
    }).filter(({ point }) => point >= 0);
    if (placed.length === 0) return;
    const countAll = (field: Field, vector: Vector): void => {
      const name = printField(field);
      for (const { row, point, side } of placed) {
        this.#count(side, name, valueAt(vector, row), point, weight);
      }
    };
    for (const field of INTRINSICS) countAll(field, view.field(field));
    for (const { scope, name } of spans.attributes()) {
      // Not by way of the view, which would keep a column for every name.
      const column = spans.attribute(scope, name);
      const field: Field = { kind: 'attribute', scope, parent: false, name, range: NOWHERE };
      if (column !== null) countAll(field, { form: 'codes', ...column });
    }
  }

  #inWindow({ spans }: TraceView, row: number): boolean {
    const { window } = this.#func;
    if (window === null) return true;
    const start = spans.startHi[row] * 2 ** 32 + spans.startLo[row];
    return start >= window.start && start < window.end;
  }

  #count(side: Side, name: string, value: Value, point: number, weight: number): void {
    if (value.type === 'nil') return;
    const attributes = this.#sides[side];
    let attribute = attributes.get(name);
    if (attribute === undefined) {
      if (attributes.size >= MAX_ATTRIBUTES) return;
      attribute = { counts: this.#points(), values: new Map(), tooMany: false };
      attributes.set(name, attribute);
    }
    attribute.counts[point] += weight;
    const items = value.type === 'array' ? value.items : [value];
    for (const item of items) {
      const key = `${item.type} ${valueText(item)}`;
      let counted = attribute.values.get(key);
      if (counted === undefined) {
        if (attribute.values.size >= MAX_VALUES) {
          attribute.tooMany = true;
          continue;
        }
        counted = { value: item, counts: this.#points(), total: 0 };
        attribute.values.set(key, counted);
      }
      counted.counts[point] += weight;
      counted.total += weight;
    }
  }

  #points(): Float64Array {
    this.#cells += this.#grid.times.length;
    checkCells(this.#cells);
    return new Float64Array(this.#grid.times.length);
  }

  finish(): MetricsSeries[] {
    const series: MetricsSeries[] = [];
    const add = (values: Float64Array, ...labels: SeriesLabel[]): void => {
      series.push({ labels, values, exemplars: [] });
    };
    for (const side of SIDES) {
      for (const [name, attribute] of this.#sides[side]) {
        const sorted = [...attribute.values].sort(
          ([a, first], [b, second]) => second.total - first.total || compareText(a, b),
        );
        const top = sorted.slice(0, this.#func.topN);
        for (const [, { value, counts }] of top) add(counts, meta('type', side), { name, value });
        add(attribute.counts, meta('type', `${side}_total`), { name, value: NIL });
        if (attribute.tooMany || sorted.length > top.length) {
          const error = meta('error', '__too_many_values__');
          add(this.#points(), meta('type', side), error, { name, value: NIL });
        }
      }
    }
    return series;
  }
}

function meta(what: 'type' | 'error', value: string): SeriesLabel {
  return { name: `__meta_${what}`, value: { type: 'string', value } };
}
