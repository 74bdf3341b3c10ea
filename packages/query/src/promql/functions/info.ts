/**
 * info(v, {selector}): adds the data labels of info metrics (target_info) to the series that share `instance` and `job`.
 *
 * Model: the info series are read once for all steps, with the times of their samples. At each step the newest sample per (info metric,
 * instance, job) wins; a series gets a result for each set of labels that the steps give it.
 *
 * Invariants: base series that are info series themselves pass unchanged; labels that a base series has are never replaced.
 */
import { Labels as LabelSet, type Labels, type Matcher, METRIC_NAME } from '@sightline/store';
import { isStaleHistogram } from '@sightline/wire';
import { RE2JS } from 're2js';
import type { Expr, VectorSelector } from '../ast.ts';
import { ABSENT, Column, FLOAT, type KeptSeries, type Sink } from '../eval-column.ts';
import type { EvalContext } from '../eval-context.ts';
import { PromqlEvalError } from '../eval-error.ts';
import { mergeSameLabels } from '../eval-merge.ts';
import { unwrap } from '../eval-range.ts';
import { Grouper, labelsText } from '../label-index.ts';
import { eachSeries, fillColumn } from '../selectors.ts';
import type { Slab } from '../slab.ts';
import type { VectorFunction } from './types.ts';

const IDENTIFYING = ['instance', 'job'];
const TARGET_INFO = 'target_info';

type Test = (value: string) => boolean;

function testOf({ op, value }: Matcher): Test {
  if (op === '=') return (text) => text === value;
  if (op === '!=') return (text) => text !== value;
  const regex = RE2JS.compile(`^(?s:${value})$`);
  return op === '=~' ? (text) => regex.matcher(text).find() : (text) => !regex.matcher(text).find();
}

/** One info series over the steps: `time` holds the times of its samples. */
interface InfoSeries {
  labels: Labels;
  metricName: string;
  time: Column;
}

interface Wanted {
  nameMatchers: Matcher[];
  dataMatchers: Matcher[];
}

function wantedOf(selector: VectorSelector | null): Wanted {
  const matchers = selector?.matchers ?? [];
  const nameMatchers = matchers.filter(({ name }) => name === METRIC_NAME);
  const dataMatchers = matchers.filter(({ name }) => name !== METRIC_NAME);
  if (nameMatchers.length === 0) {
    nameMatchers.push({ name: METRIC_NAME, op: '=', value: TARGET_INFO });
  }
  return { nameMatchers, dataMatchers };
}

function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** Where the base selector looks: info samples are taken at the times of the base samples. */
function firstSelector(expr: Expr): VectorSelector | null {
  switch (expr.kind) {
    case 'selector':
      return expr;
    case 'matrix':
      return expr.selector;
    case 'call':
      for (const arg of expr.args) {
        const found = firstSelector(arg);
        if (found !== null) return found;
      }
      return null;
    case 'binary':
      return firstSelector(expr.lhs) ?? firstSelector(expr.rhs);
    case 'aggregate':
    case 'paren':
    case 'subquery':
    case 'unary':
      return firstSelector(expr.expr);
    default:
      return null;
  }
}

function selectInfo(
  ctx: EvalContext,
  base: readonly KeptSeries[],
  wanted: Wanted,
  expr: Expr,
): InfoSeries[] {
  const matchers: Matcher[] = [...wanted.nameMatchers, ...wanted.dataMatchers];
  let identified = false;
  for (const name of IDENTIFYING) {
    const values = new Set(base.map(({ labels }) => labels.get(name)));
    values.delete('');
    if (values.size === 0) continue;
    identified = true;
    matchers.push({ name, op: '=~', value: [...values].map(quoteMeta).join('|') });
  }
  if (!identified) return [];
  const { lookbackMs } = ctx.run.options;
  const { grid } = ctx;
  const endMs = grid.at(grid.steps - 1);
  const window = infoWindow(ctx, expr, endMs);
  const set = ctx.run.querier.select(matchers, window.minT, window.maxT);
  const times = { firstMs: grid.startMs, stepMs: grid.stepMs, steps: grid.steps, fixed: false };
  const series: InfoSeries[] = [];
  eachSeries(ctx, set, null, (index, buffer) => {
    const labels = set.labels(index);
    if (buffer.hasHistograms && buffer.h.some((h) => h !== undefined && !isStaleHistogram(h))) {
      throw new PromqlEvalError(
        `this should be an info metric, with float samples: ${labelsText(labels)}`,
      );
    }
    const time = ctx.newColumn();
    fillColumn(buffer, times, lookbackMs, time, 'time');
    if (time.k.includes(FLOAT)) series.push({ labels, metricName: labels.metricName, time });
  });
  return series;
}

function infoWindow(ctx: EvalContext, expr: Expr, endMs: number): { minT: number; maxT: number } {
  const selector = firstSelector(expr);
  const offsetMs = selector === null ? 0 : ctx.run.durationMs(selector.offset);
  let from = ctx.grid.startMs;
  let to = endMs;
  if (selector?.at != null) {
    from = ctx.run.atMs(selector.at);
    to = from;
  }
  return { minT: from - ctx.run.options.lookbackMs + 1 - offsetMs, maxT: to - offsetMs };
}

/** Per info metric and step the newest series of each (instance, job) group. */
type Newest = Map<string, Map<number, InfoSeries>>;

function newestAt(series: readonly InfoSeries[], groups: readonly number[], step: number): Newest {
  const newest: Newest = new Map();
  series.forEach((one, i) => {
    if (one.time.k[step] === ABSENT) return;
    const group = groups[i] ?? 0;
    let byGroup = newest.get(one.metricName);
    if (byGroup === undefined) {
      byGroup = new Map();
      newest.set(one.metricName, byGroup);
    }
    const known = byGroup.get(group);
    if (known === undefined) {
      byGroup.set(group, one);
      return;
    }
    const knownS = known.time.v[step] ?? 0;
    const s = one.time.v[step] ?? 0;
    if (s === knownS) {
      throw new PromqlEvalError(
        `found duplicate series for info metric: existing ${labelsText(known.labels)} @ ${knownS * 1000}, ` +
          `new ${labelsText(one.labels)} @ ${s * 1000}`,
      );
    }
    if (s > knownS) byGroup.set(group, one);
  });
  return newest;
}

/** The data labels that a base series gets at a step, as name and value in turn; null when no info series matches. */
function dataLabels(base: Labels, matches: readonly InfoSeries[], wanted: Wanted): string[] | null {
  if (matches.length === 0) return null;
  const added = new Map<string, string>();
  const names = new Set(wanted.dataMatchers.map(({ name }) => name));
  for (const { labels } of matches) {
    const pairs = labels.toPairs();
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] ?? '';
      const value = pairs[i + 1] ?? '';
      if (name === METRIC_NAME || (names.size > 0 && !names.has(name))) continue;
      const known = added.get(name);
      if (known !== undefined && known !== value)
        throw new PromqlEvalError(`conflicting label: ${name}`);
      if (base.get(name) === '') added.set(name, value);
    }
  }
  return [...added].flat();
}

interface Enriched {
  labels: Labels;
  column: Column;
}

/** Collects the steps of one base series under the labels that each step gives it. */
class Results {
  #byKey = new Map<string, Enriched>();
  readonly #base: KeptSeries;
  readonly #slab: Slab;

  constructor(base: KeptSeries, slab: Slab) {
    this.#base = base;
    this.#slab = slab;
  }

  add(added: readonly string[], step: number): void {
    const key = JSON.stringify(added);
    let result = this.#byKey.get(key);
    if (result === undefined) {
      const { labels, column } = this.#base;
      const enriched =
        added.length === 0 ? labels : LabelSet.fromPairs([...labels.toPairs(), ...added]);
      result = { labels: enriched, column: new Column(column.k.length, this.#slab) };
      this.#byKey.set(key, result);
    }
    const { column } = this.#base;
    const h = column.h[step];
    if (column.k[step] === FLOAT) result.column.setFloat(step, column.v[step] ?? 0);
    else if (h !== undefined) result.column.setHistogram(step, h);
  }

  series(): KeptSeries[] {
    const { dropName } = this.#base;
    return [...this.#byKey.values()].map(({ labels, column }) => ({
      labels,
      dropName,
      column,
      samples: 0,
    }));
  }
}

function info(ctx: EvalContext, args: readonly Expr[], sink: Sink): void {
  const [arg, selectorArg] = args;
  if (arg === undefined) return;
  const wantedArg = selectorArg === undefined ? null : unwrap(selectorArg);
  const selector = wantedArg?.kind === 'selector' ? wantedArg : null;
  const wanted = wantedOf(selector);
  const isInfo =
    selector === null || selector.matchers.some(({ name }) => name === METRIC_NAME)
      ? wanted.nameMatchers.map(testOf)
      : [];
  const kept = ctx.collect(arg);
  const bases = kept.filter(
    ({ labels }) => isInfo.length === 0 || !isInfo.every((test) => test(labels.metricName)),
  );
  const series = selectInfo(ctx, bases, wanted, arg);
  const mayMiss = wanted.dataMatchers.every((matcher) => testOf(matcher)(''));
  const grouper = new Grouper(IDENTIFYING, false);
  const groups = series.map(({ labels }) => grouper.ordinal(labels));
  const baseGroups = new Map(bases.map((base) => [base, grouper.ordinal(base.labels)] as const));
  const results = new Map(kept.map((base) => [base, new Results(base, ctx.run.slab)] as const));
  for (let step = 0; step < ctx.grid.steps; step++) {
    const present = kept.filter(({ column }) => column.k[step] !== ABSENT);
    if (present.length === 0) continue;
    const newest = newestAt(series, groups, step);
    for (const base of present) {
      const group = baseGroups.get(base);
      if (group === undefined) {
        results.get(base)?.add([], step);
        continue;
      }
      const matches: InfoSeries[] = [];
      for (const byGroup of newest.values()) {
        const found = byGroup.get(group);
        if (found !== undefined) matches.push(found);
      }
      const added = dataLabels(base.labels, matches, wanted);
      if (added !== null || mayMiss) results.get(base)?.add(added ?? [], step);
    }
  }
  const all = [...results.values()].flatMap((one) => one.series());
  for (const { labels, dropName, column } of mergeSameLabels(all)) sink(labels, dropName, column);
  ctx.release(kept);
}

export const infoFunctions: Record<string, VectorFunction> = {
  info: (ctx, call, sink) => info(ctx, call.args, sink),
};
