/**
 * Spans of a trace as OTLP nests them: by resource, then by instrumentation scope, each in the order in which it comes first.
 *
 * Only columns are looked at; spans are made part by part, while they are written.
 */
import type { Labels, QueryBudget, SpanRow, SpanSet } from '@sightline/store';
import { rowsInParts } from './set-rows.ts';
import { SCOPE_NAME, SCOPE_VERSION } from './span-parts.ts';

export interface ResourceGroup {
  stream: Labels;
  scopes: ScopeGroup[];
}

export interface ScopeGroup {
  name: string;
  version: string;
  rows: Iterable<SpanRow>;
}

interface Scope {
  name: string;
  version: string;
  rows: number[];
}

/** `order`: the rows that are wanted. */
export function groupSpanSet(
  set: SpanSet,
  order: Uint32Array,
  budget: QueryBudget,
): ResourceGroup[] {
  const streams = set.streams();
  const names = set.field(SCOPE_NAME);
  const versions = set.field(SCOPE_VERSION);
  const groups = new Map<Labels, Map<string, Scope>>();
  for (const row of order) {
    const stream = streams.values[streams.codes[row]];
    const name = names?.values[names.codes[row]]?.text ?? '';
    const version = versions?.values[versions.codes[row]]?.text ?? '';
    const scopes = groups.get(stream) ?? new Map<string, Scope>();
    groups.set(stream, scopes);
    const key = `${name}\0${version}`;
    const scope: Scope = scopes.get(key) ?? { name, version, rows: [] };
    scopes.set(key, scope);
    scope.rows.push(row);
  }
  return Array.from(groups, ([stream, scopes]) => ({
    stream,
    scopes: Array.from(scopes.values(), (scope) => ({
      ...scope,
      rows: rowsInParts(set, Uint32Array.from(scope.rows), budget),
    })),
  }));
}
