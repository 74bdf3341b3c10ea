/**
 * The companion of a head segment for log records or spans: rows in arrival order, in memory that query and flush threads share.
 *
 * Model: a row is a cell in each column, and a record (wire's log-batch.ts, span-batch.ts) in `side`, where records lie back to back
 * in the order of the rows. `lo` and `hi` are the time of a log record or the start of a span, `level` its severity or kind; spans
 * also have an end and a status. Streams are sids of the series table. Buffers have their full size from the start, far more than
 * the store lets a segment take before its turn ends, so that one large request always fits; pages that nobody writes cost no memory.
 *
 * Life and number: as of the head segment (head.ts) whose slot it shares.
 *
 * Invariants: only the main thread appends; rows are published by storing their number after everything else; a reader takes the
 * number of rows from its snapshot. Every stream of a row keeps its sid until the segment is reset.
 */
import { LogBatch, type SpanBatch } from '@sightline/wire';
import type { RecordSignal } from '../records.ts';

const META_WORDS = 8;
const META_ROWS = 0;
const META_SIDE = 1;
const META_NUMBER = 2;

export interface SharedRecordSegment {
  signal: RecordSignal;
  maxRows: number;
  columns: SharedArrayBuffer;
  side: SharedArrayBuffer;
}

export class RecordSegment {
  readonly shared: SharedRecordSegment;
  readonly signal: RecordSignal;
  readonly stream: Uint32Array;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  /** Ends of spans; of log records empty. */
  readonly endLo: Uint32Array;
  readonly endHi: Uint32Array;
  readonly at: Uint32Array;
  readonly length: Uint32Array;
  readonly level: Uint8Array;
  /** Of spans; of log records empty. */
  readonly status: Uint8Array;
  readonly side: Uint8Array;
  readonly #meta: Int32Array;

  constructor(shared: SharedRecordSegment) {
    const { columns, maxRows, signal } = shared;
    const isSpans = signal === 'spans';
    let at = META_WORDS * 4;
    const words = (rows = maxRows): Uint32Array => {
      const column = new Uint32Array(columns, at, rows);
      at += rows * 4;
      return column;
    };
    this.shared = shared;
    this.signal = signal;
    this.#meta = new Int32Array(columns, 0, META_WORDS);
    this.stream = words();
    this.lo = words();
    this.hi = words();
    this.endLo = words(isSpans ? maxRows : 0);
    this.endHi = words(isSpans ? maxRows : 0);
    this.at = words();
    this.length = words();
    this.level = new Uint8Array(columns, at, maxRows);
    this.status = new Uint8Array(columns, at + maxRows, isSpans ? maxRows : 0);
    this.side = new Uint8Array(shared.side);
  }

  static create(signal: RecordSignal, maxRows: number, sideBytes: number): RecordSegment {
    const columns = new SharedArrayBuffer(META_WORDS * 4 + maxRows * rowBytes(signal));
    return new RecordSegment({ signal, maxRows, columns, side: new SharedArrayBuffer(sideBytes) });
  }

  get rows(): number {
    return Atomics.load(this.#meta, META_ROWS);
  }

  get sideUsed(): number {
    return this.#meta[META_SIDE];
  }

  /** Bytes of columns and records in use. */
  get usedBytes(): number {
    return this.rows * rowBytes(this.shared.signal) + this.sideUsed;
  }

  /** Number of the head segment and of the journal file of these rows; their sequence. */
  get number(): number {
    return this.#meta[META_NUMBER];
  }

  /** Whether a batch fits. */
  fits(batch: LogBatch | SpanBatch): boolean {
    return (
      this.rows + batch.n <= this.shared.maxRows &&
      this.sideUsed + batch.sideLength <= this.side.length
    );
  }

  /** Begins a new life. The caller guarantees that no query reads the segment. */
  reset(number: number): void {
    this.#meta[META_SIDE] = 0;
    this.#meta[META_NUMBER] = number;
    Atomics.store(this.#meta, META_ROWS, 0);
  }

  /** Takes rows off the end that nobody has been told of. */
  cutBack(rows: number, sideUsed: number): void {
    this.#meta[META_SIDE] = sideUsed;
    Atomics.store(this.#meta, META_ROWS, rows);
  }

  /** Appends all rows of a batch whose streams are sids. The caller has checked `fits`. */
  append(batch: LogBatch | SpanBatch): void {
    const { n } = batch;
    const row = this.rows;
    const from = this.sideUsed;
    this.side.set(batch.side.subarray(0, batch.sideLength), from);
    this.#meta[META_SIDE] = from + batch.sideLength;
    this.stream.set(batch.stream.subarray(0, n), row);
    this.length.set(batch.length.subarray(0, n), row);
    for (let i = 0; i < n; i++) this.at[row + i] = from + batch.at[i];
    if (batch instanceof LogBatch) {
      this.lo.set(batch.tLo.subarray(0, n), row);
      this.hi.set(batch.tHi.subarray(0, n), row);
      this.level.set(batch.severity.subarray(0, n), row);
    } else {
      this.lo.set(batch.startLo.subarray(0, n), row);
      this.hi.set(batch.startHi.subarray(0, n), row);
      this.endLo.set(batch.endLo.subarray(0, n), row);
      this.endHi.set(batch.endHi.subarray(0, n), row);
      this.level.set(batch.kind.subarray(0, n), row);
      this.status.set(batch.status.subarray(0, n), row);
    }
    Atomics.store(this.#meta, META_ROWS, row + n);
  }
}

function rowBytes(signal: RecordSignal): number {
  return signal === 'spans' ? 7 * 4 + 2 : 5 * 4 + 1;
}
