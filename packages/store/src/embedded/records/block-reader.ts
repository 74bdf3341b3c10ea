/**
 * Reads blocks of records (layout: block-format.ts): columns when they are asked for, selections of rows, and records back to the byte.
 *
 * Model: a selection is a mask with a byte per row; every `keep...` clears rows of it and returns how many are left. Columns are
 * decoded once and kept as long as the reader; the directory is read as far as is asked for.
 *
 * Invariants: all that throws is CorruptionError or FormatVersionError, or the writer's own limit; a piece is asked for only when a column
 * in it is needed.
 */
import type { FieldWriter } from '@sightline/wire';
import { ByteReader } from '../blocks/bytes.ts';
import { FRAME_LOGS, FRAME_RECORD_SECTION, FRAME_SPANS, openFrame } from '../blocks/frame.ts';
import { byteString } from '../blocks/strings.ts';
import * as format from './block-format.ts';
import { CodeColumn } from './code-column.ts';
import type { BlockFilters } from './filter-pages.ts';
import { readWords } from './integer-reader.ts';
import type { Words } from './integers.ts';
import { makeRecords } from './record-maker.ts';
import { StringColumn } from './string-column.ts';
import type { Strings } from './strings.ts';
import { WordColumn } from './word-column.ts';

/** Where the stored parts of a block come from. */
export interface BlockSource {
  piece(index: number): Uint8Array;
  readonly filters: BlockFilters;
}

/** A column of the directory. Values are decoded on demand. */
export interface BlockColumn {
  kind: number;
  /** Of a field: its type and its key, one char per byte. */
  type: number;
  key: string;
  keyBytes: Uint8Array;
  count: number;
  /** Least and greatest value of words: low, high, low, high. */
  range: readonly number[];
  sections: readonly SectionPlace[];
}

type SectionPlace = { inline: Uint8Array } | { piece: number; offset: number };

export class RecordBlockReader {
  readonly rows: number;
  /** The directory from the first column on that was not asked for. */
  readonly #directory: ByteReader;
  #left: number;
  readonly #columns: BlockColumn[] = [];
  #fieldList: readonly BlockColumn[] | undefined;
  readonly #source: BlockSource;
  readonly #place: string;
  readonly #words = new Map<BlockColumn, WordColumn>();
  readonly #strings = new Map<BlockColumn, StringColumn>();
  readonly #codes = new Map<BlockColumn, CodeColumn>();

  /** `place` names the block in errors. */
  constructor(
    signal: format.RecordSignal,
    directory: Uint8Array,
    source: BlockSource,
    place: string,
  ) {
    this.#source = source;
    this.#place = place;
    const frame = openFrame(directory, signal === 'logs' ? FRAME_LOGS : FRAME_SPANS, place);
    const reader = new ByteReader(frame.payload, place);
    this.rows = reader.bounded(format.MAX_BLOCK_ROWS, 'rows');
    this.#left = reader.bounded(format.COLUMN_FIELD + format.MAX_FIELD_COLUMNS, 'columns');
    this.#directory = reader;
  }

  get columns(): readonly BlockColumn[] {
    while (this.#left > 0) this.#nextColumn();
    return this.#columns;
  }

  get #fields(): readonly BlockColumn[] {
    this.#fieldList ??= this.columns.filter(({ kind }) => kind === format.COLUMN_FIELD);
    return this.#fieldList;
  }

  #nextColumn(): BlockColumn {
    this.#left--;
    const column = readColumn(this.#directory);
    this.#columns.push(column);
    return column;
  }

  /** Approximate bytes of what has been decoded. */
  get bytes(): number {
    let bytes = 0;
    for (const words of this.#words.values()) bytes += words.bytes;
    for (const strings of this.#strings.values()) bytes += strings.bytes;
    for (const codes of this.#codes.values()) bytes += codes.bytes;
    return bytes;
  }

  get filters(): BlockFilters {
    return this.#source.filters;
  }

  /** The one column of a kind that is no field. */
  column(kind: number): BlockColumn | undefined {
    for (const column of this.#columns) if (column.kind === kind) return column;
    while (this.#left > 0) {
      const column = this.#nextColumn();
      if (column.kind >= kind) return column.kind === kind ? column : undefined;
    }
    return undefined;
  }

  /** The field columns with a key (one char per byte): one per type that it came with. */
  fieldColumns(key: string): BlockColumn[] {
    return this.#fields.filter((column) => column.key === key);
  }

  /** Field column of an ordinal in a shape. */
  fieldAt(ordinal: number): BlockColumn {
    return this.#fields[ordinal] ?? this.fail('field of no column');
  }

  /** The ordinal by which shapes name a field column. */
  ordinalOf(column: BlockColumn): number {
    return this.#fields.indexOf(column);
  }

  words(column: BlockColumn): Words {
    return this.wordColumn(column).all();
  }

  /** The same, for looking at some. */
  wordColumn(column: BlockColumn): WordColumn {
    let words = this.#words.get(column);
    if (words === undefined) {
      words = new WordColumn(this.#section(column, 0), column.count);
      this.#words.set(column, words);
    }
    return words;
  }

  strings(column: BlockColumn): Strings {
    return this.stringColumn(column).strings();
  }

  /** The distinct strings without making them. */
  stringColumn(column: BlockColumn): StringColumn {
    let strings = this.#strings.get(column);
    if (strings === undefined) {
      strings = new StringColumn(this.#section(column, 0), column.count);
      this.#strings.set(column, strings);
    }
    return strings;
  }

  /** Per value of the column the number of its string, for reading only. */
  codes(column: BlockColumn): Uint32Array {
    return this.codeColumn(column).all();
  }

  /** The same, for looking at some. */
  codeColumn(column: BlockColumn): CodeColumn {
    let codes = this.#codes.get(column);
    if (codes === undefined) {
      const { count } = this.stringColumn(column);
      codes = new CodeColumn(this.#section(column, 1), column.count, count);
      this.#codes.set(column, codes);
    }
    return codes;
  }

  /** The words of a column that every row has. */
  rowWords(kind: number): Words {
    return this.words(this.#rowColumn(kind));
  }

  /** The same, not kept: in `room` where it is large enough, valid until that is used again. */
  scanRowWords(kind: number, room: Words): Words {
    const column = this.#rowColumn(kind);
    return this.#words.get(column)?.all() ?? readWords(this.#section(column, 0), this.rows, room);
  }

  #rowColumn(kind: number): BlockColumn {
    const column = this.column(kind);
    if (column?.count === this.rows) return column;
    return this.fail(`column ${kind} is missing`);
  }

  /** The record bytes of `rows` (ascending), as the batch had them, appended to `out`; `at[i]` is where record i begins. */
  records(rows: Uint32Array, out: FieldWriter): Uint32Array {
    return makeRecords(this, rows, out);
  }

  fail(problem: string): never {
    return new ByteReader(new Uint8Array(0), this.#place).fail(problem);
  }

  #section(column: BlockColumn, index: number): ByteReader {
    const place = column.sections[index];
    if ('inline' in place) return new ByteReader(place.inline, this.#place);
    const piece = this.#source.piece(place.piece);
    const frame = openFrame(piece, FRAME_RECORD_SECTION, this.#place, place.offset);
    return new ByteReader(frame.payload, this.#place);
  }
}

function readColumn(reader: ByteReader): BlockColumn {
  const kind = reader.u8();
  if (kind > format.COLUMN_FIELD) reader.fail('unknown column');
  const isField = kind === format.COLUMN_FIELD;
  const type = isField ? reader.u8() : 0;
  const keyBytes = reader.take(isField ? reader.varint() : 0);
  const isWords = format.hasWords(kind, type);
  // A field may be repeated within a row, so only the bytes of a block bound its values.
  const count = reader.bounded(MAX_VALUES, 'values');
  const range = isWords ? [reader.u32(), reader.u32(), reader.u32(), reader.u32()] : [];
  const sections = isWords ? [readPlace(reader)] : [readPlace(reader), readPlace(reader)];
  const key = isField ? byteString(keyBytes, 0, keyBytes.length) : '';
  return { kind, type, key, keyBytes, count, range, sections };
}

/** 32 MiB of the shortest fields. */
const MAX_VALUES = 2 ** 24;

function readPlace(reader: ByteReader): SectionPlace {
  const piece = reader.varint();
  if (piece === 0) return { inline: reader.take(reader.varint()) };
  return { piece: piece - 1, offset: reader.varint() };
}
