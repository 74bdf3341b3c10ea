/**
 * Gives back what pieces of work have left, in threads that work now and then.
 *
 * Model: V8 lets typed arrays of 64 MB come together before it collects for their sake, and in a thread that waits it collects nothing.
 * A moment after the last piece of work the nursery is collected (0.3 ms), and with it nearly all arrays of that work. What has lived
 * longer and was then dropped from a cache needs a whole collection (10 to 25 ms, which the next query would wait for): there is one when much
 * has come together since the last and nothing was asked for a while. V8 frees arrays in a thread of its own, so what they take is looked at in the next step. Long work looks now and then itself
 * whether the nursery has become worth collecting.
 *
 * Invariant: everything is collected only while no work is under way; does nothing without `--expose-gc`, which the launcher gives.
 */
import { getHeapStatistics } from 'node:v8';

const STEP_MS = 5;
/** Queries of a page that is being drawn follow each other more closely. */
const QUIET_MS = 150;
/** Bytes outside of the heap that are worth a whole collection. */
const MUCH_BYTES = 6 * 1024 * 1024;
/** Bytes outside of the heap that are worth a collection of the nursery. */
const YOUNG_BYTES = 4 * 1024 * 1024;
/** To ask V8 takes half a microsecond. */
const CALLS_PER_LOOK = 2;

/** Shorter arrays may share their memory with others (Buffer's pool). */
const OWN_BYTES = 64 * 1024;

/**
 * Gives the memory of an array back at once instead of with some collection to come; nobody may use the array from then on. Does nothing
 * for an array that does not fill its memory.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < OWN_BYTES || byteLength * 2 < buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

type Collect = (options: NodeJS.GCOptions) => unknown;

export class WasteCollector {
  readonly #gc: Collect | undefined;
  readonly #outside: () => number;
  #timer: NodeJS.Timeout | undefined;
  /** The least that was seen outside of the heap since the last whole collection: what it freed goes little by little. */
  #kept = 0;
  /** The least that was seen since the nursery was collected last, or what there was then. */
  #young = Number.POSITIVE_INFINITY;
  #calls = 0;

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

  /** To be called while work is under way, once for every few hundred kilobytes of arrays. */
  working(): void {
    if (this.#gc === undefined || ++this.#calls % CALLS_PER_LOOK !== 0) return;
    const outside = this.#outside();
    if (outside < this.#young) this.#young = outside;
    if (outside < this.#young + YOUNG_BYTES) return;
    this.#young = outside;
    this.#gc({ type: 'minor', execution: 'sync' });
  }

  #next(step: () => void, waitMs = STEP_MS): void {
    clearTimeout(this.#timer);
    if (this.#gc !== undefined) this.#timer = setTimeout(step, waitMs).unref();
  }

  #collectYoung(): void {
    this.#gc?.({ type: 'minor', execution: 'sync' });
    this.#next(() => this.#collectAll(), QUIET_MS);
  }

  #collectAll(): void {
    const outside = this.#outside();
    this.#kept = Math.min(this.#kept, outside);
    if (outside < this.#kept + MUCH_BYTES) return;
    this.#gc?.({ type: 'major', execution: 'sync' });
    this.#kept = outside;
    this.#next(() => {
      this.#kept = Math.min(this.#kept, this.#outside());
    });
  }
}
