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
      const { words, seriesAt, rows } = kernel;
      for (let i = 0; i < count; i++) {
        const record = seriesAt + i * SERIES_WORDS;
        const endRow = i + 1 < count ? words[record + SERIES_WORDS + 2] : rows;
        this.#one(record, words[record + 2], endRow);
      }
      at = kernel.scannedTo(body);
    }
    return at;
  }

  #one(record: number, firstRow: number, endRow: number): void {
    const { words } = this.#kernel;
    const start = words[record] - this.#body.byteOffset;
    const end = words[record + 1] - this.#body.byteOffset;
    const series = this.#timely(firstRow, endRow) ? this.#resolve(record, start, end) : 0;
    if (series === 0) {
      this.#general.series(start, end);
      return;
    }
    this.#general.admit(endRow - firstRow);
    this.#copyRows(series, firstRow, endRow);
  }

  /** The handle of the series, registered when it is new; 0 when it is refused. */
  #resolve(record: number, start: number, end: number): number {
    this.#setForm(record);
    const known = this.#resolver.lookup();
    return known !== 0 ? known : this.#general.register(start, end);
  }

  #setForm(record: number): void {
    const { words } = this.#kernel;
    hashWords[0] = words[record + 4];
    hashWords[1] = words[record + 5];
    hashWords[2] = words[record + 6];
    hashWords[3] = words[record + 7];
  }

  #timely(firstRow: number, endRow: number): boolean {
    const { numbers, timesAt } = this.#kernel;
    const { minTime, maxTime } = this.#limits;
    for (let row = firstRow; row < endRow; row++) {
      const t = numbers[timesAt + row];
      if (t < minTime || t > maxTime) return false;
    }
    return true;
  }

  #copyRows(series: number, firstRow: number, endRow: number): void {
    const { numbers, words, timesAt, valuesAt } = this.#kernel;
    const batch = this.#batch;
    for (let from = firstRow; from < endRow; from++) {
      const row = batch.row();
      batch.series[row] = series;
      batch.t[row] = numbers[timesAt + from];
      batch.kind[row] = KIND_FLOAT;
      batch.lo[row] = words[valuesAt + from * 2];
      batch.hi[row] = words[valuesAt + from * 2 + 1];
      batch.st[row] = 0;
    }
    this.samples += endRow - firstRow;
  }
}
