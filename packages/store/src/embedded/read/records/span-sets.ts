/**
 * Puts found traces together as columns (records.ts has SpanSet).
 *
 * Model: a set knows for each of its rows the page and the row in it; columns are gathered from the pages when they are asked for, with one
 * dictionary for all pages.
 *
 * Invariant: of rows of one trace with one span id the one of the page with the greatest order is kept, within a page the last.
 */
import { readSpanTail } from '@sightline/wire';
import type { Labels } from '../../../labels.ts';
import type { SpanColumn, SpanRow, SpanSet, SpanValue } from '../../../records.ts';
import type { Words } from '../../records/integers.ts';
import type { FoundTrace, TracePart } from './span-finder.ts';
import { linkParents, uniqueRows } from './span-links.ts';
import { hexOf, idText, type PageStrings, type SpanRowsPage, textDecoder } from './span-page.ts';
import type { SpanPages } from './span-pages.ts';
import { type PlacedRows, pickRows } from './span-picks.ts';
import { spanRows } from './span-rows.ts';

type Tail = ReturnType<typeof readSpanTail>;

/** Rows of a set: row i is the row `row[i]` of the page pages[page[i]]. */
export interface SetRows {
  pages: readonly SpanRowsPage[];
  page: Uint16Array;
  row: Uint32Array;
  offsets: Uint32Array;
}

export class SpanSets {
  readonly #pages: SpanPages;
  readonly #labels: (stream: number) => Labels;

  constructor(pages: SpanPages, labels: (stream: number) => Labels) {
    this.#pages = pages;
    this.#labels = labels;
  }

  /** Rows of a trace with duplicates. */
  rowsOf(trace: FoundTrace): number {
    let rows = this.#rowsOfPart(trace);
    for (const part of trace.others ?? []) rows += this.#rowsOfPart(part);
    return rows;
  }

  #rowsOfPart({ page, trace }: TracePart): number {
    const { offsets } = this.#pages.page(page).traceRows();
    return offsets[trace + 1] - offsets[trace];
  }

  /** The set of at least one trace. */
  make(traces: readonly FoundTrace[]): SpanSet {
    const rows = uniqueRows(pickRows(this.#place(traces)));
    const ids = traces.map(({ ids: of, trace }) => of.subarray(trace * 16, trace * 16 + 16));
    return spanSetOf(ids, rows, this.#labels);
  }

  #place(traces: readonly FoundTrace[]): PlacedRows {
    const parts = traces.flatMap((trace) => [trace, ...(trace.others ?? [])]);
    const indices = [...new Set(parts.map(({ page }) => page))];
    const opened = indices.map((index) => this.#pages.page(index));
    // In order of writing, so that the last of equal spans is the one that counts.
    const order = Array.from(indices.keys()).sort(
      (a, b) => opened[a].page.order - opened[b].page.order,
    );
    const pages = order.map((at) => opened[at].page);
    const rowsOfPage = order.map((at) => opened[at].traceRows());
    const places = new Map(order.map((at, place) => [indices[at], place]));
    const offsets = new Uint32Array(traces.length + 1);
    let total = 0;
    for (const { page, trace } of parts) {
      const { offsets: of } = rowsOfPage[places.get(page) ?? 0];
      total += of[trace + 1] - of[trace];
    }
    const pageOf = new Uint16Array(total);
    const rowOf = new Uint32Array(total);
    let n = 0;
    const put = ({ page, trace }: TracePart): void => {
      const place = places.get(page) ?? 0;
      const { rows, offsets: of } = rowsOfPage[place];
      for (let i = of[trace]; i < of[trace + 1]; i++, n++) {
        pageOf[n] = place;
        rowOf[n] = rows[i];
      }
    };
    const placeOf = ({ page }: TracePart): number => places.get(page) ?? 0;
    for (const [i, trace] of traces.entries()) {
      if (trace.others === null) put(trace);
      else [trace, ...trace.others].sort((a, b) => placeOf(a) - placeOf(b)).forEach(put);
      offsets[i + 1] = n;
    }
    return { pages, page: pageOf, row: rowOf, offsets };
  }
}

/** A set of traces with these ids; `rows` has no span twice. */
export function spanSetOf(
  ids: readonly Uint8Array[],
  rows: SetRows,
  labels: (stream: number) => Labels,
): SpanSet {
  return new PagedSpanSet(ids, rows, labels);
}

class PagedSpanSet implements SpanSet {
  readonly traces: number;
  readonly offsets: Uint32Array;
  readonly startLo: Uint32Array;
  readonly startHi: Uint32Array;
  readonly durationNs: Float64Array;
  readonly kind: Uint8Array;
  readonly status: Uint8Array;
  readonly #ids: readonly Uint8Array[];
  readonly #rows: SetRows;
  readonly #n: number;
  readonly #labels: (stream: number) => Labels;
  #spanIds: Words | undefined;
  #parentIds: Words | undefined;
  #parents: Int32Array | undefined;
  #streams: SpanColumn<Labels> | undefined;
  #names: SpanColumn<string> | undefined;
  #tails: SpanColumn<Tail> | undefined;
  readonly #fields = new Map<string, SpanColumn<SpanValue | null> | null>();

  constructor(ids: readonly Uint8Array[], rows: SetRows, labels: (stream: number) => Labels) {
    this.#ids = ids;
    this.#rows = rows;
    this.#labels = labels;
    this.traces = ids.length;
    this.offsets = rows.offsets;
    this.#n = rows.row.length;
    const { lo, hi } = this.#words((page) => page.starts());
    this.startLo = lo;
    this.startHi = hi;
    this.durationNs = new Float64Array(this.#n);
    this.#gather((page) => page.durations(), this.durationNs);
    this.kind = new Uint8Array(this.#n);
    this.#gather((page) => page.kinds(), this.kind);
    this.status = new Uint8Array(this.#n);
    this.#gather((page) => page.statuses(), this.status);
  }

  #gather(
    columnOf: (page: SpanRowsPage) => ArrayLike<number>,
    into: Float64Array | Uint8Array,
  ): void {
    const columns = this.#rows.pages.map(columnOf);
    const { page, row } = this.#rows;
    for (let i = 0; i < this.#n; i++) into[i] = columns[page[i]][row[i]];
  }

  #words(wordsOf: (page: SpanRowsPage) => Words): Words {
    const columns = this.#rows.pages.map(wordsOf);
    const { page, row } = this.#rows;
    const lo = new Uint32Array(this.#n);
    const hi = new Uint32Array(this.#n);
    for (let i = 0; i < this.#n; i++) {
      const from = columns[page[i]];
      lo[i] = from.lo[row[i]];
      hi[i] = from.hi[row[i]];
    }
    return { lo, hi };
  }

  get #idWords(): Words {
    this.#spanIds ??= this.#words((page) => page.spanIds());
    return this.#spanIds;
  }

  get #parentWords(): Words {
    this.#parentIds ??= this.#words((page) => page.parentIds());
    return this.#parentIds;
  }

  parents(): Int32Array {
    this.#parents ??= linkParents(this.#idWords, this.#parentWords, this.offsets);
    return this.#parents;
  }

  traceId(trace: number): string {
    return hexOf(this.#ids[trace], 0, 16);
  }

  weight(trace: number): number {
    const { pages, page } = this.#rows;
    return pages[page[this.offsets[trace]]].weight;
  }

  spanId(row: number): string {
    return idText(this.#idWords, row);
  }

  parentId(row: number): string {
    const words = this.#parentWords;
    return words.lo[row] === 0 && words.hi[row] === 0 ? '' : idText(words, row);
  }

  streams(): SpanColumn<Labels> {
    if (this.#streams === undefined) {
      const known = new Map<number, number>();
      const values: Labels[] = [];
      const columns = this.#rows.pages.map((page) => page.streams());
      const { page, row } = this.#rows;
      const codes = new Uint32Array(this.#n);
      for (let i = 0; i < this.#n; i++) {
        const stream = columns[page[i]][row[i]];
        let code = known.get(stream);
        if (code === undefined) {
          code = values.push(this.#labels(stream)) - 1;
          known.set(stream, code);
        }
        codes[i] = code;
      }
      this.#streams = { codes, values };
    }
    return this.#streams;
  }

  names(): SpanColumn<string> {
    this.#names ??= this.#strings(
      (page) => page.names(),
      (bytes, start, end) => textDecoder.decode(bytes.subarray(start, end)),
    );
    return this.#names;
  }

  tails(): SpanColumn<Tail> {
    this.#tails ??= this.#strings((page) => page.tails(), readSpanTail);
    return this.#tails;
  }

  /** A column of distinct byte strings; equal ones of several pages are read once per page, names of few pages are joined. */
  #strings<T>(
    stringsOf: (page: SpanRowsPage) => PageStrings,
    read: (bytes: Uint8Array, start: number, end: number) => T,
  ): SpanColumn<T> {
    const values: T[] = [];
    const known = new Map<T, number>();
    const readers = this.#rows.pages.map((page) => {
      const { codes, strings } = stringsOf(page);
      const { bytes, offsets, count } = strings;
      const numbers = new Int32Array(count).fill(-1);
      return (row: number): number => {
        const code = codes[row];
        if (numbers[code] < 0) {
          const value = read(bytes, offsets[code], offsets[code + 1]);
          numbers[code] = known.get(value) ?? values.push(value) - 1;
          known.set(value, numbers[code]);
        }
        return numbers[code];
      };
    });
    return { codes: this.#codes(readers), values };
  }

  field(name: string): SpanColumn<SpanValue | null> | null {
    let field = this.#fields.get(name);
    if (field === undefined) {
      field = this.#readField(name);
      this.#fields.set(name, field);
    }
    return field;
  }

  #readField(name: string): SpanColumn<SpanValue | null> | null {
    const values: (SpanValue | null)[] = [null];
    const known = new Map<string, number>();
    const readers = this.#rows.pages.map((page) => {
      const field = page.field(name);
      if (field === null) return () => 0;
      const { codes, types } = field;
      const numbers = new Uint32Array(types.length + 1);
      return (row: number): number => {
        const code = codes[row];
        if (code === 0) return 0;
        if (numbers[code] === 0) {
          const [type, text] = [types[code - 1], field.text(code - 1)];
          const key = `${type} ${text}`;
          numbers[code] = known.get(key) ?? values.push({ type, text }) - 1;
          known.set(key, numbers[code]);
        }
        return numbers[code];
      };
    });
    const codes = this.#codes(readers);
    return values.length === 1 ? null : { codes, values };
  }

  #codes(readers: readonly ((row: number) => number)[]): Uint32Array {
    const { page, row } = this.#rows;
    const codes = new Uint32Array(this.#n);
    for (let i = 0; i < this.#n; i++) codes[i] = readers[page[i]](row[i]);
    return codes;
  }

  fieldNames(): string[] {
    const names = new Set<string>();
    for (const page of this.#rows.pages) for (const name of page.fieldKeys()) names.add(name);
    return [...names].filter((name) => this.field(name) !== null);
  }

  rows(rows: Uint32Array): SpanRow[] {
    const { pages, page, row } = this.#rows;
    const spans = new Array<SpanRow>(rows.length);
    for (const [place, of] of Map.groupBy(rows.keys(), (i) => page[rows[i]])) {
      // A page makes records in the order of its rows.
      const ascending = of.sort((a, b) => row[rows[a]] - row[rows[b]]);
      const own = Uint32Array.from(ascending, (i) => row[rows[i]]);
      const made = spanRows(pages[place], own, this.#labels);
      for (const [at, i] of ascending.entries()) spans[i] = made[at];
    }
    return spans;
  }
}
