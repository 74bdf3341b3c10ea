/** Spans of a trace as OTLP nests them: by resource, then by instrumentation scope, each in the order in which it comes first. */
import type { Labels, SpanRow } from '@sightline/store';
import { scopeOf } from './span-parts.ts';

export interface ResourceGroup {
  stream: Labels;
  scopes: Map<string, ScopeGroup>;
}

export interface ScopeGroup {
  name: string;
  version: string;
  rows: SpanRow[];
}

export function groupSpans(rows: readonly SpanRow[]): ResourceGroup[] {
  const groups = new Map<Labels, ResourceGroup>();
  for (const row of rows) {
    let group = groups.get(row.stream);
    if (group === undefined) {
      group = { stream: row.stream, scopes: new Map() };
      groups.set(row.stream, group);
    }
    const { name, version } = scopeOf(row.record.fields);
    const key = `${name}\0${version}`;
    let scope = group.scopes.get(key);
    if (scope === undefined) {
      scope = { name, version, rows: [] };
      group.scopes.set(key, scope);
    }
    scope.rows.push(row);
  }
  return [...groups.values()];
}
