/** Spans of one trace in memory as columns, for tests. */
import type { SpanColumn, SpanRow, SpanSet, SpanValue } from '@sightline/store';
import { durationOf } from '../traces/times.ts';

/** At least one row; no span twice. */
export function memorySpanSet(rows: readonly SpanRow[]): SpanSet {
  const places = new Map(rows.map(({ record }, row) => [record.spanId, row]));
  const fieldOf = ({ record }: SpanRow, name: string): SpanValue | null => {
    const field = record.fields.find(({ key }) => key === name);
    return field === undefined ? null : { type: field.type, text: field.value };
  };
  const names = new Set(rows.flatMap(({ record }) => record.fields.map(({ key }) => key)));
  return {
    traces: 1,
    offsets: Uint32Array.of(0, rows.length),
    startLo: Uint32Array.from(rows, ({ startLo }) => startLo),
    startHi: Uint32Array.from(rows, ({ startHi }) => startHi),
    durationNs: Float64Array.from(rows, durationOf),
    kind: Uint8Array.from(rows, ({ kind }) => kind),
    status: Uint8Array.from(rows, ({ status }) => status),
    parents: () =>
      Int32Array.from(rows, ({ record: { parentId } }) =>
        parentId === '' ? -1 : (places.get(parentId) ?? -2),
      ),
    weight: () => 1,
    traceId: () => rows[0].record.traceId,
    spanId: (row) => rows[row].record.spanId,
    parentId: (row) => rows[row].record.parentId,
    streams: () => column(rows.map(({ stream }) => stream)),
    names: () => column(rows.map(({ record }) => record.name)),
    tails: () => column(rows.map(({ record }) => record)),
    field: (name) => (names.has(name) ? column(rows.map((row) => fieldOf(row, name))) : null),
    fieldNames: () => [...names],
    rows: (wanted) => Array.from(wanted, (row) => rows[row]),
  };
}

function column<T>(all: readonly T[]): SpanColumn<T> {
  const values = [...new Set(all)];
  return { codes: Uint32Array.from(all, (value) => values.indexOf(value)), values };
}
