/** What a running query may use, and the word through which the main thread stops it. */
import {
  type QueryBudget,
  QueryCancelledError,
  QueryLimitError,
  QueryTimeoutError,
} from '@sightline/store';

export const RUNNING = 0;
export const CANCELLED = 1;
export const TIMED_OUT = 2;

/** Texts of Prometheus (promql/engine.go), as clients know them. */
export const CANCELLED_TEXT = 'query was canceled in expression evaluation';
export const TIMED_OUT_TEXT = 'query timed out in expression evaluation';

export class ThreadBudget implements QueryBudget {
  readonly #control: Int32Array;
  readonly #maxSamplesRead: number;
  readonly #maxBytes: number;
  readonly #onPoll: () => void;
  #bytes = 0;
  /** Samples read so far. */
  samples = 0;
  peakBytes = 0;

  /** `onPoll` is called whenever the query looks whether it shall go on. */
  constructor(
    control: Int32Array,
    maxSamplesRead: number,
    maxBytes: number,
    onPoll: () => void = () => {},
  ) {
    this.#control = control;
    this.#maxSamplesRead = maxSamplesRead;
    this.#maxBytes = maxBytes;
    this.#onPoll = onPoll;
  }

  addSamples(count: number): void {
    this.samples += count;
    if (this.samples > this.#maxSamplesRead) {
      throw new QueryLimitError(
        `the query reads too many samples (limit query.max_samples_read ${this.#maxSamplesRead})`,
      );
    }
  }

  addBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.peakBytes) this.peakBytes = this.#bytes;
    if (this.#bytes > this.#maxBytes) {
      throw new QueryLimitError(
        `the query needs more memory than it may use (limit query.max_bytes ${this.#maxBytes})`,
      );
    }
  }

  poll(): void {
    const state = Atomics.load(this.#control, 0);
    if (state === RUNNING) {
      this.#onPoll();
      return;
    }
    if (state === TIMED_OUT) throw new QueryTimeoutError(TIMED_OUT_TEXT);
    throw new QueryCancelledError(CANCELLED_TEXT);
  }
}
