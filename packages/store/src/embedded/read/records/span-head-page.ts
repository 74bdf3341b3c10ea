/**
 * A part of a head segment as a page (span-page.ts): the rows of one tenant among a range of its rows.
 *
 * Model: ids lie at fixed places of a record (wire's span-batch.ts), so grouping by trace reads 16 bytes a row; names, fields and tails are
 * found by walking the record when they are asked for.
 *
 * Invariant: the head's records were written by this process: that they are laid out as they should is checked by what walks them.
 */
import { FIELD_JSON, fieldText, forEachField, readSpan, type SpanRecord } from '@sightline/wire';
import { ByteStrings } from '../../blocks/byte-strings.ts';
import { byteString, textOf } from '../../blocks/strings.ts';
import { difference, type Words } from '../../records/integers.ts';
import type { HeadRecords } from './head-records.ts';
import { groupTraces, type RecordParts, viewOf, walkRecords } from './span-head-parts.ts';
import {
  NOT_AS_BYTES,
  type PageField,
  type PageStrings,
  type PageTraces,
  type SpanPage,
  type StreamCodes,
} from './span-page.ts';

const TRACE_KEY = 8;
const SPAN_ID = 16;
const PARENT_ID = 24;

export class HeadPage implements SpanPage {
  readonly rows: number;
  readonly order: number;
  readonly weight = 1;
  readonly #head: HeadRecords;
  /** Rows of the segment. */
  readonly #picked: Uint32Array;
  readonly #streams: Uint32Array;
  #starts: Words | undefined;
  #durations: Float64Array | undefined;
  #kinds: Uint8Array | undefined;
  #statuses: Uint8Array | undefined;
  #spanIds: Words | undefined;
  #parentIds: Words | undefined;
  #traces: PageTraces | undefined;
  #parts: RecordParts | undefined;
  #names: PageStrings | undefined;
  #tails: PageStrings | undefined;
  #searched: { text: string; rows: Uint8Array | null } | undefined;
  readonly #fields = new Map<string, PageField | null>();

  /** `streams[i]` is the stream of the row picked[i]. */
  constructor(head: HeadRecords, picked: Uint32Array, streams: Uint32Array, order: number) {
    this.rows = picked.length;
    this.order = order;
    this.#head = head;
    this.#picked = picked;
    this.#streams = streams;
  }

  starts(): Words {
    const { lo, hi } = this.#head.segment;
    this.#starts ??= {
      lo: this.#gather(lo, new Uint32Array(this.rows)),
      hi: this.#gather(hi, new Uint32Array(this.rows)),
    };
    return this.#starts;
  }

  scanStarts(): Words {
    return this.starts();
  }

  pick(rows: Uint32Array): HeadPage {
    const streams = rows.map((row) => this.#streams[row]);
    return new HeadPage(
      this.#head,
      rows.map((row) => this.#picked[row]),
      streams,
      this.order,
    );
  }

  durations(): Float64Array {
    if (this.#durations === undefined) {
      const { lo, hi, endLo, endHi } = this.#head.segment;
      const durations = new Float64Array(this.rows);
      for (let i = 0; i < this.rows; i++) {
        const row = this.#picked[i];
        durations[i] = difference(endLo[row], endHi[row], lo[row], hi[row]);
      }
      this.#durations = durations;
    }
    return this.#durations;
  }

  kinds(): Uint8Array {
    this.#kinds ??= this.#gather(this.#head.segment.level, new Uint8Array(this.rows));
    return this.#kinds;
  }

  statuses(): Uint8Array {
    this.#statuses ??= this.#gather(this.#head.segment.status, new Uint8Array(this.rows));
    return this.#statuses;
  }

  streams(): Uint32Array {
    return this.#streams;
  }

  streamCodes(): StreamCodes {
    const ids: number[] = [];
    const known = new Map<number, number>();
    const codes = new Uint32Array(this.rows);
    for (let row = 0; row < this.rows; row++) {
      const stream = this.#streams[row];
      let code = row > 0 && stream === this.#streams[row - 1] ? codes[row - 1] : known.get(stream);
      if (code === undefined) {
        code = ids.push(stream) - 1;
        known.set(stream, code);
      }
      codes[row] = code;
    }
    return { codes, ids: Uint32Array.from(ids), first: 0 };
  }

  traces(): PageTraces {
    this.#traces ??= groupTraces(this.#head, this.#picked);
    return this.#traces;
  }

  spanIds(): Words {
    this.#spanIds ??= this.#ids(SPAN_ID);
    return this.#spanIds;
  }

  parentIds(): Words {
    this.#parentIds ??= this.#ids(PARENT_ID);
    return this.#parentIds;
  }

  /** The last 8 bytes of the trace ids, one for each run of rows with the same ones. */
  traceKeys(): Words {
    const { side, at } = this.#head.segment;
    const words = viewOf(side);
    const keys = { lo: new Uint32Array(this.rows), hi: new Uint32Array(this.rows) };
    let n = 0;
    for (let i = 0; i < this.rows; i++) {
      const from = at[this.#picked[i]] + TRACE_KEY;
      const hi = words.getUint32(from);
      const lo = words.getUint32(from + 4);
      if (n > 0 && keys.lo[n - 1] === lo && keys.hi[n - 1] === hi) continue;
      keys.hi[n] = hi;
      keys.lo[n++] = lo;
    }
    return { lo: keys.lo.subarray(0, n), hi: keys.hi.subarray(0, n) };
  }

  names(): PageStrings {
    if (this.#names === undefined) {
      const { nameStart, nameEnd } = this.#walked();
      this.#names = this.#dictionary(nameStart, nameEnd);
    }
    return this.#names;
  }

  tails(): PageStrings {
    if (this.#tails === undefined) {
      const { fieldsEnd, end } = this.#walked();
      this.#tails = this.#dictionary(fieldsEnd, end);
    }
    return this.#tails;
  }

  field(key: string): PageField | null {
    let field = this.#fields.get(key);
    if (field === undefined) {
      field = this.#readField(Buffer.from(key));
      this.#fields.set(key, field);
    }
    return field;
  }

  #readField(key: Uint8Array): PageField | null {
    const { side } = this.#head.segment;
    const { fieldsStart, fieldsEnd } = this.#walked();
    const codes = new Uint32Array(this.rows);
    // A value is known by its type and bytes: the type stands before the value's length, the length before the value.
    const values = new ByteStrings();
    const types: number[] = [];
    const texts: string[] = [];
    let row = 0;
    const visit = (from: number, to: number, type: number, start: number, end: number): void => {
      if (codes[row] !== 0 || !isText(side, from, to, key)) return;
      const code = values.id(side, to, end);
      if (code === types.length) {
        types.push(type);
        texts.push(fieldText(side, type, start, end));
      }
      codes[row] = code + 1;
    };
    for (; row < this.rows; row++) forEachField(side, fieldsStart[row], fieldsEnd[row], visit);
    if (types.length === 0) return null;
    return { codes, types: Uint8Array.from(types), text: (index) => texts[index] };
  }

  markField(into: Uint8Array, key: string, text: string): void {
    const { side } = this.#head.segment;
    const { fieldsStart, fieldsEnd } = this.#walked();
    const keyBytes = Buffer.from(key);
    const candidates = this.#rowsWith(text);
    let row = 0;
    let seen = false;
    const visit = (from: number, to: number, type: number, start: number, end: number): void => {
      if (seen || !isText(side, from, to, keyBytes)) return;
      seen = true;
      if (type === FIELD_JSON || fieldText(side, type, start, end) === text) into[row] = 1;
    };
    for (; row < this.rows; row++) {
      if (candidates !== null && candidates[row] === 0) continue;
      seen = false;
      forEachField(side, fieldsStart[row], fieldsEnd[row], visit);
    }
  }

  mayHaveText(text: string): boolean {
    return this.#rowsWith(text)?.includes(1) ?? true;
  }

  mayHaveField(_names: readonly string[], text: string): boolean {
    return this.mayHaveText(text);
  }

  /** The rows with a text somewhere in their bytes; null for a text that fields may have in other bytes. */
  #rowsWith(text: string): Uint8Array | null {
    if (this.#searched?.text === text) return this.#searched.rows;
    const rows = hasOtherForms(text) ? null : searchRows(this.#head, this.#picked, text);
    this.#searched = { text, rows };
    return rows;
  }

  excludes(): boolean {
    return false;
  }

  *fieldKeys(): Iterable<string> {
    const { side } = this.#head.segment;
    const { fieldsStart, fieldsEnd } = this.#walked();
    const keys = new ByteStrings();
    for (let row = 0; row < this.rows; row++) {
      forEachField(side, fieldsStart[row], fieldsEnd[row], (from, to) => {
        keys.id(side, from, to);
      });
    }
    const { bytes, offsets, count } = keys;
    for (let i = 0; i < count; i++) yield textOf(byteString(bytes, offsets[i], offsets[i + 1]));
  }

  records(rows: Uint32Array): SpanRecord[] {
    const { side, at, length } = this.#head.segment;
    return Array.from(rows, (row) => {
      const picked = this.#picked[row];
      return readSpan(side, at[picked], length[picked]);
    });
  }

  #gather<T extends Uint8Array | Uint32Array>(column: T, into: T): T {
    const picked = this.#picked;
    for (let i = 0; i < picked.length; i++) into[i] = column[picked[i]];
    return into;
  }

  #ids(offset: number): Words {
    const { side, at } = this.#head.segment;
    const view = viewOf(side);
    const words = { lo: new Uint32Array(this.rows), hi: new Uint32Array(this.rows) };
    for (let row = 0; row < this.rows; row++) {
      const from = at[this.#picked[row]] + offset;
      words.hi[row] = view.getUint32(from);
      words.lo[row] = view.getUint32(from + 4);
    }
    return words;
  }

  #dictionary(starts: Uint32Array, ends: Uint32Array): PageStrings {
    const { side } = this.#head.segment;
    const strings = new ByteStrings();
    const codes = new Uint32Array(this.rows);
    for (let row = 0; row < this.rows; row++) codes[row] = strings.id(side, starts[row], ends[row]);
    return { codes, strings };
  }

  #walked(): RecordParts {
    this.#parts ??= walkRecords(this.#head, this.#picked);
    return this.#parts;
  }
}

/** Whether a field may have the text without having its bytes: numbers, truth values, raw bytes, JSON that escapes. */
function hasOtherForms(text: string): boolean {
  return text === '' || NOT_AS_BYTES.test(text) || isBase64(text);
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && Buffer.from(text, 'base64').toString('base64') === text;
}

/** Marks rows whose records have the text; of one page records lie in ascending order, and nearly back to back. */
function searchRows({ segment }: HeadRecords, picked: Uint32Array, text: string): Uint8Array {
  const { side, at, length } = segment;
  const found = new Uint8Array(picked.length);
  if (picked.length === 0) return found;
  const last = picked[picked.length - 1];
  const begin = at[picked[0]];
  const bytes = Buffer.from(side.buffer, side.byteOffset + begin, at[last] + length[last] - begin);
  for (let i = 0, from = bytes.indexOf(text); from >= 0; ) {
    while (i + 1 < picked.length && at[picked[i + 1]] <= begin + from) i++;
    found[i] = 1;
    // On with the next row: there may be rows of other tenants between.
    if (i + 1 === picked.length) break;
    from = bytes.indexOf(text, Math.max(from + 1, at[picked[i + 1]] - begin));
  }
  return found;
}

function isText(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
