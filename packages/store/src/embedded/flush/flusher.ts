/**
 * Writes the rows of a frozen head segment into partition files: series-major, many samples a series at a time.
 *
 * Model: plan (which series go where), register new series, then one pass over the series in order of their dsids that sorts, clips and
 * encodes. Memory is one series' rows and one block, whatever the size of the segment.
 *
 * Invariant: a file that has the segment already (`flushed_seq`) is left alone, so a flush can be repeated.
 */
import { KIND_HISTOGRAM } from '@sightline/wire';
import { HistogramBlockEncoder } from '../blocks/histograms.ts';
import { SampleBlockEncoder } from '../blocks/samples.ts';
import { MAX_RUN_ROWS } from '../blocks/times.ts';
import type { BlockKind } from '../day-file.ts';
import { type HeadSegment, type RowColumns, rowColumns } from '../head.ts';
import type { SeriesView } from '../series.ts';
import type { DayWriter, PartTotals } from './day-writer.ts';
import type { PartitionPlan } from './plan.ts';
import { clipRows, isAscending, sortRows, takeKind } from './run.ts';

/** Level of a part that a flush wrote; merges count upwards. */
export const FLUSH_LEVEL = 0;

/** Adds the plan's rows of `segment` to the file as one part; returns what was added. */
export function flushPartition(
  writer: DayWriter,
  segment: HeadSegment,
  view: SeriesView,
  plan: PartitionPlan,
): PartTotals {
  const totals = emptyTotals();
  if (writer.flushedSeq >= segment.number) return totals;
  writer.transaction(() => {
    const dsids = dsidsOf(writer, plan.sids, view);
    const part = writer.nextPart();
    addRuns(new PartBlocks(writer, part, totals), segment, plan, dsids);
    writer.addPart(
      part,
      { level: FLUSH_LEVEL, seqLo: segment.number, seqHi: segment.number },
      totals,
    );
    writer.setFlushedSeq(segment.number);
  });
  return totals;
}

/** Adds the plan's rows series by series. Not a closure of the transaction: such a loop would be compiled anew for every flush. */
function addRuns(
  blocks: PartBlocks,
  segment: HeadSegment,
  plan: PartitionPlan,
  dsids: Uint32Array,
): void {
  const rows = rowColumns();
  const all = segment.rows;
  const order = ascending(dsids);
  for (let i = 0; i < order.length; i++) {
    const index = order[i];
    segment.readRows(plan.sids[index], all, rows);
    if (plan.mixed) clipRows(rows, plan.partition.startMs, plan.partition.endMs);
    if (!isAscending(rows)) sortRows(rows);
    blocks.add(dsids[index], rows, segment.side);
  }
  blocks.finish();
}

export function emptyTotals(): PartTotals {
  return { samples: 0, bytes: 0, tMin: Number.POSITIVE_INFINITY, tMax: Number.NEGATIVE_INFINITY };
}

/** The dsid of each sid; those that the file does not have are registered. */
function dsidsOf(writer: DayWriter, sids: readonly number[], view: SeriesView): Uint32Array {
  const dsids = new Uint32Array(sids.length);
  const fresh: number[] = [];
  for (let i = 0; i < sids.length; i++) {
    dsids[i] = writer.series.find(sids[i]);
    if (dsids[i] === 0) fresh.push(sids[i]);
  }
  if (fresh.length === 0) return dsids;
  writer.register(fresh, view);
  for (let i = 0; i < sids.length; i++) if (dsids[i] === 0) dsids[i] = writer.series.find(sids[i]);
  return dsids;
}

const MAX_SERIES = 2 ** 21;

/** The indexes of `values` in ascending order of the values: one native sort of doubles that hold both, exact below 2^53. */
function ascending(values: Uint32Array): Uint32Array {
  if (values.length > MAX_SERIES) throw new Error(`${values.length} series in one partition`);
  const keys = new Float64Array(values.length);
  let sorted = true;
  for (let i = 0; i < values.length; i++) {
    keys[i] = values[i] * MAX_SERIES + i;
    if (i > 0 && keys[i] < keys[i - 1]) sorted = false;
  }
  if (!sorted) keys.sort();
  const indexes = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) indexes[i] = keys[i] % MAX_SERIES;
  return indexes;
}

/** A series has more rows than a part may hold of one: parts cannot be merged into one. */
export class RunTooLongError extends Error {
  override readonly name = 'RunTooLongError';
}

/** Collects runs into blocks and adds them to a part. */
export class PartBlocks {
  readonly #writer: DayWriter;
  readonly #part: number;
  readonly #totals: PartTotals;
  readonly #samples = new SampleBlockEncoder();
  readonly #histograms = new HistogramBlockEncoder();
  readonly #histogramRows = rowColumns();
  readonly #maxRunRows: number;

  /** `maxRunRows` is lowered by tests only. */
  constructor(writer: DayWriter, part: number, totals: PartTotals, maxRunRows = MAX_RUN_ROWS) {
    this.#maxRunRows = maxRunRows;
    this.#writer = writer;
    this.#part = part;
    this.#totals = totals;
  }

  /** Adds the rows of one series; `rows` is changed when it holds histograms, whose records are in `side`. */
  add(dsid: number, rows: RowColumns, side: Uint8Array): void {
    if (rows.n === 0) return;
    if (rows.n > this.#maxRunRows) throw new RunTooLongError(`${rows.n} rows of one series`);
    this.#totals.samples += rows.n;
    this.#totals.tMin = Math.min(this.#totals.tMin, rows.t[0] ?? 0);
    this.#totals.tMax = Math.max(this.#totals.tMax, rows.t[rows.n - 1] ?? 0);
    if (rows.hasHistograms) {
      const histograms = this.#histogramRows;
      takeKind(rows, KIND_HISTOGRAM, histograms);
      const { n, t, lo, hi, st } = histograms;
      // Clipping or a later float of the same time may have taken the last histogram.
      if (n > 0) {
        this.#histograms.addRun(dsid, n, t, lo, hi, side, histograms.hasStart ? st : null, 0);
      }
      if (this.#histograms.full) this.#put('histogram', this.#histograms);
    }
    if (rows.n === 0) return;
    this.#samples.addRun(dsid, rows.n, rows.t, rows.lo, rows.hi, rows.hasStart ? rows.st : null, 0);
    if (this.#samples.full) this.#put('float', this.#samples);
  }

  finish(): void {
    if (this.#samples.runs > 0) this.#put('float', this.#samples);
    if (this.#histograms.runs > 0) this.#put('histogram', this.#histograms);
  }

  #put(kind: BlockKind, encoder: SampleBlockEncoder | HistogramBlockEncoder): void {
    const { firstDsid, lastDsid } = encoder;
    const data = encoder.finish();
    encoder.reset();
    this.#writer.addBlock(kind, this.#part, firstDsid, lastDsid, data);
    this.#totals.bytes += data.length;
  }
}
