/**
 * The main thread's side of the flush thread: one request at a time, repeated after a failure, the thread restarted when it dies.
 *
 * Model: the thread starts with the first request (50 ms, in which the head has free segments) and ends when it has had nothing to do
 * for a while: it costs about 15 MB. While there is none, no partition file changes, so maintenance has nothing new to merge and is only
 * asked for now and then, to seal.
 *
 * Invariants: a segment's flush is retried until it succeeds (each file remembers the highest segment it has, so a repeat
 * after a half-done flush adds nothing twice); maintenance runs beside, in steps between the other requests; there is never a second
 * thread: a new one starts when the one before has closed its files and ended.
 */
import { Worker } from 'node:worker_threads';
import type { FlushReply, FlushRequest, FlushWorkerData } from './messages.ts';

const RETRY_MS = 1000;
/** A nursery of twice the size takes 2 MB more; to collect this one twice as often takes 1 % of the CPU time under a mixed load. */
const YOUNG_MIB = 2;
/** Longer than the store waits between two rounds of maintenance, so that there is one after the last flush. */
const IDLE_MS = 70_000;
/** Between rounds of maintenance that start the thread. */
const MAINTAIN_IDLE_MS = 15 * 60_000;

export interface FlushEvents {
  flushed(reply: Extract<FlushReply, { type: 'flushed' }>): void;
  sealed(reply: Extract<FlushReply, { type: 'sealed' }>): void;
  merged(reply: Extract<FlushReply, { type: 'merged' }>): void;
  thinned(reply: Extract<FlushReply, { type: 'thinned' }>): void;
  failed(error: string): void;
}

export class FlushClient {
  failures = 0;
  readonly #data: FlushWorkerData;
  readonly #events: FlushEvents;
  #worker: Worker | undefined;
  /** The thread has been told to end. */
  #ending = false;
  #endTimer: NodeJS.Timeout | undefined;
  #maintainedMs = Number.NEGATIVE_INFINITY;
  /** Something was flushed since maintenance was asked for. */
  #unmerged = false;
  #queue: FlushRequest[] = [];
  #running: FlushRequest | undefined;
  #maintaining = false;
  readonly #maintainers: (() => void)[] = [];
  #stopping = false;
  #stopped: (() => void) | undefined;

  constructor(data: FlushWorkerData, events: FlushEvents) {
    this.#data = data;
    this.#events = events;
  }

  /** Whether there is a thread. */
  get running(): boolean {
    return this.#worker !== undefined;
  }

  /** Requests waiting or running. */
  get depth(): number {
    return this.#queue.length + (this.#running === undefined ? 0 : 1);
  }

  send(request: Exclude<FlushRequest, { type: 'maintain' }>): void {
    // A thread that is not there has no files open.
    if (request.type === 'forget' && this.#worker === undefined) return;
    this.#queue.push(request);
    this.#next();
  }

  /** Whether maintenance may find something to do. */
  get maintenanceDue(): boolean {
    return this.#unmerged || performance.now() - this.#maintainedMs >= MAINTAIN_IDLE_MS;
  }

  /** Begins a round of maintenance unless there is one; resolves when none is under way. */
  maintain(request: FlushRequest & { type: 'maintain' }): Promise<void> {
    if (!(this.#maintaining || this.#ending || this.#stopping)) {
      this.#maintainedMs = performance.now();
      this.#unmerged = false;
      this.#maintaining = request.files.length > 0;
      if (this.#maintaining) this.#post(request);
    }
    if (!this.#maintaining) return Promise.resolve();
    return new Promise((resolve) => this.#maintainers.push(resolve));
  }

  #maintenanceEnds(): void {
    this.#maintaining = false;
    for (const resolve of this.#maintainers.splice(0)) resolve();
  }

  /** Ends the thread after the request it is at; frozen segments that remain are flushed from the journal next time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#queue = [];
    clearTimeout(this.#endTimer);
    if (this.#worker === undefined) return;
    const done = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    if (!this.#ending) this.#post({ type: 'stop' });
    await done;
  }

  /** Gives the thread a request; starts it when there is none. */
  #post(request: FlushRequest): void {
    clearTimeout(this.#endTimer);
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  /** Called when a request is done: ends the thread when no other follows for a while. */
  #rest(): void {
    clearTimeout(this.#endTimer);
    this.#endTimer = setTimeout(() => {
      if (this.#maintaining || this.depth > 0 || this.#worker === undefined) return;
      this.#ending = true;
      this.#post({ type: 'stop' });
    }, IDLE_MS).unref();
  }

  async #ended(): Promise<void> {
    await this.#worker?.terminate();
    this.#maintenanceEnds();
    this.#worker = undefined;
    this.#ending = false;
    this.#stopped?.();
    this.#next();
  }

  #start(): Worker {
    const entry = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    const worker = new Worker(new URL(entry, import.meta.url), {
      workerData: this.#data,
      name: 'sightline-flush',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    worker.on('message', (reply: FlushReply) => this.#receive(reply));
    worker.on('error', (error: Error) => this.#died(error));
    return worker;
  }

  #receive(reply: FlushReply): void {
    switch (reply.type) {
      case 'stopped':
        void this.#ended();
        return;
      case 'sealed':
        this.#events.sealed(reply);
        return;
      case 'thinned':
        this.#events.thinned(reply);
        return;
      case 'merged':
        this.#events.merged(reply);
        return;
      case 'damaged':
        this.failures++;
        this.#events.failed(reply.problem);
        return;
      case 'failed':
        this.failures++;
        this.#events.failed(reply.error);
        this.#maintenanceEnds();
        this.#unmerged = true;
        if (reply.what === 'flush') this.#retryLater();
        return;
      case 'maintained':
        this.#maintenanceEnds();
        this.#rest();
        return;
      case 'flushed':
        this.#running = undefined;
        this.#unmerged = true;
        this.#events.flushed(reply);
        this.#rest();
        this.#next();
        return;
      case 'idle':
        this.#running = undefined;
        this.#rest();
        this.#next();
    }
  }

  #died(error: Error): void {
    this.failures++;
    this.#worker = undefined;
    this.#events.failed(`flush thread: ${error.stack ?? error.message}`);
    if (this.#stopping) {
      this.#stopped?.();
      return;
    }
    this.#maintenanceEnds();
    this.#ending = false;
    this.#unmerged = true;
    this.#retryLater();
  }

  #retryLater(): void {
    const request = this.#running;
    this.#running = undefined;
    if (request?.type === 'flush') this.#queue.unshift(request);
    setTimeout(() => this.#next(), RETRY_MS).unref();
  }

  #next(): void {
    if (this.#running !== undefined || this.#ending || this.#stopping) return;
    const request = this.#queue.shift();
    if (request === undefined) return;
    this.#running = request;
    this.#post(request);
  }
}
