/**
 * Which lines are looked at: all of them at a moderate rate, every k-th (counted k times) above.
 *
 * Model: time is cut into windows of 100 ms. k is chosen at the beginning of a window by how many lines the last one had, and doubled
 * within a window each time as many lines were taken as a window may have.
 */

const WINDOW_MS = 100;

export class Sampler {
  readonly #linesPerWindow: number;
  #windowEndMs = 0;
  #seen = 0;
  #taken = 0;
  /** Lines to pass over before the next one is taken. */
  #skip = 0;
  /** Of how many lines each that is taken stands. */
  weight = 1;

  constructor(linesPerSecond: number) {
    this.#linesPerWindow = Math.max(1, (linesPerSecond * WINDOW_MS) / 1000);
  }

  /** Told before the lines of a batch; `nowMs` never goes back. */
  begin(lines: number, nowMs: number): void {
    if (nowMs >= this.#windowEndMs) {
      const idle = nowMs >= this.#windowEndMs + WINDOW_MS;
      const before = idle ? 0 : this.#seen;
      this.weight = Math.max(1, Math.ceil(before / this.#linesPerWindow));
      this.#windowEndMs = nowMs + WINDOW_MS;
      this.#seen = 0;
      this.#taken = 0;
    }
    this.#seen += lines;
  }

  /** The first row of a batch to take; `next` gives those that follow. */
  first(): number {
    return this.#skip;
  }

  /** The row to take after `row`; `weight` is that of `row` until this is called. */
  next(row: number): number {
    if (++this.#taken >= this.#linesPerWindow) {
      this.#taken = 0;
      this.weight *= 2;
    }
    return row + this.weight;
  }

  /** Told what `next` (or `first`) gave past the end of a batch of `lines`. */
  end(row: number, lines: number): void {
    this.#skip = row - lines;
  }
}
