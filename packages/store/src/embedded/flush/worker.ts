/** The flush thread: takes requests one by one (messages.ts) and answers each. */
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { RecordSignal } from '../../records.ts';
import { WasteCollector } from '../../waste.ts';
import { HeadSegment, rowColumns } from '../head.ts';
import { type Partition, partitionOf } from '../partition.ts';
import { RecordSegment } from '../record-head.ts';
import { SeriesView } from '../series.ts';
import { fingerprintSeed } from '../tenants.ts';
import { DayWriter } from './day-writer.ts';
import { emptyTotals, flushPartition } from './flusher.ts';
import { maintain } from './maintain.ts';
import { maintainRecords } from './maintain-records.ts';
import type { FileRef, FlushReply, FlushRequest, FlushWorkerData } from './messages.ts';
import { planFlush } from './plan.ts';
import { flushRecords, planRecords } from './record-flusher.ts';
import { RecordWriter } from './record-writer.ts';
import { type FileWriter, Writers } from './writers.ts';

const data: FlushWorkerData = workerData;
const port = parentPort;
if (port === null) throw new Error('the flush worker runs in a worker thread only');
const view = new SeriesView(data.series);
const segments = data.segments.map((shared) => new HeadSegment(shared));
const companions = {
  logs: data.logs.map((shared) => new RecordSegment(shared)),
  spans: data.spans.map((shared) => new RecordSegment(shared)),
};
const waste = new WasteCollector();
const reply = (message: FlushReply): void => port.postMessage(message);
const onDamaged = (problem: string): void => reply({ type: 'damaged', problem });
const seedOf = (tenant: string): Uint32Array => fingerprintSeed(data.key, tenant);
const makeDay = (path: string, tenant: string): DayWriter =>
  new DayWriter(path, view, seedOf(tenant));
const makeRecords = (path: string, tenant: string): RecordWriter =>
  new RecordWriter(path, view, seedOf(tenant));
const writers = {
  metrics: new Writers(data.dir, 'metrics', makeDay, onDamaged),
  logs: new Writers(data.dir, 'logs', makeRecords, onDamaged),
  spans: new Writers(data.dir, 'spans', makeRecords, onDamaged),
};

/** The next flush writes other pages; those of this one are a megabyte for every open file. */
const SHRINK = 'PRAGMA shrink_memory';

/** Maintenance under way; its next step runs when no request waits. */
let maintenance: Generator<void> | undefined;

port.on('message', (request: FlushRequest) => {
  switch (request.type) {
    case 'flush':
      attempt('flush', () => flush(request));
      return;
    case 'maintain':
      maintenance = maintainAll(request);
      setImmediate(maintainStep);
      return;
    case 'forget':
      for (const ref of request.files) writers[ref.signal].close(ref);
      reply({ type: 'idle' });
      return;
    case 'stop':
      maintenance = undefined;
      closeAll();
      reply({ type: 'stopped' });
  }
});

function* maintainAll(request: Extract<FlushRequest, { type: 'maintain' }>): Generator<void> {
  yield* maintain(writers.metrics, view, request, reply);
  const journalDir = join(data.dir, 'journal');
  yield* maintainRecords(writers.logs, 'logs', request, journalDir, reply);
  yield* maintainRecords(writers.spans, 'spans', request, journalDir, reply);
}

function maintainStep(): void {
  attempt('maintain', () => {
    if (maintenance === undefined) return;
    if (maintenance.next().done !== true) {
      setImmediate(maintainStep);
      return;
    }
    maintenance = undefined;
    reply({ type: 'maintained' });
    waste.workDone();
  });
}

/** Disk errors are answered and the other side asks again; until then all files are closed, to be opened anew. */
function attempt(what: 'flush' | 'maintain', work: () => void): void {
  try {
    work();
  } catch (error) {
    maintenance = undefined;
    closeAll();
    reply({
      type: 'failed',
      what,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

function closeAll(): void {
  for (const each of Object.values(writers)) each.closeAll();
}

type Flush = Extract<FlushRequest, { type: 'flush' }>;

function flush(request: Flush): void {
  const began = performance.now();
  const nowMs = Date.now();
  const files: FileRef[] = [];
  const { samples, bytes } = flushSamples(request, nowMs, files);
  const logs = flushCompanion('logs', request, nowMs, files);
  const spans = flushCompanion('spans', request, nowMs, files);
  const tookMs = performance.now() - began;
  reply({ type: 'flushed', slot: request.slot, files, samples, logs, spans, bytes, tookMs });
  // Samples alone leave hardly anything; to collect everything drops optimized code, which the next flush has to compile again.
  if (logs + spans > 0) waste.workDone();
}

function flushSamples(
  request: Flush,
  nowMs: number,
  files: FileRef[],
): { samples: number; bytes: number } {
  const segment = segments[request.slot];
  if (segment === undefined) throw new Error(`no head segment ${request.slot}`);
  const plans = planFlush(segment, view, rowColumns(), nowMs);
  // Ascending time, so that a tenant's notes go to its newest file.
  plans.sort((a, b) => a.partition.startMs - b.partition.startMs);
  const sum = emptyTotals();
  for (const plan of plans) {
    const tenant = tenantName(request, plan.tenant);
    const ref = writePlan(writers.metrics, tenant, plan.partition, request.files, (writer) => {
      const totals = flushPartition(writer, segment, view, plan);
      writer.checkpoint();
      writer.db.exec(SHRINK);
      sum.samples += totals.samples;
      sum.bytes += totals.bytes;
    });
    files.push(ref);
  }
  for (const [tenant, tenantNotes] of new Map(request.notes)) {
    const { ref, writer } = writers.metrics.forPartition(tenant, partitionOf(nowMs, nowMs), [
      ...request.files,
      ...files,
    ]);
    writer.transaction(() => writer.addNotes(tenantNotes));
    writer.checkpoint();
    files.push(ref);
  }
  return sum;
}

/** Flushes the log records or spans of the slot; returns how many. */
function flushCompanion(
  signal: RecordSignal,
  request: Flush,
  nowMs: number,
  files: FileRef[],
): number {
  const segment = companions[signal][request.slot];
  if (segment === undefined) throw new Error(`no head segment ${request.slot}`);
  let records = 0;
  let lost = 0;
  let why: unknown;
  const onLost = (error: unknown): void => {
    lost++;
    why ??= error;
  };
  for (const plan of planRecords(segment, view, nowMs)) {
    const tenant = tenantName(request, plan.tenant);
    const ref = writePlan(writers[signal], tenant, plan.partition, request.files, (writer) => {
      records += flushRecords(writer, segment, plan, onLost);
      writer.file.checkpoint();
      writer.file.db.exec(SHRINK);
    });
    files.push(ref);
  }
  if (lost > 0) onDamaged(`${lost} of the ${signal} cannot be stored: ${String(why)}`);
  return records;
}

function tenantName(request: Flush, index: number): string {
  const tenant = request.tenants[index];
  if (tenant === undefined) throw new Error(`no name for tenant ${index}`);
  return tenant;
}

/** Writes to the newest generation that takes it: a file may turn out to be damaged only when it is written. */
function writePlan<W extends FileWriter>(
  into: Writers<W>,
  tenant: string,
  partition: Partition,
  files: readonly FileRef[],
  write: (writer: W) => void,
): FileRef {
  while (true) {
    const { ref, writer } = into.forPartition(tenant, partition, files);
    try {
      write(writer);
      return ref;
    } catch (error) {
      if (!into.foundDamaged(ref, error)) throw error;
    }
  }
}
