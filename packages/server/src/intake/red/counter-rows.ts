/**
 * Counters and classic histograms that spans are counted into, row by row, and the samples that they become.
 *
 * Model: a row is one set of labels, found by a key of four words. It has one cell for each counter and, for each histogram, one for every
 * bucket and one for the sum; `write` turns the cells into samples (buckets cumulative). Handles of series are kept between
 * writes, so that a sample costs no lookup; whoever learns that handles were forgotten says so (`forget`). A histogram that nothing was
 * observed in has no series: of most edges of a graph one side is never seen.
 *
 * Invariants: cells only grow while a row lives; a row that comes back after it was removed has another start time. Nothing is
 * allocated by counting into a row that there is.
 */
import type { MetricBatch, MetricMetadata, SeriesResolver } from '@sightline/wire';
import { floatRow, KnownSeries, staleRow } from '../known-series.ts';
import { WordTable } from './word-table.ts';

/** Upper bounds of the buckets in seconds: 0.002 * 2^k up to 16.384; the last bucket has none. */
export const BOUNDS: readonly number[] = Array.from({ length: 14 }, (_, k) => 0.002 * 2 ** k);
const BUCKETS = BOUNDS.length + 1;
const LARGEST_NS = 16.384e9;
const SMALLEST_NS = 2e6;

export interface CounterFamily {
  name: string;
  type: 'counter' | 'histogram';
  help: string;
}

/** One series of each row. */
interface Output {
  name: string;
  /** Label `le`, or ''. */
  bound: string;
  /** Its value is the sum of the cells [from, to). */
  from: number;
  to: number;
  /** First cell of its histogram; -1 of a counter. */
  histogram: number;
}

const FIRST_ROWS = 64;

export class CounterRows {
  count = 0;
  /** Whether `metadata` has been stored. */
  described = false;
  /** Cells of row i begin at i * width. */
  cells = new Float64Array(0);
  readonly width: number;
  readonly #families: readonly CounterFamily[];
  /** When anything was last counted, Unix ms. */
  #changedMs = new Float64Array(0);
  #startMs = new Float64Array(0);
  #writtenMs = new Float64Array(0);
  #handles = new Uint32Array(0);
  #keys = new Uint32Array(0);
  /** The slowest span since the last write, and its trace id as four words. */
  #slowest = new Float64Array(0);
  #traces = new Uint32Array(0);
  readonly #labels: (readonly string[])[] = [];
  readonly #table = new WordTable();
  readonly #outputs: readonly Output[];

  constructor(families: readonly CounterFamily[]) {
    const outputs: Output[] = [];
    let cell = 0;
    for (const { name, type } of families) {
      if (type === 'counter') {
        outputs.push({ name, bound: '', from: cell, to: ++cell, histogram: -1 });
      } else {
        const histogram = cell;
        const buckets = Array.from({ length: BUCKETS }, (_, i) => ({
          name: `${name}_bucket`,
          bound: i < BOUNDS.length ? String(BOUNDS[i]) : '+Inf',
          from: cell,
          to: cell + i + 1,
          histogram,
        }));
        const sum = cell + BUCKETS;
        outputs.push(...buckets);
        outputs.push({ name: `${name}_count`, bound: '', from: cell, to: sum, histogram });
        outputs.push({ name: `${name}_sum`, bound: '', from: sum, to: sum + 1, histogram });
        cell = sum + 1;
      }
    }
    this.#families = families;
    this.width = cell;
    this.#outputs = outputs;
    this.#grow(FIRST_ROWS);
  }

  metadata(): MetricMetadata[] {
    return this.#families.map(({ name, type, help }) => ({ name, type, help, unit: '' }));
  }

  /** The row of a key, or -1. */
  find(a: number, b: number, c: number, d: number): number {
    return this.#table.find(a, b, c, d);
  }

  /** Makes the row of a key that has none. `labels` are names and values in turn. */
  add(
    a: number,
    b: number,
    c: number,
    d: number,
    labels: readonly string[],
    nowMs: number,
  ): number {
    const row = this.count++;
    if (row === this.#startMs.length) this.#grow(row * 2);
    const key = row * 4;
    this.#keys[key] = a;
    this.#keys[key + 1] = b;
    this.#keys[key + 2] = c;
    this.#keys[key + 3] = d;
    this.#table.add(a, b, c, d, row);
    this.#labels[row] = labels;
    this.cells.fill(0, row * this.width, (row + 1) * this.width);
    this.#handles.fill(0, row * this.#outputs.length, (row + 1) * this.#outputs.length);
    // What is counted first has happened since.
    this.#startMs[row] = nowMs - 1;
    this.#changedMs[row] = nowMs;
    this.#writtenMs[row] = 0;
    this.#slowest[row] = -1;
    return row;
  }

  labelsOf(row: number): readonly string[] {
    return this.#labels[row];
  }

  /** Counts into the counter whose cell is `cell`. */
  increment(row: number, cell: number, nowMs: number): void {
    this.cells[row * this.width + cell]++;
    this.#changedMs[row] = nowMs;
  }

  /** Counts a duration into the histogram whose first cell is `cell`. */
  observe(row: number, cell: number, ns: number): void {
    const at = row * this.width + cell;
    this.cells[at + bucketOf(ns)]++;
    this.cells[at + BUCKETS] += ns / 1e9;
  }

  /** Keeps the trace id (16 bytes at `at`) of the slowest span of the row. */
  keepSlowest(row: number, ns: number, view: DataView, at: number): void {
    if (ns <= this.#slowest[row]) return;
    this.#slowest[row] = ns;
    for (let i = 0; i < 4; i++) this.#traces[row * 4 + i] = view.getUint32(at + i * 4);
  }

  /** Whether the row has changed since it was written, or was written before `beforeMs`. */
  isDue(row: number, beforeMs: number): boolean {
    const written = this.#writtenMs[row];
    return this.#changedMs[row] >= written || written <= beforeMs;
  }

  /** Adds the samples of a row at `t`; with `exemplarAt` also its slowest trace as an exemplar of the histogram with this first cell. */
  write(
    row: number,
    t: number,
    resolver: SeriesResolver,
    batch: MetricBatch,
    exemplarAt = -1,
  ): void {
    const start = this.#startMs[row];
    if (start >= t) return;
    const cells = row * this.width;
    const slowest = this.#slowest[row];
    const bucket = slowest < 0 || exemplarAt < 0 ? -1 : exemplarAt + bucketOf(slowest) + 1;
    let from = -1;
    let to = 0;
    let sum = 0;
    for (let i = 0; i < this.#outputs.length; i++) {
      const output = this.#outputs[i];
      if (output.histogram >= 0 && this.#isEmpty(cells + output.histogram)) continue;
      // Buckets of one histogram follow one another: each goes on with the sum of the one before.
      if (output.from !== from || output.to < to) {
        from = output.from;
        to = from;
        sum = 0;
      }
      for (; to < output.to; to++) sum += this.cells[cells + to];
      const handle = this.#handle(row, i, resolver, batch);
      if (handle === 0) continue;
      floatRow(batch, handle, t, sum);
      batch.st[batch.n - 1] = start;
      if (output.from === exemplarAt && output.to === bucket && output.bound !== '') {
        const labels = ['trace_id', this.#traceId(row)];
        batch.exemplars.push({ series: handle, labels, value: slowest / 1e9, t });
      }
    }
    batch.hasStart = true;
    this.#writtenMs[row] = t;
    this.#slowest[row] = -1;
  }

  /** Takes out the rows that nothing was counted into since `beforeMs`, and ends their series at `t`. */
  removeIdle(beforeMs: number, t: number, batch: MetricBatch): void {
    let removed = 0;
    for (let row = this.count - 1; row >= 0; row--) {
      if (this.#changedMs[row] >= beforeMs) continue;
      const first = row * this.#outputs.length;
      for (const handle of this.#handles.subarray(first, first + this.#outputs.length)) {
        if (handle !== 0) staleRow(batch, handle, t);
      }
      this.#moveLastTo(row);
      removed++;
    }
    if (removed === 0) return;
    this.#table.clear();
    for (let row = 0; row < this.count; row++) {
      const [a, b, c, d] = this.#keys.subarray(row * 4, row * 4 + 4);
      this.#table.add(a, b, c, d, row);
    }
  }

  /** Drops handles that no longer stand for their series. */
  forget(handles: ReadonlySet<number>): void {
    for (let i = 0; i < this.count * this.#outputs.length; i++) {
      if (handles.has(this.#handles[i])) this.#handles[i] = 0;
    }
  }

  /** Whether nothing was observed in the histogram that begins at `cell`. */
  #isEmpty(cell: number): boolean {
    for (let i = 0; i < BUCKETS; i++) if (this.cells[cell + i] !== 0) return false;
    return true;
  }

  #handle(row: number, output: number, resolver: SeriesResolver, batch: MetricBatch): number {
    const at = row * this.#outputs.length + output;
    const known = this.#handles[at];
    if (known !== 0) return known;
    const { name, bound } = this.#outputs[output];
    const pairs = ['__name__', name, ...this.#labels[row]];
    if (bound !== '') pairs.push('le', bound);
    const handle = new KnownSeries(pairs).resolve(resolver);
    if (handle === 0) batch.reject('series_limit', resolver.refusal);
    this.#handles[at] = handle;
    return handle;
  }

  #traceId(row: number): string {
    let hex = '';
    for (const word of this.#traces.subarray(row * 4, row * 4 + 4)) {
      hex += word.toString(16).padStart(8, '0');
    }
    return hex;
  }

  #moveLastTo(row: number): void {
    const last = --this.count;
    const outputs = this.#outputs.length;
    this.cells.copyWithin(row * this.width, last * this.width, (last + 1) * this.width);
    this.#handles.copyWithin(row * outputs, last * outputs, (last + 1) * outputs);
    this.#keys.copyWithin(row * 4, last * 4, last * 4 + 4);
    this.#traces.copyWithin(row * 4, last * 4, last * 4 + 4);
    for (const column of [this.#changedMs, this.#startMs, this.#writtenMs, this.#slowest]) {
      column[row] = column[last];
    }
    this.#labels[row] = this.#labels[last];
    this.#labels.length = last;
  }

  #grow(rows: number): void {
    this.cells = grown(this.cells, new Float64Array(rows * this.width));
    this.#changedMs = grown(this.#changedMs, new Float64Array(rows));
    this.#startMs = grown(this.#startMs, new Float64Array(rows));
    this.#writtenMs = grown(this.#writtenMs, new Float64Array(rows));
    this.#slowest = grown(this.#slowest, new Float64Array(rows));
    this.#handles = grown(this.#handles, new Uint32Array(rows * this.#outputs.length));
    this.#keys = grown(this.#keys, new Uint32Array(rows * 4));
    this.#traces = grown(this.#traces, new Uint32Array(rows * 4));
  }
}

/** The bucket of a duration: the first whose bound is not below it. */
function bucketOf(ns: number): number {
  if (ns > LARGEST_NS) return BUCKETS - 1;
  const steps = Math.ceil(ns / SMALLEST_NS);
  return steps <= 1 ? 0 : 32 - Math.clz32(steps - 1);
}

function grown<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
}
