/** The values of fields of a block under a key, as distinct ones and codes; texts are made when they are asked for. */
import { FIELD_BOOL, FIELD_BYTES, fieldText, forEachField } from '@sightline/wire';
import { COLUMN_REST, hasWords } from '../../records/block-format.ts';
import type { BlockColumn, RecordBlockReader } from '../../records/block-reader.ts';
import { firstValues } from './field-rows.ts';
import type { PageField } from './span-page.ts';

/** The first value of each row, or of some, under a key (one char per byte); null when no row can have it. */
export function readField(
  block: RecordBlockReader,
  byteKey: string,
  rows: Uint32Array | null,
): PageField | null {
  const found = firstValues(block, byteKey);
  if (found === null) return null;
  const { columns, column, at } = found;
  const dictionaries = columns.map((each) => dictionaryOf(block, each));
  const bases: number[] = [];
  let count = 0;
  for (const { types } of dictionaries) {
    bases.push(count);
    count += types.length;
  }
  const codes = new Uint32Array(rows?.length ?? block.rows);
  for (let i = 0; i < codes.length; i++) {
    const row = rows === null ? i : rows[i];
    const which = column[row] - 1;
    if (which >= 0) codes[i] = bases[which] + dictionaries[which].codes[at[row]] + 1;
  }
  const types = new Uint8Array(count);
  for (const [which, each] of dictionaries.entries()) types.set(each.types, bases[which]);
  const text = (index: number): string => {
    let which = bases.length - 1;
    while (bases[which] > index) which--;
    return dictionaries[which].text(index - bases[which]);
  };
  return { codes, types, text };
}

/** The values of a column by its own indices; columns of one key have different types, so their values differ. */
function dictionaryOf(block: RecordBlockReader, column: BlockColumn): PageField {
  if (column.kind === COLUMN_REST) return restValues(block, column);
  return hasWords(column.kind, column.type)
    ? wordValues(block, column)
    : stringValues(block, column);
}

function stringValues(block: RecordBlockReader, column: BlockColumn): PageField {
  const strings = block.stringColumn(column);
  const { type } = column;
  const text = (index: number): string => {
    if (type !== FIELD_BYTES) return strings.text(index);
    const { bytes, offsets } = strings.strings();
    return fieldText(bytes, type, offsets[index], offsets[index + 1]);
  };
  return { codes: block.codes(column), types: new Uint8Array(strings.count).fill(type), text };
}

function wordValues(block: RecordBlockReader, column: BlockColumn): PageField {
  const { lo, hi } = block.words(column);
  const { type } = column;
  const codes = new Uint32Array(lo.length);
  const first: number[] = [];
  const known = new Map<number, Map<number, number>>();
  for (let i = 0; i < codes.length; i++) {
    let sameHigh = known.get(hi[i]);
    if (sameHigh === undefined) {
      sameHigh = new Map();
      known.set(hi[i], sameHigh);
    }
    let code = sameHigh.get(lo[i]);
    if (code === undefined) {
      code = first.push(i) - 1;
      sameHigh.set(lo[i], code);
    }
    codes[i] = code;
  }
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const text = (index: number): string => {
    view.setUint32(0, lo[first[index]], true);
    view.setUint32(4, hi[first[index]], true);
    return fieldText(bytes, type, 0, type === FIELD_BOOL ? 1 : 8);
  };
  return { codes, types: new Uint8Array(first.length).fill(type), text };
}

/** A string of the rest is a whole field: its key, type and value. */
function restValues(block: RecordBlockReader, rest: BlockColumn): PageField {
  const { bytes, offsets, count } = block.strings(rest);
  const types = new Uint8Array(count);
  const starts = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    forEachField(bytes, offsets[i], offsets[i + 1], (_start, _end, type, valueStart) => {
      types[i] = type;
      starts[i] = valueStart;
    });
  }
  const text = (index: number): string =>
    fieldText(bytes, types[index], starts[index], offsets[index + 1]);
  return { codes: block.codes(rest), types, text };
}
