/**
 * Brings the rows of one series into the shape that blocks take: ascending times, one value a time, floats and histograms apart.
 *
 * Invariant: of several rows with the same time the last that arrived stays, whatever its kind (the sequence rule).
 */
import { type RowColumns, rowColumns } from '../head.ts';

/** Whether times ascend strictly: then nothing is to be done. */
export function isAscending(rows: RowColumns): boolean {
  const t = rows.t;
  for (let i = 1; i < rows.n; i++) if (t[i] <= t[i - 1]) return false;
  return true;
}

/** Moves a row in `sortRows` that are worth trying before a full sort: senders overtake each other by a few rows, not by many. */
const MOVES_PER_ROW = 8;

/** Sorts by time in place, the last arrival of equal times staying. */
export function sortRows(rows: RowColumns): void {
  if (!insertionSort(rows)) fullSort(rows);
  dropRepeatedTimes(rows);
}

/** Stable; gives up when the rows are far from sorted and returns false, with all rows still there in an order that is stable too. */
function insertionSort(rows: RowColumns): boolean {
  const { t, lo, hi, st, kind, n } = rows;
  let moves = n * MOVES_PER_ROW;
  for (let i = 1; i < n; i++) {
    const time = t[i];
    if (time >= t[i - 1]) continue;
    const rowLo = lo[i];
    const rowHi = hi[i];
    const rowSt = st[i];
    const rowKind = kind[i];
    let to = i;
    for (; to > 0 && t[to - 1] > time; to--) {
      t[to] = t[to - 1];
      lo[to] = lo[to - 1];
      hi[to] = hi[to - 1];
      st[to] = st[to - 1];
      kind[to] = kind[to - 1];
      moves--;
    }
    t[to] = time;
    lo[to] = rowLo;
    hi[to] = rowHi;
    st[to] = rowSt;
    kind[to] = rowKind;
    if (moves < 0) return false;
  }
  return true;
}

function fullSort(rows: RowColumns): void {
  const order = Array.from({ length: rows.n }, (_, i) => i);
  order.sort((a, b) => rows.t[a] - rows.t[b] || a - b);
  const from = rowColumns(rows.n);
  copyRows(rows, 0, rows.n, from);
  for (let i = 0; i < order.length; i++) {
    const row = order[i];
    rows.t[i] = from.t[row];
    rows.lo[i] = from.lo[row];
    rows.hi[i] = from.hi[row];
    rows.st[i] = from.st[row];
    rows.kind[i] = from.kind[row];
  }
}

/** Of neighbours with the same time, keeps the last. */
function dropRepeatedTimes(rows: RowColumns): void {
  keepRows(rows, (i) => i + 1 === rows.n || rows.t[i + 1] !== rows.t[i]);
}

/** Keeps the rows with startMs <= t < endMs. */
export function clipRows(rows: RowColumns, startMs: number, endMs: number): void {
  keepRows(rows, (i) => rows.t[i] >= startMs && rows.t[i] < endMs);
}

/** Moves the rows of `kind` from `rows` to `into`, which is replaced. */
export function takeKind(rows: RowColumns, kind: number, into: RowColumns): void {
  if (into.t.length < rows.n) Object.assign(into, rowColumns(rows.n));
  copyRows(rows, 0, rows.n, into);
  keepRows(into, (i) => into.kind[i] === kind);
  keepRows(rows, (i) => rows.kind[i] !== kind);
}

/** `keeps` may look at rows from its own on. */
function keepRows(rows: RowColumns, keeps: (row: number) => boolean): void {
  let n = 0;
  for (let i = 0; i < rows.n; i++) {
    if (!keeps(i)) continue;
    if (n !== i) {
      rows.t[n] = rows.t[i];
      rows.lo[n] = rows.lo[i];
      rows.hi[n] = rows.hi[i];
      rows.st[n] = rows.st[i];
      rows.kind[n] = rows.kind[i];
    }
    n++;
  }
  rows.n = n;
}

function copyRows(from: RowColumns, start: number, end: number, into: RowColumns): void {
  into.n = end - start;
  into.hasStart = from.hasStart;
  into.hasHistograms = from.hasHistograms;
  into.t.set(from.t.subarray(start, end));
  into.lo.set(from.lo.subarray(start, end));
  into.hi.set(from.hi.subarray(start, end));
  into.st.set(from.st.subarray(start, end));
  into.kind.set(from.kind.subarray(start, end));
}
