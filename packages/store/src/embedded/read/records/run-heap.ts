/** Runs of log records in a heap, the one with the next row on top. */
import type { LogRun } from './log-run.ts';

export class RunHeap {
  readonly #backward: boolean;
  readonly #runs: LogRun[] = [];

  constructor(backward: boolean) {
    this.#backward = backward;
  }

  get top(): LogRun | undefined {
    return this.#runs[0];
  }

  clear(): void {
    this.#runs.length = 0;
  }

  /** Adds a run that has rows left. */
  push(run: LogRun): void {
    const runs = this.#runs;
    let at = runs.length;
    runs.push(run);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(run, runs[parent])) break;
      runs[at] = runs[parent];
      at = parent;
    }
    runs[at] = run;
  }

  /** Takes the top away. */
  pop(): void {
    const last = this.#runs.pop();
    if (last === undefined || this.#runs.length === 0) return;
    this.#runs[0] = last;
    this.sink();
  }

  /** Puts the top, whose next row is another now, where it belongs. */
  sink(): void {
    const runs = this.#runs;
    const run = runs[0];
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= runs.length) break;
      if (child + 1 < runs.length && this.#isBefore(runs[child + 1], runs[child])) child++;
      if (!this.#isBefore(runs[child], run)) break;
      runs[at] = runs[child];
      at = child;
    }
    runs[at] = run;
  }

  #isBefore(a: LogRun, b: LogRun): boolean {
    const difference = a.hi[a.at] - b.hi[b.at] || a.lo[a.at] - b.lo[b.at];
    if (difference !== 0) return this.#backward ? difference > 0 : difference < 0;
    return a.rank < b.rank;
  }
}
