/**
 * Walks the series of one part in ascending dsid order and gives their rows back as a merge needs them: bit-exact, floats and
 * histograms together.
 *
 * Invariant: one block of each kind is held at a time.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { histogramRecordBytes, KIND_FLOAT, KIND_HISTOGRAM, writeHistogram } from '@sightline/wire';
import { SampleBuffer } from '../../querier.ts';
import { SampleColumns } from '../blocks/columns.ts';
import { HistogramBlockReader } from '../blocks/histogram-reader.ts';
import { SampleBlockReader } from '../blocks/sample-reader.ts';
import { type BlockKind, PART_FACTOR } from '../day-file.ts';
import { growRows, type RowColumns } from '../head.ts';

/** Histogram records that rows of a merge refer to. */
export class SideBuffer {
  bytes = new Uint8Array(4096);
  length = 0;

  reserve(length: number): number {
    const at = this.length;
    if (at + length > this.bytes.length) {
      const bigger = new Uint8Array(Math.max(this.bytes.length * 2, at + length));
      bigger.set(this.bytes.subarray(0, at));
      this.bytes = bigger;
    }
    this.length = at + length;
    return at;
  }
}

export class PartReader {
  readonly #floats: BlockCursor<SampleBlockReader>;
  readonly #histograms: BlockCursor<HistogramBlockReader>;
  readonly #columns = new SampleColumns();
  readonly #buffer = new SampleBuffer();

  constructor(db: DatabaseSync, path: string, part: number) {
    this.#floats = new BlockCursor(db, 'float', part, (bytes) =>
      SampleBlockReader.open(bytes, `${path} part ${part}`),
    );
    this.#histograms = new BlockCursor(db, 'histogram', part, (bytes) =>
      HistogramBlockReader.open(bytes, `${path} part ${part}`),
    );
  }

  /** The next series of the part, or Infinity at its end. */
  get dsid(): number {
    return Math.min(this.#floats.dsid, this.#histograms.dsid);
  }

  /** Appends the rows of `dsid` to `rows` when it is the next series, and moves on. */
  take(dsid: number, rows: RowColumns, side: SideBuffer): void {
    if (this.#floats.dsid === dsid) {
      const columns = this.#columns;
      columns.clear();
      this.#floats.block?.readColumns(this.#floats.run, columns);
      appendFloats(rows, columns);
      this.#floats.next();
    }
    if (this.#histograms.dsid === dsid) {
      const buffer = this.#buffer;
      buffer.clear();
      this.#histograms.block?.read(
        this.#histograms.run,
        buffer,
        Number.NEGATIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      );
      appendHistograms(rows, buffer, side);
      this.#histograms.next();
    }
  }
}

interface Block {
  readonly runs: number;
  dsid(run: number): number;
}

class BlockCursor<B extends Block> {
  block: B | undefined;
  run = 0;
  readonly #next: StatementSync;
  readonly #open: (bytes: Uint8Array) => B;
  readonly #end: number;
  #key: number;

  constructor(db: DatabaseSync, kind: BlockKind, part: number, open: (bytes: Uint8Array) => B) {
    const table = kind === 'float' ? 'block' : 'histogram_block';
    this.#next = db.prepare(
      `SELECT id, data FROM ${table} WHERE id > ? AND id < ? ORDER BY id LIMIT 1`,
    );
    this.#open = open;
    this.#key = part * PART_FACTOR;
    this.#end = (part + 1) * PART_FACTOR;
    this.#load();
  }

  get dsid(): number {
    return this.block === undefined ? Number.POSITIVE_INFINITY : this.block.dsid(this.run);
  }

  next(): void {
    if (this.block !== undefined && ++this.run >= this.block.runs) this.#load();
  }

  #load(): void {
    const row = this.#next.get(this.#key, this.#end);
    this.run = 0;
    if (row === undefined || !(row.data instanceof Uint8Array)) {
      this.block = undefined;
      return;
    }
    this.#key = Number(row.id);
    this.block = this.#open(row.data);
  }
}

/** Up to so many rows a loop is no slower than `set`, and leaves no views: those were half of what a merge left to collect. */
const SHORT_RUN = 32;

function appendFloats(rows: RowColumns, from: SampleColumns): void {
  const at = rows.n;
  const { n } = from;
  growRows(rows, at + n);
  if (n <= SHORT_RUN) copyFloats(rows, from, at);
  else {
    rows.t.set(from.t.subarray(0, n), at);
    rows.lo.set(from.lo.subarray(0, n), at);
    rows.hi.set(from.hi.subarray(0, n), at);
    rows.st.set(from.st.subarray(0, n), at);
  }
  rows.kind.fill(KIND_FLOAT, at, at + n);
  rows.n = at + n;
  if (from.hasStart) rows.hasStart = true;
}

function copyFloats(rows: RowColumns, from: SampleColumns, at: number): void {
  for (let i = 0, row = at; i < from.n; i++, row++) {
    rows.t[row] = from.t[i];
    rows.lo[row] = from.lo[i];
    rows.hi[row] = from.hi[i];
    rows.st[row] = from.st[i];
  }
}

function appendHistograms(rows: RowColumns, from: SampleBuffer, side: SideBuffer): void {
  growRows(rows, rows.n + from.n);
  for (let i = 0; i < from.n; i++) {
    const histogram = from.h[i];
    if (histogram === undefined) continue;
    const length = histogramRecordBytes(histogram);
    const offset = side.reserve(length);
    writeHistogram(side.bytes, offset, histogram);
    const row = rows.n++;
    rows.t[row] = from.t[i];
    rows.lo[row] = offset;
    rows.hi[row] = length;
    rows.st[row] = from.hasStart ? from.st[i] : 0;
    rows.kind[row] = KIND_HISTOGRAM;
  }
  if (from.n > 0) rows.hasHistograms = true;
  if (from.hasStart) rows.hasStart = true;
}
