/**
 * A trace made of span records, as they come out of the wire and lie in a store's head.
 *
 * Model: one pass over the records fills dictionary columns for every attribute. Of equal span ids the last row counts. Status
 * message and instrumentation scope are fields of the record under the names of the span batch; a scope's own attributes lie among the
 * span's, so `instrumentation.x` reads what `span.x` reads. Resource attributes are texts.
 */

import type { SpanRecord } from '@sightline/wire';
import type { AttributeScope } from './ast.ts';
import {
  fieldValue,
  HIDDEN_FIELDS,
  SCOPE_NAME,
  SCOPE_VERSION,
  STATUS_MESSAGE,
} from './record-values.ts';
import {
  type AttributeKey,
  type Column,
  MISSING_PARENT,
  NO_PARENT,
  type TextColumn,
  type TraceSpans,
} from './source.ts';
import { compareText, NIL, type Value, valueText } from './value.ts';

export interface TraceRow {
  readonly record: SpanRecord;
  /** Unix nanoseconds as two words. */
  readonly startLo: number;
  readonly startHi: number;
  readonly endLo: number;
  readonly endHi: number;
  readonly kind: number;
  readonly status: number;
  /** Names and values in turn. */
  readonly resource: readonly string[];
}

/** The spans of one trace in any order, at least one. */
export function traceOfRows(all: readonly TraceRow[]): TraceSpans {
  const rows = [...new Map(all.map((row) => [row.record.spanId, row])).values()];
  const byId = new Map(rows.map(({ record }, row) => [record.spanId, row]));
  const columns = new Columns(rows.length);
  rows.forEach((row, at) => {
    fillColumns(columns, row, at);
  });
  return {
    traceId: rows[0].record.traceId,
    n: rows.length,
    startLo: Uint32Array.from(rows, ({ startLo }) => startLo),
    startHi: Uint32Array.from(rows, ({ startHi }) => startHi),
    durationNs: Float64Array.from(rows, (row) =>
      between(row.startLo, row.startHi, row.endLo, row.endHi),
    ),
    kind: Uint8Array.from(rows, ({ kind }) => kind),
    status: Uint8Array.from(rows, ({ status }) => status),
    parent: Int32Array.from(rows, ({ record: { parentId } }) =>
      parentId === '' ? NO_PARENT : (byId.get(parentId) ?? MISSING_PARENT),
    ),
    spanId: (row) => rows[row].record.spanId,
    parentId: (row) => rows[row].record.parentId,
    attribute: (scope, name) => columns.get(scope === 'instrumentation' ? 'span' : scope, name),
    text: (what) => columns.get('text', what),
    attributes: () => columns.keys(),
  };
}

/** Nanoseconds between two times. */
function between(fromLo: number, fromHi: number, toLo: number, toHi: number): number {
  return (toHi - fromHi) * 2 ** 32 + (toLo - fromLo);
}

function fillColumns(columns: Columns, row: TraceRow, at: number): void {
  const { record, resource } = row;
  const setText = (what: TextColumn, value: string): void =>
    columns.set('text', what, at, { type: 'string', value });
  setText('name', record.name);
  for (const field of record.fields) {
    if (field.key === STATUS_MESSAGE) setText('statusMessage', field.value);
    if (field.key === SCOPE_NAME) setText('instrumentation:name', field.value);
    if (field.key === SCOPE_VERSION) setText('instrumentation:version', field.value);
    columns.set('span', field.key, at, fieldValue(field.type, field.value));
  }
  for (let i = 0; i < resource.length; i += 2) {
    columns.set('resource', resource[i], at, { type: 'string', value: resource[i + 1] });
  }
  for (const event of record.events) {
    const value = between(row.startLo, row.startHi, event.timeLo, event.timeHi);
    columns.add('text', 'event:name', at, { type: 'string', value: event.name });
    columns.add('text', 'event:timeSinceStart', at, { type: 'duration', value });
    for (const field of event.fields)
      columns.add('event', field.key, at, fieldValue(field.type, field.value));
  }
  for (const link of record.links) {
    columns.add('text', 'link:traceID', at, { type: 'string', value: link.traceId });
    columns.add('text', 'link:spanID', at, { type: 'string', value: link.spanId });
    for (const field of link.fields)
      columns.add('link', field.key, at, fieldValue(field.type, field.value));
  }
}

type ColumnScope = Exclude<AttributeScope, 'instrumentation'> | 'text';

/** The values of the rows that have one, in ascending order of the rows. */
interface SparseColumn {
  readonly scope: ColumnScope;
  readonly name: string;
  readonly rows: number[];
  readonly codes: number[];
  /** The first value is nil. */
  readonly values: Value[];
  readonly known: Map<string, number>;
  /** The values of the last row, where rows may have several. */
  items: Value[];
}

/** Dictionary columns by scope and name; they take as much memory as there are values, however many names there are. */
class Columns {
  readonly #n: number;
  readonly #columns = new Map<string, SparseColumn>();

  constructor(n: number) {
    this.#n = n;
  }

  get(scope: ColumnScope, name: string): Column | null {
    const column = this.#columns.get(`${scope} ${name}`);
    if (column === undefined) return null;
    const codes = new Uint32Array(this.#n);
    column.rows.forEach((row, i) => {
      codes[row] = column.codes[i];
    });
    return { codes, values: column.values };
  }

  /** The value of a row, which is the last so far; of several the first counts. */
  set(scope: ColumnScope, name: string, row: number, value: Value): void {
    const column = this.#column(scope, name);
    if (column.rows.at(-1) === row) return;
    const key = `${value.type} ${valueText(value)}`;
    let code = column.known.get(key);
    if (code === undefined) {
      code = column.values.push(value) - 1;
      column.known.set(key, code);
    }
    column.rows.push(row);
    column.codes.push(code);
  }

  /** One more value of the last row so far. */
  add(scope: ColumnScope, name: string, row: number, value: Value): void {
    const column = this.#column(scope, name);
    if (column.rows.at(-1) !== row) {
      column.items = [];
      column.rows.push(row);
      column.codes.push(column.values.push({ type: 'array', items: column.items }) - 1);
    }
    column.items.push(value);
  }

  keys(): AttributeKey[] {
    const keys: AttributeKey[] = [];
    for (const { scope, name } of this.#columns.values()) {
      if (scope !== 'text' && !(scope === 'span' && HIDDEN_FIELDS.has(name)))
        keys.push({ scope, name });
    }
    return keys.sort((a, b) => compareText(a.scope, b.scope) || compareText(a.name, b.name));
  }

  #column(scope: ColumnScope, name: string): SparseColumn {
    const key = `${scope} ${name}`;
    let column = this.#columns.get(key);
    if (column === undefined) {
      column = { scope, name, rows: [], codes: [], values: [NIL], known: new Map(), items: [] };
      this.#columns.set(key, column);
    }
    return column;
  }
}
