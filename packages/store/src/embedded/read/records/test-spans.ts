/** Spans in files and head segments that a test puts together, and the reader over them. Not for use outside tests. */
import { labelsFromPairs, SpanBatch } from '@sightline/wire';
import type { TraceFilter } from '../../../records.ts';
import { noBudget, wordsOf } from './test-logs.ts';
import { type TestKind, TestRecordStore } from './test-record-store.ts';

export interface TestSpan {
  /** `service.name` of its stream. */
  service: string;
  trace: number;
  /** 0 is no id. */
  id: number;
  parent: number;
  name: string;
  /** Nanoseconds after NOON, and of its duration. */
  start: number;
  duration: number;
  kind: number;
  status: number;
  /** Strings and integers, as fields of the span and of an event. */
  fields: readonly (readonly [name: string, value: string | number])[];
  event?: readonly (readonly [name: string, value: string | number])[] | undefined;
}

export function traceIdOf(trace: number): string {
  // Some of the last 8 bytes are equal, as in ids that are told apart by their first half.
  const half = (n: number): string => n.toString(16).padStart(16, '0');
  return half(trace) + half((trace % 50) * 0x1234567);
}

export function spanIdOf(id: number): string {
  return id.toString(16).padStart(16, '0');
}

const encoder = new TextEncoder();

function putFields({ writer }: SpanBatch, fields: TestSpan['fields']): void {
  const start = writer.begin();
  for (const [name, value] of fields) {
    if (typeof value === 'string') writer.text(name, value);
    else {
      const key = encoder.encode(name);
      writer.int(key, 0, key.length, value, 0);
    }
  }
  writer.end(start);
}

export function spanBatchOf(
  spans: readonly TestSpan[],
  streamOf: (service: string) => number,
): SpanBatch {
  const batch = new SpanBatch();
  const { writer } = batch;
  for (const span of spans) {
    const at = batch.sideLength;
    const ids = traceIdOf(span.trace) + spanIdOf(span.id) + spanIdOf(span.parent);
    for (const byte of Buffer.from(ids, 'hex')) writer.byte(byte);
    writer.prefixedText(span.name);
    putFields(batch, span.fields);
    writer.varint(span.event === undefined ? 0 : 1);
    if (span.event !== undefined) {
      const { lo, hi } = wordsOf(span.start);
      writer.fixed64(lo, hi);
      writer.prefixedText('event');
      putFields(batch, span.event);
    }
    writer.varint(0);
    const row = batch.push(streamOf(span.service), at);
    const start = wordsOf(span.start);
    const end = wordsOf(span.start + span.duration);
    batch.startLo[row] = start.lo;
    batch.startHi[row] = start.hi;
    batch.endLo[row] = end.lo;
    batch.endHi[row] = end.hi;
    batch.kind[row] = span.kind;
    batch.status[row] = span.status;
  }
  return batch;
}

/** Labels of the stream of a service. */
function labelsOf(service: string): Uint8Array {
  return labelsFromPairs(['host.name', `host of ${service}`, 'service.name', service]);
}

const KIND: TestKind<TestSpan, SpanBatch> = {
  signal: 'spans',
  sideBytes: 1 << 24,
  batchOf: spanBatchOf,
  labelsOf,
  encode: (block, batch, i) => {
    const { stream, startLo, startHi, endLo, endHi, kind, status, side, at, length } = batch;
    block.addSpan(
      stream[i],
      startLo[i],
      startHi[i],
      endLo[i],
      endHi[i],
      kind[i],
      status[i],
      side,
      at[i],
      length[i],
    );
  },
};

export class TestTraces extends TestRecordStore<TestSpan, SpanBatch> {
  constructor(dir: string, rowsInBlock = 100) {
    super(KIND, dir, rowsInBlock);
  }
}

/** A filter of all traces; times are nanoseconds after NOON. */
export function filterOf(filter: Partial<TraceFilter>, from = -1e15, to = 1e15): TraceFilter {
  return {
    wants: () => true,
    from: wordsOf(from),
    to: wordsOf(to),
    names: [],
    fields: [],
    errors: false,
    minDuration: 0,
    maxDuration: Number.POSITIVE_INFINITY,
    budget: noBudget,
    ...filter,
  };
}
