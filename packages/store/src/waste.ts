/**
 * Gives back what pieces of work have left, in threads that work now and then.
 *
 * Model: V8 lets typed arrays of 64 MB come together before it collects for their sake, and in a thread that waits it collects nothing.
 * A moment after the last piece of work the nursery is collected (0.3 ms), and with it nearly all arrays of that work. What has lived
 * longer and was then dropped from a cache needs a whole collection (10 to 25 ms): there is one when much has come together since the
 * last. V8 frees arrays in a thread of its own, so what they take is looked at in the next step.
 *
 * Invariant: never while work is under way; does nothing without `--expose-gc`, which the launcher gives.
 */
import { getHeapStatistics } from 'node:v8';

const STEP_MS = 25;
/** Bytes outside of the heap that are worth a whole collection. */
const MUCH_BYTES = 16 * 1024 * 1024;

type Collect = (options: NodeJS.GCOptions) => unknown;

export class WasteCollector {
  readonly #gc: Collect | undefined;
  readonly #outside: () => number;
  #timer: NodeJS.Timeout | undefined;
  /** Bytes outside of the heap after the last whole collection. */
  #kept = 0;

  constructor(
    gc: Collect | undefined = globalThis.gc,
    outside = () => getHeapStatistics().external_memory,
  ) {
    this.#gc = gc;
    this.#outside = outside;
  }

  /** To be called whenever a piece of work is done. */
  workDone(): void {
    this.#next(() => this.#collectYoung());
  }

  #next(step: () => void): void {
    clearTimeout(this.#timer);
    if (this.#gc !== undefined) this.#timer = setTimeout(step, STEP_MS).unref();
  }

  #collectYoung(): void {
    this.#gc?.({ type: 'minor', execution: 'sync' });
    this.#next(() => this.#collectAll());
  }

  #collectAll(): void {
    if (this.#outside() < this.#kept + MUCH_BYTES) return;
    this.#gc?.({ type: 'major', execution: 'sync' });
    this.#next(() => {
      this.#kept = this.#outside();
    });
  }
}
