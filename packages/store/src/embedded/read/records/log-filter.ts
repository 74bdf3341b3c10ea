/**
 * A log request made ready, and the rows of a block that satisfy it.
 *
 * Model: what costs least is asked first: filters, of which a page or two are read, then the block: its ranges, streams, severities and
 * times, then fields and texts (once per distinct string). Everything that a request says is decided exactly.
 */

import type { FieldHint, LogRequest, Nanos } from '../../../records.ts';
import { byteStringOf, textOf } from '../../blocks/strings.ts';
import * as format from '../../records/block-format.ts';
import type { BlockColumn, RecordBlockReader } from '../../records/block-reader.ts';
import type { BlockFilters } from '../../records/filter-pages.ts';
import { gramsOf, mayHaveGrams } from '../../records/grams.ts';
import { jointsOf } from '../../records/joints.ts';
import {
  equality,
  keepText,
  keepTimes,
  mayContain,
  mayHaveText,
  storedForms,
} from '../../records/select.ts';
import { mayContainAll, needleTokens, traceHash } from '../../records/tokens.ts';
import type { CachedBlock } from './cached-block.ts';
import type { RecordInputs } from './inputs.ts';
import type { LogBlock } from './log-block.ts';

export interface Needle {
  bytes: Uint8Array;
  /** Grams and joints that a text with the needle has. */
  grams: Uint32Array;
  joints: Uint32Array;
}

export interface Texts {
  needles: readonly Needle[];
  negated: boolean;
}

export class FieldTest {
  readonly value: string;
  /** The trace id or span id that the value can be, where the hint means one. */
  readonly traceId: Uint8Array | null;
  readonly spanId: Uint8Array | null;
  /** The bytes of which a record with the value has some in a row; null when they could be any. */
  readonly stored: readonly Uint8Array[] | null;
  /** Tokens that a block with the value has; none when a value of a type that has no tokens could be it. */
  readonly tokens: Uint32Array;
  readonly #hint: FieldHint;
  /** By name, one char per byte. */
  readonly #known = new Map<string, boolean>();

  constructor(hint: FieldHint) {
    this.#hint = hint;
    this.value = hint.value;
    this.traceId = this.#means('trace_id') ? idBytes(hint.value, 16) : null;
    this.spanId = this.#means('span_id') ? idBytes(hint.value, 8) : null;
    const forms = storedForms(hint.value);
    const ids = [this.traceId, this.spanId].filter((id) => id !== null);
    this.stored = forms === null ? null : [...forms, ...ids];
    const isText = this.stored?.length === 1;
    this.tokens = isText ? needleTokens(Buffer.from(hint.value), true) : new Uint32Array(0);
  }

  #means(name: string): boolean {
    return this.#hint.names.includes(name) || this.#hint.accepts?.(name) === true;
  }

  /** Whether fields with this key (one char per byte) count. */
  accepts(key: string): boolean {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = this.#means(textOf(key));
      this.#known.set(key, known);
    }
    return known;
  }

  acceptsText(name: string): boolean {
    return this.accepts(byteStringOf(name));
  }
}

function idBytes(text: string, length: number): Uint8Array | null {
  return text.length === length * 2 && /^[0-9a-f]+$/.test(text) ? Buffer.from(text, 'hex') : null;
}

export class LogFilter {
  readonly from: Nanos;
  /** Inclusive. */
  readonly last: Nanos;
  readonly texts: readonly Texts[];
  readonly fields: readonly FieldTest[];
  readonly severities: readonly boolean[] | null;
  readonly #request: LogRequest;
  readonly #inputs: RecordInputs;
  readonly #wanted = new Map<number, boolean>();

  constructor(request: LogRequest, inputs: RecordInputs) {
    const { from, to, texts, fields, severities } = request;
    this.#request = request;
    this.#inputs = inputs;
    this.from = from;
    this.last = before(to);
    this.texts = texts.map(({ anyOf, negated }) => ({ needles: anyOf.map(needle), negated }));
    this.fields = fields.map((hint) => new FieldTest(hint));
    this.severities = severities?.includes(false) === true ? severities : null;
  }

  /** Whether no time is asked for. */
  get isEmpty(): boolean {
    const { from, to } = this.#request;
    return to.hi < from.hi || (to.hi === from.hi && to.lo <= from.lo);
  }

  /** Whether nothing but streams and times is asked for. */
  get isOfStreams(): boolean {
    return this.texts.length + this.fields.length === 0 && this.severities === null;
  }

  wantsStream(stream: number): boolean {
    let wanted = this.#wanted.get(stream);
    if (wanted === undefined) {
      wanted = this.#request.wants(this.#inputs.labels(stream));
      this.#wanted.set(stream, wanted);
    }
    return wanted;
  }

  /** By dense id of a file 1 where the stream is wanted; null when none is. */
  wantedStreams(streams: Uint32Array): Uint8Array | null {
    const wanted = new Uint8Array(streams.length);
    let any = false;
    for (let dense = 1; dense < streams.length; dense++) {
      if (!this.wantsStream(streams[dense])) continue;
      wanted[dense] = 1;
      any = true;
    }
    return any ? wanted : null;
  }

  /** Whether a block with these filters may have records that are asked for. Throws CorruptionError. */
  mayHave({ tokens, joints, grams }: BlockFilters): boolean {
    if (this.fields.some((field) => !mayContainAll(tokens, field.tokens))) return false;
    const mayHave = (needle: Needle): boolean =>
      mayContainAll(joints, needle.joints) && mayHaveGrams(grams, needle.grams);
    return this.texts.every(({ needles, negated }) => negated || needles.some(mayHave));
  }

  /** The rows of a block that are asked for, ascending; `wanted` is by dense id of its file. The result may be shared. */
  rows({ block, logs }: CachedBlock, wanted: Uint8Array): Uint32Array | null {
    const selection = new Selection(block.rows);
    const { severities } = this;
    const isAsked = (dense: number): boolean => wanted[dense] === 1;
    const isSevere = (level: number): boolean => severities?.[level] !== false;
    if (!keepWords(block, format.COLUMN_STREAM, selection, isAsked)) return null;
    if (severities !== null && !keepWords(block, format.COLUMN_LEVEL, selection, isSevere)) {
      return null;
    }
    const times = timesHold(block, this.from, this.last);
    if (times === false) return null;
    if (times === null && keepTimes(block, selection.mask, this.from, this.last) === 0) return null;
    for (const field of this.fields) if (!keepField(logs, selection.mask, field)) return null;
    for (const texts of this.texts) if (!keepTexts(block, selection.mask, texts)) return null;
    return selection.rows();
  }
}

function needle(text: string): Needle {
  const bytes = Buffer.from(text);
  return { bytes, grams: gramsOf(bytes), joints: jointsOf(bytes) };
}

/** The nanosecond before. */
function before({ lo, hi }: Nanos): Nanos {
  return lo > 0 ? { lo: lo - 1, hi } : { lo: 0xffffffff, hi: hi - 1 };
}

/** The numbers of the rows of any block. */
export const ALL_ROWS = Uint32Array.from({ length: format.MAX_BLOCK_ROWS }, (_, row) => row);

/** Rows of a block; the mask is made when something is left out. */
class Selection {
  readonly #count: number;
  #mask: Uint8Array | undefined;

  constructor(count: number) {
    this.#count = count;
  }

  get mask(): Uint8Array {
    this.#mask ??= new Uint8Array(this.#count).fill(1);
    return this.#mask;
  }

  /** Ascending; null when there are none. */
  rows(): Uint32Array | null {
    const mask = this.#mask;
    if (mask === undefined) return ALL_ROWS.subarray(0, this.#count);
    const rows = new Uint32Array(mask.length);
    let n = 0;
    for (let row = 0; row < mask.length; row++) {
      rows[n] = row;
      n += mask[row];
    }
    return n === 0 ? null : rows.subarray(0, n);
  }
}

/** Whether all times (true), or none (false), are in [from, last]; null when that takes a look at each. */
function timesHold(block: RecordBlockReader, from: Nanos, last: Nanos): boolean | null {
  const [minLo = 0, minHi = 0, maxLo = 0, maxHi = 0] =
    block.column(format.COLUMN_TIME)?.range ?? [];
  const isBefore = (lo: number, hi: number, than: Nanos): boolean =>
    hi < than.hi || (hi === than.hi && lo < than.lo);
  const isAfter = (lo: number, hi: number, than: Nanos): boolean =>
    hi > than.hi || (hi === than.hi && lo > than.lo);
  if (isBefore(maxLo, maxHi, from) || isAfter(minLo, minHi, last)) return false;
  return isBefore(minLo, minHi, from) || isAfter(maxLo, maxHi, last) ? null : true;
}

/** Far more streams than a file has. */
const MAX_RANGE = 2 ** 24;

/** Keeps rows whose value (below 2^32) holds; asks each value of the column's range before it reads the column. */
function keepWords(
  block: RecordBlockReader,
  kind: number,
  selection: Selection,
  holds: (value: number) => boolean,
): boolean {
  const [least = 0, , greatest = 0] = block.column(kind)?.range ?? [];
  if (greatest < least || greatest - least > MAX_RANGE) block.fail('range of a column');
  let possible = 0;
  for (let value = least; value <= greatest; value++) if (holds(value)) possible++;
  if (possible === 0) return false;
  if (possible === greatest - least + 1) return true;
  const { lo } = block.rowWords(kind);
  const { mask } = selection;
  const table = new Uint8Array(greatest - least + 1);
  for (let value = least; value <= greatest; value++) table[value - least] = holds(value) ? 1 : 0;
  let left = 0;
  for (let row = 0; row < mask.length; row++) {
    mask[row] &= table[lo[row] - least];
    left |= mask[row];
  }
  return left !== 0;
}

/** Keeps rows with one of the needles, or none of them when negated. */
function keepTexts(block: RecordBlockReader, mask: Uint8Array, texts: Texts): boolean {
  const { needles, negated } = texts;
  const [only] = needles;
  if (!negated && needles.length === 1 && only !== undefined) {
    return keepText(block, mask, only.bytes) > 0;
  }
  const found = new Uint8Array(mask.length);
  for (const { bytes, grams } of needles) {
    if (!mayHaveText(block, grams)) continue;
    const own = mask.slice();
    if (keepText(block, own, bytes) === 0) continue;
    for (let row = 0; row < own.length; row++) found[row] |= own[row];
  }
  const keeps = negated ? 0 : 1;
  let left = 0;
  for (let row = 0; row < mask.length; row++) {
    if (found[row] !== keeps) mask[row] = 0;
    left |= mask[row];
  }
  return left !== 0;
}

/** Keeps rows with a field, or an id, that the test means. */
function keepField(logs: LogBlock, mask: Uint8Array, field: FieldTest): boolean {
  const { block } = logs;
  const found = new Uint8Array(mask.length);
  let any = false;
  for (const column of block.columns) {
    if (column.kind === format.COLUMN_FIELD && field.accepts(column.key)) {
      const test = equality(block, column, field.value);
      if (test !== null && markRows(logs, column, test, found)) any = true;
    } else if (column.kind === format.COLUMN_TRACE && field.traceId !== null) {
      if (!mayContain(block, Uint32Array.of(traceHash(field.traceId, 0)))) continue;
      if (markIds(logs, column, field.traceId, found)) any = true;
    } else if (column.kind === format.COLUMN_SPAN && field.spanId !== null) {
      if (markIds(logs, column, field.spanId, found)) any = true;
    } else if (column.kind === format.COLUMN_REST && markRest(logs, field, mask, found)) {
      any = true;
    }
  }
  if (!any) return false;
  let left = 0;
  for (let row = 0; row < mask.length; row++) {
    mask[row] &= found[row];
    left |= mask[row];
  }
  return left !== 0;
}

function markIds(logs: LogBlock, column: BlockColumn, id: Uint8Array, found: Uint8Array): boolean {
  const code = logs.block.stringColumn(column).find(id);
  if (code < 0) return false;
  const codes = logs.block.codes(column);
  return markRows(logs, column, (value) => codes[value] === code, found);
}

/** Marks rows of which a value in the column holds. */
function markRows(
  logs: LogBlock,
  column: BlockColumn,
  test: (value: number) => boolean,
  found: Uint8Array,
): boolean {
  const starts = logs.starts(column);
  let any = false;
  if (starts === null) {
    for (let row = 0; row < found.length; row++) {
      if (!test(row)) continue;
      found[row] = 1;
      any = true;
    }
    return any;
  }
  const counts = logs.valuesByShape(column);
  const shapes = logs.shapeNumbers;
  for (let row = 0; row < found.length; row++) {
    for (let value = starts[row], n = counts[shapes[row]]; n > 0; n--, value++) {
      if (!test(value)) continue;
      found[row] = 1;
      any = true;
    }
  }
  return any;
}

/** Marks rows that have the field in the rest, of those in the mask. */
function markRest(logs: LogBlock, field: FieldTest, mask: Uint8Array, found: Uint8Array): boolean {
  let any = false;
  for (let row = 0; row < mask.length; row++) {
    if (mask[row] === 0 || found[row] === 1) continue;
    const pairs = logs.fields(row, null);
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      if (pairs[i + 1] !== field.value || !field.acceptsText(pairs[i])) continue;
      found[row] = 1;
      any = true;
    }
  }
  return any;
}
