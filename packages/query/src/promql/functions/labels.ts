/** label_replace and label_join: new labels, the same values. */
import { type Labels, METRIC_NAME, symbol, symbolText } from '@sightline/store';
import { RE2JS } from 're2js';
import type { Call, Expr } from '../ast.ts';
import type { KeptSeries, Sink } from '../eval-column.ts';
import type { EvalContext } from '../eval-context.ts';
import { PromqlEvalError } from '../eval-error.ts';
import { mergeSameLabels } from '../eval-merge.ts';
import { stringOf } from '../eval-range.ts';
import { withLabel } from '../label-index.ts';
import type { VectorFunction } from './types.ts';

function checkName(name: string, role: 'destination' | 'source', func: string): void {
  if (name !== '' && name.isWellFormed()) return;
  throw new PromqlEvalError(`invalid ${role} label name in ${func}(): ${name}`);
}

/** Relabels every series with a new value (a symbol), or none where it is null; those that end up with the same labels become one. */
function relabel(
  ctx: EvalContext,
  arg: Expr | undefined,
  destination: string,
  newValue: (labels: Labels) => number | null,
  sink: Sink,
): void {
  if (arg === undefined) return;
  const kept: KeptSeries[] = [];
  const name = symbol(destination);
  ctx.vector(arg, (labels, dropName, column) => {
    const value = newValue(labels);
    if (value === null) kept.push(ctx.keep(labels, dropName, column));
    else {
      const drop = destination === METRIC_NAME ? false : dropName;
      kept.push(ctx.keep(withLabel(labels, name, value), drop, column));
    }
  });
  for (const { labels, dropName, column } of mergeSameLabels(kept)) sink(labels, dropName, column);
  ctx.release(kept);
}

/** `$1`, `${1}`, `${name}` and `$$` of Go's Regexp.Expand; unknown groups are empty, a stray `$` stays. */
function expand(template: string, group: (name: string) => string): string {
  return template.replace(/\$(?:(\$)|\{(\w+)\}|(\w+))/g, (_, dollar, braced, bare) =>
    dollar === undefined ? group(braced ?? bare) : '$',
  );
}

function replaceLabel(ctx: EvalContext, call: Call, sink: Sink): void {
  const [arg, ...rest] = call.args;
  const [destination = '', replacement = '', source = '', pattern = ''] = rest.map(stringOf);
  let regex: RE2JS;
  try {
    regex = RE2JS.compile(`^(?s:${pattern})$`);
  } catch {
    throw new PromqlEvalError(`invalid regular expression in label_replace(): ${pattern}`);
  }
  checkName(destination, 'destination', 'label_replace');
  const names = regex.namedGroups();
  const replaced = (value: string): number | null => {
    const matcher = regex.matcher(value);
    if (!matcher.find()) return null;
    const text = expand(replacement, (name) => {
      const index = /^\d+$/.test(name) ? Number(name) : names[name];
      if (index === undefined || index > matcher.groupCount()) return '';
      return matcher.group(index) ?? '';
    });
    return symbol(text);
  };
  // Many series share a value: each is matched once.
  const sourceName = symbol(source);
  const byValue = new Map<number, number | null>();
  const newValue = (labels: Labels): number | null => {
    const value = labels.valueId(sourceName);
    const known = byValue.get(value);
    if (known !== undefined) return known;
    const result = replaced(symbolText(value));
    byValue.set(value, result);
    return result;
  };
  relabel(ctx, arg, destination, newValue, sink);
}

function joinLabels(ctx: EvalContext, call: Call, sink: Sink): void {
  const [arg, ...rest] = call.args;
  const [destination = '', separator = '', ...sources] = rest.map(stringOf);
  for (const source of sources) checkName(source, 'source', 'label_join');
  checkName(destination, 'destination', 'label_join');
  const newValue = (labels: Labels): number =>
    symbol(sources.map((source) => labels.get(source)).join(separator));
  relabel(ctx, arg, destination, newValue, sink);
}

export const labelFunctions: Record<string, VectorFunction> = {
  label_replace: replaceLabel,
  label_join: joinLabels,
};
