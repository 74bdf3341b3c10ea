/**
 * A part of a head segment as a page (span-page.ts): the rows of one tenant among a range of its rows.
 *
 * Model: ids lie at fixed places of a record (wire's span-batch.ts), so grouping by trace reads 16 bytes a row; names, fields and tails are
 * found by walking the record when they are asked for.
 *
 * Invariant: the head's records were written by this process: that they are laid out as they should is checked by what walks them.
 */
import {
  FIELD_JSON,
  fieldText,
  forEachField,
  hashBytes,
  hashWords,
  processKey,
  readSpan,
  type SpanRecord,
} from '@sightline/wire';
import { ByteStrings } from '../../blocks/byte-strings.ts';
import { ByteReader } from '../../blocks/bytes.ts';
import { byteString, textOf } from '../../blocks/strings.ts';
import { difference, type Words } from '../../records/integers.ts';
import type { HeadRecords } from './head-records.ts';
import {
  type PageField,
  type PageStrings,
  type PageTraces,
  type SpanPage,
  sameTrace,
  wordAt,
} from './span-page.ts';

const SPAN_ID = 16;
const PARENT_ID = 24;
const NAME = 32;

export class HeadPage implements SpanPage {
  readonly rows: number;
  readonly order: number;
  readonly #head: HeadRecords;
  /** Rows of the segment. */
  readonly #picked: Uint32Array;
  readonly #streams: Uint32Array;
  #starts: Words | undefined;
  #durations: Float64Array | undefined;
  #traces: PageTraces | undefined;
  #parts: RecordParts | undefined;
  #names: PageStrings | undefined;
  #tails: PageStrings | undefined;
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
    this.#starts ??= { lo: this.#gather(lo), hi: this.#gather(hi) };
    return this.#starts;
  }

  durations(): Float64Array {
    const { lo, hi, endLo, endHi } = this.#head.segment;
    this.#durations ??= Float64Array.from(this.#picked, (row) =>
      difference(endLo[row], endHi[row], lo[row], hi[row]),
    );
    return this.#durations;
  }

  kinds(): Uint8Array {
    const { level } = this.#head.segment;
    return Uint8Array.from(this.#picked, (row) => level[row]);
  }

  statuses(): Uint8Array {
    const { status } = this.#head.segment;
    return Uint8Array.from(this.#picked, (row) => status[row]);
  }

  streams(): Uint32Array {
    return this.#streams;
  }

  traces(): PageTraces {
    this.#traces ??= groupTraces(this.#head, this.#picked);
    return this.#traces;
  }

  spanIds(): Words {
    return this.#ids(SPAN_ID);
  }

  parentIds(): Words {
    return this.#ids(PARENT_ID);
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
    const field = this.field(key);
    if (field === null) return;
    const { codes, types } = field;
    const wanted = Uint8Array.from(types, (type, i) =>
      type === FIELD_JSON || field.text(i) === text ? 1 : 0,
    );
    for (let row = 0; row < codes.length; row++) {
      if (codes[row] > 0) into[row] |= wanted[codes[row] - 1];
    }
  }

  mayHaveText(): boolean {
    return true;
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

  #gather(column: Uint32Array): Uint32Array {
    return Uint32Array.from(this.#picked, (row) => column[row]);
  }

  #ids(offset: number): Words {
    const { side, at } = this.#head.segment;
    const words = { lo: new Uint32Array(this.rows), hi: new Uint32Array(this.rows) };
    for (let row = 0; row < this.rows; row++) {
      const from = at[this.#picked[row]] + offset;
      words.hi[row] = wordAt(side, from);
      words.lo[row] = wordAt(side, from + 4);
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
    this.#parts ??= walk(this.#head, this.#picked);
    return this.#parts;
  }
}

/** Where the parts of each record lie in the side bytes. */
interface RecordParts {
  nameStart: Uint32Array;
  nameEnd: Uint32Array;
  fieldsStart: Uint32Array;
  fieldsEnd: Uint32Array;
  end: Uint32Array;
}

function walk({ segment }: HeadRecords, picked: Uint32Array): RecordParts {
  const column = (): Uint32Array => new Uint32Array(picked.length);
  const parts = {
    nameStart: column(),
    nameEnd: column(),
    fieldsStart: column(),
    fieldsEnd: column(),
    end: column(),
  };
  for (let row = 0; row < picked.length; row++) {
    const at = segment.at[picked[row]];
    const end = at + segment.length[picked[row]];
    const reader = new ByteReader(segment.side, 'head', at + NAME, end);
    const nameLength = reader.varint();
    parts.nameStart[row] = reader.at;
    reader.skip(nameLength);
    parts.nameEnd[row] = reader.at;
    const fieldsLength = reader.varint();
    parts.fieldsStart[row] = reader.at;
    reader.skip(fieldsLength);
    parts.fieldsEnd[row] = reader.at;
    parts.end[row] = end;
  }
  return parts;
}

/** Numbers the traces of the rows in order of appearance. */
function groupTraces({ segment }: HeadRecords, picked: Uint32Array): PageTraces {
  const { side, at } = segment;
  const ids = new Uint8Array(picked.length * 16);
  const codes = new Uint32Array(picked.length);
  let slots = 16;
  while (slots < picked.length * 2) slots *= 2;
  const index = new Uint32Array(slots);
  let count = 0;
  for (let row = 0; row < picked.length; row++) {
    const from = at[picked[row]];
    // Spans of a trace often come together.
    const before = row === 0 ? 0 : codes[row - 1];
    if (row > 0 && sameTrace(ids, before * 16, side, from)) {
      codes[row] = before;
      continue;
    }
    hashBytes(side, from, from + 16, processKey);
    let slot = hashWords[0] & (slots - 1);
    while (index[slot] !== 0 && !sameTrace(ids, (index[slot] - 1) * 16, side, from)) {
      slot = (slot + 1) & (slots - 1);
    }
    if (index[slot] === 0) {
      ids.set(side.subarray(from, from + 16), count * 16);
      index[slot] = ++count;
    }
    codes[row] = index[slot] - 1;
  }
  return { count, ids: ids.subarray(0, count * 16), codes };
}

function isText(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text[i]) return false;
  return true;
}
