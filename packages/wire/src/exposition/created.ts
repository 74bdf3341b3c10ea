/**
 * Start times from OpenMetrics' `_created` samples.
 *
 * Model: the samples of one point of a counter, histogram or summary stand together, and `_created` follows them with the same labels
 * (without `le` and `quantile`, which writers put last). Its value, Unix seconds, is the start time of the rows before it
 * that match. The `_created` series itself is stored like any other, as Prometheus does by default.
 *
 * Invariants: only rows since the family's comments and the `_created` before are looked at, so a text costs linear time.
 */
import type { MetricBatch } from '../model/batch.ts';
import { FAMILY_COUNTER, FAMILY_HISTOGRAM, FAMILY_SUMMARY, type FamilyKind } from './metadata.ts';

const SUFFIX = Uint8Array.from('_created', (c) => c.charCodeAt(0));
const LE = Uint8Array.from('le="', (c) => c.charCodeAt(0));
const QUANTILE = Uint8Array.from('quantile="', (c) => c.charCodeAt(0));

export class CreatedTimes {
  #active = false;
  #firstRow = 0;
  /** The row after the last `_created`: rows before it belong to other points. */
  #nextPoint = 0;
  /** Per row of the family: where its labels begin and end, braces included. */
  #places = new Uint32Array(256);

  clear(): void {
    this.#active = false;
  }

  /** A TYPE or other comment line: a family begins whose next row is `row`. */
  begin(row: number, family: FamilyKind): void {
    this.#firstRow = row;
    this.#nextPoint = row;
    this.#active =
      family === FAMILY_COUNTER || family === FAMILY_HISTOGRAM || family === FAMILY_SUMMARY;
  }

  /** Row `row` of the batch came from a line with name [start, nameEnd) and labels [nameEnd, end). */
  line(
    bytes: Uint8Array,
    start: number,
    nameEnd: number,
    end: number,
    row: number,
    batch: MetricBatch,
  ): void {
    if (!this.#active) return;
    const at = (row - this.#firstRow) * 2;
    if (at + 2 > this.#places.length) {
      const bigger = new Uint32Array(this.#places.length * 2);
      bigger.set(this.#places);
      this.#places = bigger;
    }
    this.#places[at] = nameEnd;
    this.#places[at + 1] = end;
    if (matches(bytes, nameEnd - SUFFIX.length, SUFFIX) && nameEnd - SUFFIX.length > start) {
      this.#apply(bytes, row, batch);
      this.#nextPoint = row + 1;
    }
  }

  #apply(bytes: Uint8Array, row: number, batch: MetricBatch): void {
    words[0] = batch.lo[row] ?? 0;
    words[1] = batch.hi[row] ?? 0;
    const startMs = Math.trunc((seconds[0] ?? 0) * 1000);
    if (!Number.isSafeInteger(startMs)) return;
    const at = (row - this.#firstRow) * 2;
    const from = this.#places[at] ?? 0;
    const to = this.#places[at + 1] ?? 0;
    for (let r = row - 1; r >= this.#nextPoint; r--) {
      const place = (r - this.#firstRow) * 2;
      const begin = this.#places[place] ?? 0;
      if (!samePoint(bytes, from, to, begin, this.#places[place + 1] ?? 0)) return;
      batch.st[r] = startMs;
      batch.hasStart = true;
    }
  }
}

const seconds = new Float64Array(1);
const words = new Uint32Array(seconds.buffer);

/** Whether the second labels are the first, or the first and then `le` or `quantile`. */
function samePoint(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  const inner = Math.max(0, aEnd - a - 2);
  const other = Math.max(0, bEnd - b - 2);
  if (other < inner) return false;
  for (let i = 0; i < inner; i++) if (bytes[a + 1 + i] !== bytes[b + 1 + i]) return false;
  if (other === inner) return true;
  let at = b + 1 + inner;
  if (inner > 0 && bytes[at++] !== 0x2c) return false;
  const name = matches(bytes, at, LE) ? LE : matches(bytes, at, QUANTILE) ? QUANTILE : undefined;
  if (name === undefined) return false;
  return bytes.indexOf(0x22, at + name.length) === bEnd - 2;
}

function matches(bytes: Uint8Array, at: number, want: Uint8Array): boolean {
  for (let i = 0; i < want.length; i++) if (bytes[at + i] !== want[i]) return false;
  return true;
}
