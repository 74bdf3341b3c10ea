/**
 * A block of records: up to 4096 log records or 16384 spans as columns. A search for few log records opens many blocks for a record or
 * two of each, so that what it costs goes with their size; spans are looked at trace by trace, which lie in few blocks.
 *
 * Model: a block is a *directory* (a frame of kind 7 logs or 8 spans), *pieces* (runs of frames of kind 9, one section each) and
 * filters (filter-pages.ts). Pieces and pages of filters are stored apart from the directory: a query reads only the pages that answer
 * what it looks for, and only the pieces with columns that it needs.
 *
 * Directory: varint rows, varint columns, then per column: u8 kind; of a field u8 type (wire's fields.ts), varint length and bytes of
 * its key; varint values; of words u32 low and high of the least and of the greatest value (times and durations unsigned, int64
 * signed, doubles by value without NaN); then its sections (words 1; strings 2: strings, codes). A section: varint 0, varint length,
 * bytes; or varint piece + 1, varint offset of its frame in the piece.
 *
 * The *shape* of a record says what it has: a byte of flags (1 trace id, 2 span id; spans: 0), then u16 per field the ordinal of
 * its field column, or 65535 for a field that lies in the rest (key, type and value as they came). Column values of a row stand in the
 * order of rows; a row has as many values in a field column as its shape names it, so the record is rebuilt to the byte.
 *
 * Invariants: columns stand in the order of their kinds; order of rows is the order in which they were added; a field column has one type, a key may have several columns.
 */
export const COLUMN_TIME = 0;
export const COLUMN_STREAM = 1;
/** Severity of a log record, kind of a span. */
export const COLUMN_LEVEL = 2;
export const COLUMN_STATUS = 3;
export const COLUMN_DURATION = 4;
export const COLUMN_SHAPE = 5;
export const COLUMN_TRACE = 6;
export const COLUMN_SPAN = 7;
/** Parent ids that LINK does not tell. */
export const COLUMN_PARENT = 8;
/** 0: the next value of PARENT; else zigzag(row - number of the parent's id among the span ids) + 1. */
export const COLUMN_LINK = 9;
/** Body of a log record, name of a span. */
export const COLUMN_TEXT = 10;
export const COLUMN_REST = 11;
/** Events and links of a span, as they came. */
export const COLUMN_TAIL = 12;
export const COLUMN_FIELD = 13;

/** Of any block. */
export const MAX_BLOCK_ROWS = 16384;
/** Where a block is closed: rows, or bytes of records. */
export const BLOCK_LIMITS: Readonly<Record<RecordSignal, { rows: number; bytes: number }>> = {
  logs: { rows: 4096, bytes: 2 * 1024 * 1024 },
  spans: { rows: MAX_BLOCK_ROWS, bytes: 8 * 1024 * 1024 },
};
/** Field columns of a block; fields with further keys go to the rest. */
export const MAX_FIELD_COLUMNS = 1000;
/** Ordinal in a shape of a field that lies in the rest. */
export const REST_ORDINAL = 0xffff;

export type RecordSignal = 'logs' | 'spans';

/** Whether a column has 64-bit words rather than strings. */
export function hasWords(kind: number, type: number): boolean {
  if (kind === COLUMN_FIELD) return type >= 1 && type <= 3;
  return kind <= COLUMN_DURATION || kind === COLUMN_LINK;
}

/** Whose field it is: the record's, or one of its events or links. */
export type FieldScope = '' | 'event' | 'link';

/** What a block has of one field column, for completion. */
export interface FieldSample {
  scope: FieldScope;
  /** The key as text. */
  key: string;
  type: number;
  count: number;
  /** The first distinct values that are short; none of numbers. */
  values: readonly string[];
}

/** A name and kind that spans of a stream have. */
export interface OperationSample {
  /** Dense id. */
  stream: number;
  kind: number;
  name: string;
}

/** A block as it is stored. */
export interface RecordBlock {
  rows: number;
  /** Distinct trace ids of 16 bytes, back to back; of spans only. */
  traces: Uint8Array;
  /** Of spans what trace-summary.ts has of each trace. */
  summaries: Uint8Array | null;
  /** Of spans what span-activity.ts has of the block, of log records what log-activity.ts has. */
  activity: Uint8Array | null;
  fields: readonly FieldSample[];
  /** Of spans, each once. */
  operations: readonly OperationSample[];
  /** Unix ms around all times. */
  tMin: number;
  tMax: number;
  /** Unix ms past all ends of spans; of log records tMax. */
  tEnd: number;
  /** Dense ids around those of its streams. */
  streamMin: number;
  streamMax: number;
  directory: Uint8Array;
  /** Pages as they are stored; of spans none of grams. */
  filters: { tokens: Uint8Array[]; grams: Uint8Array[] };
  pieces: Uint8Array[];
}
