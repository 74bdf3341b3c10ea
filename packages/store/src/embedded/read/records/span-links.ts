/** Spans of a trace by their ids: which are repeated, which is whose parent. */
import type { Words } from '../../records/integers.ts';
import { hashId } from './id-hash.ts';
import type { SetRows } from './span-sets.ts';

/** Traces of up to this many spans are compared pair by pair. */
const FEW = 24;
const NO_PARENT = -1;
const MISSING_PARENT = -2;

/** The rows without those whose span id occurs again later in the trace. */
export function uniqueRows(all: SetRows): SetRows {
  const { pages, page, row, offsets } = all;
  const ids = pages.map((each) => each.spanIds());
  const lo = new Uint32Array(row.length);
  const hi = new Uint32Array(row.length);
  for (let i = 0; i < row.length; i++) {
    lo[i] = ids[page[i]].lo[row[i]];
    hi[i] = ids[page[i]].hi[row[i]];
  }
  let drops: Uint8Array | null = null;
  for (let trace = 0; trace + 1 < offsets.length; trace++) {
    const [from, to] = [offsets[trace], offsets[trace + 1]];
    const index = to - from > FEW ? new IdIndex({ lo, hi }, from, to) : null;
    for (let i = from; i < to; i++) {
      const last =
        index === null ? lastOf({ lo, hi }, to, lo[i], hi[i], i) : index.last(lo[i], hi[i]);
      if (last === i) continue;
      drops ??= new Uint8Array(row.length);
      drops[i] = 1;
    }
  }
  return drops === null ? all : without(all, drops);
}

function without({ pages, page, row, offsets }: SetRows, drops: Uint8Array): SetRows {
  const kept = Uint32Array.from(row.keys()).filter((i) => drops[i] === 0);
  const fewer = new Uint32Array(offsets.length);
  for (let trace = 0; trace + 1 < offsets.length; trace++) {
    let n = fewer[trace];
    for (let i = offsets[trace]; i < offsets[trace + 1]; i++) n += 1 - drops[i];
    fewer[trace + 1] = n;
  }
  return {
    pages,
    page: Uint16Array.from(kept, (i) => page[i]),
    row: kept.map((i) => row[i]),
    offsets: fewer,
  };
}

/** Whether no two ids are equal. */
export function areIdsDistinct(ids: Words): boolean {
  const { length } = ids.lo;
  const index = new IdIndex(ids, 0, length);
  for (let i = 0; i < length; i++) if (index.last(ids.lo[i], ids.hi[i]) !== i) return false;
  return true;
}

/** Per row the parent's row, counted from the first of the trace. Ids within a trace are distinct. */
export function linkParents(ids: Words, parents: Words, offsets: Uint32Array): Int32Array {
  const rows = new Int32Array(ids.lo.length);
  for (let trace = 0; trace + 1 < offsets.length; trace++) {
    const [from, to] = [offsets[trace], offsets[trace + 1]];
    const index = to - from > FEW ? new IdIndex(ids, from, to) : null;
    for (let i = from; i < to; i++) {
      const [lo, hi] = [parents.lo[i], parents.hi[i]];
      if (lo === 0 && hi === 0) {
        rows[i] = NO_PARENT;
        continue;
      }
      const row = index === null ? lastOf(ids, to, lo, hi, from) : index.last(lo, hi);
      rows[i] = row < 0 ? MISSING_PARENT : row - from;
    }
  }
  return rows;
}

/** The last row in [from, to) with an id, or -1. */
function lastOf(ids: Words, to: number, lo: number, hi: number, from: number): number {
  for (let i = to - 1; i >= from; i--) if (ids.lo[i] === lo && ids.hi[i] === hi) return i;
  return -1;
}

/** The last row of each id among rows [from, to). */
class IdIndex {
  readonly #ids: Words;
  readonly #slots: Uint32Array;

  constructor(ids: Words, from: number, to: number) {
    let size = 64;
    while (size < (to - from) * 2) size *= 2;
    this.#ids = ids;
    this.#slots = new Uint32Array(size);
    for (let i = from; i < to; i++) this.#slots[this.#slotOf(ids.lo[i], ids.hi[i])] = i + 1;
  }

  last(lo: number, hi: number): number {
    return this.#slots[this.#slotOf(lo, hi)] - 1;
  }

  /** The slot of the id, or the empty one where it belongs. */
  #slotOf(lo: number, hi: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashId(lo, hi) & mask;
    for (let at = this.#slots[slot]; at !== 0; at = this.#slots[slot]) {
      if (this.#ids.lo[at - 1] === lo && this.#ids.hi[at - 1] === hi) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
