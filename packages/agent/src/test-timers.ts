/** For tests: a clock that moves only when it is told to. */
import type { Timers } from './clock.ts';

interface Waiting {
  atMs: number;
  run: () => void;
}

export class ManualTimers implements Timers {
  /** A whole day, so that times are multiples of any interval. */
  readonly startMs = 1_700_006_400_000;
  #nowMs = 0;
  #waiting: Waiting[] = [];

  now(): number {
    return this.#nowMs;
  }

  unixMs(): number {
    return this.startMs + this.#nowMs;
  }

  after(ms: number, run: () => void): () => void {
    const waiting = { atMs: this.#nowMs + ms, run };
    this.#waiting.push(waiting);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
    };
  }

  /** Lets time pass and runs what is due, in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (true) {
      const next = this.#waiting.reduce<Waiting | undefined>(
        (first, waiting) => (first === undefined || waiting.atMs < first.atMs ? waiting : first),
        undefined,
      );
      if (next === undefined || next.atMs > endMs) break;
      this.#waiting = this.#waiting.filter((waiting) => waiting !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
    }
    this.#nowMs = endMs;
  }

  /** Lets promises that are settled run what waits for them. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
}
