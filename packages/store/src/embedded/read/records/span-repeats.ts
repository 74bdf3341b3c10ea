/**
 * Spans that lie in more than one place: which rows of pages are repeated by a later one.
 *
 * Model: a span can lie in two pages only where the trace indexes name its trace for both, and twice in one page only where the page's span ids
 * are not distinct. Traces that two pages have are found by two passes over the entries: the first sets a bit for each hash, the second
 * one takes the entries whose bit was set twice. Only rows of such traces are compared, by their ids.
 *
 * Invariants: of rows with one trace id and span id that of the page with the greatest order is kept, within a page the last. What is read
 * grows with the number of traces, not of spans.
 */
import { processKey } from '@sightline/wire';
import type { QueryBudget } from '../../../querier.ts';
import { grown } from '../../blocks/bytes.ts';
import { orderByWords, sortRun } from '../../word-sort.ts';
import { wordAt } from './span-page.ts';
import type { PageInfo, SpanPages, TraceUnit, UnitEntries } from './span-pages.ts';

/** Units further from the pages than this are not looked at, unless there are few rows: as for traces (span-finder.ts). */
const JOIN_MS = 15 * 60_000;
const JOIN_ALL_ROWS = 4_000_000;
const BITS_PER_ENTRY = 16;
const seed = processKey[0];
const factorHi = processKey[1] | 1;
const factorLo = processKey[2] | 1;
const MAX_BITS = 2 ** 27;
/** Entries that are read once; the others are read again in every pass. */
const KEPT_ENTRIES = 2 ** 18;
/** Words of a trace id and a span id. */
const ROW_WORDS = 6;
/** A slot, and half a row. */
const SLOT_BYTES = 4 + ROW_WORDS * 2;

export interface Repeats {
  /** Per page (its index) 1 for each row that is repeated; pages without such rows are left out. */
  rows: ReadonlyMap<number, Uint8Array>;
  /** By page the number of its traces. */
  traces: Uint32Array;
}

export function findRepeats(pages: SpanPages, wanted: readonly PageInfo[]): Repeats {
  const isWanted = new Set(wanted.map(({ index }) => index));
  // Of a page the keys of traces that others have, null for all of its rows.
  const affected = new Map<number, Uint8Array | null>();
  const found = candidates(pages, unitsNear(pages, wanted));
  for (const [index, keys] of sharedKeys(found, isWanted)) affected.set(index, keys);
  for (const info of wanted) {
    pages.budget.poll();
    if (!info.areIdsDistinct()) affected.set(info.index, null);
  }
  // Later pages first: the first row with its ids is the one that counts.
  const order = Array.from(affected.keys(), (index) => ({
    index,
    order: pages.page(index).page.order,
  })).sort((a, b) => b.order - a.order);
  const seen = new SeenSpans(pages.budget);
  const repeats = new Map<number, Uint8Array>();
  for (const { index } of order) {
    pages.budget.poll();
    const repeated = addPage(seen, pages, index, affected.get(index) ?? null);
    if (repeated !== null && isWanted.has(index)) repeats.set(index, repeated);
  }
  seen.done();
  return { rows: repeats, traces: found.counts };
}

/** 1 for each row of a page that has been seen before or comes again in it; null when there is none. */
function addPage(
  seen: SeenSpans,
  pages: SpanPages,
  index: number,
  keys: Uint8Array | null,
): Uint8Array | null {
  const open = pages.page(index);
  const { ids, codes, count } = open.page.traces();
  const spans = open.page.spanIds();
  const isShared = new Uint8Array(count);
  if (keys === null) isShared.fill(1);
  else {
    for (let at = 0; at < keys.length; at += 16) {
      // Visits all traces with the key.
      open.table.find(keys, at, (trace) => {
        isShared[trace] = 1;
        return false;
      });
    }
  }
  let repeated: Uint8Array | null = null;
  for (let row = codes.length - 1; row >= 0; row--) {
    const trace = codes[row];
    if (isShared[trace] === 0 || seen.add(ids, trace * 16, spans.hi[row], spans.lo[row])) continue;
    repeated ??= new Uint8Array(codes.length);
    repeated[row] = 1;
  }
  return repeated;
}

/** Per page (its index) the ids, of which only the last 8 bytes are set, of traces that another page has too. */
function sharedKeys(
  { hi, lo, page, n }: Candidates,
  isWanted: ReadonlySet<number>,
): Map<number, Uint8Array> {
  const order = orderByWords(hi.subarray(0, n));
  sortRun(order, 0, n, (a, b) => hi[a] - hi[b] || lo[a] - lo[b] || page[a] - page[b]);
  const keys = new Map<number, number[]>();
  for (let from = 0, to = 0; from < n; from = to) {
    const first = order[from];
    to = from + 1;
    if (to === n || hi[order[to]] !== hi[first] || lo[order[to]] !== lo[first]) continue;
    const group = new Set<number>([page[first]]);
    for (; to < n && hi[order[to]] === hi[first] && lo[order[to]] === lo[first]; to++) {
      group.add(page[order[to]]);
    }
    if (group.size < 2 || ![...group].some((index) => isWanted.has(index))) continue;
    for (const index of group) {
      const list = keys.get(index);
      if (list === undefined) keys.set(index, [first]);
      else list.push(first);
    }
  }
  return new Map(
    Array.from(keys, ([index, list]) => {
      const ids = new Uint8Array(list.length * 16);
      const view = new DataView(ids.buffer);
      for (const [i, entry] of list.entries()) {
        view.setUint32(i * 16 + 8, hi[entry]);
        view.setUint32(i * 16 + 12, lo[entry]);
      }
      return [index, ids];
    }),
  );
}

function unitsNear(pages: SpanPages, wanted: readonly PageInfo[]): TraceUnit[] {
  const rows = pages.units.reduce((sum, unit) => sum + unit.rows, 0);
  if (rows <= JOIN_ALL_ROWS) return pages.units;
  const from = Math.min(...wanted.map(({ tMin }) => tMin)) - JOIN_MS;
  const to = Math.max(...wanted.map(({ tMax }) => tMax)) + JOIN_MS;
  return pages.units.filter(({ tMin, tMax }) => tMax >= from && tMin <= to);
}

/** Entries of traces that may lie in two pages. */
interface Candidates {
  hi: Uint32Array;
  lo: Uint32Array;
  page: Uint32Array;
  n: number;
  /** By page the number of its entries. */
  counts: Uint32Array;
}

function candidates(pages: SpanPages, units: readonly TraceUnit[]): Candidates {
  const kept = new Map<TraceUnit, UnitEntries>();
  let total = 0;
  const entriesOf = (unit: TraceUnit): UnitEntries => {
    pages.budget.poll();
    return kept.get(unit) ?? unit.traces();
  };
  for (const unit of units) {
    const entries = entriesOf(unit);
    total += entries.hi.length;
    if (total > KEPT_ENTRIES) break;
    kept.set(unit, entries);
  }
  const rows = units.reduce((sum, unit) => sum + unit.rows, 0);
  const most = kept.size === units.length ? total : rows;
  let bits = 1024;
  while (bits < Math.min(MAX_BITS, most * BITS_PER_ENTRY)) bits *= 2;
  pages.budget.addBytes(bits / 4);
  const once = new Uint32Array(bits / 32);
  const twice = new Uint32Array(bits / 32);
  const counts = new Uint32Array(pages.list.length);
  for (const unit of units) mark(entriesOf(unit), once, twice, counts);
  const column = (): Uint32Array => new Uint32Array(64);
  const found = { hi: column(), lo: column(), page: column(), n: 0, counts };
  for (const unit of units) collect(entriesOf(unit), twice, found);
  pages.budget.addBytes(-bits / 4);
  return found;
}

/** Sets the bits of entries, and counts them by page. */
function mark(
  { hi, lo, page }: UnitEntries,
  once: Uint32Array,
  twice: Uint32Array,
  counts: Uint32Array,
): void {
  const mask = once.length * 32 - 1;
  for (let i = 0; i < hi.length; i++) {
    counts[page[i]]++;
    const hash = hashOf(hi[i], lo[i]) & mask;
    const bit = 1 << (hash & 31);
    const word = once[hash >>> 5];
    if ((word & bit) === 0) once[hash >>> 5] = word | bit;
    else twice[hash >>> 5] |= bit;
  }
}

/** Takes the entries whose bit is set. */
function collect({ hi, lo, page }: UnitEntries, twice: Uint32Array, into: Candidates): void {
  const mask = twice.length * 32 - 1;
  for (let i = 0; i < hi.length; i++) {
    const hash = hashOf(hi[i], lo[i]) & mask;
    if ((twice[hash >>> 5] & (1 << (hash & 31))) === 0) continue;
    const n = into.n++;
    if (n === into.hi.length) {
      into.hi = grown(into.hi, n + 1);
      into.lo = grown(into.lo, n + 1);
      into.page = grown(into.page, n + 1);
    }
    into.hi[n] = hi[i];
    into.lo[n] = lo[i];
    into.page[n] = page[i];
  }
}

/** Senders choose ids, so nobody may know in advance which ones collide. */
function hashOf(hi: number, lo: number): number {
  const mixed = Math.imul(hi ^ seed, factorHi) ^ Math.imul(lo, factorLo);
  const folded = Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
  return (folded ^ (folded >>> 13)) >>> 0;
}

/** A set of spans by trace id and span id: open addressing, at most half full. */
class SeenSpans {
  readonly #budget: QueryBudget;
  #bytes = 0;
  #words = new Uint32Array(ROW_WORDS * 64);
  #slots = new Uint32Array(256);
  #count = 0;

  constructor(budget: QueryBudget) {
    this.#budget = budget;
  }

  /** Its memory is no longer needed. */
  done(): void {
    this.#budget.addBytes(-this.#bytes);
  }

  /** Adds a span of the trace ids[at, at + 16); false when it is there already. */
  add(ids: Uint8Array, at: number, spanHi: number, spanLo: number): boolean {
    const a = wordAt(ids, at);
    const b = wordAt(ids, at + 4);
    const c = wordAt(ids, at + 8);
    const d = wordAt(ids, at + 12);
    const words = this.#words;
    const mask = this.#slots.length - 1;
    let slot = hashOf(spanHi ^ d, spanLo ^ c) & mask;
    for (let row = this.#slots[slot]; row !== 0; row = this.#slots[slot]) {
      const k = (row - 1) * ROW_WORDS;
      const isEqual =
        words[k] === a &&
        words[k + 1] === b &&
        words[k + 2] === c &&
        words[k + 3] === d &&
        words[k + 4] === spanHi &&
        words[k + 5] === spanLo;
      if (isEqual) return false;
      slot = (slot + 1) & mask;
    }
    const k = this.#count * ROW_WORDS;
    this.#words = grown(words, k + ROW_WORDS);
    this.#words[k] = a;
    this.#words[k + 1] = b;
    this.#words[k + 2] = c;
    this.#words[k + 3] = d;
    this.#words[k + 4] = spanHi;
    this.#words[k + 5] = spanLo;
    this.#slots[slot] = ++this.#count;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    return true;
  }

  #grow(): void {
    const bytes = this.#slots.length * SLOT_BYTES;
    this.#budget.addBytes(bytes);
    this.#bytes += bytes;
    const slots = new Uint32Array(this.#slots.length * 2);
    const words = this.#words;
    for (let row = 0; row < this.#count; row++) {
      const k = row * ROW_WORDS;
      let slot =
        hashOf(words[k + 4] ^ words[k + 3], words[k + 5] ^ words[k + 2]) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = row + 1;
    }
    this.#slots = slots;
  }
}
