/**
 * Selections of the rows of a block. A mask has a byte per row, 1 for chosen; every function clears rows of it and returns how many are
 * left. Strings are tested once per distinct one, and a block whose ranges or strings rule the rows out is not read further.
 */
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_DOUBLE,
  FIELD_INT,
  fieldText,
  forEachField,
} from '@sightline/wire';
import { byteString, byteStringOf } from '../blocks/strings.ts';
import {
  COLUMN_LEVEL,
  COLUMN_REST,
  COLUMN_SHAPE,
  COLUMN_STREAM,
  COLUMN_TEXT,
  COLUMN_TIME,
  REST_ORDINAL,
} from './block-format.ts';
import type { BlockColumn, RecordBlockReader } from './block-reader.ts';
import { mayHaveGrams } from './grams.ts';
import { mayContainAll, needleTokens } from './tokens.ts';

/** Unix nanoseconds in two words. */
export interface Nanos {
  lo: number;
  hi: number;
}

/** A mask of all rows. */
export function allRows(block: RecordBlockReader): Uint8Array {
  return new Uint8Array(block.rows).fill(1);
}

/** The chosen rows, ascending. */
export function chosenRows(mask: Uint8Array): Uint32Array {
  const rows = new Uint32Array(mask.length);
  let n = 0;
  for (let row = 0; row < mask.length; row++) if (mask[row] !== 0) rows[n++] = row;
  return rows.slice(0, n);
}

/** Whether the block may have all of the tokens (tokens.ts' needleTokens or traceHash). */
export function mayContain(block: RecordBlockReader, tokens: Uint32Array): boolean {
  return tokens.length === 0 || mayContainAll(block.filters.tokens, tokens);
}

/** Whether the block, of log records, may have a body with a text that has these grams (grams.ts' gramsOf). */
export function mayHaveText(block: RecordBlockReader, grams: Uint32Array): boolean {
  return grams.length === 0 || mayHaveGrams(block.filters.grams, grams);
}

function keep(mask: Uint8Array, holds: (row: number) => boolean): number {
  let left = 0;
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] === 0) continue;
    if (holds(row)) left++;
    else mask[row] = 0;
  }
  return left;
}

/** Keeps rows with from <= time <= to. */
export function keepTimes(
  block: RecordBlockReader,
  mask: Uint8Array,
  from: Nanos,
  to: Nanos,
): number {
  const range = block.column(COLUMN_TIME)?.range ?? [];
  const [minLo = 0, minHi = 0, maxLo = 0, maxHi = 0] = range;
  const isFrom = (lo: number, hi: number): boolean =>
    hi > from.hi || (hi === from.hi && lo >= from.lo);
  const isTo = (lo: number, hi: number): boolean => hi < to.hi || (hi === to.hi && lo <= to.lo);
  if (isFrom(minLo, minHi) && isTo(maxLo, maxHi)) return keep(mask, () => true);
  if (!isFrom(maxLo, maxHi) || !isTo(minLo, minHi)) return keep(mask, () => false);
  const { lo, hi } = block.rowWords(COLUMN_TIME);
  return keep(mask, (row) => isFrom(lo[row], hi[row]) && isTo(lo[row], hi[row]));
}

/** Keeps rows whose stream's dense id has a 1 in `wanted`. */
export function keepStreams(
  block: RecordBlockReader,
  mask: Uint8Array,
  wanted: Uint8Array,
): number {
  const { lo } = block.rowWords(COLUMN_STREAM);
  return keep(mask, (row) => wanted[lo[row]] === 1);
}

/** Keeps rows whose severity (logs) or kind (spans) has a 1 in `wanted`. */
export function keepLevels(block: RecordBlockReader, mask: Uint8Array, wanted: Uint8Array): number {
  const { lo } = block.rowWords(COLUMN_LEVEL);
  return keep(mask, (row) => wanted[lo[row]] === 1);
}

/** Keeps rows whose body (logs) or name (spans) contains `needle`; case counts. */
export function keepText(block: RecordBlockReader, mask: Uint8Array, needle: Uint8Array): number {
  const column = block.column(COLUMN_TEXT) ?? block.fail('texts are missing');
  if (needle.length === 0) return keep(mask, () => true);
  const strings = block.stringColumn(column);
  const codes = block.codes(column);
  let from = strings.count;
  let last = -1;
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] === 0) continue;
    if (codes[row] < from) from = codes[row];
    if (codes[row] > last) last = codes[row];
  }
  const found = last < 0 ? null : strings.search(needle, from, last + 1);
  if (found === null) return keep(mask, () => false);
  return keep(mask, (row) => found[codes[row]] === 1);
}

/**
 * Keeps rows whose field `key` has the text `value` (as wire's fieldText gives it). Of equal keys in a record the first counts. The
 * filter is asked where it applies; it has no tokens of numbers, so a caller must not ask it for a field itself.
 */
export function keepField(
  block: RecordBlockReader,
  mask: Uint8Array,
  key: string,
  value: string,
): number {
  const byteKey = byteStringOf(key);
  const columns = block.fieldColumns(byteKey);
  const rest = block.column(COLUMN_REST);
  const tests = new Map<BlockColumn, (value: number) => boolean>();
  let possible = rest !== undefined;
  for (const column of columns) {
    const test = equality(block, column, value);
    if (test !== null) possible = true;
    tests.set(column, test ?? (() => false));
  }
  if (!possible) return keep(mask, () => false);
  const holds = new Uint8Array(block.rows);
  const restTest = rest === undefined ? null : restEquality(block, rest, byteKey, value);
  forEachFirst(block, columns, rest, (row, column, at) => {
    if (column !== rest || restTest === null) {
      if (tests.get(column)?.(at)) holds[row] = 1;
      return true;
    }
    const answer = restTest(at);
    if (answer === true) holds[row] = 1;
    return answer !== null;
  });
  return keep(mask, (row) => holds[row] === 1);
}

/**
 * Visits per row the values in `columns` and the rest, in the order of the record, until `visit` returns true. `at` counts the
 * column's values.
 */
function forEachFirst(
  block: RecordBlockReader,
  columns: readonly BlockColumn[],
  rest: BlockColumn | undefined,
  visit: (row: number, column: BlockColumn, at: number) => boolean,
): void {
  const shapes = block.column(COLUMN_SHAPE) ?? block.fail('shapes are missing');
  const { bytes, offsets, count } = block.strings(shapes);
  const relevant: BlockColumn[][] = [];
  for (let shape = 0; shape < count; shape++) {
    const list: BlockColumn[] = [];
    for (let k = offsets[shape] + 1; k + 1 < offsets[shape + 1]; k += 2) {
      const ordinal = bytes[k] | (bytes[k + 1] << 8);
      const column = ordinal === REST_ORDINAL ? rest : block.fieldAt(ordinal);
      if (column !== undefined && (column === rest || columns.includes(column))) list.push(column);
    }
    relevant.push(list);
  }
  const used = new Map<BlockColumn, number>();
  const codes = block.codes(shapes);
  for (let row = 0; row < codes.length; row++) {
    let done = false;
    for (const column of relevant[codes[row]]) {
      const at = used.get(column) ?? 0;
      if (at >= column.count) block.fail('column has too few values');
      used.set(column, at + 1);
      if (!done) done = visit(row, column, at);
    }
  }
}

/** A test of the values of a field column against a text (as wire's fieldText gives it); null when none can be equal. */
export function equality(
  block: RecordBlockReader,
  column: BlockColumn,
  text: string,
): ((value: number) => boolean) | null {
  if (column.type === FIELD_BOOL) {
    if (text !== 'true' && text !== 'false') return null;
    const { lo } = block.words(column);
    return (value) => (lo[value] !== 0) === (text === 'true');
  }
  if (column.type === FIELD_INT || column.type === FIELD_DOUBLE) {
    const wanted = column.type === FIELD_INT ? intBits(text) : doubleBits(text);
    if (wanted === null || (column.type === FIELD_INT && !inRange(column, wanted))) return null;
    const { lo, hi } = block.words(column);
    if (text === 'NaN') return (value) => isNaNBits(lo[value], hi[value]);
    return (value) => lo[value] === wanted.lo && hi[value] === wanted.hi;
  }
  const bytes = column.type === FIELD_BYTES ? base64Bytes(text) : Buffer.from(text);
  if (bytes === null || isRuledOut(block, column, bytes)) return null;
  const code = block.stringColumn(column).find(bytes);
  if (code < 0) return null;
  const codes = block.codes(column);
  return (value) => codes[value] === code;
}

/** How fields with this text (as wire's fieldText gives it) may be stored; null when a byte says it. */
export function storedForms(text: string): Uint8Array[] | null {
  if (text === '' || text === 'true' || text === 'false' || text === 'NaN') return null;
  const forms: Uint8Array[] = [Buffer.from(text)];
  for (const bits of [intBits(text), doubleBits(text)]) {
    if (bits !== null) forms.push(new Uint8Array(Uint32Array.of(bits.lo, bits.hi).buffer));
  }
  const bytes = base64Bytes(text);
  if (bytes !== null) forms.push(bytes);
  return forms;
}

/** Whether the filter, which has the tokens of strings and JSON only, rules a value out; not asked where the strings cost nothing. */
function isRuledOut(block: RecordBlockReader, column: BlockColumn, value: Uint8Array): boolean {
  if (column.type === FIELD_BYTES || 'inline' in column.sections[0]) return false;
  return !mayContain(block, needleTokens(value, true));
}

function inRange({ range }: BlockColumn, { lo, hi }: Nanos): boolean {
  const [minLo = 0, minHi = 0, maxLo = 0, maxHi = 0] = range;
  const value = (hi | 0) * 2 ** 32 + lo;
  return value >= (minHi | 0) * 2 ** 32 + minLo && value <= (maxHi | 0) * 2 ** 32 + maxLo;
}

function isNaNBits(lo: number, hi: number): boolean {
  const high = hi & 0x7fffffff;
  return high > 0x7ff00000 || (high === 0x7ff00000 && lo !== 0);
}

/** The words of an int64 by its canonical decimal text. */
function intBits(text: string): Nanos | null {
  if (!/^-?(0|[1-9]\d{0,18})$/.test(text) || text === '-0') return null;
  const bits = BigInt.asUintN(64, BigInt(text));
  if (BigInt.asIntN(64, bits).toString() !== text) return null;
  return { lo: Number(bits & 0xffffffffn), hi: Number(bits >> 32n) };
}

function doubleBits(text: string): Nanos | null {
  const value = text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
  const words = new Uint32Array(Float64Array.of(value).buffer);
  const same = fieldText(new Uint8Array(words.buffer), FIELD_DOUBLE, 0, 8) === text;
  return same ? { lo: words[0], hi: words[1] } : null;
}

function base64Bytes(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

/** A test of fields in the rest: null when the field has another key. */
function restEquality(
  block: RecordBlockReader,
  rest: BlockColumn,
  key: string,
  text: string,
): (value: number) => boolean | null {
  const { bytes, offsets } = block.strings(rest);
  const codes = block.codes(rest);
  return (value) => {
    let answer: boolean | null = null;
    const from = offsets[codes[value]];
    forEachField(bytes, from, offsets[codes[value] + 1], (keyStart, keyEnd, type, start, end) => {
      if (byteString(bytes, keyStart, keyEnd) !== key) return;
      answer = fieldText(bytes, type, start, end) === text;
    });
    return answer;
  };
}
