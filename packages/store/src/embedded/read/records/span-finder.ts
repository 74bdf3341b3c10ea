/**
 * Finds traces, newest first.
 *
 * Model: pages are searched in descending order of their last start. A page gives the traces that have a matching span in it; for those that
 * have not been found before, the entries of the units (span-pages.ts) tell which other pages have spans of them, and those tell where
 * the trace starts. A trace is given out once it starts after everything that has not been searched: no trace that is still to be
 * found can start later, because its matching span would lie in a page that has been searched.
 *
 * Invariants: each trace is given once, in descending order of its start, ties by ascending id. Traces that wait are those that
 * start before the last start of the next page: few, as pages come in order of time.
 *
 * Units are joined when their times lie within JOIN_MS of a trace, or all of them while there are few: spans of one trace that lie
 * further apart may be found as two traces on a large store.
 */
import type { Words } from '../../records/integers.ts';
import type { SpanMatcher } from './span-matches.ts';
import type { OpenPage } from './span-open-page.ts';
import type { PageInfo, SpanPages, TraceUnit, UnitEntries } from './span-pages.ts';

const JOIN_MS = 15 * 60_000;
/** Rows up to which all units are joined. */
const JOIN_ALL_ROWS = 4_000_000;
/** Traces that are looked up one by one. */
const FEW_TRACES = 64;
const TWO_32 = 2 ** 32;

/** The spans of one trace in one page. */
export interface TracePart {
  page: number;
  /** Number of the trace in the page. */
  trace: number;
}

export interface FoundTrace extends TracePart {
  /** The id is ids[trace * 16, trace * 16 + 16). */
  ids: Uint8Array;
  startLo: number;
  startHi: number;
  /** In other pages. */
  others: TracePart[] | null;
}

export class TraceFinder {
  readonly #pages: SpanPages;
  readonly #matcher: SpanMatcher;
  readonly #joinsAll: boolean;
  readonly #entries = new Map<TraceUnit, UnitEntries>();
  /** Per page its traces that have been found. */
  readonly #found = new Map<number, Uint8Array>();
  #waiting: FoundTrace[] = [];

  constructor(pages: SpanPages, matcher: SpanMatcher) {
    this.#pages = pages;
    this.#matcher = matcher;
    this.#joinsAll = pages.units.reduce((sum, { rows }) => sum + rows, 0) <= JOIN_ALL_ROWS;
  }

  /** Lists of found traces, in order within and over all lists. */
  *run(): Generator<FoundTrace[]> {
    const order = this.#pages.list
      .filter((info) => this.#matcher.mayMatch(info))
      .sort((a, b) => b.tMax - a.tMax || b.index - a.index);
    for (const [i, info] of order.entries()) {
      this.#search(info);
      const ready = this.#ready(order[i + 1]?.tMax ?? Number.NEGATIVE_INFINITY);
      if (ready.length > 0) yield ready;
    }
  }

  /** Takes those that start after `tMax` from the waiting ones. */
  #ready(tMax: number): FoundTrace[] {
    const ready: FoundTrace[] = [];
    const waiting: FoundTrace[] = [];
    for (const trace of this.#waiting) {
      const isReady = (trace.startHi * TWO_32 + trace.startLo) / 1e6 > tMax;
      (isReady ? ready : waiting).push(trace);
    }
    this.#waiting = waiting;
    return ready.sort(compareFound);
  }

  #search(info: PageInfo): void {
    const open = this.#pages.page(info.index);
    const { page } = open;
    const mask = this.#matcher.rows(info, page);
    if (mask === null) return;
    const { codes, ids } = page.traces();
    const found = this.#foundIn(info.index, open);
    const starts = open.traceStarts();
    const fresh: FoundTrace[] = [];
    const byTrace = new Map<number, FoundTrace>();
    for (let row = 0; row < mask.length; row++) {
      const trace = codes[row];
      if (mask[row] === 0 || found[trace] === 1) continue;
      found[trace] = 1;
      const [startLo, startHi] = [starts.lo[trace], starts.hi[trace]];
      const made = { page: info.index, trace, ids, startLo, startHi, others: null };
      fresh.push(made);
      byTrace.set(trace, made);
    }
    if (fresh.length === 0) return;
    this.#join(info, open, byTrace);
    this.#waiting.push(...fresh);
  }

  /** Finds the other parts of traces of a page. */
  #join(info: PageInfo, open: OpenPage, traces: ReadonlyMap<number, FoundTrace>): void {
    const joined = new Set<TraceUnit>();
    let [tMin, tMax] = [info.tMin, info.tMax];
    for (let grown = true; grown; ) {
      grown = false;
      const parts = new Map<number, FoundTrace[]>();
      for (const unit of this.#pages.units) {
        const isNear = unit.tMax >= tMin - JOIN_MS && unit.tMin <= tMax + JOIN_MS;
        if (joined.has(unit) || !(isNear || this.#joinsAll)) continue;
        joined.add(unit);
        this.#pages.budget.poll();
        const add = (found: FoundTrace, page: number): void => {
          const list = parts.get(page);
          if (list === undefined) parts.set(page, [found]);
          else list.push(found);
        };
        if (unit.find !== null && traces.size <= FEW_TRACES) {
          for (const found of traces.values()) {
            for (const page of unit.find(found.ids, found.trace * 16)) {
              if (page !== info.index) add(found, page);
            }
          }
          continue;
        }
        open.table.join(this.#entriesOf(unit), info.index, (trace, page) => {
          const found = traces.get(trace);
          if (found !== undefined) add(found, page);
        });
      }
      for (const [index, list] of parts) {
        if (!this.#addParts(index, list)) continue;
        // A part that reaches further back or forth may have neighbours of its own.
        const other = this.#pages.list[index];
        grown ||= !this.#joinsAll && (other.tMin < tMin || other.tMax > tMax);
        tMin = Math.min(tMin, other.tMin);
        tMax = Math.max(tMax, other.tMax);
      }
    }
  }

  /** Adds what a page has of the traces; false when it has nothing. */
  #addParts(index: number, traces: readonly FoundTrace[]): boolean {
    const open = this.#pages.page(index);
    const found = this.#foundIn(index, open);
    const starts = open.traceStarts();
    let any = false;
    for (const trace of traces) {
      // A trace is named twice where another one has the same last bytes.
      if (trace.others?.at(-1)?.page === index) continue;
      const number = open.traceOf(trace.ids, trace.trace * 16);
      if (number < 0) continue;
      any = true;
      found[number] = 1;
      trace.others ??= [];
      trace.others.push({ page: index, trace: number });
      moveStart(trace, starts, number);
    }
    return any;
  }

  #foundIn(index: number, open: OpenPage): Uint8Array {
    let found = this.#found.get(index);
    if (found === undefined) {
      found = new Uint8Array(open.page.traces().count);
      this.#found.set(index, found);
    }
    return found;
  }

  #entriesOf(unit: TraceUnit): UnitEntries {
    let entries = this.#entries.get(unit);
    if (entries === undefined) {
      entries = unit.entries();
      this.#entries.set(unit, entries);
    }
    return entries;
  }
}

function moveStart(trace: FoundTrace, { lo, hi }: Words, number: number): void {
  const isEarlier =
    hi[number] < trace.startHi || (hi[number] === trace.startHi && lo[number] < trace.startLo);
  if (!isEarlier) return;
  trace.startLo = lo[number];
  trace.startHi = hi[number];
}

function compareFound(a: FoundTrace, b: FoundTrace): number {
  if (a.startHi !== b.startHi) return b.startHi - a.startHi;
  if (a.startLo !== b.startLo) return b.startLo - a.startLo;
  for (let i = 0; i < 16; i++) {
    const order = a.ids[a.trace * 16 + i] - b.ids[b.trace * 16 + i];
    if (order !== 0) return order;
  }
  return 0;
}
