/**
 * The rows of one source (a block of a file, a head segment) that a request asks for, in the order in which they are shown.
 *
 * Model: times, streams and severities are columns in that order; texts come from the source when they are asked for, some rows at a
 * time, ever more of them: a query that shows a hundred lines makes few, one that reads everything decodes a block once.
 *
 * Invariants: rows are asked for in ascending order; of rows of the source that are the same only the first is there.
 */
import { sortByTime } from './time-order.ts';

/** Where the texts of rows come from. `row` is the source's own number. */
export interface LogTexts {
  body(row: number): string;
  /** Bytes of the body. */
  bodyBytes(row: number): number;
  traceId(row: number): string;
  spanId(row: number): string;
  /** Names and texts in turn; fields that are not wanted may be missing. */
  fields(row: number, wants: WantsField): readonly string[];
}

/** Whether fields with a name are looked at; null: all are. */
export type WantsField = ((name: string) => boolean) | null;

/** A source whose rows are put in order. */
export interface RunSource {
  /** By row. */
  lo: Uint32Array;
  hi: Uint32Array;
  /** A number that is equal for rows that are the same apart from their time. */
  sameness(row: number): number;
  /** Whether rows with equal `sameness` are the same apart from their time. */
  same(a: number, b: number): boolean;
  /** By row the source's own number of the stream. */
  ownStreams: Uint32Array;
  /** By row. */
  severities: Uint32Array | Uint8Array;
  /** Stream (a number of the interner) by the source's own number. */
  streamOf(own: number): number;
  /** The source of texts for now; asked again for every few rows, so that nothing large is held on to. */
  texts(): LogTexts;
}

const FIRST_WINDOW = 16;
const LARGEST_WINDOW = 1024;

/** Texts of some rows in a row. */
class Window<T> {
  readonly #make: (texts: LogTexts, row: number) => T;
  #from = 0;
  #size = FIRST_WINDOW / 2;
  #values: T[] = [];

  constructor(make: (texts: LogTexts, row: number) => T) {
    this.#make = make;
  }

  at(index: number, rows: Uint32Array, source: RunSource): T {
    const known = this.#values[index - this.#from];
    if (known !== undefined) return known;
    this.#size = Math.min(this.#size * 2, LARGEST_WINDOW);
    const texts = source.texts();
    const values: T[] = [];
    const end = Math.min(rows.length, index + this.#size);
    for (let i = index; i < end; i++) values.push(this.#make(texts, rows[i]));
    this.#from = index;
    this.#values = values;
    return values[0];
  }
}

export class LogRun {
  readonly length: number;
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly streams: Uint32Array;
  readonly severities: Uint8Array;
  /** Of runs with equal times the one with the lower rank comes first. */
  readonly rank: number;
  /** The row to show next. */
  at = 0;
  readonly #rows: Uint32Array;
  readonly #source: RunSource;
  readonly #bodies = new Window((texts, row) => texts.body(row));
  readonly #traceIds = new Window((texts, row) => texts.traceId(row));
  readonly #spanIds = new Window((texts, row) => texts.spanId(row));
  readonly #fields: Window<readonly string[]>;

  /** `rows` are those that are asked for, in order of arrival; a run with a higher rank came later. */
  constructor(
    source: RunSource,
    rows: Uint32Array,
    order: number,
    backward: boolean,
    wants: WantsField,
  ) {
    let sorted = sortByTime(rows, source.lo, source.hi);
    sorted = withoutRepeats(sorted, source);
    if (backward) sorted = sorted.slice().reverse();
    const n = sorted.length;
    this.length = n;
    this.lo = new Uint32Array(n);
    this.hi = new Uint32Array(n);
    this.streams = new Uint32Array(n);
    this.severities = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      const row = sorted[i];
      this.lo[i] = source.lo[row];
      this.hi[i] = source.hi[row];
      this.streams[i] = source.streamOf(source.ownStreams[row]);
      this.severities[i] = source.severities[row];
    }
    this.rank = backward ? -order : order;
    this.#rows = sorted;
    this.#fields = new Window((texts, row) => texts.fields(row, wants));
    this.#source = source;
  }

  body(index: number): string {
    return this.#bodies.at(index, this.#rows, this.#source);
  }

  traceId(index: number): string {
    return this.#traceIds.at(index, this.#rows, this.#source);
  }

  spanId(index: number): string {
    return this.#spanIds.at(index, this.#rows, this.#source);
  }

  fields(index: number): readonly string[] {
    return this.#fields.at(index, this.#rows, this.#source);
  }

  /** A text that is equal for records that are the same apart from time and stream. */
  identity(index: number): string {
    return identityOf(this.#source, this.#rows[index]);
  }
}

/** A text that is equal for records that are the same apart from time and stream. */
export function identityOf(source: RunSource, row: number): string {
  const texts = source.texts();
  return JSON.stringify([
    source.severities[row],
    texts.traceId(row),
    texts.spanId(row),
    texts.body(row),
    texts.fields(row, null),
  ]);
}

/** Leaves out rows that are the same as one before, time included. */
export function withoutRepeats(rows: Uint32Array, source: RunSource): Uint32Array {
  const { lo, hi } = source;
  let repeats: Set<number> | undefined;
  for (let i = 1, start = 0; i <= rows.length; i++) {
    const tie =
      i < rows.length && lo[rows[i]] === lo[rows[i - 1]] && hi[rows[i]] === hi[rows[i - 1]];
    if (tie) continue;
    if (i - start > 1) {
      for (const row of repeatsIn(rows.subarray(start, i), source)) {
        repeats ??= new Set();
        repeats.add(row);
      }
    }
    start = i;
  }
  if (repeats === undefined) return rows;
  const left = repeats;
  return rows.filter((row) => !left.has(row));
}

/** Rows of equal times that are the same as one before. */
function repeatsIn(rows: Uint32Array, source: RunSource): number[] {
  const found: number[] = [];
  const first = new Map<number, number[]>();
  for (const row of rows) {
    const key = source.sameness(row);
    const others = first.get(key);
    if (others === undefined) first.set(key, [row]);
    else if (others.some((other) => source.same(other, row))) found.push(row);
    else others.push(row);
  }
  return found;
}
