/**
 * Asks a main thread that does not turn its event loop what it is doing.
 *
 * Model: the main thread's timer writes the time into shared memory every `tickMs`. A worker looks at it every POLL_MS, and again at the right
 * moment when it finds the timer late: so a block of half as long again as `thresholdMs` is seen though looks are rare. When
 * the time written is `thresholdMs` old, the worker evaluates one expression in the main thread over the inspector: V8 runs it as an interrupt, on top of whatever JavaScript is running, so
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
  /** How often `beat` is called. */
  readonly tickMs: number;
  readonly onSample: (sample: StackSample) => void;
  readonly onEnd: () => void;
}

/** Wake-ups are what the worker costs. */
const POLL_MS = 50;
/** Of the threshold: asked a little before it is reached, a block that just reaches it still goes on. */
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
  /** By performance.now(), whole ms; it may wrap around. */
  readonly #beatMs = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  /** Throws when the process may not have a worker. */
  constructor(options: StackWatchOptions) {
    const { thresholdMs, tickMs, onSample, onEnd } = options;
    this.beat();
    this.#worker = new Worker(`(${watch.toString()})()`, {
      eval: true,
      name: 'sightline-stack-watch',
      workerData: {
        beatMs: this.#beatMs,
        thresholdMs: thresholdMs * EARLY,
        tickMs,
        pollMs: POLL_MS,
        // Each thread has a performance.now() of its own; this clock is the same in all.
        nowMs: performance.now(),
        clockNs: process.hrtime.bigint(),
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
    Atomics.store(this.#beatMs, 0, performance.now());
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
  const beatMs: Int32Array = workerData.beatMs;
  const thresholdMs: number = workerData.thresholdMs;
  const tickMs: number = workerData.tickMs;
  const pollMs: number = workerData.pollMs;
  const sinceSentMs = Number(process.hrtime.bigint() - workerData.clockNs) / 1e6;
  const aheadMs: number = workerData.nowMs + sinceSentMs - performance.now();
  const expression: string = workerData.expression;
  const tries: number = workerData.tries;
  const maxSamples: number = workerData.maxSamples;
  let last = 0;
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
  const look = (): void => {
    const beat = Atomics.load(beatMs, 0);
    const ageMs = (((performance.now() + aheadMs) | 0) - beat) | 0;
    if (beat !== last) samples = 0;
    last = beat;
    const blocked = ageMs >= thresholdMs;
    if (blocked && samples < maxSamples && session === undefined) {
      session = new Session();
      session.connectToMainThread();
      ask(tries);
    }
    // Its timer is late: soon it is either there or blocked.
    const late = !blocked && ageMs > tickMs + 1;
    setTimeout(look, late ? Math.max(1, thresholdMs - ageMs) : pollMs);
  };
  look();
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
