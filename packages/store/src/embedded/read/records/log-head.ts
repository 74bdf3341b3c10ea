/**
 * Log records of the head, read as they lie in shared memory.
 *
 * Model: times, streams and severities are columns; texts are searched in the run of all records at once when most rows are asked
 * for, else record by record. A record is looked into only when everything else holds.
 */
import {
  compareRanges,
  fieldText,
  forEachField,
  RECORD_SPAN_ID,
  RECORD_TRACE_ID,
} from '@sightline/wire';
import { byteString } from '../../blocks/strings.ts';
import type { HeadRecords } from './head-records.ts';
import type { FieldTest, LogFilter, Texts } from './log-filter.ts';
import type { LogTexts, RunSource, WantsField } from './log-run.ts';

/** Asking records one by one costs about as much as searching so many times their bytes. */
const SINGLE_COST = 4;

export class HeadLogs implements RunSource, LogTexts {
  readonly lo: Uint32Array;
  readonly hi: Uint32Array;
  readonly ownStreams: Uint32Array;
  readonly severities: Uint8Array;
  readonly #head: HeadRecords;
  readonly #side: Buffer;
  readonly #at: Uint32Array;
  readonly #length: Uint32Array;
  /** By sid: the stream, -1 for one that is not asked for. */
  readonly #streams = new Map<number, number>();

  constructor(head: HeadRecords) {
    const { segment, rows } = head;
    this.#head = head;
    this.lo = segment.lo.subarray(0, rows);
    this.hi = segment.hi.subarray(0, rows);
    this.ownStreams = segment.stream.subarray(0, rows);
    this.severities = segment.level.subarray(0, rows);
    this.#at = segment.at.subarray(0, rows);
    this.#length = segment.length.subarray(0, rows);
    const { side } = segment;
    const end = rows === 0 ? 0 : this.#at[rows - 1] + this.#length[rows - 1];
    this.#side = Buffer.from(side.buffer, side.byteOffset, end);
  }

  /** The rows that are asked for, in order of arrival. */
  rows(filter: LogFilter): Uint32Array {
    let rows = this.#cheapRows(filter);
    for (const texts of filter.texts) rows = this.#keepTexts(rows, texts);
    for (const field of filter.fields) rows = this.#keepField(rows, field);
    return rows;
  }

  #cheapRows(filter: LogFilter): Uint32Array {
    const { segment, rows } = this.#head;
    const { from, last, severities } = filter;
    const { lo, hi } = this;
    const sids = segment.stream;
    const levels = segment.level;
    const found = new Uint32Array(rows);
    let n = 0;
    let sid = -1;
    let wanted = false;
    for (let row = 0; row < rows; row++) {
      if (sids[row] !== sid) {
        sid = sids[row];
        wanted = this.#streamOf(sid, filter) >= 0;
      }
      if (!wanted) continue;
      const h = hi[row];
      const l = lo[row];
      if (h < from.hi || (h === from.hi && l < from.lo)) continue;
      if (h > last.hi || (h === last.hi && l > last.lo)) continue;
      if (severities !== null && severities[levels[row]] !== true) continue;
      found[n++] = row;
    }
    return found.slice(0, n);
  }

  #streamOf(sid: number, filter: LogFilter): number {
    let stream = this.#streams.get(sid);
    if (stream === undefined) {
      stream = this.#head.stream(sid);
      if (stream >= 0 && !filter.wantsStream(stream)) stream = -1;
      this.#streams.set(sid, stream);
    }
    return stream;
  }

  #keepTexts(rows: Uint32Array, { needles, negated }: Texts): Uint32Array {
    const found = new Uint8Array(this.#head.rows);
    for (const { bytes } of needles) this.#markText(rows, bytes, found);
    const wanted = negated ? 0 : 1;
    return rows.filter((row) => found[row] === wanted);
  }

  /** Marks rows with the needle in their bodies; some that are not in `rows`, too. */
  #markText(rows: Uint32Array, needle: Uint8Array, found: Uint8Array): void {
    if (rows.length * SINGLE_COST > this.#head.rows) this.#markEverywhere(needle, found);
    else for (const row of rows) if (this.#bodyHas(row, needle)) found[row] = 1;
  }

  #markEverywhere(needle: Uint8Array, found: Uint8Array): void {
    const { rows } = this.#head;
    if (needle.length === 0) {
      found.fill(1);
      return;
    }
    const side = this.#side;
    let row = 0;
    for (let at = side.indexOf(needle); at >= 0; ) {
      row = this.#rowAt(at, row);
      const { start, end } = this.#body(row);
      let next = at + 1;
      if (at >= start && at + needle.length <= end) {
        found[row] = 1;
        next = end;
      } else if (at < start) next = Math.max(next, start);
      else next = row + 1 < rows ? this.#at[row + 1] : side.length;
      at = side.indexOf(needle, next);
    }
  }

  /** The row whose record has a byte; at or behind `from`. */
  #rowAt(at: number, from: number): number {
    let low = from;
    let high = this.#head.rows;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #bodyHas(row: number, needle: Uint8Array): boolean {
    const { start, end } = this.#body(row);
    return this.#side.subarray(start, end).includes(needle);
  }

  #body(row: number): { start: number; end: number } {
    const side = this.#side;
    const flags = side[this.#at[row]];
    let at = this.#at[row] + 1;
    if (flags & RECORD_TRACE_ID) at += 16;
    if (flags & RECORD_SPAN_ID) at += 8;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = side[at++];
      length += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    return { start: at, end: at + length };
  }

  #end(row: number): number {
    return this.#at[row] + this.#length[row];
  }

  #keepField(rows: Uint32Array, field: FieldTest): Uint32Array {
    const { stored } = field;
    if (stored === null || rows.length * SINGLE_COST <= this.#head.rows) {
      return rows.filter((row) => this.#hasField(row, field));
    }
    const found = new Uint8Array(this.#head.rows);
    for (const bytes of stored) this.#markRecords(bytes, found);
    return rows.filter((row) => found[row] === 1 && this.#hasField(row, field));
  }

  /** Marks rows with the bytes anywhere in their records; bytes over the end of one may mark it, too. */
  #markRecords(bytes: Uint8Array, found: Uint8Array): void {
    const side = this.#side;
    let row = 0;
    for (let at = side.indexOf(bytes); at >= 0; at = side.indexOf(bytes, this.#end(row))) {
      row = this.#rowAt(at, row);
      found[row] = 1;
    }
  }

  #hasField(row: number, field: FieldTest): boolean {
    if (this.#hasId(row, field)) return true;
    const side = this.#side;
    let has = false;
    const { end } = this.#body(row);
    forEachField(side, end, this.#end(row), (keyStart, keyEnd, type, start, valueEnd) => {
      if (has || !field.accepts(byteString(side, keyStart, keyEnd))) return;
      has = fieldText(side, type, start, valueEnd) === field.value;
    });
    return has;
  }

  #hasId(row: number, { traceId, spanId }: FieldTest): boolean {
    const side = this.#side;
    const flags = side[this.#at[row]];
    let at = this.#at[row] + 1;
    if (flags & RECORD_TRACE_ID) {
      if (traceId !== null && compareRanges(side, at, at + 16, traceId, 0, 16) === 0) return true;
      at += 16;
    }
    if ((flags & RECORD_SPAN_ID) === 0 || spanId === null) return false;
    return compareRanges(side, at, at + 8, spanId, 0, 8) === 0;
  }

  streamOf(own: number): number {
    return this.#streams.get(own) ?? -1;
  }

  sameness(row: number): number {
    const side = this.#side;
    let hash = Math.imul(this.#head.segment.stream[row], 0x9e3779b1);
    const end = this.#end(row);
    for (let at = this.#at[row]; at < end; at++) hash = Math.imul(hash ^ side[at], 0x01000193);
    return hash;
  }

  same(a: number, b: number): boolean {
    const { segment } = this.#head;
    if (segment.stream[a] !== segment.stream[b] || segment.level[a] !== segment.level[b])
      return false;
    const side = this.#side;
    const order = side.compare(side, this.#at[b], this.#end(b), this.#at[a], this.#end(a));
    return order === 0;
  }

  texts(): LogTexts {
    return this;
  }

  body(row: number): string {
    const { start, end } = this.#body(row);
    return this.#side.toString('utf8', start, end);
  }

  bodyBytes(row: number): number {
    const { start, end } = this.#body(row);
    return end - start;
  }

  traceId(row: number): string {
    const at = this.#at[row];
    return this.#side[at] & RECORD_TRACE_ID ? this.#side.toString('hex', at + 1, at + 17) : '';
  }

  spanId(row: number): string {
    const flags = this.#side[this.#at[row]];
    if ((flags & RECORD_SPAN_ID) === 0) return '';
    const at = this.#at[row] + (flags & RECORD_TRACE_ID ? 17 : 1);
    return this.#side.toString('hex', at, at + 8);
  }

  fields(row: number, wants: WantsField): string[] {
    const side = this.#side;
    const pairs: string[] = [];
    const { end } = this.#body(row);
    forEachField(side, end, this.#end(row), (keyStart, keyEnd, type, start, valueEnd) => {
      const name = side.toString('utf8', keyStart, keyEnd);
      if (wants === null || wants(name)) pairs.push(name, fieldText(side, type, start, valueEnd));
    });
    return pairs;
  }
}
