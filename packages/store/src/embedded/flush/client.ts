/**
 * The main thread's side of the flush thread: one request at a time, repeated after a failure, the thread restarted when it dies.
 *
 * Invariants: a segment's flush is retried until it succeeds (each file remembers the highest segment it has, so a repeat
 * after a half-done flush adds nothing twice); maintenance runs beside, in steps between the other requests.
 */
import { Worker } from 'node:worker_threads';
import type { FlushReply, FlushRequest, FlushWorkerData } from './messages.ts';

const RETRY_MS = 1000;

export interface FlushEvents {
  flushed(reply: Extract<FlushReply, { type: 'flushed' }>): void;
  sealed(reply: Extract<FlushReply, { type: 'sealed' }>): void;
  merged(reply: Extract<FlushReply, { type: 'merged' }>): void;
  failed(error: string): void;
}

export class FlushClient {
  failures = 0;
  readonly #data: FlushWorkerData;
  readonly #events: FlushEvents;
  #worker: Worker;
  #queue: FlushRequest[] = [];
  #running: FlushRequest | undefined;
  #maintaining = false;
  #stopping = false;
  #stopped: (() => void) | undefined;

  constructor(data: FlushWorkerData, events: FlushEvents) {
    this.#data = data;
    this.#events = events;
    this.#worker = this.#start();
  }

  /** Requests waiting or running. */
  get depth(): number {
    return this.#queue.length + (this.#running === undefined ? 0 : 1);
  }

  send(request: FlushRequest): void {
    if (request.type !== 'maintain') {
      this.#queue.push(request);
      this.#next();
    } else if (!this.#maintaining) {
      this.#maintaining = true;
      this.#worker.postMessage(request);
    }
  }

  /** Ends the thread after the request it is at; frozen segments that remain are flushed from the journal next time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#queue = [];
    const done = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    this.#worker.postMessage({ type: 'stop' } satisfies FlushRequest);
    await done;
    await this.#worker.terminate();
  }

  #start(): Worker {
    const entry = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    const worker = new Worker(new URL(entry, import.meta.url), {
      workerData: this.#data,
      name: 'sightline-flush',
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    worker.on('message', (reply: FlushReply) => this.#receive(reply));
    worker.on('error', (error: Error) => this.#died(error));
    return worker;
  }

  #receive(reply: FlushReply): void {
    switch (reply.type) {
      case 'stopped':
        this.#stopped?.();
        return;
      case 'sealed':
        this.#events.sealed(reply);
        return;
      case 'merged':
        this.#events.merged(reply);
        return;
      case 'failed':
        this.failures++;
        this.#events.failed(reply.error);
        this.#maintaining = false;
        if (reply.what === 'flush') this.#retryLater();
        return;
      case 'maintained':
        this.#maintaining = false;
        return;
      case 'flushed':
        this.#running = undefined;
        this.#events.flushed(reply);
        this.#next();
        return;
      case 'idle':
        this.#running = undefined;
        this.#next();
    }
  }

  #died(error: Error): void {
    this.failures++;
    this.#events.failed(`flush thread: ${error.stack ?? error.message}`);
    if (this.#stopping) {
      this.#stopped?.();
      return;
    }
    this.#maintaining = false;
    this.#worker = this.#start();
    this.#retryLater();
  }

  #retryLater(): void {
    const request = this.#running;
    this.#running = undefined;
    if (request?.type === 'flush') this.#queue.unshift(request);
    setTimeout(() => this.#next(), RETRY_MS).unref();
  }

  #next(): void {
    if (this.#running !== undefined || this.#stopping) return;
    const request = this.#queue.shift();
    if (request === undefined) return;
    this.#running = request;
    this.#worker.postMessage(request);
  }
}
