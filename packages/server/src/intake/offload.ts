/**
 * Decoding of large bodies in a worker thread, so that one request does not hold up all others.
 *
 * Model: one worker, started with the first job and ended after `idleMs` without one. A job's body is copied to it; the
 * columns that come back have local series, whose canonical labels are looked up (or registered) with the tenant's resolver in one go, and
 * rows are written into the caller's batch with real handles.
 *
 * Invariants: handles are valid for the batch that is being filled, so the caller appends in the continuation of `decode`, before it
 * awaits anything else. Waiting jobs are bounded in number and bytes. A worker that dies takes the job it had with it, no more; the next job starts another.
 */
import { Worker } from 'node:worker_threads';
import {
  type DecodeLimits,
  KIND_HISTOGRAM,
  KIND_SAME_POINT,
  type LogBatch,
  type MetricBatch,
  type SeriesResolver,
  type SpanBatch,
} from '@sightline/wire';
import type { DecodeJob, DecodeResult } from './offload-job.ts';
import {
  errorFromData,
  type OffloadedBatch,
  type OffloadReply,
  type OffloadRequest,
  type OffloadTask,
} from './offload-messages.ts';
import { adoptRecords, resolveLocal } from './offload-records.ts';

export interface OffloadOptions {
  /** The worker ends after this long without a job. */
  idleMs: number;
  /** Jobs that may wait or run, and their bytes. */
  maxJobs: number;
  maxBytes: number;
  /** Heap of the worker, typed arrays not counted. */
  heapBytes: number;
}

export const DEFAULT_OFFLOAD: OffloadOptions = {
  idleMs: 120_000,
  maxJobs: 32,
  maxBytes: 128 * 1024 * 1024,
  heapBytes: 256 * 1024 * 1024,
};

/** Too many large bodies wait: answer 503 and Retry-After. */
export class OffloadBusyError extends Error {
  override readonly name = 'OffloadBusyError';
}

interface Waiting {
  bytes: number;
  resolve(reply: OffloadReply): void;
  reject(error: Error): void;
}

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './offload-worker.ts' : './offload-worker.js',
  import.meta.url,
);

/** Room for young objects: decoding makes few. */
const YOUNG_MIB = 8;

export class Offload {
  readonly #options: OffloadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #lastId = 0;
  #bytes = 0;
  #closed = false;

  constructor(options: Partial<OffloadOptions> = {}) {
    this.#options = { ...DEFAULT_OFFLOAD, ...options };
  }

  /** Jobs that wait or run. */
  get jobs(): number {
    return this.#waiting.size;
  }

  get running(): boolean {
    return this.#worker !== null;
  }

  /**
   * Decodes `body` into an empty `batch`; the result is what the decoder counted, less what the store's series limit then refused.
   * `resolver` is asked for when the columns are back. Rejects with what the decoder throws, and
   * OffloadBusyError. The caller appends in the continuation, before anything else is awaited.
   */
  async decode(
    job: DecodeJob,
    body: Uint8Array,
    tenant: string,
    limits: DecodeLimits,
    resolver: () => SeriesResolver,
    batch: MetricBatch,
  ): Promise<DecodeResult> {
    const reply = await this.#run({ signal: 'points', job, limits }, body, tenant);
    if (!reply.ok) throw errorFromData(reply.error);
    if (reply.signal !== 'points') throw new Error('the intake worker gave records for points');
    const dropped = adopt(reply.batch, resolver(), batch);
    return {
      ...reply.result,
      samples: reply.result.samples - dropped.floats,
      histograms: reply.result.histograms - dropped.histograms,
      exemplars: reply.result.exemplars - dropped.exemplars,
    };
  }

  /** Ends the worker; jobs that wait are rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#end(new Error('the process is stopping'));
  }

  /**
   * As `decode`, for log records and spans: `batch` gets the worker's buffers in the place of its own.
   */
  async decodeRecords(
    task: Exclude<OffloadTask, { signal: 'points' }>,
    body: Uint8Array,
    tenant: string,
    resolver: () => SeriesResolver,
    batch: LogBatch | SpanBatch,
  ): Promise<void> {
    const reply = await this.#run(task, body, tenant);
    if (!reply.ok) throw errorFromData(reply.error);
    if (reply.signal === 'points') throw new Error('the intake worker gave points for records');
    adoptRecords(reply.records, resolver(), batch);
  }

  async #run(task: OffloadTask, body: Uint8Array, tenant: string): Promise<OffloadReply> {
    const { maxJobs, maxBytes } = this.#options;
    const full = this.#waiting.size >= maxJobs || this.#bytes + body.length > maxBytes;
    if (this.#closed || (full && this.#waiting.size > 0)) {
      throw new OffloadBusyError('too many large requests are being decoded; try again later');
    }
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    const worker = this.#worker ?? this.#start();
    const id = ++this.#lastId;
    const copy = new Uint8Array(body);
    const request: OffloadRequest = { ...task, id, tenant, body: copy };
    this.#bytes += body.length;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { bytes: body.length, resolve, reject });
      worker.ref();
      worker.postMessage(request, [copy.buffer]);
    });
  }

  #start(): Worker {
    const worker = new Worker(ENTRY, {
      name: 'intake',
      resourceLimits: {
        maxOldGenerationSizeMb: Math.ceil(this.#options.heapBytes / 1024 / 1024),
        maxYoungGenerationSizeMb: YOUNG_MIB,
      },
    });
    worker.unref();
    worker.on('message', (reply: OffloadReply) => this.#finish(reply));
    worker.on('error', (error) => {
      this.#died(worker, error instanceof Error ? error : new Error(String(error)));
    });
    worker.on('exit', (code) => this.#died(worker, new Error(`it exited with code ${code}`)));
    this.#worker = worker;
    return worker;
  }

  #finish(reply: OffloadReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    this.#bytes -= waiting.bytes;
    if (this.#waiting.size === 0) {
      this.#worker?.unref();
      this.#idle = setTimeout(() => void this.#end(new Error('idle')), this.#options.idleMs);
      this.#idle.unref();
    }
    waiting.resolve(reply);
  }

  #died(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    this.#rejectAll(new Error(`the intake worker died: ${error.message}`));
  }

  async #end(reason: Error): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    this.#rejectAll(reason);
    await worker?.terminate();
  }

  #rejectAll(error: Error): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#bytes = 0;
    for (const waiting of all) waiting.reject(error);
  }
}

interface Dropped {
  floats: number;
  histograms: number;
  exemplars: number;
}

/** Writes the columns into `batch` with the handles of `resolver`; rows of refused series are dropped and counted. */
function adopt(from: OffloadedBatch, resolver: SeriesResolver, batch: MetricBatch): Dropped {
  const { handles, refusal } = resolveLocal(from, resolver);
  batch.adoptRefusals(from);
  batch.metadata = from.metadata;
  batch.side.set(from.side, batch.reserveSide(from.side.length));
  const dropped: Dropped = { floats: 0, histograms: 0, exemplars: 0 };
  copyRows(from, handles, batch, dropped);
  for (const exemplar of from.exemplars) {
    const series = handles[exemplar.series] ?? 0;
    if (series === 0) dropped.exemplars++;
    else batch.exemplars.push({ ...exemplar, series });
  }
  const rows = dropped.floats + dropped.histograms;
  if (rows > 0) batch.reject('series_limit', refusal, rows);
  return dropped;
}

function copyRows(
  from: OffloadedBatch,
  handles: Uint32Array,
  batch: MetricBatch,
  dropped: Dropped,
): void {
  const hasStart = from.st.length > 0;
  batch.hasStart = hasStart;
  let previousDropped = false;
  for (let i = 0; i < from.n; i++) {
    const series = handles[from.series[i] ?? 0] ?? 0;
    let kind = from.kind[i] ?? 0;
    if (series === 0) {
      if ((kind & KIND_HISTOGRAM) === 0) dropped.floats++;
      else dropped.histograms++;
      previousDropped = true;
      continue;
    }
    // The rest of a point stands alone when its first row is gone.
    if (previousDropped) kind &= ~KIND_SAME_POINT;
    previousDropped = false;
    const row = batch.row();
    batch.series[row] = series;
    batch.t[row] = from.t[i] ?? 0;
    batch.kind[row] = kind;
    batch.lo[row] = from.lo[i] ?? 0;
    batch.hi[row] = from.hi[i] ?? 0;
    batch.st[row] = hasStart ? (from.st[i] ?? 0) : 0;
  }
}
