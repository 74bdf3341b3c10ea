/** A block of spans of a file as a page (span-page.ts). */
import { FIELD_JSON, FieldWriter, forEachField, readSpan, type SpanRecord } from '@sightline/wire';
import type { TraceFilter } from '../../../records.ts';
import { unzigzag } from '../../blocks/bytes.ts';
import { byteString, byteStringOf, textOf } from '../../blocks/strings.ts';
import * as format from '../../records/block-format.ts';
import type { BlockColumn, RecordBlockReader } from '../../records/block-reader.ts';
import type { Words } from '../../records/integers.ts';
import { equality, mayContain } from '../../records/select.ts';
import type { Strings } from '../../records/strings.ts';
import { needleTokens } from '../../records/tokens.ts';
import { readField } from './block-fields.ts';
import { firstValues } from './field-rows.ts';
import {
  NOT_AS_BYTES,
  type PageField,
  type PageStrings,
  type PageTraces,
  type SpanPage,
  type StreamCodes,
} from './span-page.ts';
import { PickedPage, putId, scanWords } from './span-picked-page.ts';

const TWO_32 = 2 ** 32;

export class FilePage implements SpanPage {
  readonly order: number;
  readonly weight: number;
  readonly block: RecordBlockReader;
  /** Stream by dense id. */
  readonly streamIds: Uint32Array;
  #streams: Uint32Array | undefined;
  #durations: Float64Array | undefined;
  #kinds: Uint8Array | undefined;
  #statuses: Uint8Array | undefined;
  #spanIds: Words | undefined;
  #parentIds: Words | undefined;
  /** Records that are being read, part by part. */
  #out: FieldWriter | undefined;
  readonly #fields = new Map<string, PageField | null>();

  constructor(
    block: RecordBlockReader,
    file: { readonly streams: Uint32Array; readonly weight: number },
    order: number,
  ) {
    this.block = block;
    this.order = order;
    this.weight = file.weight;
    this.streamIds = file.streams;
  }

  get rows(): number {
    return this.block.rows;
  }

  starts(): Words {
    return this.block.rowWords(format.COLUMN_TIME);
  }

  scanStarts(): Words {
    return scanWords(this.block, format.COLUMN_TIME);
  }

  pick(rows: Uint32Array): PickedPage {
    return new PickedPage(this, rows);
  }

  durations(): Float64Array {
    if (this.#durations === undefined) {
      const { lo, hi } = scanWords(this.block, format.COLUMN_DURATION);
      const durations = new Float64Array(lo.length);
      for (let row = 0; row < lo.length; row++) durations[row] = hi[row] * TWO_32 + lo[row];
      this.#durations = durations;
    }
    return this.#durations;
  }

  kinds(): Uint8Array {
    this.#kinds ??= new Uint8Array(scanWords(this.block, format.COLUMN_LEVEL).lo);
    return this.#kinds;
  }

  statuses(): Uint8Array {
    this.#statuses ??= new Uint8Array(scanWords(this.block, format.COLUMN_STATUS).lo);
    return this.#statuses;
  }

  streams(): Uint32Array {
    if (this.#streams === undefined) {
      const { codes, ids } = this.streamCodes();
      const streams = new Uint32Array(codes.length);
      for (let row = 0; row < codes.length; row++) streams[row] = ids[codes[row]];
      this.#streams = streams;
    }
    return this.#streams;
  }

  streamCodes(): StreamCodes {
    const { lo } = this.block.rowWords(format.COLUMN_STREAM);
    const ids = this.streamIds;
    const most = ids.length - 1;
    for (let row = 0; row < lo.length; row++) {
      if ((lo[row] - 1) >>> 0 >= most) this.block.fail('span of no stream');
    }
    return { codes: lo, ids, first: 1 };
  }

  traces(): PageTraces {
    const { count, bytes, codes } = this.idStrings(format.COLUMN_TRACE, 16);
    return { count, ids: bytes, codes };
  }

  spanIds(): Words {
    if (this.#spanIds === undefined) {
      const { bytes, codes } = this.idStrings(format.COLUMN_SPAN, 8);
      const words = rowWords(this.rows);
      for (let row = 0; row < this.rows; row++) putId(words, row, bytes, codes[row] * 8);
      this.#spanIds = words;
    }
    return this.#spanIds;
  }

  /** The distinct ids of a column, back to back, and the number of each value's. */
  idStrings(kind: number, width: number): { count: number; bytes: Uint8Array; codes: Uint32Array } {
    const { block } = this;
    const column = block.column(kind) ?? block.fail(`column ${kind} is missing`);
    if (kind !== format.COLUMN_PARENT && column.count !== block.rows) {
      block.fail(`column ${kind} has not a value for each row`);
    }
    const strings = block.stringColumn(column);
    let bytes = strings.fixed(width);
    if (bytes === null) {
      const made = strings.strings();
      this.#checkWidth(made, width);
      bytes = made.bytes;
    }
    return { count: strings.count, bytes, codes: block.codes(column) };
  }

  parentIds(): Words {
    this.#parentIds ??= this.#readParents();
    return this.#parentIds;
  }

  #readParents(): Words {
    const { block, rows } = this;
    const links = block.rowWords(format.COLUMN_LINK).lo;
    const spans = this.idStrings(format.COLUMN_SPAN, 8);
    const others =
      block.column(format.COLUMN_PARENT) === undefined
        ? null
        : this.idStrings(format.COLUMN_PARENT, 8);
    const words = rowWords(rows);
    for (let row = 0, used = 0; row < rows; row++) {
      if (links[row] === 0) {
        if (others === null || used >= others.codes.length) {
          return block.fail('column has too few values');
        }
        putId(words, row, others.bytes, others.codes[used++] * 8);
        continue;
      }
      const id = row - unzigzag(links[row] - 1);
      if (id < 0 || id >= spans.count) block.fail('parent of no span');
      putId(words, row, spans.bytes, id * 8);
    }
    return words;
  }

  names(): PageStrings {
    return this.#strings(format.COLUMN_TEXT);
  }

  tails(): PageStrings {
    return this.#strings(format.COLUMN_TAIL);
  }

  markField(into: Uint8Array, key: string, text: string): void {
    const { block } = this;
    const byteKey = byteStringOf(key);
    const tests = block.fieldColumns(byteKey).map((column) => this.#test(column, text));
    const rest = block.column(format.COLUMN_REST);
    if (rest === undefined && tests.every((test) => test === null)) return;
    const found = firstValues(block, byteKey);
    if (found === null) return;
    const { column, at } = found;
    // What the rest has is not looked at: it may be.
    if (rest !== undefined) tests.push(() => true);
    for (let row = 0; row < into.length; row++) {
      if (column[row] !== 0 && tests[column[row] - 1]?.(at[row])) into[row] = 1;
    }
  }

  #test(column: BlockColumn, text: string): ((index: number) => boolean) | null {
    return column.type === FIELD_JSON ? () => true : equality(this.block, column, text);
  }

  mayHaveField(names: readonly string[], text: string): boolean {
    const { block } = this;
    if (this.mayHaveText(text) || block.column(format.COLUMN_REST) !== undefined) return true;
    return names.some((name) =>
      block.fieldColumns(byteStringOf(name)).some((column) => this.#test(column, text) !== null),
    );
  }

  mayHaveText(text: string): boolean {
    // The filter has no tokens of numbers and truth values, and of JSON those of its escaped text.
    if (NOT_AS_BYTES.test(text)) return true;
    return mayContain(this.block, needleTokens(Buffer.from(text), true));
  }

  excludes({ errors, minDuration, maxDuration }: TraceFilter): boolean {
    const { block } = this;
    if (errors && maxOf(block.column(format.COLUMN_STATUS)) < STATUS_ERROR) return true;
    const durations = block.column(format.COLUMN_DURATION);
    return maxOf(durations) < minDuration || minOf(durations) > maxDuration;
  }

  *fieldKeys(): Iterable<string> {
    const keys = new Set<string>();
    for (const column of this.block.columns) {
      if (column.kind === format.COLUMN_FIELD) keys.add(column.key);
    }
    const rest = this.block.column(format.COLUMN_REST);
    if (rest !== undefined) {
      const { bytes, offsets, count } = this.block.strings(rest);
      forEachField(bytes, 0, offsets[count], (start, end) => {
        keys.add(byteString(bytes, start, end));
      });
    }
    for (const key of keys) yield textOf(key);
  }

  field(key: string): PageField | null {
    let field = this.#fields.get(key);
    if (field === undefined) {
      field = readField(this.block, byteStringOf(key), null);
      this.#fields.set(key, field);
    }
    return field;
  }

  /** As `field`, of some rows. */
  fieldOf(key: string, rows: Uint32Array): PageField | null {
    const field = this.#fields.get(key);
    if (field === undefined) return readField(this.block, byteStringOf(key), rows);
    return field && { ...field, codes: rows.map((row) => field.codes[row]) };
  }

  records(rows: Uint32Array): SpanRecord[] {
    this.#out ??= new FieldWriter();
    const out = this.#out;
    out.clear();
    const at = this.block.records(rows, out);
    return Array.from(at, (start, i) => {
      const end = i + 1 < at.length ? at[i + 1] : out.length;
      return readSpan(out.buffer, start, end - start);
    });
  }

  #strings(kind: number): PageStrings {
    const { block } = this;
    const column = block.column(kind) ?? block.fail(`column ${kind} is missing`);
    const codes = block.codes(column);
    if (codes.length !== block.rows) block.fail(`column ${kind} has not a value for each row`);
    return { codes, strings: block.strings(column) };
  }

  #checkWidth({ offsets, count }: Strings, width: number): void {
    for (let i = 1; i <= count; i++) {
      if (offsets[i] !== i * width) this.block.fail(`id that is not ${width} bytes long`);
    }
  }
}

const STATUS_ERROR = 2;

function minOf(column: BlockColumn | undefined): number {
  const [lo = 0, hi = 0] = column?.range ?? [];
  return hi * TWO_32 + lo;
}

function maxOf(column: BlockColumn | undefined): number {
  const [, , lo = 0, hi = 0] = column?.range ?? [];
  return hi * TWO_32 + lo;
}

function rowWords(rows: number): Words {
  return { lo: new Uint32Array(rows), hi: new Uint32Array(rows) };
}
