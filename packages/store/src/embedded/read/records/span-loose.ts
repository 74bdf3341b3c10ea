/**
 * Spans that a filter lets through, page by page and without their traces: for whoever counts spans.
 *
 * Model: first the pages that have wanted rows are found, and a bit is kept for each row; then which of those rows are repeated elsewhere
 * (span-repeats.ts): of a span only the last one is given. A page of which all rows are wanted gives its columns as they are, or counts of
 * them without being read; of others the wanted rows are gathered when a column is asked for.
 */
import { readSpanTail } from '@sightline/wire';
import { Labels } from '../../../labels.ts';
import type { QueryBudget } from '../../../querier.ts';
import type {
  LooseSpans,
  SpanColumn,
  SpanCounts,
  SpanValue,
  TraceFilter,
} from '../../../records.ts';
import { CorruptionError } from '../../blocks/errors.ts';
import type { Words } from '../../records/integers.ts';
import type { RecordInputs } from './inputs.ts';
import { SpanMatcher } from './span-matches.ts';
import {
  hexOf,
  idText,
  type PageStrings,
  type SpanPage,
  type StreamCodes,
  textDecoder,
} from './span-page.ts';
import { type PageInfo, SpanPages } from './span-pages.ts';
import { findRepeats } from './span-repeats.ts';
import { rangeOf } from './span-traces.ts';

/** Labels by the array of streams that a file or a page has. */
type LabelsOf = (streams: StreamCodes) => readonly Labels[];

const NO_LABELS = Labels.fromPairs([]);

/** Pages with later starts first, rows of a page in its order. */
export function* readLooseSpans(inputs: RecordInputs, filter: TraceFilter): Iterable<LooseSpans> {
  const { budget } = filter;
  const { minMs, maxMs } = rangeOf(filter);
  const pages = new SpanPages(inputs, budget, minMs, maxMs);
  const matcher = new SpanMatcher(filter, (stream) => inputs.labels(stream));
  const found: MatchedPage[] = [];
  for (const info of pages.list) {
    if (!matcher.mayMatch(info)) continue;
    budget.poll();
    const page = new LazyPage(info, budget);
    const mask = matcher.isWhole(info) ? null : matcher.rows(info, page.get());
    if (mask === null && !matcher.isWhole(info)) continue;
    found.push({ info, bits: mask && bitsOf(mask) });
  }
  if (found.length === 0) return;
  found.sort((a, b) => b.info.tMax - a.info.tMax || b.info.index - a.info.index);
  const repeats = findRepeats(
    pages,
    found.map(({ info }) => info),
  );
  const labelsOf = labelLists(inputs);
  for (const { info, bits } of found) {
    budget.poll();
    const repeated = repeats.rows.get(info.index);
    const rows = bits === null && repeated === undefined ? null : rowsLeft(info, bits, repeated);
    if (rows !== null && rows.length === 0) continue;
    const picked = rows === null || rows.length === info.rows ? null : rows;
    const traces = repeats.traces[info.index];
    yield new PageSpans(new LazyPage(info, budget), picked, traces, labelsOf);
  }
}

/** A page with rows that may match: a bit for each row, null for all. */
interface MatchedPage {
  info: PageInfo;
  bits: Uint32Array | null;
}

/** A page that is read when something of it is asked for. */
class LazyPage {
  readonly info: PageInfo;
  readonly #budget: QueryBudget;
  #page: SpanPage | undefined;

  constructor(info: PageInfo, budget: QueryBudget) {
    this.info = info;
    this.#budget = budget;
  }

  get(): SpanPage {
    if (this.#page === undefined) {
      this.#budget.addSamples(this.info.rows);
      this.#page = this.info.read();
    }
    return this.#page;
  }
}

function labelLists(inputs: RecordInputs): LabelsOf {
  const known = new Map<Uint32Array, Labels[]>();
  return ({ ids, first }) => {
    let labels = known.get(ids);
    if (labels === undefined) {
      // A number that stands for no stream has no labels.
      labels = Array.from(ids, (stream, i) => (i < first ? NO_LABELS : inputs.labels(stream)));
      known.set(ids, labels);
    }
    return labels;
  };
}

function bitsOf(mask: Uint8Array): Uint32Array {
  const bits = new Uint32Array(Math.ceil(mask.length / 32));
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] !== 0) bits[row >>> 5] |= 1 << (row & 31);
  }
  return bits;
}

function rowsLeft(
  info: PageInfo,
  bits: Uint32Array | null,
  repeated: Uint8Array | undefined,
): Uint32Array {
  const rows = new Uint32Array(info.rows);
  let n = 0;
  for (let row = 0; row < info.rows; row++) {
    const isWanted = bits === null || (bits[row >>> 5] & (1 << (row & 31))) !== 0;
    if (isWanted && repeated?.[row] !== 1) rows[n++] = row;
  }
  return rows.slice(0, n);
}

class PageSpans implements LooseSpans {
  readonly n: number;
  readonly weight: number;
  readonly traces: number;
  readonly #lazy: LazyPage;
  /** Ascending; null: all. */
  readonly #rows: Uint32Array | null;
  readonly #labelsOf: LabelsOf;
  #starts: Words | undefined;
  #durations: Float64Array | undefined;
  #kinds: Uint8Array | undefined;
  #statuses: Uint8Array | undefined;

  constructor(page: LazyPage, rows: Uint32Array | null, traces: number, labelsOf: LabelsOf) {
    this.traces = traces;
    this.n = rows?.length ?? page.info.rows;
    this.weight = page.info.stored?.weight ?? 1;
    this.#lazy = page;
    this.#rows = rows;
    this.#labelsOf = labelsOf;
  }

  get #page(): SpanPage {
    return this.#lazy.get();
  }

  counts(originMs: number, stepMs: number): SpanCounts | null {
    const { stored } = this.#lazy.info;
    if (this.#rows !== null || stored === null) return null;
    const { unitMs, streams: of, intervals, counts } = stored.activity();
    const isAligned = unitMs > 0 && originMs % unitMs === 0 && stepMs % unitMs === 0;
    if (!isAligned) return null;
    const ids = stored.streams;
    const endsMs = new Float64Array(of.length);
    const codes = new Uint32Array(of.length);
    for (let i = 0; i < of.length; i++) {
      endsMs[i] = intervals[i] * unitMs;
      if (!(of[i] > 0 && of[i] < ids.length)) {
        throw new CorruptionError('spans of no stream', stored.place, null);
      }
      codes[i] = of[i];
    }
    const values = this.#labelsOf({ codes, ids, first: 1 });
    return { endsMs, counts, streams: { codes, values } };
  }

  get #startWords(): Words {
    if (this.#starts === undefined) {
      const { lo, hi } = this.#page.scanStarts();
      this.#starts = { lo: this.#pick(lo), hi: this.#pick(hi) };
    }
    return this.#starts;
  }

  get startLo(): Uint32Array {
    return this.#startWords.lo;
  }

  get startHi(): Uint32Array {
    return this.#startWords.hi;
  }

  get durationNs(): Float64Array {
    this.#durations ??= this.#pick(this.#page.durations());
    return this.#durations;
  }

  get kind(): Uint8Array {
    this.#kinds ??= this.#pick(this.#page.kinds());
    return this.#kinds;
  }

  get status(): Uint8Array {
    this.#statuses ??= this.#pick(this.#page.statuses());
    return this.#statuses;
  }

  traceId(row: number): string {
    const { codes, ids } = this.#page.traces();
    const at = codes[this.#rowOf(row)] * 16;
    return hexOf(ids, at, at + 16);
  }

  spanId(row: number): string {
    return idText(this.#page.spanIds(), this.#rowOf(row));
  }

  parentId(row: number): string {
    const words = this.#page.parentIds();
    const at = this.#rowOf(row);
    return words.lo[at] === 0 && words.hi[at] === 0 ? '' : idText(words, at);
  }

  streams(): SpanColumn<Labels> {
    const streams = this.#page.streamCodes();
    return { codes: this.#pick(streams.codes), values: this.#labelsOf(streams) };
  }

  names(): SpanColumn<string> {
    return this.#strings(this.#page.names(), (bytes, start, end) =>
      textDecoder.decode(bytes.subarray(start, end)),
    );
  }

  tails(): ReturnType<LooseSpans['tails']> {
    return this.#strings(this.#page.tails(), readSpanTail);
  }

  field(name: string): SpanColumn<SpanValue | null> | null {
    const field = this.#page.field(name);
    if (field === null) return null;
    const { types, text } = field;
    return distinct<SpanValue | null>(
      this.#pick(field.codes),
      types.length + 1,
      [null],
      (code) => ({
        type: types[code - 1],
        text: text(code - 1),
      }),
    );
  }

  fieldNames(): string[] {
    return [...this.#page.fieldKeys()].filter((name) => this.field(name) !== null);
  }

  #strings<T>(
    { codes, strings }: PageStrings,
    read: (bytes: Uint8Array, start: number, end: number) => T,
  ): SpanColumn<T> {
    const { bytes, offsets, count } = strings;
    return distinct(this.#pick(codes), count, [], (code) =>
      read(bytes, offsets[code], offsets[code + 1]),
    );
  }

  #rowOf(row: number): number {
    return this.#rows === null ? row : this.#rows[row];
  }

  #pick<T extends Uint8Array | Uint32Array | Float64Array>(column: T): T {
    return this.#rows === null ? column : picked(column, this.#rows);
  }
}

/** The values of the codes that rows have, each read once; `values` has those of the first codes. */
function distinct<T>(
  all: Uint32Array,
  count: number,
  values: T[],
  read: (code: number) => T,
): SpanColumn<T> {
  const numbers = new Uint32Array(count);
  const known = values.length;
  const codes = new Uint32Array(all.length);
  for (let row = 0; row < all.length; row++) {
    const code = all[row];
    if (code < known) {
      codes[row] = code;
      continue;
    }
    // Numbers are kept with 1 added: 0 has not been read.
    if (numbers[code] === 0) numbers[code] = values.push(read(code));
    codes[row] = numbers[code] - 1;
  }
  return { codes, values };
}

function picked<T extends Uint8Array | Uint32Array | Float64Array>(column: T, rows: Uint32Array): T;
function picked(
  column: Uint8Array | Uint32Array | Float64Array,
  rows: Uint32Array,
): Uint8Array | Uint32Array | Float64Array {
  if (column instanceof Uint8Array) return Uint8Array.from(rows, (row) => column[row]);
  if (column instanceof Uint32Array) return rows.map((row) => column[row]);
  return Float64Array.from(rows, (row) => column[row]);
}
