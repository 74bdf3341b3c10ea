/** Spans in memory, decoded from OTLP/JSON, for tests of the trace APIs: `openReader` as the pool's threads load it. */
import type {
  FieldHint,
  OperationFilter,
  QueryBudget,
  RecordField,
  RecordQuerier,
  SpanOperation,
  SpanRow,
  TraceFilter,
  TraceRef,
} from '@sightline/store';
import {
  DEFAULT_SPAN_LIMITS,
  decodeOtlpTraces,
  decodeOtlpTracesJson,
  SpanBatch,
  type SpanField,
} from '@sightline/wire';
import { emptyRecords, type StoreReader } from '../reader.ts';
import { PlainStreams, rowsOf } from '../traces/decode-rows.ts';
import { durationOf, millisOf } from '../traces/times.ts';
import { type MemoryData, openReader as openMetrics } from './memory-reader.ts';
import { memorySpanSet } from './memory-span-set.ts';

/** Plain data: travels to the threads. A trace whose id ends in `dead` makes the thread spin until it is stopped. */
export interface MemoryTraces extends MemoryData {
  /** OTLP/JSON requests. */
  requests: string[];
}

export function openReader(store: MemoryTraces): StoreReader {
  const rows = store.requests.flatMap((json) => rowsOfJson(json));
  return {
    ...openMetrics(store),
    records: () => memoryRecords(rows),
  };
}

export function rowsOfJson(json: string): SpanRow[] {
  const batch = new SpanBatch();
  const streams = new PlainStreams();
  decodeOtlpTracesJson(Buffer.from(json), streams, DEFAULT_SPAN_LIMITS, batch);
  return rowsOf(batch, streams);
}

export function rowsOfProtobuf(body: Uint8Array): SpanRow[] {
  const batch = new SpanBatch();
  const streams = new PlainStreams();
  decodeOtlpTraces(body, streams, DEFAULT_SPAN_LIMITS, batch);
  return rowsOf(batch, streams);
}

/** A querier that keeps every hint to the letter. */
export function memoryRecords(all: readonly SpanRow[]): RecordQuerier {
  return {
    ...emptyRecords,
    streams: () => [...new Set(all.map(({ stream }) => stream))],
    fields: () => fieldsOf(all),
    operations: (filter) => operationsOf(all, filter),
    traces: (filter) => tracesOf(all, filter),
    trace: (traceId, budget) => traceOf(all, traceId, budget),
    spanSets: (filter) =>
      tracesOf(all, filter).map(({ traceId }) =>
        memorySpanSet(traceOf(all, traceId, filter.budget)),
      ),
    looseSpans: (filter) =>
      tracesOf(all, filter).map(({ traceId }) => {
        const rows = traceOf(all, traceId, filter.budget);
        return {
          ...memorySpanSet(rows),
          n: rows.length,
          weight: 1,
          traces: 1,
          traceId: () => traceId,
          counts: () => null,
        };
      }),
    spanSet: (traceId, budget) => {
      const rows = traceOf(all, traceId, budget);
      return rows.length === 0 ? null : memorySpanSet(rows);
    },
  };
}

function fieldsOf(all: readonly SpanRow[]): RecordField[] {
  const fields = new Map<string, { name: string; type: number; values: Set<string> }>();
  for (const { key, type, value } of all.flatMap(({ record }) => record.fields)) {
    const field = fields.get(`${key} ${type}`) ?? { name: key, type, values: new Set() };
    field.values.add(value);
    fields.set(`${key} ${type}`, field);
  }
  return [...fields.values()].map((field) => ({ ...field, scope: '', values: [...field.values] }));
}

function operationsOf(all: readonly SpanRow[], filter: OperationFilter): SpanOperation[] {
  const found = all
    .filter(({ stream }) => filter.wants(stream))
    .map(({ stream, kind, record: { name } }) => ({ stream, name, kind }));
  const distinct = new Map(found.map((one) => [`${one.stream.key} ${one.kind} ${one.name}`, one]));
  return [...distinct.values()].slice(0, filter.limit);
}

function startOf({ startLo, startHi }: { startLo: number; startHi: number }): bigint {
  return (BigInt(startHi) << 32n) | BigInt(startLo);
}

function tracesOf(all: readonly SpanRow[], filter: TraceFilter): TraceRef[] {
  const found = new Map<string, TraceRef>();
  for (const row of all) {
    if (!passes(row, filter)) continue;
    const { traceId } = row.record;
    const starts = all.filter(({ record }) => record.traceId === traceId);
    starts.sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
    found.set(traceId, { traceId, startLo: starts[0].startLo, startHi: starts[0].startHi });
  }
  return [...found.values()].sort((a, b) => {
    if (startOf(a) !== startOf(b)) return startOf(a) > startOf(b) ? -1 : 1;
    return a.traceId < b.traceId ? -1 : 1;
  });
}

function passes(row: SpanRow, filter: TraceFilter): boolean {
  const from = (BigInt(filter.from.hi) << 32n) | BigInt(filter.from.lo);
  const to = (BigInt(filter.to.hi) << 32n) | BigInt(filter.to.lo);
  const end = startOf({ startLo: row.endLo, startHi: row.endHi });
  const duration = durationOf(row);
  return (
    filter.wants(row.stream) &&
    startOf(row) <= to &&
    end >= from &&
    (filter.names.length === 0 || filter.names.includes(row.record.name)) &&
    (!filter.errors || row.status === 2) &&
    duration >= filter.minDuration &&
    duration <= filter.maxDuration &&
    filter.fields.every((hint) => keeps(row, hint))
  );
}

function keeps({ record, stream }: SpanRow, { names, value }: FieldHint): boolean {
  const parts: readonly { fields: readonly SpanField[] }[] = [
    record,
    ...record.events,
    ...record.links,
  ];
  return (
    names.some((name) => stream.get(name) === value) ||
    parts.some(({ fields }) =>
      fields.some((field) => names.includes(field.key) && field.value === value),
    )
  );
}

function traceOf(all: readonly SpanRow[], traceId: string, budget: QueryBudget): SpanRow[] {
  while (traceId.endsWith('dead')) budget.poll();
  const rows = all.filter(({ record }) => record.traceId === traceId);
  const distinct = new Map(rows.map((row) => [row.record.spanId, row]));
  return [...distinct.values()].sort(
    (a, b) =>
      millisOf(a.startLo, a.startHi) - millisOf(b.startLo, b.startHi) ||
      (startOf(a) < startOf(b) ? -1 : 1),
  );
}
