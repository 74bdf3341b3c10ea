/** Parts of a head segment as pages of spans. */
import type { HeadRecords } from './head-records.ts';
import { HeadPage } from './span-head-page.ts';

const PAGE_ROWS = 16_384;
const TWO_32 = 2 ** 32;

export interface HeadPart {
  /** Unix ms around starts, and past all ends. */
  readonly tMin: number;
  readonly tMax: number;
  readonly tEnd: number;
  readonly rows: number;
  page(order: number): HeadPage;
}

/** The rows of the tenant, page by page in order of arrival. */
export function readPages(head: HeadRecords): HeadPart[] {
  const { segment, rows } = head;
  const parts: HeadPart[] = [];
  const streams = new Map<number, number>();
  for (let from = 0; from < rows; from += PAGE_ROWS) {
    const to = Math.min(rows, from + PAGE_ROWS);
    const picked = new Uint32Array(to - from);
    const streamOf = new Uint32Array(to - from);
    let n = 0;
    let before = -1;
    let stream = -1;
    for (let row = from; row < to; row++) {
      const sid = segment.stream[row];
      if (sid !== before) {
        before = sid;
        stream = streams.get(sid) ?? head.stream(sid);
        streams.set(sid, stream);
      }
      if (stream < 0) continue;
      picked[n] = row;
      streamOf[n++] = stream;
    }
    if (n > 0) parts.push(partOf(head, picked.subarray(0, n), streamOf.subarray(0, n)));
  }
  return parts;
}

function partOf(head: HeadRecords, picked: Uint32Array, streams: Uint32Array): HeadPart {
  const { lo, hi, endLo, endHi } = head.segment;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < picked.length; i++) {
    const row = picked[i];
    const start = hi[row] * TWO_32 + lo[row];
    if (start < min) min = start;
    if (start > max) max = start;
    const last = endHi[row] * TWO_32 + endLo[row];
    if (last > end) end = last;
  }
  return {
    // As for blocks: doubles are exact to some hundred nanoseconds, so a millisecond of room at either end.
    tMin: Math.floor(min / 1e6) - 1,
    tMax: Math.ceil(max / 1e6) + 1,
    tEnd: Math.ceil(end / 1e6) + 1,
    rows: picked.length,
    page: (order) => new HeadPage(head, picked, streams, order),
  };
}
