/**
 * Calls that block the event loop, with what they were doing.
 *
 * Model: two states. Quiet: nothing runs here; with each collection the longest delay that the process source's histogram has seen is
 * looked at, and when it was a block, the watch begins. Watching: a timer of TICK_MS tells each block by its lateness (within half a
 * tick), and once one has happened a worker is there to read stacks (stack-watch.ts). A stack belongs to a block when it was taken during
 * it; the event waits for it, WAIT_MS at most: on a busy machine the worker may get its turn late. After QUIET_MS without a block all is
 * quiet again. So what does not block costs nothing, and the first block of all has no stack. What happens while the application is still loading does not count, nor does a timer that was late though
 * the loop had nothing to do: then the process has had to wait for a processor, and no call is to blame.
 *
 * Invariants: at most MAX_EVENTS events a collection, the rest is counted; a process that is being debugged is left alone.
 */
import { type Clock, systemClock } from '../../clock.ts';
import { type Instrument, InstrumentSet, type Point } from '../../metrics.ts';
import type { AgentEvent, Metric, MonitoringSource, Priority } from '../../source.ts';
import { type StackSample, StackWatch } from './stack-watch.ts';

export interface BlockingSourceOptions {
  /** 10,000 by default. */
  intervalMs?: number;
  /** Calls that block for this long are told; 50 by default. */
  blockedMs?: number;
  /** False: blocks are told without stacks. */
  stacks?: boolean;
  /** Longest delay of the event loop since the last call. Without it, the watch is always on. */
  takeLongestDelayMs?: () => number;
  emit: (event: AgentEvent) => void;
  /** Of another clock than the system's, stacks are not found. */
  clock?: Clock;
}

const TICK_MS = 25;
const LOADING_MS = 10_000;
const QUIET_MS = 10 * 60_000;
/** Not collected for so long, the source has been switched off: then nothing watches. */
const ABANDONED_MS = 5 * 60_000;
const WAIT_MS = 150;
/** Part of a block that the loop must have been at work. */
const LEAST_ACTIVE = 0.5;
const MAX_EVENTS = 10;
/** The newest: those of the next block may be there before the last one is told. */
const MAX_SAMPLES = 16;
/** Seconds. */
const BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Block {
  readonly fromMs: number;
  readonly toMs: number;
  readonly durationMs: number;
}

export class BlockingSource implements MonitoringSource {
  readonly id = 'process.blocking';
  readonly name = 'Blocking calls';
  readonly priority: Priority = 'medium';
  readonly intervalMs: number;
  readonly instruments: readonly Instrument[];
  enabled = true;
  readonly #blockedMs: number;
  readonly #stacks: boolean;
  readonly #takeLongestDelayMs: (() => number) | undefined;
  readonly #emit: (event: AgentEvent) => void;
  readonly #set = new InstrumentSet();
  readonly #count: Point;
  readonly #durations: Instrument;
  readonly #duration: Point;
  readonly #clock: Clock;
  readonly #startMs: number;
  #collectedMs = 0;
  /** While watching. */
  #timer: NodeJS.Timeout | undefined;
  #tickedMs = 0;
  #activeMs = 0;
  #blockedAtMs = 0;
  #watch: StackWatch | undefined;
  #watchFailed = false;
  #samples: StackSample[] = [];
  #waiting: Block[] = [];
  #told = 0;

  constructor(options: BlockingSourceOptions) {
    this.intervalMs = options.intervalMs ?? 10_000;
    this.#blockedMs = options.blockedMs ?? 50;
    this.#stacks = options.stacks ?? true;
    this.#takeLongestDelayMs = options.takeLongestDelayMs;
    this.#emit = options.emit;
    this.#clock = options.clock ?? systemClock;
    this.#startMs = this.#clock.now();
    this.#count = this.#set
      .counter(
        'nodejs.eventloop.blocks',
        '{block}',
        'Times the event loop was blocked; of those before the watch began only the longest of a collection is seen.',
      )
      .point();
    this.#count.set(0);
    this.#durations = this.#set.histogram(
      'nodejs.eventloop.block.duration',
      's',
      'How long the event loop was blocked, each time.',
      BOUNDS,
    );
    this.#duration = this.#durations.point();
    this.instruments = this.#set.instruments;
    if (this.#takeLongestDelayMs === undefined) {
      this.#collectedMs = this.#startMs;
      this.#beginWatch();
    }
  }

  collect(): readonly Metric[] {
    this.#told = 0;
    const nowMs = this.#clock.now();
    const loading = this.#collectedMs < this.#startMs + LOADING_MS;
    this.#collectedMs = nowMs;
    const longestMs = this.#takeLongestDelayMs?.();
    if (longestMs === undefined) {
      if (this.#timer === undefined) this.#beginWatch();
    } else if (this.#timer !== undefined) {
      if (nowMs - this.#blockedAtMs > QUIET_MS) this.#endWatch();
    } else if (!loading && longestMs >= this.#blockedMs && !isDebugged()) {
      this.#record(longestMs);
      this.#emit(blockedEvent(longestMs, []));
      this.#beginWatch();
    }
    return this.#set.present();
  }

  close(): void {
    this.#endWatch();
  }

  #beginWatch(): void {
    this.#tickedMs = this.#clock.now();
    this.#blockedAtMs = this.#tickedMs;
    this.#activeMs = activeMs();
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  #endWatch(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watch?.close();
    this.#watch = undefined;
    this.#samples = [];
  }

  #tick(): void {
    const nowMs = this.#clock.now();
    const fromMs = this.#tickedMs;
    this.#tickedMs = nowMs;
    this.#watch?.beat();
    if (this.#waiting.length > 0) this.#tell(nowMs);
    const durationMs = nowMs - fromMs - TICK_MS / 2;
    const before = this.#activeMs;
    this.#activeMs = activeMs();
    const worked = this.#activeMs - before >= durationMs * LEAST_ACTIVE;
    if (durationMs >= this.#blockedMs && worked) this.#blocked({ fromMs, toMs: nowMs, durationMs });
    if (nowMs - this.#collectedMs > ABANDONED_MS) this.#endWatch();
  }

  #blocked(block: Block): void {
    if (isDebugged()) return;
    this.#blockedAtMs = block.toMs;
    this.#record(block.durationMs);
    if (this.#waiting.length < MAX_EVENTS) this.#waiting.push(block);
    if (this.#stacks) this.#startStacks();
  }

  #record(durationMs: number): void {
    this.#count.set(this.#count.value + 1);
    this.#durations.observe(this.#duration, durationMs / 1000);
  }

  /** Those whose stack is there, and those that have waited for it long enough. */
  #tell(nowMs: number): void {
    const waiting: Block[] = [];
    for (const block of this.#waiting) {
      const sample = this.#samples.find(({ atMs }) => atMs >= block.fromMs && atMs <= block.toMs);
      if (sample === undefined && this.#watch !== undefined && nowMs - block.toMs < WAIT_MS) {
        waiting.push(block);
      } else if (this.#told++ < MAX_EVENTS) {
        this.#emit(blockedEvent(block.durationMs, sample?.frames ?? []));
      }
    }
    this.#waiting = waiting;
  }

  #startStacks(): void {
    if (this.#watch !== undefined || this.#watchFailed) return;
    const end = (): void => {
      this.#watch = undefined;
      this.#watchFailed = true;
    };
    try {
      this.#watch = new StackWatch({
        thresholdMs: this.#blockedMs,
        tickMs: TICK_MS,
        onSample: (sample) => {
          this.#samples.push(sample);
          if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
        },
        onEnd: end,
      });
    } catch {
      // The permission model may forbid workers: blocks are told without stacks.
      end();
    }
  }
}

/** Time in all that the event loop was not waiting for something to do. */
function activeMs(): number {
  return performance.eventLoopUtilization().active;
}

/** Somebody who stops at a breakpoint blocks on purpose. */
function isDebugged(): boolean {
  try {
    return process.getBuiltinModule('node:inspector').url() !== undefined;
  } catch {
    // Node may be built without it.
    return false;
  }
}

/** The calls of Node's own code stand above the application's that made them. */
const INTERNAL = /\(?(?:node:|<anonymous>|native )/;

function blockedEvent(durationMs: number, frames: readonly string[]): AgentEvent {
  const ms = Math.round(durationMs);
  const culprit = frames.find((frame) => !INTERNAL.test(frame));
  const where = culprit?.replace(/^at /, '') ?? '';
  const [, name = '', file = '', line = ''] =
    /^at (?:(.*?) \()?(.*?):(\d+):\d+\)?$/.exec(culprit ?? '') ?? [];
  return {
    name: 'process.blocked',
    severity: 'warn',
    message: `The event loop was blocked for ${ms} ms${where === '' ? '' : ` in ${where}`}.`,
    attributes: {
      'process.blocked.duration_ms': ms,
      'code.stacktrace': frames.join('\n'),
      'code.function.name': name,
      'code.file.path': file,
      ...(line === '' ? {} : { 'code.line.number': Number(line) }),
    },
  };
}
