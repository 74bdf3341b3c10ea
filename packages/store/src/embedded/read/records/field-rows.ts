/** Where the rows of a block have a field (shapes: records/block-format.ts). */
import { forEachField } from '@sightline/wire';
import { byteString } from '../../blocks/strings.ts';
import {
  COLUMN_REST,
  COLUMN_SHAPE,
  MAX_BLOCK_ROWS,
  REST_ORDINAL,
} from '../../records/block-format.ts';
import type { BlockColumn, RecordBlockReader } from '../../records/block-reader.ts';

/** The first value of each row under a key. */
export interface FirstValues {
  /** Columns with the key; the rest, whose values have keys of their own, may be among them. */
  columns: readonly BlockColumn[];
  /** 0 where the row has none, else the index of the column + 1. */
  column: Uint8Array;
  /** Index among the column's values. */
  at: Uint32Array;
}

const columnRoom = new Uint8Array(MAX_BLOCK_ROWS);
const atRoom = new Uint32Array(MAX_BLOCK_ROWS);
/** What was asked for last: a search looks at a field to find rows, and then to show them. */
let last: { block: RecordBlockReader; key: string; found: FirstValues | null } | null = null;

/** Null when no row can have the key (one char per byte). What is given is valid until it is asked again. */
export function firstValues(block: RecordBlockReader, key: string): FirstValues | null {
  if (last?.block === block && last.key === key) return last.found;
  last = null;
  const found = readFirst(block, key);
  last = { block, key, found };
  return found;
}

function readFirst(block: RecordBlockReader, key: string): FirstValues | null {
  const fields = block.fieldColumns(key);
  const rest = block.column(COLUMN_REST);
  if (fields.length === 0 && rest === undefined) return null;
  const shapes = block.column(COLUMN_SHAPE) ?? block.fail('shapes are missing');
  const codes = block.codes(shapes);
  const columns = rest === undefined ? fields : [...fields, rest];
  const shapeColumns = columnsOfShapes(block, shapes, columns);
  const column = columnRoom.subarray(0, block.rows).fill(0);
  const at = atRoom.subarray(0, block.rows);
  const used = new Uint32Array(columns.length);
  if (rest === undefined && shapeColumns.every(({ length }) => length <= 1)) {
    // The rule: no row has the key twice.
    const whichOf = Uint8Array.from(shapeColumns, ([which = -1]) => which + 1);
    for (let row = 0; row < codes.length; row++) {
      const which = whichOf[codes[row]];
      if (which === 0) continue;
      column[row] = which;
      at[row] = used[which - 1]++;
    }
  } else {
    const isKey = rest === undefined ? null : restKeys(block, rest, key);
    for (let row = 0; row < codes.length; row++) {
      for (const which of shapeColumns[codes[row]]) {
        const index = used[which]++;
        if (column[row] !== 0 || (columns[which] === rest && isKey?.(index) !== true)) continue;
        column[row] = which + 1;
        at[row] = index;
      }
    }
  }
  for (const [which, each] of columns.entries()) {
    if (used[which] > each.count) block.fail('column has too few values');
  }
  return { columns, column, at };
}

/** Per shape the indices of `columns` that it names, in the order of the record. */
function columnsOfShapes(
  block: RecordBlockReader,
  shapes: BlockColumn,
  columns: readonly BlockColumn[],
): number[][] {
  const { bytes, offsets, count } = block.strings(shapes);
  const byOrdinal = new Map<number, number>();
  for (const [which, column] of columns.entries()) {
    byOrdinal.set(column.kind === COLUMN_REST ? REST_ORDINAL : block.ordinalOf(column), which);
  }
  return Array.from({ length: count }, (_, shape) => {
    const list: number[] = [];
    for (let k = offsets[shape] + 1; k + 1 < offsets[shape + 1]; k += 2) {
      const which = byOrdinal.get(bytes[k] | (bytes[k + 1] << 8));
      if (which !== undefined) list.push(which);
    }
    return list;
  });
}

/** Whether a value of the rest has the key. */
function restKeys(
  block: RecordBlockReader,
  rest: BlockColumn,
  key: string,
): (index: number) => boolean {
  const { bytes, offsets, count } = block.strings(rest);
  const codes = block.codes(rest);
  const known = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    forEachField(bytes, offsets[i], offsets[i + 1], (start, end) => {
      if (byteString(bytes, start, end) === key) known[i] = 1;
    });
  }
  return (index) => {
    if (index >= codes.length) block.fail('column has too few values');
    return known[codes[index]] === 1;
  };
}
