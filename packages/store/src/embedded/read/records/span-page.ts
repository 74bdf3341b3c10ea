/**
 * Up to 16384 spans of one tenant as columns: a block of a file (span-file-page.ts) or a part of a head segment (span-head-page.ts).
 *
 * Model: columns are made when they are asked for and kept as long as the page. Traces of a page have numbers (`codes`) from 0.
 * Ids of spans are two words each, the first bytes in `hi`; a parent of zeros is none.
 */
import type { SpanRecord } from '@sightline/wire';
import type { TraceFilter } from '../../../records.ts';
import type { Words } from '../../records/integers.ts';
import type { Strings } from '../../records/strings.ts';

/** Columns of some spans. */
export interface SpanRowsPage {
  readonly rows: number;
  /** How many spans each one stands for. */
  readonly weight: number;
  starts(): Words;
  /** Nanoseconds. */
  durations(): Float64Array;
  kinds(): Uint8Array;
  statuses(): Uint8Array;
  /** Numbers of the interner. */
  streams(): Uint32Array;
  spanIds(): Words;
  parentIds(): Words;
  names(): PageStrings;
  /** Events and links as they came, by row. */
  tails(): PageStrings;
  /** The first value of each row under a key; null when no row has one. */
  field(key: string): PageField | null;
  /** Keys that rows may have. */
  fieldKeys(): Iterable<string>;
  /** Records of `rows` (ascending). Throws CorruptionError or DecodeError. */
  records(rows: Uint32Array): SpanRecord[];
}

export interface SpanPage extends SpanRowsPage {
  /** Rows of a page with a greater order were written later; within a page later rows were. */
  readonly order: number;
  /** The same as `starts`, but maybe not kept: valid until those of another page are asked for. */
  scanStarts(): Words;
  /** The same as `streams` as numbers of `ids`, which pages of one file share. */
  streamCodes(): StreamCodes;
  traces(): PageTraces;
  /** A page of a few rows, ascending, for which the others need not be read. */
  pick(rows: Uint32Array): SpanRowsPage;
  /** Sets 1 for each row whose first value under a key has this text, or is JSON, which may contain it. */
  markField(into: Uint8Array, key: string, text: string): void;
  /** Whether a name, a string or JSON of a field, event or link may be this text; only a hint. */
  mayHaveText(text: string): boolean;
  /** Whether a span, event or link may have a field under one of the names with this text, or as JSON; only a hint. */
  mayHaveField(names: readonly string[], text: string): boolean;
  /** Whether ranges and dictionaries rule out all rows. */
  excludes(filter: TraceFilter): boolean;
}

/** The stream (a number of the interner) of row i is ids[codes[i]]. */
export interface StreamCodes {
  codes: Uint32Array;
  ids: Uint32Array;
  /** Codes below it mean nothing. */
  first: number;
}

export interface PageTraces {
  count: number;
  /** 16 bytes for each trace. */
  ids: Uint8Array;
  /** Per row the number of its trace. */
  codes: Uint32Array;
}

export interface PageStrings {
  codes: Uint32Array;
  strings: Strings;
}

/** Values are distinct pairs of a type and a text; some may be of no row. */
export interface PageField {
  /** 0: the row has none; else the value's index + 1. */
  codes: Uint32Array;
  /** Of each value one of wire's FIELD_ constants. */
  types: Uint8Array;
  text(index: number): string;
}

/** Texts that fields may have in other bytes: numbers and truth values; what JSON escapes. */
export const NOT_AS_BYTES = /^[-+]?\d|^[-+]?Inf$|^NaN$|^true$|^false$|["\\\p{Cc}]/u;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex digits of bytes[start, end). */
export function hexOf(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += HEX[bytes[at]];
  return text;
}

/** 16 lower-case hex digits of the id at a row. */
export function idText({ lo, hi }: Words, row: number): string {
  return hi[row].toString(16).padStart(8, '0') + lo[row].toString(16).padStart(8, '0');
}

/** A big-endian word. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

/** Whether two traces have one id. */
export function sameTrace(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  for (let i = 15; i >= 0; i--) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}

/** Texts are UTF-8; a byte order mark is part of them. */
export const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
