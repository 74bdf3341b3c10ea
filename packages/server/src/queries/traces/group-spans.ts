/**
 * Spans of a trace as OTLP nests them: by resource, then by instrumentation scope, each in the order in which it comes first.
 *
 * Of a set only columns are looked at; its spans are made part by part, while they are written.
 */
import type { Labels, QueryBudget, SpanRow, SpanSet } from '@sightline/store';
import { rowsInParts } from './set-rows.ts';
import { SCOPE_NAME, SCOPE_VERSION, scopeOf } from './span-parts.ts';

export interface ResourceGroup {
  stream: Labels;
  scopes: ScopeGroup[];
}

export interface ScopeGroup {
  name: string;
  version: string;
  rows: Iterable<SpanRow>;
}

export function groupSpans(rows: readonly SpanRow[]): ResourceGroup[] {
  const groups = new Groups<SpanRow>();
  for (const row of rows) {
    const { name, version } = scopeOf(row.record.fields);
    groups.add(row.stream, name, version, row);
  }
  return groups.list((of) => of);
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
  const groups = new Groups<number>();
  for (const row of order) {
    const name = names?.values[names.codes[row]]?.text ?? '';
    const version = versions?.values[versions.codes[row]]?.text ?? '';
    groups.add(streams.values[streams.codes[row]], name, version, row);
  }
  return groups.list((of) => rowsInParts(set, Uint32Array.from(of), budget));
}

class Groups<T> {
  readonly #streams = new Map<Labels, Map<string, { name: string; version: string; of: T[] }>>();

  add(stream: Labels, name: string, version: string, one: T): void {
    const scopes = this.#streams.get(stream) ?? new Map();
    this.#streams.set(stream, scopes);
    const key = `${name}\0${version}`;
    const scope = scopes.get(key) ?? { name, version, of: [] };
    scopes.set(key, scope);
    scope.of.push(one);
  }

  list(rowsOf: (of: readonly T[]) => Iterable<SpanRow>): ResourceGroup[] {
    return Array.from(this.#streams, ([stream, scopes]) => ({
      stream,
      scopes: Array.from(scopes.values(), ({ name, version, of }) => ({
        name,
        version,
        rows: rowsOf(of),
      })),
    }));
  }
}
