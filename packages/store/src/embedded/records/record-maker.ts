/**
 * Puts records together from the columns of a block (layout: block-format.ts).
 *
 * Model: values stand in the order of rows, so the place of a row's value in a column is the number of values that the rows before have
 * there. Rows that are not wanted are only counted by their shape; what they have used is added up when a wanted row comes.
 */
import {
  FIELD_BOOL,
  FIELD_DOUBLE,
  FIELD_INT,
  type FieldWriter,
  RECORD_SPAN_ID,
  RECORD_TRACE_ID,
} from '@sightline/wire';
import { unzigzag } from '../blocks/bytes.ts';
import * as format from './block-format.ts';
import type { BlockColumn, RecordBlockReader } from './block-reader.ts';
import type { Words } from './integers.ts';
import type { Strings } from './strings.ts';

/** Appends the records of `rows` (ascending) to `out`; `at[i]` is where record i begins. Throws CorruptionError. */
export function makeRecords(
  block: RecordBlockReader,
  rows: Uint32Array,
  out: FieldWriter,
): Uint32Array {
  const at = new Uint32Array(rows.length);
  const shapes = block.column(format.COLUMN_SHAPE) ?? block.fail('shapes are missing');
  const codes = block.codes(shapes);
  if (codes.length !== block.rows) block.fail('a row without a shape');
  const isSpans = block.column(format.COLUMN_LINK) !== undefined;
  const maker = isSpans ? new SpanMaker(block, out) : new LogMaker(block, out);
  const strings = block.strings(shapes);
  for (let row = 0, i = 0; i < rows.length; row++) {
    if (row >= block.rows) block.fail('row beyond the block');
    const shape = codes[row];
    if (rows[i] === row) {
      at[i++] = out.length;
      maker.write(row, strings, shape);
    } else maker.skip(row, strings, shape);
  }
  return at;
}

/** The values of one column and how many of them were used. */
interface Slot {
  column: BlockColumn;
  words: Words | null;
  codes: Uint32Array | null;
  strings: Strings | null;
  used: number;
}

abstract class RecordMaker {
  protected readonly block: RecordBlockReader;
  protected readonly out: FieldWriter;
  /** Slots of the values that records of a shape have, in order. */
  readonly #plans: (readonly Slot[] | undefined)[] = [];
  readonly #slots = new Map<BlockColumn, Slot>();
  /** Rows skipped by shape since slots were brought up to date. */
  readonly #skipped: number[] = [];
  readonly #touched: number[] = [];

  constructor(block: RecordBlockReader, out: FieldWriter) {
    this.block = block;
    this.out = out;
  }

  abstract write(row: number, shapes: Strings, shape: number): void;

  skip(_row: number, shapes: Strings, shape: number): void {
    const skipped = this.#skipped[shape] ?? 0;
    if (skipped === 0) {
      this.plan(shapes, shape);
      this.#touched.push(shape);
    }
    this.#skipped[shape] = skipped + 1;
  }

  /** Counts what the skipped rows have used. */
  protected settle(): void {
    for (const shape of this.#touched) {
      const rows = this.#skipped[shape];
      for (const slot of this.#plans[shape] ?? []) slot.used += rows;
      this.#skipped[shape] = 0;
    }
    this.#touched.length = 0;
  }

  protected plan(shapes: Strings, shape: number): readonly Slot[] {
    let plan = this.#plans[shape];
    if (plan === undefined) {
      const start = shapes.offsets[shape];
      const end = shapes.offsets[shape + 1];
      plan = this.makePlan(shapes.bytes.subarray(start, end));
      this.#plans[shape] = plan;
    }
    return plan;
  }

  protected abstract makePlan(shape: Uint8Array): Slot[];

  protected fieldSlots(shape: Uint8Array): Slot[] {
    const slots: Slot[] = [];
    for (let k = 1; k + 1 < shape.length; k += 2) {
      const ordinal = shape[k] | (shape[k + 1] << 8);
      slots.push(
        ordinal === format.REST_ORDINAL
          ? this.fixed(format.COLUMN_REST)
          : this.#slot(this.block.fieldAt(ordinal)),
      );
    }
    return slots;
  }

  protected fixed(kind: number): Slot {
    return this.#slot(this.block.column(kind) ?? this.block.fail(`column ${kind} is missing`));
  }

  #slot(column: BlockColumn): Slot {
    let slot = this.#slots.get(column);
    if (slot === undefined) {
      slot = { column, words: null, codes: null, strings: null, used: 0 };
      this.#slots.set(column, slot);
    }
    return slot;
  }

  /** Writes the next value of a field, with its key and type. */
  protected field(slot: Slot): void {
    const { kind, type, keyBytes } = slot.column;
    if (kind === format.COLUMN_REST) {
      this.string(slot, false);
      return;
    }
    const { out } = this;
    out.key(keyBytes, 0, keyBytes.length, type);
    if (type < FIELD_BOOL || type > FIELD_DOUBLE) {
      this.string(slot, true);
      return;
    }
    slot.words ??= this.block.words(slot.column);
    const at = this.#next(slot);
    if (type === FIELD_BOOL) out.byte(slot.words.lo[at]);
    else if (type === FIELD_INT || type === FIELD_DOUBLE) {
      out.fixed64(slot.words.lo[at], slot.words.hi[at]);
    }
  }

  protected string(slot: Slot, prefixed: boolean): void {
    this.stringAt(slot, this.#next(slot), prefixed);
  }

  protected stringAt(slot: Slot, at: number, prefixed: boolean): void {
    slot.codes ??= this.block.codes(slot.column);
    slot.strings ??= this.block.strings(slot.column);
    if (at >= slot.codes.length) this.block.fail('column has too few values');
    const code = slot.codes[at];
    const { bytes, offsets } = slot.strings;
    if (prefixed) this.out.prefixed(bytes, offsets[code], offsets[code + 1]);
    else this.out.copy(bytes, offsets[code], offsets[code + 1]);
  }

  #next(slot: Slot): number {
    if (slot.used >= slot.column.count) this.block.fail('column has too few values');
    return slot.used++;
  }
}

class LogMaker extends RecordMaker {
  override write(_row: number, shapes: Strings, shape: number): void {
    this.settle();
    this.out.byte(shapes.bytes[shapes.offsets[shape]]);
    for (const slot of this.plan(shapes, shape)) {
      const { kind } = slot.column;
      if (kind >= format.COLUMN_REST) this.field(slot);
      else this.string(slot, kind === format.COLUMN_TEXT);
    }
  }

  protected override makePlan(shape: Uint8Array): Slot[] {
    const flags = shape[0];
    const slots: Slot[] = [];
    if (flags & RECORD_TRACE_ID) slots.push(this.fixed(format.COLUMN_TRACE));
    if (flags & RECORD_SPAN_ID) slots.push(this.fixed(format.COLUMN_SPAN));
    slots.push(this.fixed(format.COLUMN_TEXT), ...this.fieldSlots(shape));
    return slots;
  }
}

/** Every span has a value in each column that is no field, but not in that of parents. */
class SpanMaker extends RecordMaker {
  readonly #trace = this.fixed(format.COLUMN_TRACE);
  readonly #span = this.fixed(format.COLUMN_SPAN);
  readonly #text = this.fixed(format.COLUMN_TEXT);
  readonly #tail = this.fixed(format.COLUMN_TAIL);
  readonly #links = this.block.rowWords(format.COLUMN_LINK).lo;
  #parents: Slot | undefined;
  #usedParents = 0;

  override skip(row: number, shapes: Strings, shape: number): void {
    if (this.#links[row] === 0) this.#usedParents++;
    super.skip(row, shapes, shape);
  }

  override write(row: number, shapes: Strings, shape: number): void {
    this.settle();
    const { out } = this;
    this.stringAt(this.#trace, row, false);
    this.stringAt(this.#span, row, false);
    this.#parent(row);
    this.stringAt(this.#text, row, true);
    const start = out.begin();
    for (const slot of this.plan(shapes, shape)) this.field(slot);
    out.end(start);
    this.stringAt(this.#tail, row, false);
  }

  #parent(row: number): void {
    const link = this.#links[row];
    if (link === 0) {
      this.#parents ??= this.fixed(format.COLUMN_PARENT);
      this.stringAt(this.#parents, this.#usedParents++, false);
      return;
    }
    const ids = this.block.strings(this.#span.column);
    const id = row - unzigzag(link - 1);
    if (id < 0 || id >= ids.count) this.block.fail('parent of no span');
    this.out.copy(ids.bytes, ids.offsets[id], ids.offsets[id + 1]);
  }

  protected override makePlan(shape: Uint8Array): Slot[] {
    return this.fieldSlots(shape);
  }
}
