/**
 * The points of one series of a remote-write request, both versions: from their messages into the columns of a batch.
 *
 * Sample: value 1 double, timestamp 2 int64 ms, start timestamp 3 int64 ms (2.0 only). Fields with the value 0 are absent.
 *
 * Invariants: value bits are copied as two words; every sample and histogram ends as one row or one refusal; refusals of
 * one series and reason are reported together, and the text of an explanation is only made while it would be kept.
 */
import { KIND_FLOAT, type MetricBatch } from '../model/batch.ts';
import { RequestLimitError } from '../model/decode-error.ts';
import { histogramProblem, MAX_SCHEMA, reduceResolution } from '../model/histogram-check.ts';
import { appendHistogram } from '../model/histogram-record.ts';
import type { RejectReason } from '../model/refusals.ts';
import type { DecodeLimits } from '../model/resolver.ts';
import { ProtobufReader, WIRE_FIXED64, WIRE_VARINT } from '../protobuf/reader.ts';
import { readWireHistogram } from './histogram.ts';

/** What one request brought that was accepted. */
export interface WriteCounts {
  samples: number;
  histograms: number;
  exemplars: number;
}

const MAX_SIDE_BYTES = 64 * 1024 * 1024;

export class PointWriter {
  readonly counts: WriteCounts = { samples: 0, histograms: 0, exemplars: 0 };
  /** For the messages that are not read by hand. */
  readonly reader = new ProtobufReader();
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #batch: MetricBatch;
  readonly #minTime: number;
  readonly #maxTime: number;
  readonly #maxPoints: number;
  /** Points seen, exemplars and metadata included, whether accepted or not. */
  #points = 0;
  // Refusals of the current series.
  #early = 0;
  #late = 0;
  #earlyTime = 0;
  #lateTime = 0;
  #invalid = 0;
  #problem = '';

  constructor(body: Uint8Array, limits: DecodeLimits, batch: MetricBatch) {
    this.reader.reset(body);
    this.#bytes = body;
    this.#view = this.reader.view;
    this.#batch = batch;
    this.#minTime = limits.minTime;
    this.#maxTime = limits.maxTime;
    this.#maxPoints = limits.maxPoints;
  }

  /** Counts points against the bound of the request. Throws RequestLimitError past it. */
  admit(points: number): void {
    this.#points += points;
    if (this.#points > this.#maxPoints) {
      throw new RequestLimitError(`more than ${this.#maxPoints} points in one request`);
    }
  }

  /** Reads the sample message in [at, end) as a point of `series`. */
  sample(series: number, at: number, end: number): void {
    const bytes = this.#bytes;
    const view = this.#view;
    // What nearly every sample looks like: a value and a time between 2^35 and 2^42 ms (1971 to 2109).
    if (
      end - at === 16 &&
      bytes[at] === 0x09 &&
      bytes[at + 9] === 0x10 &&
      (bytes[at + 10] & bytes[at + 11] & bytes[at + 12] & bytes[at + 13] & bytes[at + 14] & 128) !==
        0 &&
      bytes[at + 15] < 128
    ) {
      const t =
        ((bytes[at + 10] & 127) |
          ((bytes[at + 11] & 127) << 7) |
          ((bytes[at + 12] & 127) << 14) |
          ((bytes[at + 13] & 127) << 21)) +
        ((bytes[at + 14] & 127) | (bytes[at + 15] << 7)) * 268435456;
      this.#float(series, t, 0, view.getUint32(at + 1, true), view.getUint32(at + 5, true));
      return;
    }
    this.#unusualSample(series, at, end);
  }

  #unusualSample(series: number, at: number, end: number): void {
    const reader = this.reader;
    reader.within(at, end);
    let low = 0;
    let high = 0;
    let t = 0;
    let st = 0;
    while (reader.next()) {
      if (reader.field === 1) {
        reader.expect(WIRE_FIXED64);
        reader.fixed64();
        low = reader.low;
        high = reader.high;
      } else if (reader.field === 2) {
        reader.expect(WIRE_VARINT);
        t = reader.int64();
      } else if (reader.field === 3) {
        reader.expect(WIRE_VARINT);
        st = reader.int64();
      } else reader.skip();
    }
    this.#float(series, t, st, low, high);
  }

  #float(series: number, t: number, st: number, low: number, high: number): void {
    if (!this.#timely(t)) return;
    const batch = this.#batch;
    const row = batch.row();
    batch.series[row] = series;
    batch.t[row] = t;
    batch.kind[row] = KIND_FLOAT;
    batch.lo[row] = low;
    batch.hi[row] = high;
    batch.st[row] = st;
    if (st !== 0) batch.hasStart = true;
    this.counts.samples++;
  }

  /** Reads the histogram message in [at, end) as a point of `series`. */
  histogram(series: number, at: number, end: number): void {
    const reader = this.reader;
    reader.within(at, end);
    const { histogram, integer, t, st } = readWireHistogram(reader);
    const problem = histogramProblem(histogram, integer);
    if (problem !== '') {
      if (this.#invalid++ === 0) this.#problem = problem;
      return;
    }
    if (!this.#timely(t)) return;
    reduceResolution(histogram, MAX_SCHEMA);
    const batch = this.#batch;
    const row = batch.row();
    batch.series[row] = series;
    batch.t[row] = t;
    batch.st[row] = st;
    if (st !== 0) batch.hasStart = true;
    appendHistogram(batch, row, histogram);
    if (batch.sideLength > MAX_SIDE_BYTES) {
      throw new RequestLimitError(`more than ${MAX_SIDE_BYTES} bytes of histograms in one request`);
    }
    this.counts.histograms++;
  }

  #timely(t: number): boolean {
    if (t > this.#maxTime) {
      if (this.#late++ === 0) this.#lateTime = t;
      return false;
    }
    if (t < this.#minTime) {
      if (this.#early++ === 0) this.#earlyTime = t;
      return false;
    }
    return true;
  }

  /** Whether points of the current series have been refused since `report`. */
  get hasRefused(): boolean {
    return this.#late + this.#early + this.#invalid !== 0;
  }

  /** Reports the refused points of the series that ends here; `series` makes its text. */
  report(series: () => string): void {
    if (this.#late > 0) {
      this.reject(
        'too_far_in_future',
        this.#late,
        () => `${series()}: ${timeText(this.#lateTime)} is too far in the future`,
      );
    }
    if (this.#early > 0) {
      this.reject(
        'too_old',
        this.#early,
        () => `${series()}: ${timeText(this.#earlyTime)} is older than the retention`,
      );
    }
    if (this.#invalid > 0) {
      this.reject(
        'invalid_value',
        this.#invalid,
        () => `${series()}: invalid histogram: ${this.#problem}`,
      );
    }
    this.#late = 0;
    this.#early = 0;
    this.#invalid = 0;
  }

  reject(reason: RejectReason, points: number, explain: () => string): void {
    const batch = this.#batch;
    batch.reject(reason, batch.explains(reason) ? explain() : '', points);
  }
}

function timeText(t: number): string {
  return Math.abs(t) <= 8.64e15 ? new Date(t).toISOString() : `time ${t} ms`;
}
