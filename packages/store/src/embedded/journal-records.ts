/** The records in a frame's payload (layout: journal-format.ts): where each ends, and what each says. */
import { LogBatch, MetricBatch, SpanBatch } from '@sightline/wire';
import {
  LOG_ROW_BYTES,
  MAX_FRAME_BYTES,
  RECORD_DIGEST,
  RECORD_LOGS,
  RECORD_NOTES,
  RECORD_ROWS,
  RECORD_SERIES,
  RECORD_SPANS,
  RECORD_TENANT,
  ROWS_KINDS,
  ROWS_STARTS,
  SPAN_ROW_BYTES,
} from './journal-format.ts';
import type { RecordBatch } from './segments.ts';

/** Receives the records in order. A batch is valid during the call only; its handles are the file's own sids. */
export interface RecordVisitor {
  tenant(index: number, name: string): void;
  series(sid: number, tenant: number, labels: Uint8Array): void;
  rows(tenant: number, batch: MetricBatch): void;
  /** Log records or spans. */
  records(tenant: number, batch: RecordBatch): void;
  digest(digest: Uint8Array, timeMs: number): void;
  notes(json: string): void;
}

/** Bytes of each type of record before its variable part. */
const FIXED_BYTES: Readonly<Record<number, number>> = {
  [RECORD_TENANT]: 9,
  [RECORD_SERIES]: 13,
  [RECORD_ROWS]: 17,
  [RECORD_DIGEST]: 25,
  [RECORD_NOTES]: 5,
  [RECORD_LOGS]: 13,
  [RECORD_SPANS]: 13,
};

/** The batches that rows are read into. */
export class ReadBatches {
  readonly samples = new MetricBatch();
  readonly logs = new LogBatch(undefined, MAX_FRAME_BYTES);
  readonly spans = new SpanBatch(undefined, MAX_FRAME_BYTES);
}

/** Where the record at `at` ends, or -1 when there is none that ends within `end`. Believes nothing. */
export function recordEnd(bytes: Buffer, at: number, end: number): number {
  const type = bytes[at] ?? 0;
  const fixed = FIXED_BYTES[type];
  if (fixed === undefined || at + fixed > end) return -1;
  let rest = 0;
  if (type === RECORD_ROWS) {
    const flags = bytes.readUInt32LE(at + 9);
    if (flags > (ROWS_KINDS | ROWS_STARTS)) return -1;
    const rowBytes = 20 + (flags & ROWS_KINDS ? 1 : 0) + (flags & ROWS_STARTS ? 8 : 0);
    rest = bytes.readUInt32LE(at + 5) * rowBytes + bytes.readUInt32LE(at + 13);
  } else if (type === RECORD_LOGS || type === RECORD_SPANS) {
    const rowBytes = type === RECORD_LOGS ? LOG_ROW_BYTES : SPAN_ROW_BYTES;
    rest = bytes.readUInt32LE(at + 5) * rowBytes + bytes.readUInt32LE(at + 9);
  } else if (type !== RECORD_DIGEST) {
    rest = bytes.readUInt32LE(at + fixed - 4);
  }
  const after = at + fixed + rest;
  return after <= end ? after : -1;
}

/** Visits the records of a payload whose checksum was right. Throws when it is none of ours all the same. */
export function visitRecords(body: Buffer, batches: ReadBatches, visitor: RecordVisitor): void {
  for (let at = 0; at < body.length; ) {
    const end = recordEnd(body, at, body.length);
    if (end < 0) {
      throw new Error(`no journal record at byte ${at} of a frame with a sound checksum`);
    }
    visitRecord(body, at, end, batches, visitor);
    at = end;
  }
}

function visitRecord(
  body: Buffer,
  at: number,
  end: number,
  batches: ReadBatches,
  visitor: RecordVisitor,
): void {
  switch (body[at]) {
    case RECORD_TENANT:
      visitor.tenant(body.readUInt32LE(at + 1), body.toString('utf8', at + 9, end));
      return;
    case RECORD_SERIES:
      visitor.series(
        body.readUInt32LE(at + 1),
        body.readUInt32LE(at + 5),
        body.subarray(at + 13, end),
      );
      return;
    case RECORD_ROWS:
      readRows(body, at, batches.samples);
      visitor.rows(body.readUInt32LE(at + 1), batches.samples);
      return;
    case RECORD_LOGS:
      readLogs(body, at, end, batches.logs);
      visitor.records(body.readUInt32LE(at + 1), batches.logs);
      return;
    case RECORD_SPANS:
      readSpans(body, at, end, batches.spans);
      visitor.records(body.readUInt32LE(at + 1), batches.spans);
      return;
    case RECORD_DIGEST:
      visitor.digest(body.subarray(at + 1, at + 17), body.readDoubleLE(at + 17));
      return;
    default:
      visitor.notes(body.toString('utf8', at + 5, end));
  }
}

function readRows(body: Buffer, from: number, batch: MetricBatch): void {
  const n = body.readUInt32LE(from + 5);
  const flags = body.readUInt32LE(from + 9);
  const sideLength = body.readUInt32LE(from + 13);
  let at = from + 17;
  const column = (into: ArrayBufferView, bytes: number): void => {
    new Uint8Array(into.buffer, into.byteOffset, bytes).set(body.subarray(at, at + bytes));
    at += bytes;
  };
  batch.clear();
  batch.reserve(n);
  batch.n = n;
  column(batch.series, n * 4);
  column(batch.t, n * 8);
  column(batch.lo, n * 4);
  column(batch.hi, n * 4);
  if (flags & ROWS_KINDS) column(batch.kind, n);
  else batch.kind.fill(0, 0, n);
  batch.hasStart = (flags & ROWS_STARTS) !== 0;
  if (batch.hasStart) column(batch.st, n * 8);
  batch.reserveSide(sideLength);
  column(batch.side, sideLength);
}

function readLogs(body: Buffer, from: number, end: number, batch: LogBatch): void {
  const n = body.readUInt32LE(from + 5);
  const word = (column: number, i: number): number =>
    body.readUInt32LE(from + 13 + (column * n + i) * 4);
  const levels = from + 13 + 4 * n * 4;
  let side = levels + n;
  batch.clear();
  for (let i = 0; i < n; i++) {
    const at = batch.sideLength;
    side = takeRecord(body, side, word(3, i), end, batch);
    batch.push(word(0, i), word(1, i), word(2, i), body[levels + i], at);
  }
}

function readSpans(body: Buffer, from: number, end: number, batch: SpanBatch): void {
  const n = body.readUInt32LE(from + 5);
  const word = (column: number, i: number): number =>
    body.readUInt32LE(from + 13 + (column * n + i) * 4);
  const kinds = from + 13 + 6 * n * 4;
  let side = kinds + 2 * n;
  batch.clear();
  for (let i = 0; i < n; i++) {
    const at = batch.sideLength;
    side = takeRecord(body, side, word(5, i), end, batch);
    const row = batch.push(word(0, i), at);
    batch.startLo[row] = word(1, i);
    batch.startHi[row] = word(2, i);
    batch.endLo[row] = word(3, i);
    batch.endHi[row] = word(4, i);
    batch.kind[row] = body[kinds + i];
    batch.status[row] = body[kinds + n + i];
  }
}

/** Appends the bytes of one record to the batch and returns where they end. */
function takeRecord(
  body: Buffer,
  at: number,
  length: number,
  end: number,
  batch: RecordBatch,
): number {
  if (at + length > end) throw new Error('records of a journal frame are longer than it says');
  batch.writer.copy(body, at, at + length);
  return at + length;
}
