/**
 * Start times of a run (Unix ms, 0 = unknown), one per row.
 *
 * Forms: 0 none (unknown for all), no bytes; 1 one double for all rows; 2 changes: varint count, double of the first row, then as many
 * pairs of varint rows since the change before (the first: since row 0) and zigzag difference; 3 a double per row.
 *
 * Invariant: form 2 holds integral ms of magnitude up to 2^50, so that differences are exact.
 */
import type { ByteReader, ByteWriter } from './bytes.ts';

export const START_NONE = 0;
const START_ONE = 1;
const START_CHANGES = 2;
const START_RAW = 3;
const MAX_EXACT_START = 2 ** 50;

/** Appends start times in their cheapest form and returns it. */
export function writeStarts(out: ByteWriter, st: Float64Array, from: number, n: number): number {
  let changes = 0;
  let exact = true;
  for (let i = from; i < from + n; i++) {
    if (i > from && st[i] !== st[i - 1]) changes++;
    if (!Number.isInteger(st[i]) || Math.abs(st[i]) > MAX_EXACT_START) exact = false;
  }
  if (changes === 0) {
    if (st[from] === 0) return START_NONE;
    out.f64(st[from]);
    return START_ONE;
  }
  if (!exact) {
    for (let i = from; i < from + n; i++) out.f64(st[i]);
    return START_RAW;
  }
  writeStartChanges(out, st, from, n, changes);
  return START_CHANGES;
}

function writeStartChanges(
  out: ByteWriter,
  st: Float64Array,
  from: number,
  n: number,
  changes: number,
): void {
  out.varint(changes);
  out.f64(st[from]);
  let before = from;
  for (let i = from + 1; i < from + n; i++) {
    if (st[i] === st[i - 1]) continue;
    out.varint(i - before);
    out.zigzag(st[i] - st[i - 1]);
    before = i;
  }
}

/** Skips the start times of a run of `rows` rows. Throws CorruptionError. */
export function skipStarts(reader: ByteReader, form: number, rows: number): void {
  if (form > START_RAW) reader.fail(`unknown form ${form} of start times`);
  if (form === START_ONE) reader.skip(8);
  if (form === START_RAW) reader.skip(8 * rows);
  if (form !== START_CHANGES) return;
  const changes = reader.varint();
  reader.skip(8);
  for (let i = 0; i < changes; i++) {
    reader.varint();
    reader.varint();
  }
}

/** Reads the start times of the first n rows into st[to, to + n). */
export function readStarts(
  reader: ByteReader,
  form: number,
  st: Float64Array,
  to: number,
  n: number,
): void {
  if (form === START_NONE) {
    st.fill(0, to, to + n);
    return;
  }
  if (form === START_RAW) {
    for (let i = 0; i < n; i++) st[to + i] = reader.f64();
    return;
  }
  let changes = form === START_CHANGES ? reader.varint() : 0;
  let start = reader.f64();
  st.fill(start, to, to + n);
  for (let row = 0; changes > 0; changes--) {
    row += reader.varint();
    start += reader.zigzag();
    if (row >= n) return;
    st.fill(start, to + row, to + n);
  }
}
