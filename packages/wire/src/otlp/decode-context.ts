/**
 * What the readers of the different kinds of points share: the cursor, the batch, the bounds, and the metric whose points are
 * being read.
 */

import {
  KIND_DELTA,
  KIND_FLOAT,
  KIND_SAME_POINT,
  MetricBatch,
  STALE_HI,
  STALE_LO,
} from '../model/batch.ts';
import { RequestLimitError } from '../model/decode-error.ts';
import type { RejectReason } from '../model/refusals.ts';
import type { DecodeLimits, SeriesResolver } from '../model/resolver.ts';
import { ProtobufReader } from '../protobuf/reader.ts';
import type { OtlpOptions } from './options.ts';
import { SeriesLookup } from './series-lookup.ts';
import { lenientText } from './text.ts';
import { millisecondsOf } from './time.ts';

/** A batch keeps this many explanations; texts past them are not even made. */

const NO_LIMITS: DecodeLimits = {
  minTime: 0,
  maxTime: 0,
  maxLabels: 0,
  maxLabelNameBytes: 0,
  maxLabelValueBytes: 0,
  maxPoints: 0,
};

const NO_BATCH = new MetricBatch(1);

const numberValue = new Float64Array(1);
const numberWords = new Uint32Array(numberValue.buffer);

export class DecodeContext {
  readonly reader = new ProtobufReader();
  readonly lookup: SeriesLookup;
  batch = NO_BATCH;
  limits = NO_LIMITS;
  /** One of the KIND_ constants of series-lookup.ts. */
  kind = 0;
  /** Whether the metric's points are changes since the last point. */
  delta = false;
  /** Where the metric's name lies, for explanations. */
  nameStart = 0;
  nameEnd = 0;
  /** Times of the current point in Unix ms; the start is 0 when unknown. */
  t = 0;
  st = 0;
  /** Range of the times of the resource's points that were taken, and how many there were. */
  earliest = Number.POSITIVE_INFINITY;
  latest = Number.NEGATIVE_INFINITY;
  taken = 0;

  constructor(options: OtlpOptions) {
    this.lookup = new SeriesLookup(options);
  }

  begin(
    body: Uint8Array,
    resolver: SeriesResolver,
    limits: DecodeLimits,
    batch: MetricBatch,
  ): void {
    this.reader.reset(body);
    this.lookup.begin(body, resolver, limits);
    this.limits = limits;
    this.batch = batch;
  }

  end(): void {
    this.reader.reset(new Uint8Array(0));
    this.lookup.end();
    this.batch = NO_BATCH;
  }

  /** Checks the point's time and sets `t` and `st`; false when the point was refused. */
  admit(timeLow: number, timeHigh: number, startLow: number, startHigh: number): boolean {
    if (timeLow === 0 && timeHigh === 0) {
      return this.refuse('invalid_value', 'time_unix_nano is not set');
    }
    const t = millisecondsOf(timeLow, timeHigh);
    if (t < this.limits.minTime) return this.refuse('too_old', `time ${t} is before retention`);
    if (t > this.limits.maxTime) {
      return this.refuse('too_far_in_future', `time ${t} is too far in the future`);
    }
    this.reserve(1);
    const st = millisecondsOf(startLow, startHigh);
    this.t = t;
    this.st = st <= t ? st : 0;
    return true;
  }

  /** Refuses the current point. */
  refuse(reason: RejectReason, problem: string): false {
    const { batch } = this;
    if (!batch.explains(reason)) batch.reject(reason, '');
    else {
      const name = lenientText(this.reader.bytes, this.nameStart, this.nameEnd);
      batch.reject(reason, `metric ${JSON.stringify(name)}: ${problem}`);
    }
    return false;
  }

  /** Refuses the current point because a series of it was, and takes back its rows. */
  refuseSeries(firstRow: number): false {
    this.batch.n = firstRow;
    return this.refuse(this.lookup.reason, this.lookup.problem);
  }

  /** Throws when `rows` more rows are more than one request may bring. */
  reserve(rows: number): void {
    if (this.batch.n + rows > this.limits.maxPoints) {
      throw new RequestLimitError(`more than ${this.limits.maxPoints} points in one request`);
    }
  }

  /** Notes that the current point was taken. */
  take(): void {
    const { t } = this;
    if (t < this.earliest) this.earliest = t;
    if (t > this.latest) this.latest = t;
    this.taken++;
  }

  /** Appends a row of the current point with the value bits `low` and `high`; `first` for the first row of a point. */
  row(series: number, low: number, high: number, first: boolean): void {
    const { batch } = this;
    const row = batch.row();
    batch.series[row] = series;
    batch.t[row] = this.t;
    batch.kind[row] = this.delta ? (first ? KIND_DELTA : KIND_DELTA | KIND_SAME_POINT) : KIND_FLOAT;
    batch.lo[row] = low;
    batch.hi[row] = high;
    batch.st[row] = this.st;
    if (this.st !== 0) batch.hasStart = true;
  }

  numberRow(series: number, value: number, first: boolean): void {
    numberValue[0] = value;
    this.row(series, numberWords[0] ?? 0, numberWords[1] ?? 0, first);
  }

  staleRow(series: number, first: boolean): void {
    this.row(series, STALE_LO, STALE_HI, first);
  }
}
