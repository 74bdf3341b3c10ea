/**
 * The rows of a block of log records, one at a time: texts, ids and fields where they are asked for.
 *
 * Model: columns hold the values of the rows that have one, in order of rows; where the values of a row begin is counted once per
 * column from the shapes. Texts of columns with few distinct strings are kept.
 *
 * Invariants: all that throws is CorruptionError, FormatVersionError or DecodeError.
 */
import {
  FIELD_JSON,
  FIELD_STRING,
  fieldText,
  forEachField,
  RECORD_SPAN_ID,
  RECORD_TRACE_ID,
} from '@sightline/wire';
import * as format from '../../records/block-format.ts';
import type { BlockColumn, RecordBlockReader } from '../../records/block-reader.ts';
import type { CodeColumn } from '../../records/code-column.ts';
import type { WantsField } from './log-run.ts';

/** A field of a shape: where its value is among the values that a row has in the column. */
interface ShapeField {
  column: BlockColumn;
  nth: number;
}

interface Shape {
  flags: number;
  fields: readonly ShapeField[];
}

/** Columns with so many rows for each distinct string keep the texts. */
const ROWS_PER_KEPT_TEXT = 4;
const KEPT_TEXT_BYTES = 128;

export class LogBlock {
  readonly block: RecordBlockReader;
  /** Approximate bytes beside those of the block. */
  bytes = 0;
  #shapes: readonly Shape[] | undefined;
  #shapeCodes: CodeColumn | undefined;
  /** By column the index of the first value of each row; null when that is the row. */
  readonly #starts = new Map<BlockColumn, Uint32Array | null>();
  readonly #texts = new Map<BlockColumn, ColumnTexts>();
  /** By shape the fields that are wanted. */
  readonly #wanted: (readonly ShapeField[] | undefined)[] = [];
  #wants: WantsField = null;

  constructor(block: RecordBlockReader) {
    this.block = block;
  }

  body(row: number): string {
    return this.#textsOf(this.#fixed(format.COLUMN_TEXT)).at(row);
  }

  bodyBytes(row: number): number {
    const column = this.#fixed(format.COLUMN_TEXT);
    const code = this.block.codeColumn(column).at(row);
    return this.block.stringColumn(column).byteLength(code);
  }

  /** 32 hex digits, or ''. */
  traceId(row: number): string {
    return this.#id(row, RECORD_TRACE_ID, format.COLUMN_TRACE);
  }

  /** 16 hex digits, or ''. */
  spanId(row: number): string {
    return this.#id(row, RECORD_SPAN_ID, format.COLUMN_SPAN);
  }

  /** Names and texts in turn, in the order of the record; fields that are not wanted may be missing. */
  fields(row: number, wants: WantsField): string[] {
    const pairs: string[] = [];
    for (const { column, nth } of this.#wantedFields(row, wants)) {
      const at = this.#valueAt(column, row) + nth;
      if (column.kind === format.COLUMN_REST) this.#addRest(column, at, pairs);
      else {
        const texts = this.#textsOf(column);
        pairs.push(texts.name, texts.at(at));
      }
    }
    return pairs;
  }

  #wantedFields(row: number, wants: WantsField): readonly ShapeField[] {
    if (wants === null) return this.shapeOf(row).fields;
    if (this.#wants !== wants) {
      this.#wants = wants;
      this.#wanted.length = 0;
    }
    const shape = this.#shapeColumn.at(row);
    let fields = this.#wanted[shape];
    if (fields === undefined) {
      fields = this.shapeOf(row).fields.filter(
        ({ column }) => column.kind === format.COLUMN_REST || wants(nameOf(column)),
      );
      this.#wanted[shape] = fields;
    }
    return fields;
  }

  /** What the row has. */
  shapeOf(row: number): Shape {
    this.#shapes ??= this.#readShapes();
    return this.#shapes[this.#shapeColumn.at(row)];
  }

  /**
   * Per row the index of its first value in a column that shapes name, or null when that is the row itself. What it is for a row
   * that has none means nothing (`rowsWith`).
   */
  starts(column: BlockColumn): Uint32Array | null {
    let starts = this.#starts.get(column);
    if (starts === undefined) {
      starts = this.#countStarts(column);
      this.#starts.set(column, starts);
      this.bytes += starts?.byteLength ?? 0;
    }
    return starts;
  }

  /** Per row how many values it has in a column that shapes name, by `shapeNumber`. */
  valuesByShape(column: BlockColumn): Uint32Array {
    this.#shapes ??= this.#readShapes();
    return Uint32Array.from(this.#shapes, ({ flags, fields }) => {
      if (column.kind === format.COLUMN_TRACE) return flags & RECORD_TRACE_ID ? 1 : 0;
      if (column.kind === format.COLUMN_SPAN) return flags & RECORD_SPAN_ID ? 1 : 0;
      let count = 0;
      for (const field of fields) if (field.column === column) count++;
      return count;
    });
  }

  /** Number of the shape, by row. */
  get shapeNumbers(): Uint32Array {
    return this.#shapeColumn.all();
  }

  get #shapeColumn(): CodeColumn {
    this.#shapeCodes ??= this.block.codeColumn(this.#fixed(format.COLUMN_SHAPE));
    return this.#shapeCodes;
  }

  /** Whether two rows have the same record, severity and stream; their times are the caller's. */
  same(a: number, b: number): boolean {
    const { block } = this;
    const shapes = this.shapeNumbers;
    if (shapes[a] !== shapes[b]) return false;
    for (const kind of [format.COLUMN_STREAM, format.COLUMN_LEVEL]) {
      const { lo } = block.rowWords(kind);
      if (lo[a] !== lo[b]) return false;
    }
    if (!this.#sameValue(this.#fixed(format.COLUMN_TEXT), a, b)) return false;
    const { flags, fields } = this.shapeOf(a);
    if (flags & RECORD_TRACE_ID && !this.#sameIn(format.COLUMN_TRACE, a, b)) return false;
    if (flags & RECORD_SPAN_ID && !this.#sameIn(format.COLUMN_SPAN, a, b)) return false;
    return fields.every(({ column, nth }) =>
      this.#sameValue(column, this.#valueAt(column, a) + nth, this.#valueAt(column, b) + nth),
    );
  }

  /** A number that is equal for rows that are the same. */
  sameness(row: number): number {
    const { block } = this;
    const text = block.codes(this.#fixed(format.COLUMN_TEXT))[row];
    const stream = block.rowWords(format.COLUMN_STREAM).lo[row];
    const mixed = Math.imul(text, 31) + Math.imul(stream, 0x9e3779b1);
    return (mixed + this.shapeNumbers[row]) | 0;
  }

  #sameIn(kind: number, a: number, b: number): boolean {
    const column = this.#fixed(kind);
    return this.#sameValue(column, this.#valueAt(column, a), this.#valueAt(column, b));
  }

  #sameValue(column: BlockColumn, a: number, b: number): boolean {
    if (format.hasWords(column.kind, column.type)) {
      const { lo, hi } = this.block.words(column);
      return lo[a] === lo[b] && hi[a] === hi[b];
    }
    const codes = this.block.codes(column);
    return codes[a] === codes[b];
  }

  #id(row: number, flag: number, kind: number): string {
    if ((this.shapeOf(row).flags & flag) === 0) return '';
    const column = this.#fixed(kind);
    const code = this.block.codeColumn(column).at(this.#valueAt(column, row));
    const { bytes, offsets } = this.block.strings(column);
    return bufferOf(bytes).toString('hex', offsets[code], offsets[code + 1]);
  }

  #addRest(column: BlockColumn, at: number, pairs: string[]): void {
    const code = this.block.codeColumn(column).at(at);
    const { bytes, offsets } = this.block.strings(column);
    forEachField(bytes, offsets[code], offsets[code + 1], (keyStart, keyEnd, type, start, end) => {
      pairs.push(bufferOf(bytes).toString('utf8', keyStart, keyEnd));
      pairs.push(fieldText(bytes, type, start, end));
    });
  }

  #valueAt(column: BlockColumn, row: number): number {
    const starts = this.starts(column);
    return starts === null ? row : starts[row];
  }

  #fixed(kind: number): BlockColumn {
    return this.block.column(kind) ?? this.block.fail(`column ${kind} is missing`);
  }

  #textsOf(column: BlockColumn): ColumnTexts {
    let texts = this.#texts.get(column);
    if (texts === undefined) {
      texts = textsOf(this.block, column);
      this.#texts.set(column, texts);
      this.bytes += texts.bytes;
    }
    return texts;
  }

  #readShapes(): Shape[] {
    const { block } = this;
    const column = this.#fixed(format.COLUMN_SHAPE);
    if (column.count !== block.rows) block.fail('shapes are missing');
    const rest = block.column(format.COLUMN_REST);
    const { bytes, offsets, count } = block.strings(column);
    return Array.from({ length: count }, (_, shape) => {
      const fields: ShapeField[] = [];
      for (let k = offsets[shape] + 1; k + 1 < offsets[shape + 1]; k += 2) {
        const ordinal = bytes[k] | (bytes[k + 1] << 8);
        const found =
          (ordinal === format.REST_ORDINAL ? rest : block.fieldAt(ordinal)) ??
          block.fail('field of no column');
        const nth = fields.reduce((n, field) => (field.column === found ? n + 1 : n), 0);
        fields.push({ column: found, nth });
      }
      return { flags: offsets[shape + 1] > offsets[shape] ? bytes[offsets[shape]] : 0, fields };
    });
  }

  #countStarts(column: BlockColumn): Uint32Array | null {
    const { rows } = this.block;
    const counts = this.valuesByShape(column);
    if (column.count === rows && counts.every((count) => count === 1)) return null;
    const starts = new Uint32Array(rows);
    const shapes = this.shapeNumbers;
    let next = 0;
    for (let row = 0; row < rows; row++) {
      starts[row] = next;
      next += counts[shapes[row]];
    }
    if (next !== column.count) this.block.fail('column has another number of values');
    return starts;
  }
}

interface ColumnTexts {
  /** Key of a field column. */
  name: string;
  bytes: number;
  /** Text of a value. */
  at(value: number): string;
}

function textsOf(block: RecordBlockReader, column: BlockColumn): ColumnTexts {
  const { kind, type, count } = column;
  const name = nameOf(column);
  if (format.hasWords(kind, type)) {
    const words = block.wordColumn(column);
    const value = new Uint8Array(8);
    const view = new DataView(value.buffer);
    const at = (index: number): string => {
      words.put(index, view);
      return fieldText(value, type, 0, 8);
    };
    return { name, bytes: 0, at };
  }
  const codes = block.codeColumn(column);
  const strings = block.stringColumn(column);
  const isText = type === FIELD_STRING || type === FIELD_JSON;
  const make = (code: number): string => {
    if (isText) return strings.text(code);
    const { bytes, offsets } = strings.strings();
    return fieldText(bytes, type, offsets[code], offsets[code + 1]);
  };
  const distinct = strings.count;
  if (distinct * ROWS_PER_KEPT_TEXT > count) {
    return { name, bytes: 0, at: (index) => make(codes.at(index)) };
  }
  const kept: (string | undefined)[] = new Array(distinct);
  const at = (index: number): string => {
    const code = codes.at(index);
    kept[code] ??= make(code);
    return kept[code];
  };
  return { name, bytes: distinct * KEPT_TEXT_BYTES, at };
}

function nameOf({ keyBytes }: BlockColumn): string {
  return bufferOf(keyBytes).toString('utf8');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
