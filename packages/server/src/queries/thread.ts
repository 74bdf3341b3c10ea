/**
 * One worker thread of the pool, as the main thread sees it.
 *
 * Model: idle -> `run` -> busy -> answered -> idle; from any state -> ended (by us, by a crash, or out of memory). The control word
 * stops a running query at its next poll; `end` stops the thread itself.
 *
 * Invariants: one query at a time; `run` settles exactly once and only when the thread no longer reads the snapshot; after
 * `ended` nothing runs.
 */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { CANCELLED, RUNNING, TIMED_OUT } from './budget.ts';
import type { AnswerMessage, QueryThreadData, RunMessage } from './requests.ts';

export interface ThreadOptions {
  readerModule: string;
  store: unknown;
  heapBytes: number;
}

export class ThreadDied extends Error {
  override readonly name = 'ThreadDied';
  readonly outOfMemory: boolean;
  constructor(message: string, outOfMemory: boolean) {
    super(message);
    this.outOfMemory = outOfMemory;
  }
}

/** Beside this file: `worker.ts` from the sources, `worker.js` from the build. */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js',
  import.meta.url,
);
const MIB = 1024 * 1024;
/** New objects live here first; the rest of the heap is the old space. */
const YOUNG_MIB = 8;
/**
 * The nursery that the process is started with is made for its main thread and would hold for every thread, above the limit that
 * a thread is given: queries would take twice as long. This takes it back for threads that start from now on.
 */
const OWN_NURSERY = '--max-semi-space-size=0';
/** A nursery of that size is worth collecting with several threads, which the process is started without. */
const OWN_COLLECTION = '--parallel-scavenge';

export class QueryThread {
  readonly #worker: Worker;
  readonly #control: Int32Array<SharedArrayBuffer>;
  #settle: ((result: AnswerMessage | ThreadDied) => void) | undefined;
  #failure: ThreadDied | undefined;
  /** Resolves when the thread is gone, for whatever reason. */
  readonly gone: Promise<void>;
  ended = false;

  constructor(options: ThreadOptions) {
    const control = new SharedArrayBuffer(4);
    this.#control = new Int32Array(control);
    const data: QueryThreadData = {
      readerModule: options.readerModule,
      store: options.store,
      control,
    };
    setFlagsFromString(OWN_NURSERY);
    setFlagsFromString(OWN_COLLECTION);
    this.#worker = new Worker(WORKER, {
      workerData: data,
      name: 'query',
      resourceLimits: {
        maxOldGenerationSizeMb: Math.ceil(options.heapBytes / MIB),
        maxYoungGenerationSizeMb: YOUNG_MIB,
      },
    });
    this.#worker.on('message', (message: AnswerMessage) => this.#finish(message));
    this.#worker.on('messageerror', (error) => this.#fail(error));
    this.#worker.on('error', (error) => this.#fail(error));
    this.gone = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.ended = true;
        this.#finish(this.#failure ?? new ThreadDied('the query thread ended', false));
        resolve();
      });
    });
    // Idle threads must not keep the process alive.
    this.#worker.unref();
  }

  /** Resolves with the answer; rejects with ThreadDied. */
  run(message: RunMessage): Promise<AnswerMessage> {
    Atomics.store(this.#control, 0, RUNNING);
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#settle = (result) => {
        this.#worker.unref();
        if (result instanceof ThreadDied) reject(result);
        else resolve(result);
      };
      this.#worker.postMessage(message);
    });
  }

  /** Asks the running query to stop. */
  stop(why: 'cancelled' | 'timed out'): void {
    const word = why === 'cancelled' ? CANCELLED : TIMED_OUT;
    Atomics.compareExchange(this.#control, 0, RUNNING, word);
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.#worker.terminate();
    await this.gone;
  }

  #finish(result: AnswerMessage | ThreadDied): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(result);
  }

  /** The thread is about to exit; the query is answered then. */
  #fail(error: unknown): void {
    const outOfMemory =
      error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#failure = new ThreadDied(text, outOfMemory);
    this.ended = true;
  }
}
