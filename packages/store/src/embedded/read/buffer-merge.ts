/**
 * Joining rows of several sources in one SampleBuffer.
 *
 * Model: sources append ascending rows, oldest sequence first. When the appended rows all come after those that were there, nothing is to be
 * done; otherwise the part of the buffer that overlaps is merged, and of equal times the appended row stays.
 *
 * Invariant of the merge: as many rows as are set aside lie free between the row to write and the next appended row, less those written
 * from aside, so that no appended row is written over before it is read.
 */
import { SampleBuffer } from '../../querier.ts';
import { lowerBound } from '../blocks/times.ts';

/** Rows moved aside while they are merged; a thread merges one buffer at a time. */
const aside = new SampleBuffer();

/** Makes rows [0, n) of `into` ascend strictly, where [0, start) and [start, n) each do; rows from `start` on win. */
export function mergeAppended(into: SampleBuffer, start: number): void {
  if (start === 0 || start === into.n || into.t[start] > into.t[start - 1]) return;
  const from = lowerBound(into.t.subarray(0, start), into.t[start]);
  aside.clear();
  copyRows(into, from, start, aside);
  const olds = aside.n;
  let old = 0;
  let young = start;
  let to = from;
  while (old < olds && young < into.n) {
    const difference = aside.t[old] - into.t[young];
    if (difference < 0) moveRow(aside, old++, into, to++);
    else {
      if (difference === 0) old++;
      moveRow(into, young++, into, to++);
    }
  }
  while (old < olds) moveRow(aside, old++, into, to++);
  while (young < into.n) moveRow(into, young++, into, to++);
  truncate(into, to);
}

function copyRows(from: SampleBuffer, start: number, end: number, into: SampleBuffer): void {
  const n = end - start;
  into.reserve(n);
  into.t.set(from.t.subarray(start, end));
  into.bits.set(from.bits.subarray(start * 2, end * 2));
  if (from.hasStart) into.st.set(from.st.subarray(start, end));
  into.hasStart = from.hasStart;
  if (from.hasHistograms) into.h = from.h.slice(start, end);
  into.hasHistograms = from.hasHistograms;
  into.n = n;
}

function moveRow(from: SampleBuffer, row: number, into: SampleBuffer, to: number): void {
  into.t[to] = from.t[row];
  into.bits[to * 2] = from.bits[row * 2];
  into.bits[to * 2 + 1] = from.bits[row * 2 + 1];
  if (into.hasStart) into.st[to] = from.hasStart ? from.st[row] : 0;
  if (into.hasHistograms) into.h[to] = from.hasHistograms ? from.h[row] : undefined;
}

function truncate(into: SampleBuffer, n: number): void {
  into.n = n;
  if (into.hasHistograms && into.h.length > n) into.h.length = n;
}
