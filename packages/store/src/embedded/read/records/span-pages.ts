/**
 * All pages of spans (span-page.ts) that a query may need, and which of them hold a trace.
 *
 * Model: a page is listed with its times before anything of it is read. A *unit* is a flush of a file or a part of the head; its entries say
 * which traces are in which of its pages. A page that is opened stays open until a few others were used since.
 */
import { compareRanges } from '@sightline/wire';
import type { QueryBudget } from '../../../querier.ts';
import type { SpanActivity } from '../../records/span-activity.ts';
import {
  findTrace,
  TRACE_KEY_BYTES,
  type TraceEntries,
  traceKey,
} from '../../records/trace-index.ts';
import type { TraceSummaries } from '../../records/trace-summary.ts';
import { readPages } from './head-pages.ts';
import { hashId } from './id-hash.ts';
import type { RecordInputs } from './inputs.ts';
import type { RecordFile } from './record-file.ts';
import { FilePage } from './span-file-page.ts';
import type { HeadPage } from './span-head-page.ts';
import { areIdsDistinct } from './span-links.ts';
import { OpenPage } from './span-open-page.ts';
import type { SpanPage } from './span-page.ts';

/** Opened pages that are kept; each takes a few megabytes at most. */
const OPEN_PAGES = 16;
/** Chunks of the trace index of a unit that a search keeps; about 70 kB each. */
const KEPT_CHUNKS = 16;
/** The order of a page is its flush times this plus its number in it. */
export const ORDER_FACTOR = 2 ** 26;

export interface PageInfo {
  /** Place in the list. */
  readonly index: number;
  /** Unix ms around starts, and past all ends. */
  readonly tMin: number;
  readonly tMax: number;
  readonly tEnd: number;
  readonly rows: number;
  readonly read: () => SpanPage;
  /** Whether no two rows have one span id. */
  readonly areIdsDistinct: () => boolean;
  /** What the file of the page has beside it; null in the head. */
  readonly stored: StoredPage | null;
}

export interface StoredPage {
  summaries(): TraceSummaries;
  /** Kept once it was read. */
  activity(): SpanActivity;
  /** Streams by dense id. */
  readonly streams: Uint32Array;
  /** How many spans each one stands for. */
  readonly weight: number;
  /** Names the page in errors. */
  readonly place: string;
}

export interface TraceUnit {
  tMin: number;
  tMax: number;
  /** Bound of its entries. */
  rows: number;
  readonly pages: PageInfo[];
  /** May name a trace of a page several times. */
  entries(): UnitEntries;
  /** Names each trace of a page once. */
  traces(): UnitEntries;
  /** The pages that the entries name for the key at ids[at + 8, at + 16); null where all entries must be read for it. */
  readonly find: ((ids: Uint8Array, at: number) => number[]) | null;
}

/** Entry i: the last 8 bytes of a trace id and the index of a page. */
export class UnitEntries {
  readonly hi: Uint32Array;
  readonly lo: Uint32Array;
  readonly page: Uint32Array;
  #hash: Uint32Array | undefined;

  constructor(hi: Uint32Array, lo: Uint32Array, page: Uint32Array) {
    this.hi = hi;
    this.lo = lo;
    this.page = page;
  }

  /** id-hash.ts' hash of the 8 bytes. */
  get hash(): Uint32Array {
    if (this.#hash === undefined) {
      const { hi, lo } = this;
      const hash = new Uint32Array(hi.length);
      for (let i = 0; i < hash.length; i++) hash[i] = hashId(lo[i], hi[i]);
      this.#hash = hash;
    }
    return this.#hash;
  }
}

export class SpanPages {
  readonly list: PageInfo[] = [];
  readonly units: TraceUnit[] = [];
  readonly budget: QueryBudget;
  readonly #open = new Map<number, OpenPage>();

  /** Pages of the files whose days meet the range (Unix ms), and of the head. */
  constructor(inputs: RecordInputs, budget: QueryBudget, minMs: number, maxMs: number) {
    this.budget = budget;
    for (const file of inputs.files(minMs, maxMs)) this.#addFile(file, inputs.pinned);
    for (const head of inputs.head) {
      budget.poll();
      for (const [i, part] of readPages(head).entries()) {
        const page = part.page(head.number * ORDER_FACTOR + i);
        const areDistinct = (): boolean => areIdsDistinct(page.spanIds());
        const info = this.#add(part, () => page, areDistinct, null);
        const entries = (): UnitEntries => headEntries(page, info.index);
        const traces = (): UnitEntries => headTraces(page, info.index);
        this.units.push({
          ...times(part),
          rows: part.rows,
          pages: [info],
          entries,
          traces,
          find: null,
        });
      }
    }
  }

  /** The page; decoded columns are still there when it was used a short time ago. */
  page(index: number): OpenPage {
    let open = this.#open.get(index);
    if (open === undefined) {
      const info = this.list[index];
      this.budget.poll();
      this.budget.addSamples(info.rows);
      open = new OpenPage(info.read());
    } else this.#open.delete(index);
    this.#open.set(index, open);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= OPEN_PAGES) break;
      this.#open.delete(oldest);
    }
    return open;
  }

  #add(
    { tMin, tMax, tEnd, rows }: Pick<PageInfo, 'tMin' | 'tMax' | 'tEnd' | 'rows'>,
    read: () => SpanPage,
    areIdsDistinct: () => boolean,
    stored: StoredPage | null,
  ): PageInfo {
    const index = this.list.length;
    const info = { index, tMin, tMax, tEnd, rows, read, areIdsDistinct, stored };
    this.list.push(info);
    return info;
  }

  #addFile(file: RecordFile, pinned: ReadonlySet<number>): void {
    const units = new Map<number, TraceUnit>();
    const places = new Map<number, number>();
    for (const block of file.blocks) {
      if (pinned.has(block.seq)) continue;
      const order = block.seq * ORDER_FACTOR + block.id;
      const read = (): SpanPage => new FilePage(file.block(block.id).block, file, order);
      const activity = once(() => file.activity(block.id));
      const info = this.#add(block, read, () => activity().areIdsDistinct, {
        summaries: () => file.summaries(block.id),
        activity,
        streams: file.streams,
        weight: file.weight,
        place: `${file.path} block ${block.id}`,
      });
      places.set(block.id, info.index);
      let unit = units.get(block.seq);
      if (unit === undefined) {
        const entries = (): UnitEntries => fileEntries(file, block.seq, places);
        const find = fileFinder(file, block.seq, places);
        unit = { ...times(block), rows: 0, pages: [], entries, traces: entries, find };
        units.set(block.seq, unit);
        this.units.push(unit);
      }
      unit.tMin = Math.min(unit.tMin, block.tMin);
      unit.tMax = Math.max(unit.tMax, block.tMax);
      unit.rows += block.rows;
      unit.pages.push(info);
    }
  }
}

function once<T>(read: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= read();
    return value;
  };
}

function times({ tMin, tMax }: { tMin: number; tMax: number }): { tMin: number; tMax: number } {
  return { tMin, tMax };
}

function headEntries(page: HeadPage, index: number): UnitEntries {
  const { hi, lo } = page.traceKeys();
  return new UnitEntries(hi, lo, new Uint32Array(hi.length).fill(index));
}

/** Each trace once. */
function headTraces(page: HeadPage, index: number): UnitEntries {
  const { ids, count } = page.traces();
  const hi = new Uint32Array(count);
  const lo = new Uint32Array(count);
  const view = new DataView(ids.buffer, ids.byteOffset, ids.byteLength);
  for (let trace = 0; trace < count; trace++) {
    hi[trace] = view.getUint32(trace * 16 + 8);
    lo[trace] = view.getUint32(trace * 16 + 12);
  }
  return new UnitEntries(hi, lo, new Uint32Array(count).fill(index));
}

function fileEntries(
  file: RecordFile,
  flush: number,
  places: ReadonlyMap<number, number>,
): UnitEntries {
  const chunks = file.traceEntries(flush);
  const total = chunks.reduce((sum, { count }) => sum + count, 0);
  const hi = new Uint32Array(total);
  const lo = new Uint32Array(total);
  const pages = new Uint32Array(total);
  let n = 0;
  for (const { count, keys, base, ordinals } of chunks) {
    const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
    const pageOf = pagesByOrdinal(ordinals, base, places);
    for (let i = 0; i < count; i++) {
      const page = pageOf[ordinals[i]];
      // The index of a merged flush may be older than what the file lists now; a block that is not there has no rows.
      if (page < 0) continue;
      hi[n] = view.getUint32(i * 8);
      lo[n] = view.getUint32(i * 8 + 4);
      pages[n++] = page;
    }
  }
  return new UnitEntries(hi.subarray(0, n), lo.subarray(0, n), pages.subarray(0, n));
}

/** The chunks that were read last are kept. */
function fileFinder(
  file: RecordFile,
  flush: number,
  places: ReadonlyMap<number, number>,
): NonNullable<TraceUnit['find']> {
  const chunks: TraceEntries[] = [];
  return (ids, at) => {
    const key = traceKey(ids.subarray(at, at + 16));
    let chunk = chunks.find((each) => mayHaveKey(each, key));
    if (chunk === undefined) {
      const read = file.traceChunk(flush, key);
      if (read === null) return [];
      chunk = read;
      chunks.unshift(read);
      if (chunks.length > KEPT_CHUNKS) chunks.pop();
    }
    return findTrace(chunk, key).flatMap((block) => places.get(block) ?? []);
  };
}

function mayHaveKey({ keys, count }: TraceEntries, key: Uint8Array): boolean {
  const last = (count - 1) * TRACE_KEY_BYTES;
  return (
    compareRanges(keys, 0, TRACE_KEY_BYTES, key, 0, TRACE_KEY_BYTES) <= 0 &&
    compareRanges(keys, last, last + TRACE_KEY_BYTES, key, 0, TRACE_KEY_BYTES) >= 0
  );
}

/** The page of each ordinal up to the highest, -1 without one. */
function pagesByOrdinal(
  ordinals: Float64Array,
  base: number,
  places: ReadonlyMap<number, number>,
): Int32Array {
  let highest = -1;
  for (let i = 0; i < ordinals.length; i++) if (ordinals[i] > highest) highest = ordinals[i];
  return Int32Array.from({ length: highest + 1 }, (_, ordinal) => places.get(base + ordinal) ?? -1);
}
