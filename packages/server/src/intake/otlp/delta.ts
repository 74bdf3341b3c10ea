/**
 * Delta temporality to cumulative: a point says what has changed since the one before, Prometheus keeps what it has come to.
 *
 * Model: for each series a run: its start, its sum so far, and the end of its last point. A point that begins at or after that end goes on
 * with the run (gaps are fine: nothing is known to have changed in them); the row then says the sum so far since the start of
 * the run. A series that is not known (new, evicted, after a restart) begins a run, which readers see as a counter reset with
 * its start time. The rules follow the Collector's deltatocumulative processor.
 *
 * Invariants: the rows of one point go on, restart or are refused together; a point is never added twice: the same point again
 * gives the same row, an older or overlapping one is refused as `out_of_order`; when a batch does not reach the store,
 * `forget` ends its runs, so that the sender's retry is not refused. Memory is bounded; rows leave here without the delta bits.
 */
import {
  appendHistogram,
  type Histogram,
  isStaleHistogram,
  KIND_DELTA,
  KIND_HISTOGRAM,
  KIND_SAME_POINT,
  type MetricBatch,
  readHistogram,
  STALE_HI,
  STALE_LO,
} from '@sightline/wire';
import { DeltaStreams } from './delta-streams.ts';
import { addHistograms } from './merge-histograms.ts';

export interface DeltaLimits {
  /** Float series (every bucket of a classic histogram is one) whose runs are remembered. */
  maxStreams: number;
  /** Exponential histograms whose runs are remembered. */
  maxHistogramStreams: number;
}

const DEFAULT_DELTA_LIMITS: DeltaLimits = {
  maxStreams: 100_000,
  maxHistogramStreams: 5_000,
};

export interface DeltaStats {
  streams: number;
  histogramStreams: number;
  evicted: number;
}

interface HistogramRun {
  histogram: Histogram;
  start: number;
  end: number;
  lastStart: number;
  lastCount: number;
  lastSum: number;
}

/** As many explanations as a batch keeps. */
const KEPT_EXPLANATIONS = 10;

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

export class DeltaAccumulator {
  readonly #streams: DeltaStreams;
  readonly #histograms = new Map<string, HistogramRun>();
  readonly #maxHistograms: number;
  #evictedHistograms = 0;

  constructor(limits: DeltaLimits = DEFAULT_DELTA_LIMITS) {
    this.#streams = new DeltaStreams(limits.maxStreams);
    this.#maxHistograms = limits.maxHistogramStreams;
  }

  stats(): DeltaStats {
    return {
      streams: this.#streams.size,
      histogramStreams: this.#histograms.size,
      evicted: this.#streams.evicted + this.#evictedHistograms,
    };
  }

  /**
   * Turns the delta rows of a batch into cumulative ones, in place; refused rows are taken out. Returns the handles whose
   * runs have changed, for `forget`.
   */
  accumulate(tenant: string, batch: MetricBatch): number[] {
    const changed: number[] = [];
    const { kind } = batch;
    let kept = firstDelta(batch);
    for (let row = kept; row < batch.n; ) {
      let end = row + 1;
      if ((kind[row] & KIND_DELTA) === 0) {
        copyRow(batch, row, kept++);
        row = end;
        continue;
      }
      while (end < batch.n && (kind[end] & KIND_SAME_POINT) !== 0) end++;
      const taken =
        (kind[row] & KIND_HISTOGRAM) !== 0
          ? this.#histogram(tenant, batch, row, changed)
          : this.#floats(tenant, batch, row, end, changed);
      for (; row < end; row++) if (taken) copyRow(batch, row, kept++);
    }
    batch.n = kept;
    return changed;
  }

  /** Ends the runs of these series: what was added to them last did not reach the store. */
  forget(tenant: string, handles: readonly number[]): void {
    const slots = this.#streams.tenant(tenant);
    for (const handle of handles) {
      this.#streams.drop(slots, handle);
      this.#histograms.delete(keyOf(tenant, handle));
    }
  }

  /** Ends the runs of handles that no longer stand for their series. */
  forgetHandles(handles: ReadonlySet<number>): void {
    this.#streams.dropHandles(handles);
    for (const key of this.#histograms.keys()) {
      if (handles.has(Number(key.slice(0, key.indexOf(' '))))) this.#histograms.delete(key);
    }
  }

  /** The rows [row, end) of one point: a sum has one, a classic histogram many. */
  #floats(
    tenant: string,
    batch: MetricBatch,
    row: number,
    end: number,
    changed: number[],
  ): boolean {
    const streams = this.#streams;
    const slots = streams.tenant(tenant);
    const { series, t, st, lo, hi, kind } = batch;
    if (lo[row] === STALE_LO && hi[row] === STALE_HI) {
      for (let i = row; i < end; i++) {
        streams.drop(slots, series[i]);
        kind[i] &= ~(KIND_DELTA | KIND_SAME_POINT);
      }
      return true;
    }
    const head = streams.find(slots, series[row]);
    let restart = head < 0;
    let repeat = false;
    if (!restart) {
      const last = streams.end[head];
      repeat = this.#isRepeat(slots, batch, row, end);
      const overlaps = t[row] <= last || (st[row] !== 0 && st[row] < last);
      if (overlaps && !repeat) return refuse(batch, t[row], last);
    }
    for (let i = row; i < end; i++) {
      if (!Number.isFinite(numberOf(batch, i))) {
        batch.reject('invalid_value', 'a change that is not a finite number');
        return false;
      }
      // A row that the run does not know (other bounds than before) would be behind its siblings: all begin anew.
      if (streams.find(slots, series[i]) < 0) restart = true;
    }
    const start = restart ? st[row] : streams.start[head];
    for (let i = row; i < end; i++) {
      const slot = streams.take(slots, series[i]);
      if (!repeat) {
        const delta = numberOf(batch, i);
        streams.sum[slot] = restart ? delta : streams.sum[slot] + delta;
        streams.start[slot] = start;
        streams.end[slot] = t[row];
        streams.lastDelta[slot] = delta;
        streams.lastStart[slot] = st[row];
        changed.push(series[i]);
      }
      value[0] = streams.sum[slot];
      lo[i] = words[0];
      hi[i] = words[1];
      setStart(batch, i, start);
      kind[i] &= ~(KIND_DELTA | KIND_SAME_POINT);
    }
    return true;
  }

  #isRepeat(slots: Map<number, number>, batch: MetricBatch, row: number, end: number): boolean {
    const streams = this.#streams;
    for (let i = row; i < end; i++) {
      const slot = streams.find(slots, batch.series[i]);
      const same =
        slot >= 0 &&
        streams.end[slot] === batch.t[i] &&
        streams.lastStart[slot] === batch.st[i] &&
        streams.lastDelta[slot] === numberOf(batch, i);
      if (!same) return false;
    }
    return true;
  }

  #histogram(tenant: string, batch: MetricBatch, row: number, changed: number[]): boolean {
    const handle = batch.series[row];
    const key = keyOf(tenant, handle);
    const delta = readHistogram(batch.side, batch.lo[row], batch.hi[row]);
    batch.kind[row] = KIND_HISTOGRAM;
    if (isStaleHistogram(delta)) {
      this.#histograms.delete(key);
      return true;
    }
    const t = batch.t[row];
    const st = batch.st[row];
    const run = this.#histograms.get(key);
    if (run !== undefined) {
      const repeat =
        run.end === t &&
        run.lastStart === st &&
        run.lastCount === delta.count &&
        Object.is(run.lastSum, delta.sum);
      if (repeat) return writeRun(batch, row, run);
      if (t <= run.end || (st !== 0 && st < run.end)) return refuse(batch, t, run.end);
    }
    const { count: lastCount, sum: lastSum } = delta;
    const sum = run === undefined ? null : addHistograms(run.histogram, delta);
    const start = run === undefined || sum === null ? st : run.start;
    const next: HistogramRun = {
      histogram: sum ?? delta,
      start,
      end: t,
      lastStart: st,
      lastCount,
      lastSum,
    };
    this.#remember(key, next);
    changed.push(handle);
    return writeRun(batch, row, next);
  }

  /** Keeps the map in the order of use, so that its first entry is the one to evict. */
  #remember(key: string, run: HistogramRun): void {
    this.#histograms.delete(key);
    this.#histograms.set(key, run);
    if (this.#histograms.size <= this.#maxHistograms) return;
    const oldest = this.#histograms.keys().next();
    if (oldest.done !== true) this.#histograms.delete(oldest.value);
    this.#evictedHistograms++;
  }
}

function firstDelta(batch: MetricBatch): number {
  const { kind, n } = batch;
  let row = 0;
  while (row < n && (kind[row] & KIND_DELTA) === 0) row++;
  return row;
}

function writeRun(batch: MetricBatch, row: number, run: HistogramRun): boolean {
  appendHistogram(batch, row, run.histogram);
  setStart(batch, row, run.start);
  return true;
}

function setStart(batch: MetricBatch, row: number, start: number): void {
  batch.st[row] = start;
  if (start !== 0) batch.hasStart = true;
}

function refuse(batch: MetricBatch, t: number, last: number): false {
  // The text is only made while it would be kept.
  const told = batch.rejections.length >= KEPT_EXPLANATIONS && batch.rejected.has('out_of_order');
  batch.reject(
    'out_of_order',
    told ? '' : `a change that ends at ${t} lies before ${last}, up to which changes were added`,
  );
  return false;
}

function numberOf(batch: MetricBatch, row: number): number {
  words[0] = batch.lo[row];
  words[1] = batch.hi[row];
  return value[0];
}

function keyOf(tenant: string, handle: number): string {
  return `${handle} ${tenant}`;
}

function copyRow(batch: MetricBatch, from: number, to: number): void {
  if (from === to) return;
  batch.series[to] = batch.series[from];
  batch.t[to] = batch.t[from];
  batch.kind[to] = batch.kind[from];
  batch.lo[to] = batch.lo[from];
  batch.hi[to] = batch.hi[from];
  batch.st[to] = batch.st[from];
}
