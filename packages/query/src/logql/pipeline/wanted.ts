/** Which extracted labels anybody looks at: parsers leave out the others, which saves most of their work. */
import type { Grouping, LabelFilter, Stage } from '../ast.ts';

/** Names of labels, or null for all of them. */
export type Wanted = ReadonlySet<string> | null;

const EXTRACTED = '_extracted';

/** For a metric query whose series have the labels of `grouping` only (null: all labels). */
export function wantedLabels(stages: readonly Stage[], grouping: Grouping | null): Wanted {
  if (grouping === null || grouping.without) return null;
  const names = new Set(grouping.labels);
  for (const stage of stages) if (!collect(stage, names)) return null;
  for (const name of [...names]) {
    if (name.endsWith(EXTRACTED)) names.add(name.slice(0, -EXTRACTED.length));
  }
  return names;
}

/** Adds what a stage reads; false when that cannot be said. */
function collect(stage: Stage, names: Set<string>): boolean {
  switch (stage.kind) {
    case 'line_format':
      return false;
    case 'label_format':
      for (const format of stage.formats) {
        if (!('rename' in format)) return false;
        names.add(format.rename);
      }
      return true;
    case 'label_filter':
      collectFilter(stage.filter, names);
      return true;
    case 'drop':
    case 'keep':
      for (const { name, matcher } of stage.items) if (matcher !== null) names.add(name);
      return true;
    case 'unwrap':
      names.add(stage.label);
      return true;
    default:
      return true;
  }
}

function collectFilter(filter: LabelFilter, names: Set<string>): void {
  switch (filter.kind) {
    case 'and':
    case 'or':
      collectFilter(filter.lhs, names);
      collectFilter(filter.rhs, names);
      return;
    case 'match':
      names.add(filter.matcher.name);
      return;
    default:
      names.add(filter.name);
  }
}
