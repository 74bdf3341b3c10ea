/** Builds blocks of records from the rows of LogBatch and SpanBatch (layout: block-format.ts). */
import {
  FIELD_BOOL,
  FIELD_BYTES,
  FIELD_DOUBLE,
  FIELD_INT,
  type FieldRange,
  RECORD_SPAN_ID,
  RECORD_TRACE_ID,
  readField,
  viewOf,
} from '@sightline/wire';
import { ByteStrings } from '../blocks/byte-strings.ts';
import { ByteReader, ByteWriter, grown, zigzag } from '../blocks/bytes.ts';
import { CorruptionError } from '../blocks/errors.ts';
import { FRAME_LOGS, FRAME_SPANS, sealFrame } from '../blocks/frame.ts';
import { filtersOf } from './block-filters.ts';
import * as format from './block-format.ts';
import { sampleOperations, sampleTails } from './block-samples.ts';
import { streamRange, timeRange } from './block-times.ts';
import { ColumnBuilder, PieceWriter } from './column-builder.ts';
import type { Words } from './integers.ts';
import { encodeLogActivity } from './log-activity.ts';
import { encodeActivity } from './span-activity.ts';
import { TokenSet } from './tokens.ts';
import { encodeSummaries, type SpanColumns } from './trace-summary.ts';

/** A search reads the directories of many blocks: not to uncompress them is worth some hundred bytes of each. */
const DIRECTORY_LEVEL = 0;
const MAX_RECORD_BYTES = 32 * 1024 * 1024;
const PLACE = 'record';
/** Builders that are kept from block to block. */
const MAX_SPARE = 64;
const NO_KEY = new Uint8Array(0);

/**
 * Takes rows until `full`, then `finish` gives the block and makes the encoder empty. `add` throws CorruptionError or DecodeError
 * for a record that is not laid out as its batch says and RangeError for one above 32 MiB; the block must then be thrown away.
 */
export class RecordBlockEncoder {
  rows = 0;
  readonly #signal: format.RecordSignal;
  #bytes = 0;
  readonly #fixed: ColumnBuilder[] = [];
  #fields: ColumnBuilder[] = [];
  /** Builders of field columns of blocks before: making their buffers anew is a tenth of the work of a block. */
  readonly #spare: ColumnBuilder[] = [];
  /** Field columns by type and key. */
  readonly #keys = new ByteStrings();
  #key = new Uint8Array(64);
  /** The shape of the row before and of this one. */
  #before = new Uint16Array(64);
  #shape = new Uint16Array(64);
  #shapeBytes = new Uint8Array(256);
  /** Flags and number of fields of the row before; -1 without one. */
  #flags = -1;
  #fieldCount = 0;
  /** The field that is being added. */
  readonly #field: FieldRange = { keyStart: 0, keyEnd: 0, type: 0, valueStart: 0, valueEnd: 0 };
  readonly #tokens = new TokenSet();
  readonly #reader = new ByteReader(NO_KEY, PLACE);
  readonly #rest = new ByteWriter(256);
  readonly #directory = new ByteWriter(4096);
  readonly #pieces = new PieceWriter();

  constructor(signal: format.RecordSignal) {
    this.#signal = signal;
    for (let kind = format.COLUMN_TIME; kind < format.COLUMN_FIELD; kind++) {
      this.#fixed.push(new ColumnBuilder(kind, 0, NO_KEY));
    }
  }

  get full(): boolean {
    const { rows, bytes } = format.BLOCK_LIMITS[this.#signal];
    return this.rows >= rows || this.#bytes >= bytes;
  }

  /** Adds a log record: side[at, at + length) of a LogBatch. `stream` is the dense id of the file; words may be given as signed ones. */
  addLog(
    stream: number,
    tLo: number,
    tHi: number,
    severity: number,
    side: Uint8Array,
    at: number,
    length: number,
  ): void {
    this.#begin(stream, tLo, tHi, severity, length);
    const reader = this.#reader;
    reader.begin(side, at, at + length);
    const flags = reader.u8();
    if (flags > (RECORD_TRACE_ID | RECORD_SPAN_ID)) reader.fail('unknown flags');
    if (flags & RECORD_TRACE_ID) this.#take(format.COLUMN_TRACE, reader, 16);
    if (flags & RECORD_SPAN_ID) this.#take(format.COLUMN_SPAN, reader, 8);
    this.#take(format.COLUMN_TEXT, reader, reader.varint());
    this.#addFields(side, reader.at, at + length, flags);
  }

  /** Adds a span: side[at, at + length) of a SpanBatch. */
  addSpan(
    stream: number,
    startLo: number,
    startHi: number,
    endLo: number,
    endHi: number,
    kind: number,
    status: number,
    side: Uint8Array,
    at: number,
    length: number,
  ): void {
    this.#begin(stream, startLo, startHi, kind, length);
    this.#fixed[format.COLUMN_STATUS].addWords(status, 0);
    const borrow = endLo >>> 0 < startLo >>> 0 ? 1 : 0;
    const high = (endHi - startHi - borrow) | 0;
    this.#fixed[format.COLUMN_DURATION].addWords((endLo - startLo) | 0, high);
    const reader = this.#reader;
    reader.begin(side, at, at + length);
    this.#take(format.COLUMN_TRACE, reader, 16);
    this.#take(format.COLUMN_SPAN, reader, 8);
    // All parents in order of rows; which of them are spans of the block shows when it is finished.
    this.#take(format.COLUMN_PARENT, reader, 8);
    this.#take(format.COLUMN_TEXT, reader, reader.varint());
    const fieldsLength = reader.varint();
    const fieldsStart = reader.at;
    reader.skip(fieldsLength);
    this.#take(format.COLUMN_TAIL, reader, reader.left);
    this.#addFields(side, fieldsStart, fieldsStart + fieldsLength, 0);
  }

  /** The block of the rows added; at least one. */
  finish(): format.RecordBlock {
    const { rows } = this;
    const directory = this.#directory;
    directory.clear();
    const pieces = this.#pieces;
    const isSpans = this.#signal === 'spans';
    const spans = isSpans ? this.#spanColumns() : null;
    const summaries = spans && encodeSummaries(spans);
    const activity = spans ? encodeActivity(spans) : this.#logActivity();
    if (isSpans) this.#linkParents();
    const columns = [...this.#fixed, ...this.#fields].filter(({ count }) => count > 0);
    directory.varint(rows);
    directory.varint(columns.length);
    for (const column of columns) column.write(directory, pieces);
    const times = this.#fixed[format.COLUMN_TIME].words;
    const durations = isSpans ? this.#fixed[format.COLUMN_DURATION].words : null;
    const { tMin, tMax, tEnd } = timeRange(rows, times, durations);
    const kind = isSpans ? FRAME_SPANS : FRAME_LOGS;
    const head = { kind, count: rows, firstDsid: 0, lastDsid: 0, tMin, tMax } as const;
    const ids = this.#fixed[format.COLUMN_TRACE].strings;
    const tailFields = sampleTails(this.#fixed[format.COLUMN_TAIL].strings);
    const block = {
      rows,
      traces: ids.bytes.slice(0, isSpans ? ids.offsets[ids.count] : 0),
      summaries,
      activity,
      fields: [...this.#fields.map((column) => column.sample()), ...tailFields],
      operations: isSpans ? sampleOperations(rows, this.#fixed) : [],
      tMin,
      tMax,
      tEnd,
      ...streamRange(rows, this.#fixed[format.COLUMN_STREAM].words),
      directory: sealFrame(head, directory.view(), DIRECTORY_LEVEL),
      filters: filtersOf(this.#signal, this.#fixed, this.#fields, this.#tokens),
      pieces: pieces.finish(),
    };
    this.clear();
    return block;
  }

  #logActivity(): Uint8Array | null {
    const words = (kind: number): Words => this.#fixed[kind].words;
    return encodeLogActivity(
      this.rows,
      words(format.COLUMN_TIME),
      words(format.COLUMN_STREAM).lo,
      words(format.COLUMN_LEVEL).lo,
      this.#fixed[format.COLUMN_TEXT].codes,
    );
  }

  clear(): void {
    this.rows = 0;
    this.#bytes = 0;
    for (const column of this.#fixed) column.clear();
    // The next block most likely has the same fields in the same order.
    for (const column of this.#fields.reverse()) {
      if (this.#spare.length === MAX_SPARE) break;
      column.clear();
      this.#spare.push(column);
    }
    this.#fields = [];
    this.#keys.clear();
    this.#tokens.clear();
    this.#pieces.finish();
    // Not to keep the last records in memory.
    this.#reader.begin(NO_KEY, 0, 0);
    this.#before.fill(0);
    this.#flags = -1;
  }

  #begin(stream: number, tLo: number, tHi: number, level: number, length: number): void {
    if (length > MAX_RECORD_BYTES) throw new RangeError('record above 32 MiB');
    this.rows++;
    this.#bytes += length;
    this.#fixed[format.COLUMN_TIME].addWords(tLo, tHi);
    this.#fixed[format.COLUMN_STREAM].addWords(stream, 0);
    this.#fixed[format.COLUMN_LEVEL].addWords(level, 0);
  }

  #take(kind: number, reader: ByteReader, length: number): void {
    const start = reader.at;
    reader.skip(length);
    this.#fixed[kind].add(reader.bytes, start, reader.at);
  }

  #addFields(side: Uint8Array, start: number, end: number, flags: number): void {
    if (end > side.length) throw new CorruptionError('record past the end', PLACE, start);
    const view = viewOf(side);
    const field = this.#field;
    let n = 0;
    let isSame = flags === this.#flags;
    for (let at = start; at < end; at = field.valueEnd, n++) {
      if (n + 1 >= this.#shape.length) this.#growShapes();
      // Records of one source have the same fields in the same order, so the row before is asked first.
      let ordinal = this.#before[n];
      if (!this.#isNext(ordinal, view, at, end)) {
        readField(side, at, end, field);
        ordinal = this.#ordinal(side, field.keyStart, field.keyEnd, field.type);
        isSame &&= ordinal === this.#before[n];
      }
      this.#shape[n] = ordinal;
      if (ordinal === format.REST_ORDINAL) this.#addRest(side, field);
      else this.#addField(this.#fields[ordinal], side, view);
    }
    if (isSame && n === this.#fieldCount) this.#fixed[format.COLUMN_SHAPE].repeat();
    else this.#addShape(n, flags);
    const last = this.#before;
    this.#before = this.#shape;
    this.#shape = last;
  }

  /** Reads the field at `at` when it is one of the column with this ordinal; its key and its type are then those of the column. */
  #isNext(ordinal: number, view: DataView, at: number, end: number): boolean {
    if (ordinal >= this.#fields.length) return false;
    const column = this.#fields[ordinal];
    let from = column.valueOf(view, at, end);
    if (from < 0) return false;
    let length = column.type === FIELD_BOOL ? 1 : 8;
    if (!column.isWords) {
      length = view.getUint8(from++);
      if (length >= 128) return false;
    }
    if (from + length > end) return false;
    this.#field.type = column.type;
    this.#field.valueStart = from;
    this.#field.valueEnd = from + length;
    return true;
  }

  #addField(column: ColumnBuilder, side: Uint8Array, view: DataView): void {
    const { type, valueStart, valueEnd } = this.#field;
    if (!column.isWords) column.add(side, valueStart, valueEnd);
    else if (type === FIELD_BOOL) column.addWords(side[valueStart], 0);
    else column.addWords(view.getInt32(valueStart, true), view.getInt32(valueStart + 4, true));
  }

  #addShape(n: number, flags: number): void {
    const bytes = grown(this.#shapeBytes, 1 + 2 * n);
    this.#shapeBytes = bytes;
    bytes[0] = flags;
    for (let i = 0; i < n; i++) {
      bytes[1 + 2 * i] = this.#shape[i];
      bytes[2 + 2 * i] = this.#shape[i] >>> 8;
    }
    this.#fixed[format.COLUMN_SHAPE].add(bytes, 0, 1 + 2 * n);
    this.#flags = flags;
    this.#fieldCount = n;
  }

  /** The column of a field, made when it is new. */
  #ordinal(side: Uint8Array, start: number, end: number, type: number): number {
    const length = end - start;
    this.#key = grown(this.#key, length + 1);
    this.#key[0] = type;
    for (let i = 0; i < length; i++) this.#key[i + 1] = side[start + i];
    const known = this.#keys.count;
    if (known > format.MAX_FIELD_COLUMNS) return format.REST_ORDINAL;
    const ordinal = this.#keys.id(this.#key, 0, length + 1);
    if (ordinal >= format.MAX_FIELD_COLUMNS) return format.REST_ORDINAL;
    if (ordinal === known) {
      const column = this.#spare.pop() ?? new ColumnBuilder(format.COLUMN_FIELD, type, NO_KEY);
      column.begin(type, side.slice(start, end));
      this.#fields.push(column);
    }
    return ordinal;
  }

  #addRest(side: Uint8Array, field: FieldRange): void {
    const { keyStart, keyEnd, type, valueStart, valueEnd } = field;
    const rest = this.#rest;
    rest.clear();
    rest.varint(keyEnd - keyStart);
    rest.append(side, keyStart, keyEnd);
    rest.u8(type);
    if (type < FIELD_BOOL || type > FIELD_DOUBLE) rest.varint(valueEnd - valueStart);
    rest.append(side, valueStart, valueEnd);
    this.#fixed[format.COLUMN_REST].add(rest.bytes, 0, rest.length);
    if (type < FIELD_INT || type > FIELD_BYTES) this.#tokens.add(side, valueStart, valueEnd);
  }

  #growShapes(): void {
    const size = this.#shape.length * 2;
    for (const which of ['before', 'shape'] as const) {
      const bigger = new Uint16Array(size);
      bigger.set(which === 'before' ? this.#before : this.#shape);
      if (which === 'before') this.#before = bigger;
      else this.#shape = bigger;
    }
  }

  /** As long as PARENT has all parents. */
  #spanColumns(): SpanColumns {
    const parents = this.#fixed[format.COLUMN_PARENT];
    const none = zeroString(parents.strings);
    const text = this.#fixed[format.COLUMN_TEXT];
    const trace = this.#fixed[format.COLUMN_TRACE];
    return {
      rows: this.rows,
      traces: trace.strings.count,
      trace: trace.codes,
      areIdsDistinct: this.#fixed[format.COLUMN_SPAN].strings.count === this.rows,
      start: this.#fixed[format.COLUMN_TIME].words,
      duration: this.#fixed[format.COLUMN_DURATION].words,
      status: this.#fixed[format.COLUMN_STATUS].words.lo,
      stream: this.#fixed[format.COLUMN_STREAM].words.lo,
      isRoot: (row) => parents.codes[row] === none,
      name: text.codes,
      names: text.strings,
    };
  }

  /** Puts the parents that are spans of the block into LINK and leaves the others in PARENT. */
  #linkParents(): void {
    const { strings } = this.#fixed[format.COLUMN_PARENT];
    const codes = this.#fixed[format.COLUMN_PARENT].codes.slice(0, this.rows);
    const spans = this.#fixed[format.COLUMN_SPAN];
    const parents = strings.bytes.slice(0, strings.offsets[strings.count]);
    const links = new Int32Array(strings.count);
    for (let i = 0; i < links.length; i++) {
      links[i] = spans.strings.find(parents, i * 8, i * 8 + 8);
    }
    const column = this.#fixed[format.COLUMN_PARENT];
    column.clear();
    for (let row = 0; row < this.rows; row++) {
      const code = codes[row];
      const link = links[code];
      this.#fixed[format.COLUMN_LINK].addWords(link < 0 ? 0 : zigzag(row - link) + 1, 0);
      if (link < 0) column.add(parents, code * 8, code * 8 + 8);
    }
  }
}

/** The number of the string of zeros only, or -1. */
function zeroString({ bytes, offsets, count }: ByteStrings): number {
  for (let i = 0; i < count; i++) {
    let at = offsets[i];
    while (at < offsets[i + 1] && bytes[at] === 0) at++;
    if (at === offsets[i + 1]) return i;
  }
  return -1;
}
