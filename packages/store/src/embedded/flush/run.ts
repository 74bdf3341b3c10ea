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

/** Sorts by time in place, the last arrival of equal times staying. */
export function sortRows(rows: RowColumns): void {
  const order = Array.from({ length: rows.n }, (_, i) => i);
  order.sort((a, b) => rows.t[a] - rows.t[b] || a - b);
  const kept = order.filter((row, i) => {
    const next = order[i + 1];
    return next === undefined || rows.t[next] !== rows.t[row];
  });
  const from = rowColumns(rows.n);
  copyRows(rows, 0, rows.n, from);
  for (let i = 0; i < kept.length; i++) {
    const row = kept[i];
    rows.t[i] = from.t[row];
    rows.lo[i] = from.lo[row];
    rows.hi[i] = from.hi[row];
    rows.st[i] = from.st[row];
    rows.kind[i] = from.kind[row];
  }
  rows.n = kept.length;
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
