/**
 * One JSON object as a log record: nested objects are flattened, their keys joined with dots.
 *
 * Integers keep all their digits up to 64 bits; larger ones stay text. Lists, and objects nested deeper than MAX_LEVELS, are fields of JSON
 * text. `null` is no field.
 */
import { DecodeError } from '../model/decode-error.ts';
import { FIELD_BOOL, FIELD_DOUBLE, FIELD_INT, FIELD_JSON } from '../model/fields.ts';
import { JsonText } from '../model/json-text.ts';
import type { RecordBuilder } from '../model/record-builder.ts';
import { IntegerParser } from '../otlp/json/integer.ts';
import { JsonScanner, QUOTE } from '../otlp/json/scanner.ts';
import type { LineFields } from './line-fields.ts';

const MAX_LEVELS = 10;
const OPEN_OBJECT = 0x7b;
const OPEN_ARRAY = 0x5b;
const DOT = 0x2e;
const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

export class JsonLine {
  readonly #record: RecordBuilder;
  readonly #fields: LineFields;
  readonly #scanner = new JsonScanner();
  readonly #integer = new IntegerParser();
  readonly #text = new JsonText();
  /** The keys above and of the present value, joined. */
  #path = new Uint8Array(256);

  constructor(record: RecordBuilder, fields: LineFields) {
    this.#record = record;
    this.#fields = fields;
  }

  /** Reads all of `line` as one object; false when it is none (what it has taken is to be cleared). */
  read(line: Uint8Array): boolean {
    const scanner = this.#scanner;
    scanner.reset(line);
    try {
      this.#object(0, 1);
      scanner.finish();
      return true;
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    } finally {
      scanner.reset(NO_BYTES);
      this.#text.clear();
    }
  }

  #object(pathLength: number, level: number): void {
    const scanner = this.#scanner;
    scanner.openObject();
    for (let first = true; scanner.nextKey(first); first = false) {
      this.#text.take(scanner);
      this.#value(this.#join(pathLength), level);
    }
  }

  /** Puts the key read last behind the path's first `length` bytes; returns the new length. */
  #join(length: number): number {
    const { bytes, start, end } = this.#text;
    const needed = length + 1 + end - start;
    if (needed > this.#path.length) {
      const bigger = new Uint8Array(needed * 2);
      bigger.set(this.#path);
      this.#path = bigger;
    }
    let at = length;
    if (length > 0) this.#path[at++] = DOT;
    for (let i = start; i < end; i++) this.#path[at++] = bytes[i];
    return at;
  }

  #value(pathLength: number, level: number): void {
    const scanner = this.#scanner;
    const path = this.#path;
    const next = scanner.peek();
    if (next === OPEN_OBJECT && level < MAX_LEVELS) {
      this.#object(pathLength, level + 1);
    } else if (next === QUOTE) {
      scanner.string();
      const text = this.#text;
      text.take(scanner);
      this.#fields.text(path, 0, pathLength, text.bytes, text.start, text.end);
    } else if (next === OPEN_OBJECT || next === OPEN_ARRAY) {
      const start = scanner.at;
      scanner.skipValue();
      this.#record.string(path, 0, pathLength, scanner.bytes, start, scanner.at, FIELD_JSON);
    } else if (next === 0x74 || next === 0x66) {
      this.#record.bool(path, 0, pathLength, FIELD_BOOL, scanner.boolean());
    } else if (!scanner.isNull()) this.#number(path, pathLength);
  }

  #number(path: Uint8Array, pathLength: number): void {
    const scanner = this.#scanner;
    scanner.number();
    const { bytes, start, end } = scanner;
    if (this.#fields.number(path, 0, pathLength, bytes, start, end)) return;
    const record = this.#record;
    let whole = true;
    for (let i = bytes[start] === 0x2d ? start + 1 : start; i < end && whole; i++) {
      whole = bytes[i] >= 0x30 && bytes[i] <= 0x39;
    }
    if (!whole) {
      number[0] = Number(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
      record.words(path, 0, pathLength, FIELD_DOUBLE, words[0], words[1]);
    } else if (this.#integer.parse(bytes, start, end, true)) {
      const { low, high } = this.#integer;
      record.words(path, 0, pathLength, FIELD_INT, low, high);
    } else record.string(path, 0, pathLength, bytes, start, end);
  }
}

const NO_BYTES = new Uint8Array(0);
