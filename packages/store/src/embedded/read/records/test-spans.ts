/** Spans in files and head segments that a test puts together, and the reader over them. Not for use outside tests. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { labelsFromPairs, SpanBatch } from '@sightline/wire';
import type { TraceFilter } from '../../../records.ts';
import type { EmbeddedSnapshot } from '../../embedded-store.ts';
import { RecordSegment } from '../../record-head.ts';
import { RecordBlockEncoder } from '../../records/block-encoder.ts';
import { RecordFileWriter } from '../../records/record-file.ts';
import { SeriesTable } from '../../series.ts';
import { EmbeddedReader, readerDefaults } from '../reader.ts';
import { NOON, noBudget, TENANT, wordsOf } from './test-logs.ts';

const DAY_MS = 86_400_000;

function fileOf(day: number): string {
  return `2023-11-${14 + day}.1.db`;
}

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

/** What `flush` put into the file and `append` into the head; segment numbers go up with every call. */
export class TestTraces {
  readonly #dir: string;
  readonly #series = SeriesTable.create(100);
  readonly #sids = new Map<string, number>();
  readonly #heads: RecordSegment[] = [];
  /** Services of the file of each day, counted from that of NOON. */
  readonly #files = new Map<number, string[]>();
  readonly #rowsInBlock: number;
  #number = 0;

  constructor(dir: string, rowsInBlock = 100) {
    this.#dir = dir;
    this.#rowsInBlock = rowsInBlock;
    mkdirSync(join(dir, 'tenants', 'one', 'traces'), { recursive: true });
  }

  /** The file of the day of NOON. */
  get path(): string {
    return this.#pathOf(0);
  }

  #pathOf(day: number): string {
    return join(this.#dir, 'tenants', 'one', 'traces', fileOf(day));
  }

  /** Adds blocks to the file of a day; `number` is that of the segment that they say they are from. */
  flush(spans: readonly TestSpan[], number = ++this.#number, day = 0): void {
    const writer = new RecordFileWriter(this.#pathOf(day));
    const streams = this.#files.get(day) ?? [];
    this.#files.set(day, streams);
    const before = streams.length;
    const batch = spanBatchOf(spans, (service) => {
      if (!streams.includes(service)) streams.push(service);
      return streams.indexOf(service) + 1;
    });
    const block = new RecordBlockEncoder('spans');
    const blocks = [];
    for (let i = 0; i < batch.n; i++) {
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
      if (block.rows >= this.#rowsInBlock || block.full) blocks.push(block.finish());
    }
    if (block.rows > 0) blocks.push(block.finish());
    writer.flush(number, streams.slice(before).map(labelsOf), blocks);
    writer.close();
  }

  /** Adds a head segment; returns its number. */
  append(spans: readonly TestSpan[]): number {
    const segment = RecordSegment.create('spans', Math.max(1, spans.length), 1 << 24);
    segment.reset(++this.#number);
    segment.append(spanBatchOf(spans, (service) => this.#sid(service)));
    this.#heads.push(segment);
    return this.#number;
  }

  #sid(service: string): number {
    let sid = this.#sids.get(service);
    if (sid === undefined) {
      // Services that begin with an exclamation mark are another tenant's.
      const tenant = service.startsWith('!') ? TENANT + 1 : TENANT;
      const labels = labelsOf(service);
      sid = this.#series.add(tenant, labels, 0, labels.length);
      this.#sids.set(service, sid);
    }
    return sid;
  }

  reader(cacheBytes = readerDefaults.cacheBytes): EmbeddedReader {
    const spans = this.#heads.map(({ shared }) => shared);
    const handle = { dir: this.#dir, series: this.#series.shared, segments: [], logs: [], spans };
    return new EmbeddedReader(handle, { ...readerDefaults, cacheBytes });
  }

  get snapshot(): EmbeddedSnapshot {
    const midnight = Number(NOON / 1_000_000n) - DAY_MS / 2;
    const spanFiles = Array.from(this.#files.keys(), (day) => {
      const startMs = midnight + day * DAY_MS;
      return { fileName: fileOf(day), startMs, endMs: startMs + DAY_MS, retentionClass: '' };
    });
    return {
      id: 1,
      tenant: 'one',
      tenantIndex: TENANT,
      segments: this.#heads.map((segment, slot) => ({
        slot,
        number: segment.number,
        rows: 0,
        logRows: 0,
        spanRows: segment.rows,
      })),
      files: [],
      logFiles: [],
      spanFiles,
      metadata: [],
      exemplars: [],
    };
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
