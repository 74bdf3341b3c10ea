/**
 * Log records in the order of their times, over blocks of files and the head.
 *
 * Model: blocks wait, in order of their time ranges, until the cursor comes to their range; only then are they read and the rows that
 * are asked for become a run (log-run.ts). Runs are merged by a heap. Of the same record in several runs the first is shown.
 *
 * Invariant: no row of a waiting block comes before the top of the heap.
 */
import type { Labels } from '../../../labels.ts';
import type { LogRequest, LogRows } from '../../../records.ts';
import type { RecordInputs } from './inputs.ts';
import { BlockLogs, HeldBlocks } from './log-block-source.ts';
import { LogFilter } from './log-filter.ts';
import { HeadLogs } from './log-head.ts';
import { LogRun, type WantsField } from './log-run.ts';
import { RunHeap } from './run-heap.ts';
import { ShownTies } from './shown-ties.ts';
import { type WaitingBlock, waitingBlocks } from './waiting-blocks.ts';

const MS_PER_HI = 2 ** 32 / 1e6;

/** About the time in Unix ms, exact to a microsecond. */
export function aboutMs(lo: number, hi: number): number {
  return hi * MS_PER_HI + lo / 1e6;
}

export function readLogs(inputs: RecordInputs, request: LogRequest): LogRows {
  return new MergedLogs(inputs, request);
}

class MergedLogs implements LogRows {
  readonly #inputs: RecordInputs;
  readonly #request: LogRequest;
  readonly #filter: LogFilter;
  readonly #backward: boolean;
  readonly #wants: WantsField;
  /** The next one last. */
  readonly #waiting: WaitingBlock[];
  readonly #heap: RunHeap;
  readonly #held = new HeldBlocks();
  readonly #ties = new ShownTies();
  #run: LogRun | undefined;
  #index = 0;

  constructor(inputs: RecordInputs, request: LogRequest) {
    const { backward, budget } = request;
    this.#inputs = inputs;
    this.#request = request;
    this.#backward = backward;
    this.#wants = request.wantsField ?? null;
    this.#filter = new LogFilter(request, inputs);
    this.#heap = new RunHeap(backward);
    this.#waiting = this.#filter.isEmpty ? [] : waitingBlocks(inputs, this.#filter, backward);
    if (this.#filter.isEmpty) return;
    for (const head of inputs.head) {
      budget.poll();
      budget.addSamples(head.rows);
      const source = new HeadLogs(head);
      const rows = source.rows(this.#filter);
      this.#add(new LogRun(source, rows, head.number, backward, this.#wants));
    }
  }

  #add(run: LogRun): void {
    if (run.length > 0) this.#heap.push(run);
  }

  next(): boolean {
    for (;;) {
      const run = this.#pull();
      if (run === undefined) {
        this.#run = undefined;
        return false;
      }
      if (this.#ties.isRepeat(run, this.#index)) continue;
      this.#run = run;
      return true;
    }
  }

  /** The run with the next row, whose index is then in `#index`. */
  #pull(): LogRun | undefined {
    this.#open();
    const run = this.#heap.top;
    if (run === undefined) return undefined;
    this.#index = run.at++;
    if (run.at < run.length) this.#heap.sink();
    else this.#heap.pop();
    return run;
  }

  /** Opens the blocks that may have a row before the top of the heap. */
  #open(): void {
    const waiting = this.#waiting;
    for (let next = waiting.at(-1); next !== undefined; next = waiting.at(-1)) {
      const { top } = this.#heap;
      if (top !== undefined) {
        const now = aboutMs(top.lo[top.at], top.hi[top.at]);
        if (this.#backward ? next.info.tMax < now : next.info.tMin > now) return;
      }
      waiting.pop();
      this.#openBlock(next);
    }
  }

  #openBlock({ file, info, wanted, order }: WaitingBlock): void {
    const { budget } = this.#request;
    budget.poll();
    budget.addSamples(info.rows);
    if (!this.#filter.mayHave(file.filters(info))) return;
    const rows = this.#filter.rows(this.#held.get(file, info.id), wanted);
    if (rows === null) {
      this.#held.foundNothing(file, info.id);
      return;
    }
    const source = new BlockLogs(file, info.id, this.#held);
    this.#add(new LogRun(source, rows, order, this.#backward, this.#wants));
  }

  get #shown(): LogRun {
    if (this.#run === undefined) throw new Error('no record is shown');
    return this.#run;
  }

  get stream(): Labels {
    return this.#inputs.labels(this.#shown.streams[this.#index]);
  }

  get tLo(): number {
    return this.#shown.lo[this.#index];
  }

  get tHi(): number {
    return this.#shown.hi[this.#index];
  }

  get severity(): number {
    return this.#shown.severities[this.#index];
  }

  get traceId(): string {
    return this.#shown.traceId(this.#index);
  }

  get spanId(): string {
    return this.#shown.spanId(this.#index);
  }

  get body(): string {
    return this.#shown.body(this.#index);
  }

  get fields(): readonly string[] {
    return this.#shown.fields(this.#index);
  }

  close(): void {
    this.#waiting.length = 0;
    this.#heap.clear();
    this.#held.clear();
    this.#run = undefined;
  }
}
