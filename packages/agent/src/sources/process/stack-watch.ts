/**
 * Asks a main thread that does not turn its event loop what it is doing.
 *
 * Model: a worker looks at a counter in shared memory that the main thread's timer moves on. When it has stood for `thresholdMs` the worker
 * evaluates one expression in the main thread over the inspector: V8 runs it as an interrupt, on top of whatever JavaScript is running, so
 * the stack of an error made there is the stack of what blocks. No debugger is enabled and nothing is paused or kept, so the main
 * thread pays some tens of microseconds, only when it is blocked. While it is inside native code (a synchronous system call, a long JSON.parse) the
 * interrupt waits for the next JavaScript call: the time in the answer tells whether that was still part of the block.
 *
 * Invariants: a worker that fails ends the watch, not the application; it does not keep the process alive; it loads no module of the
 * application and none of its preloads.
 */
import { Worker } from 'node:worker_threads';

export interface StackSample {
  /** By the main thread's performance.now(). */
  readonly atMs: number;
  /** Most recent call first, `at f (file:line:column)` each. */
  readonly frames: readonly string[];
}

export interface StackWatchOptions {
  readonly thresholdMs: number;
  readonly onSample: (sample: StackSample) => void;
  readonly onEnd: () => void;
}

/** Wake-ups are what the worker costs; a block shorter than two of them may go without a stack. */
const POLL_MS = 50;
/** A counter that stands from one look to the next is asked about, though timers fire a little early. */
const EARLY = 0.8;
const TRIES = 8;
/** Of one block: the first may have been taken just before it. */
const MAX_SAMPLES = 3;
const MAX_FRAMES = 15;
const MAX_FRAME = 300;
/** In MB: what the worker needs is less, what it reserves is this. */
const LIMITS = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 12, stackSizeMb: 1 };

/** prepareStackTrace is the application's: it must not run here. */
const EXPRESSION = `(() => {
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = ${MAX_FRAMES + 5};
  Error.prepareStackTrace = undefined;
  const { stack } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = prepareStackTrace;
  return [performance.now(), stack];
})()`;

export class StackWatch {
  readonly #counter = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  /** Throws when the process may not have a worker. */
  constructor(options: StackWatchOptions) {
    const { thresholdMs, onSample, onEnd } = options;
    const counter = this.#counter;
    this.#worker = new Worker(`(${watch.toString()})()`, {
      eval: true,
      name: 'sightline-stack-watch',
      workerData: {
        counter,
        thresholdMs: thresholdMs * EARLY,
        pollMs: POLL_MS,
        expression: EXPRESSION,
        tries: TRIES,
        maxSamples: MAX_SAMPLES,
      },
      execArgv: [],
      env: {},
      resourceLimits: LIMITS,
    });
    this.#worker.on('message', (answer: unknown) => {
      const sample = sampleOf(answer);
      if (sample !== undefined) onSample(sample);
    });
    this.#worker.on('error', onEnd);
    this.#worker.on('exit', onEnd);
    this.#worker.unref();
  }

  /** The event loop has turned. */
  beat(): void {
    Atomics.add(this.#counter, 0, 1);
  }

  close(): void {
    this.#worker.removeAllListeners();
    this.#worker.on('error', () => {});
    void this.#worker.terminate();
  }
}

/** Runs in the worker, as text: it must not use anything from this module. */
function watch(): void {
  const { Session } = process.getBuiltinModule('node:inspector');
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const counter: Int32Array = workerData.counter;
  const thresholdMs: number = workerData.thresholdMs;
  const expression: string = workerData.expression;
  const tries: number = workerData.tries;
  const maxSamples: number = workerData.maxSamples;
  let last = -1;
  let sinceMs = 0;
  let samples = 0;
  let session: InstanceType<typeof Session> | undefined;
  // Connected for the question only: a process that ends would say that it waits for a debugger.
  const end = (): void => {
    session?.disconnect();
    session = undefined;
  };
  /** Between two microtasks there is no JavaScript on the stack: then it is asked again, a few times a look. */
  const ask = (triesLeft: number): void => {
    session?.post('Runtime.evaluate', { expression, returnByValue: true }, (error, answer) => {
      if (error !== null) return end();
      const value: unknown = answer.result.value;
      const stack = Array.isArray(value) ? String(value[1]) : '';
      // The error's own line, and two of the expression.
      const found = stack.split('\n').length > 3;
      if (found) {
        samples++;
        parentPort?.postMessage(value);
      }
      if (found || triesLeft === 0) end();
      else ask(triesLeft - 1);
    });
  };
  setInterval(() => {
    const nowMs = performance.now();
    const current = Atomics.load(counter, 0);
    if (current !== last) {
      last = current;
      sinceMs = nowMs;
      samples = 0;
    } else if (samples < maxSamples && session === undefined && nowMs - sinceMs >= thresholdMs) {
      session = new Session();
      session.connectToMainThread();
      ask(tries);
    }
  }, workerData.pollMs);
}

function sampleOf(answer: unknown): StackSample | undefined {
  const [atMs, stack] = Array.isArray(answer) ? answer : [];
  if (typeof atMs !== 'number' || typeof stack !== 'string') return undefined;
  const frames = stack
    .split('\n')
    .map((line) => line.trim())
    // The first lines are those of the expression itself.
    .filter((line) => line.startsWith('at ') && !/^at <anonymous>:\d+:\d+$/.test(line))
    .map((line) => line.slice(0, MAX_FRAME));
  return { atMs, frames: frames.slice(0, MAX_FRAMES) };
}
