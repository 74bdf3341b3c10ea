/**
 * What rules have done, and what came of it.
 *
 * Model: an application begins `planned` (dry) or `applied` or `failed` (not one step could be done), is judged once, after the
 * window, by the averages of the window's second half, and may then be `undone`. Invariants: the oldest are forgotten past the bound; ids are never used again.
 */
import type { Vitals } from '../vitals.ts';
import type { Step } from './apply.ts';
import type { Goal } from './rule.ts';
import type { Verdict } from './verdict.ts';
import type { VitalsMean } from './vitals-mean.ts';

export interface Application {
  readonly id: string;
  readonly rule: string;
  readonly ruleName: string;
  /** Unix time, ms. */
  readonly timeMs: number;
  readonly state: 'planned' | 'applied' | 'failed' | 'undone';
  readonly steps: readonly Step[];
  /** Vitals when it was done, and after it had settled. */
  readonly before: Vitals;
  readonly after?: Vitals;
  readonly verdict?: Verdict;
  /** Why it failed. */
  readonly reason?: string;
}

/** An application and what the optimizer needs to judge it. */
export interface Entry {
  application: Application;
  readonly goal: Goal | undefined;
  /** On the monotonic clock: vitals count from the first, it is judged at the first evaluation at or after the second. */
  readonly settledAtMs: number;
  readonly judgeAtMs: number;
  readonly after: VitalsMean;
}

export class History {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  #last = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  nextId(): string {
    this.#last++;
    return String(this.#last);
  }

  add(entry: Entry): void {
    this.#entries.set(entry.application.id, entry);
    for (const id of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) return;
      this.#entries.delete(id);
    }
  }

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Applied and not judged yet. */
  unjudged(): Entry[] {
    return [...this.#entries.values()].filter(
      ({ application }) => application.state === 'applied' && application.verdict === undefined,
    );
  }

  /** Oldest first. */
  list(): Application[] {
    return [...this.#entries.values()].map(({ application }) => application);
  }
}
