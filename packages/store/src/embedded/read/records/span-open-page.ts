/** A page in use, with what is derived from its columns: starts of its traces, rows by trace, traces by id. */
import type { Words } from '../../records/integers.ts';
import { type SpanPage, sameTrace } from './span-page.ts';
import { TraceTable } from './trace-table.ts';

export class OpenPage {
  readonly page: SpanPage;
  #starts: Words | undefined;
  #rows: TraceRows | undefined;
  #table: TraceTable | undefined;

  constructor(page: SpanPage) {
    this.page = page;
  }

  /** Start of the earliest span of each trace. */
  traceStarts(): Words {
    if (this.#starts !== undefined) return this.#starts;
    const { codes, count } = this.page.traces();
    const { lo, hi } = this.page.scanStarts();
    const starts = {
      lo: new Uint32Array(count).fill(0xffffffff),
      hi: new Uint32Array(count).fill(0xffffffff),
    };
    for (let row = 0; row < codes.length; row++) {
      const trace = codes[row];
      const before = starts.hi[trace];
      if (hi[row] > before || (hi[row] === before && lo[row] >= starts.lo[trace])) continue;
      starts.lo[trace] = lo[row];
      starts.hi[trace] = hi[row];
    }
    this.#starts = starts;
    return starts;
  }

  /** Rows by trace. */
  traceRows(): TraceRows {
    if (this.#rows !== undefined) return this.#rows;
    const { codes, count } = this.page.traces();
    const offsets = new Uint32Array(count + 1);
    for (const trace of codes) offsets[trace + 1]++;
    for (let trace = 0; trace < count; trace++) offsets[trace + 1] += offsets[trace];
    const next = offsets.slice();
    const rows = new Uint32Array(codes.length);
    for (let row = 0; row < codes.length; row++) rows[next[codes[row]]++] = row;
    this.#rows = { rows, offsets };
    return this.#rows;
  }

  get table(): TraceTable {
    const { ids, count } = this.page.traces();
    this.#table ??= new TraceTable(ids, count);
    return this.#table;
  }

  /** The number of the trace with the id bytes[at, at + 16), or -1. */
  traceOf(bytes: Uint8Array, at: number): number {
    const { ids } = this.page.traces();
    return this.table.find(bytes, at, (trace) => sameTrace(ids, trace * 16, bytes, at));
  }
}

/** Rows of trace i: rows[offsets[i], offsets[i + 1]), ascending. */
export interface TraceRows {
  rows: Uint32Array;
  offsets: Uint32Array;
}
