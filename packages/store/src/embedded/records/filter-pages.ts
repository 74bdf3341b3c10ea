/**
 * Filters of a block in pages: whatever is asked of a filter is answered by one page, so that a search reads little of each block.
 *
 * Layout: a filter is cut into pages of one length. A page is stored as the u32 CRC-32 of its bits, then the bits, low bit of a byte
 * first; it fits a page of SQLite. A hash h of 32 bits belongs to page floor(h / 2^32 × pages). A block has the pages of its tokens
 * (tokens.ts) and joints (joints.ts), numbered from 0, and behind them those of its grams (grams.ts).
 *
 * Invariant: all pages of a filter have one length, at least LEAST_PAGE_BYTES.
 */
import { crc32 } from 'node:zlib';
import { CorruptionError } from '../blocks/errors.ts';

/** A row of a table in SQLite's pages of 4096 bytes has 4061 bytes at most without going on elsewhere, 4 of which tell its columns. */
const MAX_PAGE_BYTES = 4048;
/** Fewer pages have the bytes that they are to have. */
const FULL_PAGES = 3;
const LEAST_PAGE_BYTES = 8;
const CRC_BYTES = 4;

/** A filter that is being filled. */
export interface Filter {
  pages: number;
  /** Of all pages, back to back. */
  bits: Uint8Array;
}

/** A stored filter; without pages nothing is known. */
export interface PagedFilter {
  readonly pages: number;
  /** The bits of a page. Throws CorruptionError. */
  page(index: number): Uint8Array;
}

/** The filters of a block. */
export interface BlockFilters {
  readonly tokens: PagedFilter;
  /** The same pages, where they have joints. */
  readonly joints: PagedFilter;
  readonly grams: PagedFilter;
}

/** An empty filter of about so many bytes: with some pages they are full ones, because a row takes a page of SQLite. */
export function emptyFilter(bytes: number): Filter {
  const full = Math.round(bytes / MAX_PAGE_BYTES);
  if (full >= FULL_PAGES) return { pages: full, bits: new Uint8Array(full * MAX_PAGE_BYTES) };
  const pages = Math.max(1, Math.ceil(bytes / MAX_PAGE_BYTES));
  const each = Math.max(LEAST_PAGE_BYTES, Math.ceil(bytes / pages));
  return { pages, bits: new Uint8Array(pages * each) };
}

/** The pages as they are stored. */
export function sealPages({ pages, bits }: Filter): Uint8Array[] {
  const each = bits.length / pages;
  return Array.from({ length: pages }, (_, i) => {
    const own = bits.subarray(i * each, (i + 1) * each);
    const stored = new Uint8Array(CRC_BYTES + each);
    new DataView(stored.buffer).setUint32(0, crc32(own), true);
    stored.set(own, CRC_BYTES);
    return stored;
  });
}

/** The bits of a stored page; `place` names it in errors. Throws CorruptionError. */
export function openPage(stored: Uint8Array, place: string): Uint8Array {
  if (stored.length < CRC_BYTES + LEAST_PAGE_BYTES) {
    throw new CorruptionError('page of a filter is cut off', place, stored.length);
  }
  const bits = stored.subarray(CRC_BYTES);
  const view = new DataView(stored.buffer, stored.byteOffset, CRC_BYTES);
  if (crc32(bits) === view.getUint32(0, true)) return bits;
  throw new CorruptionError('page of a filter fails its checksum', place, 0);
}

/** The filters of a block; `read` gives the stored pages, `hasJoints` says whether those of tokens have joints, `place` names them in errors. */
export function openFilters(
  tokenPages: number,
  gramPages: number,
  hasJoints: boolean,
  read: (index: number) => Uint8Array,
  place: string,
): BlockFilters {
  const page = (first: number) => (index: number) => openPage(read(first + index), place);
  return {
    tokens: { pages: tokenPages, page: page(0) },
    joints: { pages: hasJoints ? tokenPages : 0, page: page(0) },
    grams: { pages: gramPages, page: page(tokenPages) },
  };
}
