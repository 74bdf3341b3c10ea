/**
 * The intake worker: decodes large bodies of samples, log records and spans into columns with local series, one job after the other (offload.ts has the other side).
 */
import { parentPort } from 'node:worker_threads';
import { LogBatch, MetricBatch, SpanBatch } from '@sightline/wire';
import { LocalSeries } from './local-series.ts';
import { decodeBody } from './offload-job.ts';
import {
  errorToData,
  type OffloadedBatch,
  type OffloadReply,
  type OffloadRequest,
} from './offload-messages.ts';
import { localLabels, offloadRecords } from './offload-records.ts';
import { decodeLogs, decodeSpans } from './record-job.ts';

if (parentPort === null) throw new Error('this file runs as a worker thread');
const port = parentPort;

/** Decoders remember by resolver what a tenant has sent (metadata); so tenants keep theirs. */
const MAX_TENANTS = 64;
const tenants = new Map<string, LocalSeries>();

function seriesOf(tenant: string): LocalSeries {
  const series = tenants.get(tenant) ?? new LocalSeries();
  tenants.delete(tenant);
  tenants.set(tenant, series);
  const oldest = tenants.keys().next();
  if (tenants.size > MAX_TENANTS && !oldest.done) tenants.delete(oldest.value);
  series.clear();
  return series;
}

port.on('message', (request: OffloadRequest) => {
  const series = seriesOf(request.tenant);
  try {
    answer(request, series);
  } catch (error) {
    const reply: OffloadReply = { id: request.id, ok: false, error: errorToData(error) };
    port.postMessage(reply);
  }
  series.clear();
});

function answer(request: OffloadRequest, series: LocalSeries): void {
  const { id, body } = request;
  if (request.signal === 'points') {
    const batch = new MetricBatch();
    const result = decodeBody(request.job, body, series, request.limits, batch);
    const columns = columnsOf(batch, series);
    const reply: OffloadReply = { id, ok: true, signal: 'points', batch: columns, result };
    port.postMessage(reply, transferables(columns));
    return;
  }
  const { records, transfer } = offloadRecords(decodeRecords(request, series), series);
  const reply: OffloadReply = { id, ok: true, signal: request.signal, records };
  port.postMessage(reply, transfer);
}

function decodeRecords(
  request: Exclude<OffloadRequest, { signal: 'points' }>,
  series: LocalSeries,
): LogBatch | SpanBatch {
  const { body } = request;
  if (request.signal === 'logs') {
    const batch = new LogBatch();
    decodeLogs(request.job, body, series, request.limits, batch);
    return batch;
  }
  const batch = new SpanBatch();
  decodeSpans(request.job, body, series, request.limits, batch);
  return batch;
}

function columnsOf(batch: MetricBatch, series: LocalSeries): OffloadedBatch {
  const n = batch.n;
  return {
    n,
    series: batch.series,
    t: batch.t,
    kind: batch.kind,
    lo: batch.lo,
    hi: batch.hi,
    st: batch.hasStart ? batch.st : new Float64Array(0),
    side: batch.side.slice(0, batch.sideLength),
    metadata: batch.metadata,
    exemplars: batch.exemplars,
    ...batch.refusals(),
    ...localLabels(series),
  };
}

function transferables(columns: OffloadedBatch): ArrayBuffer[] {
  const { series, t, kind, lo, hi, st, side, labels, offsets } = columns;
  const buffers: ArrayBuffer[] = [];
  for (const { buffer } of [series, t, kind, lo, hi, st, side, labels, offsets]) {
    if (buffer instanceof ArrayBuffer) buffers.push(buffer);
  }
  return buffers;
}
