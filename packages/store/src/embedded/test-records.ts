/** Log records and spans for tests of the write path, and a reader of everything that a store has. Not for use outside tests. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  FieldWriter,
  hashBytes,
  LogBatch,
  labelsFromPairs,
  labelsToPairs,
  SpanBatch,
  taggedSeed,
} from '@sightline/wire';
import type { RecordSignal } from '../records.ts';
import { FOLDERS } from './catalog.ts';
import type { EmbeddedStore } from './embedded-store.ts';
import { RecordSegment } from './record-head.ts';
import {
  COLUMN_DURATION,
  COLUMN_LEVEL,
  COLUMN_STATUS,
  COLUMN_STREAM,
  COLUMN_TIME,
} from './records/block-format.ts';
import { RecordFileReader } from './records/record-file.ts';
import { SeriesView } from './series.ts';

const seed = taggedSeed('test');

export interface TestLog {
  /** Value of the only label of its stream. */
  stream: string;
  /** Unix nanoseconds. */
  time: bigint;
  body: string;
  /** 9 when it is not said. */
  severity?: number;
}

export interface TestSpan {
  stream: string;
  trace: number;
  id: number;
  start: bigint;
  end: bigint;
  name: string;
  /** Whether its status is error. */
  error?: boolean;
}

/** The handle of the stream {service.name=`name`}; 0 when it is refused. */
function streamOf(store: EmbeddedStore, tenant: string, name: string): number {
  const resolver = store.resolver(tenant);
  const bytes = labelsFromPairs(['service.name', name]);
  hashBytes(bytes, 0, bytes.length, seed);
  return resolver.lookup() || resolver.register(bytes, bytes.length);
}

const low = (time: bigint): number => Number(time & 0xffffffffn);
const high = (time: bigint): number => Number(time >> 32n);

export function logsBatch(
  store: EmbeddedStore,
  tenant: string,
  logs: readonly TestLog[],
): LogBatch {
  const batch = new LogBatch();
  for (const { stream, time, body, severity } of logs) {
    const at = batch.sideLength;
    batch.writer.byte(0);
    batch.writer.prefixedText(body);
    batch.writer.text('length', String(body.length));
    batch.push(streamOf(store, tenant, stream), low(time), high(time), severity ?? 9, at);
  }
  return batch;
}

export function spansBatch(
  store: EmbeddedStore,
  tenant: string,
  spans: readonly TestSpan[],
): SpanBatch {
  const batch = new SpanBatch();
  const { writer } = batch;
  for (const { stream, trace, id, start, end, name, error } of spans) {
    const at = batch.sideLength;
    writer.copy(new Uint8Array(8), 0, 8);
    writer.fixed64(Math.imul(trace, 0x9e3779b1), trace);
    writer.fixed64(id, 1);
    writer.copy(new Uint8Array(8), 0, 8);
    writer.prefixedText(name);
    const fields = writer.begin();
    writer.text('name', name);
    writer.end(fields);
    writer.byte(0);
    writer.byte(0);
    const row = batch.push(streamOf(store, tenant, stream), at);
    batch.startLo[row] = low(start);
    batch.startHi[row] = high(start);
    batch.endLo[row] = low(end);
    batch.endHi[row] = high(end);
    batch.kind[row] = 2;
    batch.status[row] = error === true ? 2 : 1;
  }
  return batch;
}

/** What `textsOf` gives for records. */
export const textOf = {
  logs: ({ stream, time, body }: TestLog): string => `${stream} ${time} ${body}`,
  spans: ({ stream, trace, id, start, end, name }: TestSpan): string =>
    `${stream} ${start} ${end} ${trace} ${id} ${name}`,
};

/** Every record that a snapshot of the tenant has, as text, sorted; those of the head are not looked up in files. */
export function textsOf(store: EmbeddedStore, tenant: string, signal: RecordSignal): string[] {
  const snapshot = store.snapshot(tenant);
  if (snapshot === null) return [];
  const handle = store.readerHandle();
  const view = new SeriesView(handle.series);
  const texts: string[] = [];
  for (const { slot, logRows, spanRows } of snapshot.segments) {
    const segment = new RecordSegment(handle[signal][slot]);
    const { stream, at, length, side } = segment;
    for (let row = 0; row < (signal === 'logs' ? logRows : spanRows); row++) {
      if (view.tenantOf(stream[row]) !== snapshot.tenantIndex) continue;
      const sid = stream[row];
      const labels = view.labels.slice(view.labelStart(sid), view.labelEnd(sid));
      const record = side.slice(at[row], at[row] + length[row]);
      texts.push(text(signal, labels, segment, row, record));
    }
  }
  const inHead = new Set(snapshot.segments.map(({ number }) => number));
  for (const { fileName } of signal === 'logs' ? snapshot.logFiles : snapshot.spanFiles) {
    const path = join(handle.dir, 'tenants', tenant, FOLDERS[signal], fileName);
    const reader = new RecordFileReader(path, signal);
    for (const { id, seq } of reader.blocks(-Infinity, Infinity)) {
      if (!inHead.has(seq)) texts.push(...blockTexts(reader, signal, id));
    }
    reader.close();
  }
  store.release(snapshot);
  return texts.sort();
}

function blockTexts(reader: RecordFileReader, signal: RecordSignal, id: number): string[] {
  const block = reader.block(id);
  const streams = reader.streams();
  const time = block.rowWords(COLUMN_TIME);
  const stream = block.rowWords(COLUMN_STREAM);
  assert.ok(block.rowWords(COLUMN_LEVEL).lo[0] > 0);
  const end = { endLo: new Uint32Array(block.rows), endHi: new Uint32Array(block.rows) };
  if (signal === 'spans') {
    assert.ok(block.rowWords(COLUMN_STATUS).lo[0] > 0);
    const duration = block.rowWords(COLUMN_DURATION);
    for (let row = 0; row < block.rows; row++) {
      const sum = time.lo[row] + duration.lo[row];
      end.endLo[row] = sum;
      end.endHi[row] = time.hi[row] + duration.hi[row] + (sum >= 2 ** 32 ? 1 : 0);
    }
  }
  const out = new FieldWriter();
  const rows = Uint32Array.from({ length: block.rows }, (_, i) => i);
  const at = block.records(rows, out);
  return [...rows].map((row) => {
    const record = out.buffer.slice(at[row], at[row + 1] ?? out.length);
    return text(signal, streams[stream.lo[row] - 1], { ...time, ...end }, row, record);
  });
}

interface Times {
  lo: Uint32Array;
  hi: Uint32Array;
  endLo: Uint32Array;
  endHi: Uint32Array;
}

const wide = (lo: number, hi: number): bigint => (BigInt(hi) << 32n) | BigInt(lo);

function text(
  signal: RecordSignal,
  labels: Uint8Array,
  { lo, hi, endLo, endHi }: Times,
  row: number,
  record: Uint8Array,
): string {
  const [, stream] = labelsToPairs(labels, 0, labels.length);
  const bytes = Buffer.from(record);
  const time = wide(lo[row], hi[row]);
  if (signal === 'logs') return `${stream} ${time} ${bytes.toString('utf8', 2, 2 + bytes[1])}`;
  const end = wide(endLo[row], endHi[row]);
  const name = bytes.toString('utf8', 33, 33 + bytes[32]);
  return `${stream} ${time} ${end} ${bytes.readUInt32LE(12)} ${bytes.readUInt32LE(16)} ${name}`;
}
