/**
 * The stages of a pipeline over one trace.
 *
 * Model: a spanset is the ascending rows of some spans and what has been said of them (`by(...)`, `count()`). A pipeline begins with
 * one spanset of all spans; a stage turns each spanset into none, one or several. A trace matches when spansets are left.
 *
 * Invariant: no spanset is empty.
 */
import type { GroupStage, SpansetCombination, SpansetExpr, Stage } from './ast.ts';
import { TraceqlEvalError } from './eval-error.ts';
import { type Condition, compileCondition, compileField } from './eval-fields.ts';
import { relatedRows } from './eval-relations.ts';
import { compileScalarFilter } from './eval-scalars.ts';
import { printStage } from './print.ts';
import type { TraceView } from './trace-view.ts';
import { compareText, type Value, valueText } from './value.ts';
import { valueAt } from './vectors.ts';

export interface Spanset {
  readonly rows: Uint32Array;
  readonly attributes: readonly SpansetAttribute[];
}

export interface SpansetAttribute {
  /** `by(span.http.route)`, `count()`. */
  readonly key: string;
  readonly value: Value;
}

export type StageFunction = (view: TraceView, spansets: readonly Spanset[]) => readonly Spanset[];

/** Groups of one trace: every later stage costs their number times the trace. */
const MAX_GROUPS = 10_000;

/** The spansets that a pipeline leaves of a trace. */
export function compilePipeline(stages: readonly Stage[]): (view: TraceView) => readonly Spanset[] {
  const run = compileStages(stages);
  let all = new Uint32Array(0);
  return (view) => {
    const { n } = view.spans;
    if (n > all.length) all = new Uint32Array(n * 2).map((_, row) => row);
    return run(view, [{ rows: all.subarray(0, n), attributes: [] }]);
  };
}

function compileStages(stages: readonly Stage[]): StageFunction {
  const functions = stages.map(compileStage);
  return (view, spansets) => {
    let current = spansets;
    for (const run of functions) {
      if (current.length === 0) return current;
      current = run(view, current);
    }
    return current;
  };
}

function compileStage(stage: Stage): StageFunction {
  switch (stage.kind) {
    case 'by':
      return compileGroups(stage);
    case 'select':
      return (_, spansets) => spansets;
    case 'coalesce':
      return (view, spansets) => [{ rows: unionRows(view, spansets), attributes: [] }];
    case 'scalar filter':
      return compileScalarFilter(stage);
    default: {
      const run = compileSpansets(stage);
      return (view, spansets) => spansets.flatMap((spanset) => run(view, spanset));
    }
  }
}

type SpansetFunction = (view: TraceView, spanset: Spanset) => readonly Spanset[];

function compileSpansets(expr: SpansetExpr): SpansetFunction {
  switch (expr.kind) {
    case 'pipeline': {
      const run = compileStages(expr.stages);
      return (view, spanset) => run(view, [spanset]);
    }
    case 'combination':
      return compileCombination(expr);
    case 'filter': {
      if (expr.where === null) return (_, spanset) => [spanset];
      const condition = remembered(compileCondition(expr.where));
      return (view, spanset) => {
        const flags = condition(view);
        const rows = chosenRows(spanset.rows, flags);
        return rows.length === 0 ? [] : [{ rows, attributes: spanset.attributes }];
      };
    }
  }
}

function chosenRows(rows: Uint32Array, flags: Uint8Array): Uint32Array {
  let count = 0;
  for (let i = 0; i < rows.length; i++) count += flags[rows[i]];
  if (count === rows.length) return rows;
  const chosen = new Uint32Array(count);
  for (let i = 0, n = 0; n < count; i++) if (flags[rows[i]] === 1) chosen[n++] = rows[i];
  return chosen;
}

/** After `by` a condition is asked once for each group of the same trace. */
function remembered(condition: Condition): Condition {
  let last: TraceView | null = null;
  let flags: Uint8Array = new Uint8Array(0);
  return (view) => {
    if (view !== last) {
      flags = condition(view);
      last = view;
    }
    return flags;
  };
}

function compileCombination({ op, left, right }: SpansetCombination): SpansetFunction {
  const first = compileSpansets(left);
  const second = compileSpansets(right);
  return (view, spanset) => {
    const lefts = first(view, spanset);
    // Nothing is related to nothing.
    if (lefts.length === 0 && op !== '||' && !op.startsWith('!')) return [];
    const rights = second(view, spanset);
    let rows: Uint32Array;
    if (op === '&&' || op === '||') {
      if (op === '&&' && rights.length === 0) return [];
      rows = unionRows(view, [...lefts, ...rights]);
    } else {
      if (rights.length === 0) return [];
      const flags = relatedRows(op, flagsOf(view, lefts), flagsOf(view, rights), view);
      rows = rowsOf(flags);
    }
    return rows.length === 0 ? [] : [{ rows, attributes: spanset.attributes }];
  };
}

function flagsOf(view: TraceView, spansets: readonly Spanset[]): Uint8Array {
  const flags = new Uint8Array(view.spans.n);
  for (const { rows } of spansets) for (const row of rows) flags[row] = 1;
  return flags;
}

function rowsOf(flags: Uint8Array): Uint32Array {
  let count = 0;
  for (const flag of flags) count += flag;
  const rows = new Uint32Array(count);
  let at = 0;
  for (let row = 0; row < flags.length; row++) if (flags[row] === 1) rows[at++] = row;
  return rows;
}

/** The rows of any of the spansets. */
export function unionRows(view: TraceView, spansets: readonly Spanset[]): Uint32Array {
  return spansets.length === 1 ? spansets[0].rows : rowsOf(flagsOf(view, spansets));
}

function compileGroups(stage: GroupStage): StageFunction {
  const evaluate = compileField(stage.by);
  const key = printStage(stage);
  return (view, spansets) => {
    const vector = evaluate(view);
    return spansets.flatMap(({ rows, attributes }) => {
      const groups = new Map<string, { value: Value; rows: number[] }>();
      for (const row of rows) {
        const value = valueAt(vector, row);
        const name = `${value.type} ${valueText(value)}`;
        let group = groups.get(name);
        if (group === undefined) {
          group = { value, rows: [] };
          groups.set(name, group);
          if (groups.size > MAX_GROUPS) {
            throw new TraceqlEvalError(`${key} makes more than ${MAX_GROUPS} groups of one trace`);
          }
        }
        group.rows.push(row);
      }
      const sorted = [...groups].sort(([a], [b]) => compareText(a, b));
      return sorted.map(([, group]) => ({
        rows: Uint32Array.from(group.rows),
        attributes: [...attributes, { key, value: group.value }],
      }));
    });
  };
}
