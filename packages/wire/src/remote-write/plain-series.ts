/**
 * The way of nearly every series of a remote-write 1.0 request: labels, then float samples, found and hashed by the intake kernel.
 *
 * Model: the kernel scans ahead over as many plain series as its regions hold; here each asks the resolver by its hash and its rows are
 * copied into the batch. A series that cannot be registered, or has a sample outside the limits, goes the general way, which has
 * the words for it.
 *
 * Invariant: the kernel hashes with its own function, so its forms are distinct from those of the general way: a series that is sent
 * both ways has two forms and one handle.
 */
import { type IntakeKernel, intakeKernel, SERIES_WORDS } from '../kernel/kernel.ts';
import { KIND_FLOAT, type MetricBatch } from '../model/batch.ts';
import { hashWords } from '../model/hash.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';

/** What the general way does for this one; positions are offsets in the body. */
export interface GeneralWay {
  /** Counts points against the bound of the request. Throws RequestLimitError. */
  admit(points: number): void;
  /** Registers the series under the form in `hashWords`; 0 when it is refused. */
  register(start: number, end: number): number;
  /** Takes the whole series. */
  series(start: number, end: number): void;
}

export class PlainSeries {
  /** Samples accepted. */
  samples = 0;
  readonly #kernel: IntakeKernel;
  readonly #body: Uint8Array;
  readonly #resolver: SeriesResolver;
  readonly #limits: DecodeLimits;
  readonly #batch: MetricBatch;
  readonly #general: GeneralWay;

  /** null when the body does not lie in the kernel's memory. */
  static over(
    body: Uint8Array,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
    general: GeneralWay,
  ): PlainSeries | null {
    const kernel = intakeKernel();
    return kernel.holds(body)
      ? new PlainSeries(kernel, body, resolver, limits, batch, general)
      : null;
  }

  private constructor(
    kernel: IntakeKernel,
    body: Uint8Array,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
    general: GeneralWay,
  ) {
    this.#kernel = kernel;
    this.#body = body;
    this.#resolver = resolver;
    this.#limits = limits;
    this.#batch = batch;
    this.#general = general;
  }

  /** Takes plain series from `at` on; returns where the first message that is none of them begins, or the body's length. */
  take(at: number): number {
    const kernel = this.#kernel;
    const body = this.#body;
    while (at < body.length) {
      const count = kernel.scan(body, at, body.length);
      if (count === 0) return at;
      this.#general.admit(this.#takeScanned(count));
      at = kernel.scannedTo(body);
    }
    return at;
  }

  /** Takes what the kernel has found; gives the number of points that did not go the general way. */
  #takeScanned(count: number): number {
    const { words, numbers, seriesAt, timesAt, valuesAt, rows } = this.#kernel;
    const { minTime, maxTime } = this.#limits;
    const resolver = this.#resolver;
    const batch = this.#batch;
    const from = batch.n;
    batch.reserve(from + rows);
    let { series, t, lo, hi, kind, st } = batch;
    let n = from;
    let plain = 0;
    for (let i = 0; i < count; i++) {
      const record = seriesAt + i * SERIES_WORDS;
      const firstRow = words[record + 2];
      const endRow = i + 1 < count ? words[record + SERIES_WORDS + 2] : rows;
      let handle = 0;
      if (isWithin(numbers, timesAt + firstRow, timesAt + endRow, minTime, maxTime)) {
        hashWords[0] = words[record + 4];
        hashWords[1] = words[record + 5];
        hashWords[2] = words[record + 6];
        hashWords[3] = words[record + 7];
        handle = resolver.lookup();
        if (handle === 0) handle = this.#register(record);
      }
      if (handle === 0) {
        batch.n = n;
        this.#takeGeneral(record);
        n = batch.n;
        batch.reserve(n + rows - endRow);
        ({ series, t, lo, hi, kind, st } = batch);
        continue;
      }
      for (let row = firstRow; row < endRow; row++) {
        series[n] = handle;
        t[n] = numbers[timesAt + row];
        kind[n] = KIND_FLOAT;
        lo[n] = words[valuesAt + row * 2];
        hi[n] = words[valuesAt + row * 2 + 1];
        st[n] = 0;
        n++;
      }
      plain += endRow - firstRow;
    }
    batch.n = n;
    this.samples += plain;
    return plain;
  }

  #register(record: number): number {
    const { words } = this.#kernel;
    const { byteOffset } = this.#body;
    return this.#general.register(words[record] - byteOffset, words[record + 1] - byteOffset);
  }

  #takeGeneral(record: number): void {
    const { words } = this.#kernel;
    const { byteOffset } = this.#body;
    this.#general.series(words[record] - byteOffset, words[record + 1] - byteOffset);
  }
}

/** Whether numbers[from, to) all lie in [min, max]. */
function isWithin(
  numbers: Float64Array,
  from: number,
  to: number,
  min: number,
  max: number,
): boolean {
  for (let i = from; i < to; i++) if (numbers[i] < min || numbers[i] > max) return false;
  return true;
}
