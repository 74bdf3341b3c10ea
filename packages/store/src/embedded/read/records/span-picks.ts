/** Rows of a set whose pages have many others, as pages of their own (SpanPage.pick). */
import type { SpanPage } from './span-page.ts';
import type { SetRows } from './span-sets.ts';

/** One row in so many is few. */
const FEW_SHARE = 16;

/** As SetRows, of whole pages. */
export interface PlacedRows extends SetRows {
  pages: readonly SpanPage[];
}

export function pickRows(all: PlacedRows): SetRows {
  const { pages, page, row, offsets } = all;
  const ends = new Uint32Array(pages.length);
  for (let i = 0; i < page.length; i++) ends[page[i]]++;
  const isFew = pages.map(({ rows }, place) => ends[place] * FEW_SHARE <= rows);
  if (!isFew.includes(true)) return all;
  for (let place = 1; place < ends.length; place++) ends[place] += ends[place - 1];
  const next = ends.slice();
  const byPage = new Uint32Array(page.length);
  for (let i = page.length - 1; i >= 0; i--) byPage[--next[page[i]]] = i;
  const numbers = row.slice();
  const picked = pages.map((each, place) => {
    if (!isFew[place]) return each;
    const own = byPage.subarray(next[place], ends[place]).sort((a, b) => row[a] - row[b]);
    for (let i = 0; i < own.length; i++) numbers[own[i]] = i;
    return each.pick(own.map((i) => row[i]));
  });
  return { pages: picked, page, row: numbers, offsets };
}
