/**
 * The threads that run queries, and the queue in front of them.
 *
 * Model: a query takes an idle thread, else a new one up to the bound, else waits in a bounded queue; past that it is refused.
 * Threads start with the first query that needs them and end when they have been idle; one that has interned many strings, grown its
 * heap or met an unexpected error is replaced. The last thread to become idle is taken first, so that the others can end.
 *
 * Budgets inside a thread are its own honesty; the pool also watches the resident memory of the process, and past a bound ends the
 * thread whose query has run longest: typed arrays are outside of what Node limits for a thread.
 *
 * Invariants: every query is answered exactly once and no later than its timeout plus the grace; its snapshot is taken when it
 * starts and released when its thread has let go of it; a thread that dies fails its own query only.
 */
import type { ReadSnapshot } from '@sightline/store';
import type { Log } from '../log.ts';
import { errorAnswer } from './answers.ts';
import { CANCELLED_TEXT, TIMED_OUT_TEXT } from './budget.ts';
import type { QueryAnswer, QueryRequest } from './requests.ts';
import { QueryThread, ThreadDied } from './thread.ts';

/** The part of the store that the pool needs. */
export interface SnapshotSource {
  /** `withNotes`: with metadata and exemplars, which few queries need. */
  snapshot(tenant: string, withNotes: boolean): ReadSnapshot | null;
  release(snapshot: ReadSnapshot): void;
}

/** Bounds; may be changed while the pool runs. */
export interface PoolLimits {
  queue: number;
  /** Samples a query may hold in memory at a time. */
  maxSamples: number;
  /** Samples a query may read in all. */
  maxSamplesRead: number;
  maxBytes: number;
  /** Resident memory of the process at which the longest query is ended. */
  maxResidentBytes: number;
}

export interface PoolOptions {
  threads: number;
  heapBytes: number;
  idleMs: number;
  limits: PoolLimits;
  readerModule: string;
  /** For the reader module in every thread. */
  store: unknown;
  snapshots: SnapshotSource;
  log: Log;
  /** After a stop was asked for, a thread has this long before it is ended. */
  graceMs?: number;
}

export interface PoolStats {
  running: number;
  queued: number;
  workers: number;
  /** Since the process began. */
  answered: number;
  refused: number;
  cancelled: number;
  timedOut: number;
  died: number;
}

export interface RunOptions {
  tenant: string;
  timeoutMs: number;
  /** An answer of so many bytes is compressed; none by default. */
  gzipFromBytes?: number;
  /** Aborted when the client has left. */
  signal: AbortSignal;
}

const GRACE_MS = 5000;
/** How often resident memory is looked at while queries run. */
const WATCH_MS = 100;
/** A query without this much growth around it is not ended for want of memory. */
const MIN_GROWTH_BYTES = 64 * 1024 * 1024;
/** A thread with more interned strings is replaced. */
const MAX_SYMBOLS = 2_000_000;

type StopReason = 'cancelled' | 'timed out' | 'too large';

interface Job {
  request: QueryRequest;
  options: RunOptions;
  queuedAt: number;
  thread: QueryThread | undefined;
  /** Resident memory of the process at the last look before the query started. */
  residentAtStart: number;
  stopped: StopReason | undefined;
  grace: NodeJS.Timeout | undefined;
  answer(answer: QueryAnswer): void;
}

export class QueryPool {
  readonly #options: PoolOptions;
  readonly #idle: { thread: QueryThread; timer: NodeJS.Timeout }[] = [];
  readonly #threads = new Set<QueryThread>();
  readonly #queue: Job[] = [];
  readonly #counts = { answered: 0, refused: 0, cancelled: 0, timedOut: 0, died: 0 };
  /** In the order in which they started. */
  readonly #running = new Set<Job>();
  #watch: NodeJS.Timeout | undefined;
  /** Resident memory of the process at the last look, in bytes. */
  #resident = 0;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get limits(): PoolLimits {
    return this.#options.limits;
  }

  stats(): PoolStats {
    const { length: queued } = this.#queue;
    return { running: this.#running.size, queued, workers: this.#threads.size, ...this.#counts };
  }

  /** Always resolves: what went wrong is an answer too. */
  run(request: QueryRequest, options: RunOptions): Promise<QueryAnswer> {
    if (this.#closed) return Promise.resolve(errorAnswer('unavailable', 'shutting down'));
    if (!this.#hasRoom() && this.#queue.length >= this.limits.queue) {
      this.#counts.refused++;
      const text = `${this.#queue.length} queries are waiting already; try again later`;
      return Promise.resolve(errorAnswer('unavailable', text));
    }
    if (options.timeoutMs <= 0) {
      this.#counts.timedOut++;
      return Promise.resolve(errorAnswer('timeout', TIMED_OUT_TEXT));
    }
    return new Promise((resolve) => {
      const onAbort = (): void => this.#stop(job, 'cancelled');
      const timer = setTimeout(() => this.#stop(job, 'timed out'), options.timeoutMs);
      const job: Job = {
        request,
        options,
        queuedAt: performance.now(),
        thread: undefined,
        residentAtStart: 0,
        stopped: undefined,
        grace: undefined,
        answer: (answer) => {
          clearTimeout(timer);
          clearTimeout(job.grace);
          options.signal.removeEventListener('abort', onAbort);
          this.#counts.answered++;
          resolve(answer);
        },
      };
      options.signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(job);
      if (options.signal.aborted) onAbort();
      this.#next();
    });
  }

  /** Stops what runs and ends every thread. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0))
      job.answer(errorAnswer('unavailable', 'shutting down'));
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  #hasRoom(): boolean {
    return this.#idle.length > 0 || this.#threads.size < this.#options.threads;
  }

  #next(): void {
    while (this.#queue.length > 0 && this.#hasRoom() && !this.#closed) {
      const job = this.#queue.shift();
      if (job !== undefined) void this.#start(job, this.#takeThread());
    }
  }

  #takeThread(): QueryThread {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (!idle.thread.ended) return idle.thread;
    }
    const { readerModule, store, heapBytes } = this.#options;
    const thread = new QueryThread({ readerModule, store, heapBytes });
    this.#threads.add(thread);
    void thread.gone.then(() => {
      this.#threads.delete(thread);
      this.#next();
    });
    return thread;
  }

  async #start(job: Job, thread: QueryThread): Promise<void> {
    this.#running.add(job);
    this.#watchMemory();
    job.thread = thread;
    job.residentAtStart = this.#resident;
    let snapshot: ReadSnapshot | null = null;
    try {
      snapshot = this.#options.snapshots.snapshot(job.options.tenant, needsNotes(job.request));
      const { maxSamples, maxSamplesRead, maxBytes } = this.limits;
      const queuedMs = performance.now() - job.queuedAt;
      const limits = { maxSamples, maxSamplesRead, maxBytes };
      const { gzipFromBytes = Number.POSITIVE_INFINITY } = job.options;
      const done = await thread.run({
        request: job.request,
        snapshot,
        limits,
        queuedMs,
        gzipFromBytes,
      });
      if (done.fault !== undefined) this.#options.log.error(`query: ${done.fault}`);
      this.#afterwards(thread, done.fault !== undefined || this.#hasGrown(done));
      job.answer(done.answer);
    } catch (error) {
      this.#afterwards(thread, true);
      job.answer(this.#answerOfDead(job, error));
    } finally {
      this.#running.delete(job);
      if (snapshot !== null) this.#options.snapshots.release(snapshot);
      this.#next();
    }
  }

  #answerOfDead(job: Job, error: unknown): QueryAnswer {
    if (job.stopped === 'cancelled') return errorAnswer('canceled', CANCELLED_TEXT);
    if (job.stopped === 'timed out') return errorAnswer('timeout', TIMED_OUT_TEXT);
    if (job.stopped === 'too large') {
      this.#counts.died++;
      const text = 'the query was ended because the process was running out of memory';
      return errorAnswer('execution', text);
    }
    if (this.#closed) return errorAnswer('unavailable', 'shutting down');
    this.#counts.died++;
    if (error instanceof ThreadDied && error.outOfMemory) {
      const limit = this.#options.heapBytes;
      const text = `the query needs more memory than its thread may use (limit query.worker_heap_bytes ${limit})`;
      return errorAnswer('execution', text);
    }
    this.#options.log.error(
      `query thread: ${error instanceof Error ? error.message : String(error)}`,
    );
    return errorAnswer('internal', 'the query failed in an unexpected way; the log says more');
  }

  #hasGrown(done: { symbols: number; heapBytes: number }): boolean {
    return done.symbols > MAX_SYMBOLS || done.heapBytes > this.#options.heapBytes / 2;
  }

  /** Keeps the thread for the next query, or ends it. */
  #afterwards(thread: QueryThread, retire: boolean): void {
    if (thread.ended) return;
    if (retire || this.#closed) {
      void thread.end();
      return;
    }
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((idle) => idle.thread === thread);
      if (at >= 0) this.#idle.splice(at, 1);
      void thread.end();
    }, this.#options.idleMs);
    timer.unref();
    this.#idle.push({ thread, timer });
  }

  /** Watches while queries run, and until the next look after. */
  #watchMemory(): void {
    if (this.#watch !== undefined) return;
    this.#resident = process.memoryUsage.rss();
    this.#watch = setInterval(() => {
      if (this.#running.size === 0) {
        clearInterval(this.#watch);
        this.#watch = undefined;
        return;
      }
      this.#resident = process.memoryUsage.rss();
      if (this.#resident >= this.limits.maxResidentBytes) this.#endLargest(this.#resident);
    }, WATCH_MS).unref();
  }

  /** The longest query since whose start memory has grown: what an earlier one left behind is no fault of the next. */
  #endLargest(resident: number): void {
    for (const job of this.#running) {
      if (job.stopped === 'too large') return;
      if (job.thread === undefined || resident - job.residentAtStart < MIN_GROWTH_BYTES) continue;
      job.stopped = 'too large';
      void job.thread.end();
      return;
    }
  }

  #stop(job: Job, why: 'cancelled' | 'timed out'): void {
    if (job.stopped !== undefined) return;
    job.stopped = why;
    if (why === 'cancelled') this.#counts.cancelled++;
    else this.#counts.timedOut++;
    const { thread } = job;
    if (thread !== undefined) {
      thread.stop(why);
      // Ending the thread makes its query answer as dead, with the reason that stands in `stopped`.
      const graceMs = this.#options.graceMs ?? GRACE_MS;
      job.grace = setTimeout(() => void thread.end(), graceMs);
      return;
    }
    this.#queue.splice(this.#queue.indexOf(job), 1);
    job.answer(
      why === 'cancelled'
        ? errorAnswer('canceled', 'query was canceled in query queue')
        : errorAnswer('timeout', 'query timed out in query queue'),
    );
  }
}

function needsNotes(request: QueryRequest): boolean {
  return request.kind === 'metadata' || request.kind === 'exemplars';
}
