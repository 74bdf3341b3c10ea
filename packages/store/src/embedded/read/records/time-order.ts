/**
 * Puts rows in order of their times.
 *
 * Model: natural merge sort. Rows of a block lie in few ascending runs (one for each stream) and rows of the head in nearly one, so
 * that most of the work is finding that there is little to do. Stable: of equal times the row that came first stays first.
 */

/** The rows, or a new array of them, so that their times (two words, unsigned) never decrease. */
export function sortByTime(rows: Uint32Array, lo: Uint32Array, hi: Uint32Array): Uint32Array {
  let ends = runEnds(rows, lo, hi);
  if (ends.length === 1) return rows;
  let from = rows.slice();
  let into = new Uint32Array(rows.length);
  while (ends.length > 1) {
    const merged: number[] = [];
    let start = 0;
    for (let i = 0; i < ends.length; i += 2) {
      const middle = ends[i];
      const end = i + 1 < ends.length ? ends[i + 1] : middle;
      merge(from, start, middle, end, into, lo, hi);
      merged.push(end);
      start = end;
    }
    ends = merged;
    const other = from;
    from = into;
    into = other;
  }
  return from;
}

/** Where ascending runs end. */
function runEnds(rows: Uint32Array, lo: Uint32Array, hi: Uint32Array): number[] {
  const ends: number[] = [];
  for (let i = 1; i < rows.length; i++) {
    const before = rows[i - 1];
    const row = rows[i];
    if (hi[row] < hi[before] || (hi[row] === hi[before] && lo[row] < lo[before])) ends.push(i);
  }
  ends.push(rows.length);
  return ends;
}

function merge(
  from: Uint32Array,
  start: number,
  middle: number,
  end: number,
  into: Uint32Array,
  lo: Uint32Array,
  hi: Uint32Array,
): void {
  let a = start;
  let b = middle;
  for (let to = start; to < end; to++) {
    if (b >= end) into[to] = from[a++];
    else if (a >= middle) into[to] = from[b++];
    else {
      const x = from[a];
      const y = from[b];
      const isLater = hi[y] > hi[x] || (hi[y] === hi[x] && lo[y] >= lo[x]);
      into[to] = isLater ? x : y;
      if (isLater) a++;
      else b++;
    }
  }
}
