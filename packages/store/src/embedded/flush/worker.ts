/** The flush thread: takes requests one by one (messages.ts) and answers each. */
import { parentPort, workerData } from 'node:worker_threads';
import { HeadSegment, rowColumns } from '../head.ts';
import { partitionOf } from '../partition.ts';
import { SeriesView } from '../series.ts';
import type { PartTotals } from './day-writer.ts';
import { emptyTotals, flushPartition } from './flusher.ts';
import { maintain } from './maintain.ts';
import type { FileRef, FlushReply, FlushRequest, FlushWorkerData } from './messages.ts';
import { type PartitionPlan, planFlush } from './plan.ts';
import { Writers } from './writers.ts';

const data: FlushWorkerData = workerData;
const port = parentPort;
if (port === null) throw new Error('the flush worker runs in a worker thread only');
const view = new SeriesView(data.series);
const segments = data.segments.map((shared) => new HeadSegment(shared));
const reply = (message: FlushReply): void => port.postMessage(message);
const writers = new Writers(data.dir, data.key, view, (problem) =>
  reply({ type: 'damaged', problem }),
);

/** Maintenance under way; its next step runs when no request waits. */
let maintenance: Generator<void> | undefined;

port.on('message', (request: FlushRequest) => {
  switch (request.type) {
    case 'flush':
      attempt('flush', () => flush(request));
      return;
    case 'maintain':
      maintenance = maintain(writers, view, request, reply);
      setImmediate(maintainStep);
      return;
    case 'forget':
      for (const ref of request.files) writers.close(ref);
      reply({ type: 'idle' });
      return;
    case 'stop':
      maintenance = undefined;
      writers.closeAll();
      reply({ type: 'stopped' });
  }
});

function maintainStep(): void {
  attempt('maintain', () => {
    if (maintenance === undefined) return;
    if (maintenance.next().done !== true) {
      setImmediate(maintainStep);
      return;
    }
    maintenance = undefined;
    reply({ type: 'maintained' });
  });
}

/** Disk errors are answered and the other side asks again; until then all files are closed, to be opened anew. */
function attempt(what: 'flush' | 'maintain', work: () => void): void {
  try {
    work();
  } catch (error) {
    maintenance = undefined;
    writers.closeAll();
    reply({
      type: 'failed',
      what,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

function flush(request: Extract<FlushRequest, { type: 'flush' }>): void {
  const began = performance.now();
  const segment = segments[request.slot];
  if (segment === undefined) throw new Error(`no head segment ${request.slot}`);
  const nowMs = Date.now();
  const plans = planFlush(segment, view, rowColumns(), nowMs);
  // Ascending time, so that a tenant's notes go to its newest file.
  plans.sort((a, b) => a.partition.startMs - b.partition.startMs);
  const notes = new Map(request.notes);
  const files: FileRef[] = [];
  const sum = emptyTotals();
  for (const plan of plans) {
    const tenant = request.tenants[plan.tenant];
    if (tenant === undefined) throw new Error(`no name for tenant ${plan.tenant}`);
    const { ref, totals } = writePlan(segment, tenant, plan, request.files);
    sum.samples += totals.samples;
    sum.bytes += totals.bytes;
    files.push(ref);
  }
  for (const [tenant, tenantNotes] of notes) {
    const { ref, writer } = writers.forPartition(tenant, partitionOf(nowMs, nowMs), [
      ...request.files,
      ...files,
    ]);
    writer.transaction(() => writer.addNotes(tenantNotes));
    writer.checkpoint();
    files.push(ref);
  }
  const tookMs = performance.now() - began;
  reply({
    type: 'flushed',
    slot: request.slot,
    files,
    samples: sum.samples,
    logs: 0,
    spans: 0,
    bytes: sum.bytes,
    tookMs,
  });
}

/** Writes to the newest generation that takes it: a file may turn out to be damaged only when it is written. */
function writePlan(
  segment: HeadSegment,
  tenant: string,
  plan: PartitionPlan,
  files: readonly FileRef[],
): { ref: FileRef; totals: PartTotals } {
  while (true) {
    const { ref, writer } = writers.forPartition(tenant, plan.partition, files);
    try {
      const totals = flushPartition(writer, segment, view, plan);
      writer.checkpoint();
      return { ref, totals };
    } catch (error) {
      if (!writers.foundDamaged(ref, error)) throw error;
    }
  }
}
