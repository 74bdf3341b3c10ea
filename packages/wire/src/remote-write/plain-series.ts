/**
 * The way of nearly every series of a remote-write 1.0 request: labels, then float samples, found and hashed by the intake kernel.
 *
 * Model: the kernel scans ahead over as many plain series as its regions hold; here each asks the resolver by its hash, and the columns
 * of rows are copied into the batch as a whole. Where a series cannot be registered, or a sample is outside the limits, they are taken
 * one by one and that series goes the general way, which has the words for it.
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
    const { minTime, maxTime } = this.#limits;
    let plain = 0;
    if (this.#kernel.isWithin(minTime, maxTime) && this.#takeWhole(count))
      plain = this.#kernel.rows;
    else plain = this.#takeOneByOne(count);
    this.samples += plain;
    return plain;
  }

  /** All rows at once, when every series has a handle; else the batch is as before and the answer false. */
  #takeWhole(count: number): boolean {
    const { words, numbers, seriesAt, timesAt, lowsAt, highsAt, rows } = this.#kernel;
    const resolver = this.#resolver;
    const batch = this.#batch;
    const from = batch.n;
    batch.reserve(from + rows);
    const { series } = batch;
    for (let i = 0; i < count; i++) {
      const record = seriesAt + i * SERIES_WORDS;
      hashWords[0] = words[record + 4];
      hashWords[1] = words[record + 5];
      hashWords[2] = words[record + 6];
      hashWords[3] = words[record + 7];
      let handle = resolver.lookup();
      if (handle === 0) handle = this.#register(record);
      if (handle === 0) return false;
      const endRow = from + (i + 1 < count ? words[record + SERIES_WORDS + 2] : rows);
      for (let row = from + words[record + 2]; row < endRow; row++) series[row] = handle;
    }
    batch.t.set(numbers.subarray(timesAt, timesAt + rows), from);
    batch.lo.set(words.subarray(lowsAt, lowsAt + rows), from);
    batch.hi.set(words.subarray(highsAt, highsAt + rows), from);
    batch.kind.fill(KIND_FLOAT, from, from + rows);
    batch.st.fill(0, from, from + rows);
    batch.n = from + rows;
    return true;
  }

  #takeOneByOne(count: number): number {
    const { words, seriesAt, rows } = this.#kernel;
    let plain = 0;
    for (let i = 0; i < count; i++) {
      const record = seriesAt + i * SERIES_WORDS;
      const firstRow = words[record + 2];
      const endRow = i + 1 < count ? words[record + SERIES_WORDS + 2] : rows;
      const handle = this.#isTimely(firstRow, endRow) ? this.#handleOf(record) : 0;
      if (handle === 0) this.#takeGeneral(record);
      else {
        this.#copyRows(handle, firstRow, endRow);
        plain += endRow - firstRow;
      }
    }
    return plain;
  }

  #isTimely(firstRow: number, endRow: number): boolean {
    const { numbers, timesAt } = this.#kernel;
    const { minTime, maxTime } = this.#limits;
    for (let row = timesAt + firstRow; row < timesAt + endRow; row++) {
      if (numbers[row] < minTime || numbers[row] > maxTime) return false;
    }
    return true;
  }

  /** The handle of the series, registered when it is new; 0 when it is refused. */
  #handleOf(record: number): number {
    const { words } = this.#kernel;
    hashWords.set(words.subarray(record + 4, record + 8));
    const known = this.#resolver.lookup();
    return known !== 0 ? known : this.#register(record);
  }

  #copyRows(handle: number, firstRow: number, endRow: number): void {
    const { numbers, words, timesAt, lowsAt, highsAt } = this.#kernel;
    const batch = this.#batch;
    for (let from = firstRow; from < endRow; from++) {
      const row = batch.row();
      batch.series[row] = handle;
      batch.t[row] = numbers[timesAt + from];
      batch.kind[row] = KIND_FLOAT;
      batch.lo[row] = words[lowsAt + from];
      batch.hi[row] = words[highsAt + from];
      batch.st[row] = 0;
    }
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
