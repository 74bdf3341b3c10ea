/**
 * Log records and spans on their way from the intake worker: their columns and bytes are handed over as they are, and only the streams
 * become other handles.
 *
 * Invariant: what a batch must hold (rows and records in the same order, without gaps) holds again when streams were refused and
 * their rows went out.
 */
import {
  hashBytes,
  LogBatch,
  type RefusalData,
  type SeriesResolver,
  type SpanBatch,
  taggedSeed,
} from '@sightline/wire';
import type { LocalSeries } from './local-series.ts';

/** Label sets of local series: those of series i are `labels[offsets[i - 2], offsets[i - 1])`. */
export interface LocalLabels {
  labels: Uint8Array;
  offsets: Uint32Array;
}

/** A batch of log records or spans whose streams are local series. */
export interface OffloadedRecords extends LocalLabels, RefusalData {
  n: number;
  /** In the order of `columnsOf`. */
  columns: (Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>)[];
  side: Uint8Array<ArrayBuffer>;
  sideLength: number;
  /** Of log records (LogBatch.untimed). */
  untimed: number;
}

const canonicalSeed = taggedSeed('offloaded');

/** Copies: the worker goes on using its own. */
export function localLabels(series: LocalSeries): LocalLabels {
  const { count } = series;
  const labelBytes = count === 0 ? 0 : series.offsets[count - 1];
  return { labels: series.labels.slice(0, labelBytes), offsets: series.offsets.slice(0, count) };
}

/** Finds or registers every local series; handle i belongs to local series i, 0 is one that was refused. */
export function resolveLocal(
  { labels, offsets }: LocalLabels,
  resolver: SeriesResolver,
): { handles: Uint32Array; refusal: string } {
  const handles = new Uint32Array(offsets.length + 1);
  let refusal = '';
  let start = 0;
  for (let i = 0; i < offsets.length; i++) {
    const end = offsets[i];
    hashBytes(labels, start, end, canonicalSeed);
    let handle = resolver.lookup();
    if (handle === 0) handle = resolver.register(labels.subarray(start, end), end - start);
    if (handle === 0) refusal = resolver.refusal;
    handles[i + 1] = handle;
    start = end;
  }
  return { handles, refusal };
}

/** Takes a batch of the worker apart; it is of no use afterwards. */
export function offloadRecords(
  batch: LogBatch | SpanBatch,
  series: LocalSeries,
): { records: OffloadedRecords; transfer: ArrayBuffer[] } {
  const records: OffloadedRecords = {
    n: batch.n,
    columns: columnsOf(batch),
    side: batch.side,
    sideLength: batch.sideLength,
    ...batch.refusals(),
    untimed: batch instanceof LogBatch ? batch.untimed : 0,
    ...localLabels(series),
  };
  const transfer = [...records.columns, records.side].map(({ buffer }) => buffer);
  return { records, transfer };
}

/** Puts `from` into `batch`, which is empty and gives up its own buffers. Rows of streams that `resolver` refuses are counted and left out. */
export function adoptRecords(
  from: OffloadedRecords,
  resolver: SeriesResolver,
  batch: LogBatch | SpanBatch,
): void {
  const { handles, refusal } = resolveLocal(from, resolver);
  batch.adoptRefusals(from);
  takeColumns(batch, from.columns);
  batch.writer.buffer = from.side;
  batch.writer.length = from.sideLength;
  batch.n = from.n;
  if (batch instanceof LogBatch) batch.untimed = from.untimed;
  const { stream } = batch;
  let refused = 0;
  for (let i = 0; i < from.n; i++) {
    stream[i] = handles[stream[i]];
    if (stream[i] === 0) refused++;
  }
  if (refused === 0) return;
  dropRefused(batch);
  batch.reject('series_limit', refusal, refused);
}

function columnsOf(batch: LogBatch | SpanBatch): OffloadedRecords['columns'] {
  const { stream, at, length } = batch;
  if (batch instanceof LogBatch) {
    return [stream, at, length, batch.tLo, batch.tHi, batch.severity];
  }
  const { startLo, startHi, endLo, endHi, kind, status } = batch;
  return [stream, at, length, startLo, startHi, endLo, endHi, kind, status];
}

function takeColumns(batch: LogBatch | SpanBatch, columns: OffloadedRecords['columns']): void {
  const words = columns.filter((column) => column instanceof Uint32Array);
  const bytes = columns.filter((column) => column instanceof Uint8Array);
  [batch.stream, batch.at, batch.length] = words;
  if (batch instanceof LogBatch) {
    [, , , batch.tLo, batch.tHi] = words;
    [batch.severity] = bytes;
  } else {
    [, , , batch.startLo, batch.startHi, batch.endLo, batch.endHi] = words;
    [batch.kind, batch.status] = bytes;
  }
}

/** Takes the rows of stream 0 out of a batch. */
function dropRefused(batch: LogBatch | SpanBatch): void {
  const columns = columnsOf(batch);
  const { side, stream, at, length } = batch;
  let rows = 0;
  let used = 0;
  for (let i = 0; i < batch.n; i++) {
    if (stream[i] === 0) continue;
    side.copyWithin(used, at[i], at[i] + length[i]);
    for (const column of columns) column[rows] = column[i];
    at[rows] = used;
    used += length[rows];
    rows++;
  }
  batch.n = rows;
  batch.writer.length = used;
}
