/**
 * The intake worker: decodes large bodies into columns with local series, one job after the other (offload.ts has the other side).
 */
import { parentPort } from 'node:worker_threads';
import { MetricBatch } from '@sightline/wire';
import { LocalSeries } from './local-series.ts';
import { decodeBody } from './offload-job.ts';
import {
  errorToData,
  type OffloadedBatch,
  type OffloadReply,
  type OffloadRequest,
} from './offload-messages.ts';

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
  const { id, job, body, limits } = request;
  const series = seriesOf(request.tenant);
  const batch = new MetricBatch();
  try {
    const result = decodeBody(job, body, series, limits, batch);
    const columns = columnsOf(batch, series);
    const reply: OffloadReply = { id, ok: true, batch: columns, result };
    port.postMessage(reply, transferables(columns));
  } catch (error) {
    const reply: OffloadReply = { id, ok: false, error: errorToData(error) };
    port.postMessage(reply);
  }
  series.clear();
});

function columnsOf(batch: MetricBatch, series: LocalSeries): OffloadedBatch {
  const n = batch.n;
  const labelBytes = series.count === 0 ? 0 : (series.offsets[series.count - 1] ?? 0);
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
    rejected: [...batch.rejected],
    explanations: [...batch.explanations],
    rejections: [...batch.rejections],
    // Copies: the worker goes on using its own.
    labels: series.labels.slice(0, labelBytes),
    offsets: series.offsets.slice(0, series.count),
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
