/**
 * The distinct strings of a column, made when somebody needs them all.
 *
 * Model: a search for one value, a look at one string, and the answer that no string has a text work on the bytes as they are stored
 * (strings.ts has the forms): making 16384 strings to compare them with one would be most of the work.
 *
 * Invariants: all that throws is CorruptionError; damage may show as late as the strings are made.
 */
import { isAscii } from 'node:buffer';
import { ByteReader } from '../blocks/bytes.ts';
import { IntegerColumn } from './integer-reader.ts';
import {
  CHUNKED,
  DECIMAL,
  HEX,
  IPV4,
  readChunks,
  readHead,
  readRests,
  type Strings,
  type StringsHead,
  TEXT,
  UUID,
} from './strings.ts';
import type { TextChunks } from './text-chunks.ts';

const NUMBER = /^(0|[1-9]\d{0,15})$/;
const HEX_TEXT = /^[0-9a-f]+$/;
const UUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_BYTES = 16;
const TWO_32 = 2 ** 32;

export class StringColumn {
  readonly #reader: ByteReader;
  readonly #start: number;
  readonly #head: StringsHead;
  #strings: Strings | undefined;
  #chunks: TextChunks | undefined;
  #numbers: IntegerColumn | undefined;
  #all: Float64Array | undefined;
  /** The strings' bytes, and as what they are read; made for the first text. */
  #buffer: Buffer | undefined;
  #encoding: 'latin1' | 'utf8' = 'utf8';

  constructor(reader: ByteReader, maxCount: number) {
    this.#head = readHead(reader, maxCount);
    this.#reader = reader;
    this.#start = reader.at;
  }

  get count(): number {
    return this.#head.count;
  }

  /** Approximate bytes of memory. */
  get bytes(): number {
    const strings = this.#strings;
    const made = strings === undefined ? 0 : strings.bytes.length + strings.offsets.byteLength;
    return (
      this.#reader.bytes.length + made + (this.#all?.byteLength ?? 0) + (this.#chunks?.bytes ?? 0)
    );
  }

  /** All of them. */
  strings(): Strings {
    if (this.#strings === undefined) {
      const { count, form } = this.#head;
      if (form === CHUNKED) {
        const { offsets } = this.#texts;
        this.#strings = { count, bytes: this.#texts.all(), offsets };
        this.#chunks = undefined;
      } else this.#strings = readRests(this.#rests(), this.#head);
    }
    return this.#strings;
  }

  /** Of form CHUNKED. */
  get #texts(): TextChunks {
    this.#chunks ??= readChunks(this.#rests(), this.#head);
    return this.#chunks;
  }

  /** The bytes of all strings, back to back, where they are stored like that and each has so many; else null. */
  fixed(width: number): Uint8Array | null {
    const { prefix, form, count } = this.#head;
    if (form !== TEXT || prefix.length > 0) return null;
    const reader = this.#rests();
    return new IntegerColumn(reader, count).isAlways(width) ? reader.take(count * width) : null;
  }

  /** Bytes of string `i`. */
  byteLength(i: number): number {
    const isChunked = this.#strings === undefined && this.#head.form === CHUNKED;
    const { offsets } = isChunked ? this.#texts : this.strings();
    return offsets[i + 1] - offsets[i];
  }

  /** Which of the strings [from, to) contain the text, by number; null when none does. */
  search(needle: Uint8Array, from: number, to: number): Uint8Array | null {
    if (!this.mayContain(needle)) return null;
    const found = new Uint8Array(this.count);
    let any = false;
    if (this.#strings === undefined && this.#head.form === CHUNKED) {
      const { offsets } = this.#texts;
      this.#texts.forEachChunk(from, to, (bytes, first, end) => {
        const base = offsets[first];
        const start = Math.max(first, from);
        const hit = searchIn(bytes, base, offsets, start, Math.min(end, to), needle, found);
        if (hit) any = true;
        return hit;
      });
    } else {
      const { bytes, offsets } = this.strings();
      any = searchIn(bufferOf(bytes), 0, offsets, from, to, needle, found);
    }
    return any ? found : null;
  }

  /** String `i` as text. */
  text(i: number): string {
    const { prefix, form } = this.#head;
    if (this.#strings === undefined && form !== TEXT) {
      if (form === CHUNKED) return this.#texts.text(i);
      if (form === DECIMAL || form === IPV4) return textOf(prefix) + this.#numberText(i);
      if (form === HEX || form === UUID) return textOf(prefix) + this.#hexText(i);
    }
    const { bytes, offsets } = this.strings();
    if (this.#buffer === undefined) {
      this.#buffer = bufferOf(bytes);
      this.#encoding = isAscii(bytes) ? 'latin1' : 'utf8';
    }
    return this.#buffer.toString(this.#encoding, offsets[i], offsets[i + 1]);
  }

  /** The number of the string with these bytes, or -1. */
  find(value: Uint8Array): number {
    const { prefix, form, count } = this.#head;
    if (count === 0 || !startsWith(value, prefix)) return -1;
    const rest = bufferOf(value).subarray(prefix.length);
    if (form === DECIMAL) {
      const text = rest.toString('latin1');
      return NUMBER.test(text) ? this.#numberColumn().find(Number(text)) : -1;
    }
    if (form === HEX || form === UUID) return this.#findHex(rest.toString('latin1'));
    if (form === TEXT && !this.#hasBytes(rest)) return -1;
    if (form === CHUNKED && this.#strings === undefined && rest.length > 0) {
      const holding = this.search(rest, 0, count);
      const { length } = value;
      return holding?.findIndex((has, i) => has === 1 && this.byteLength(i) === length) ?? -1;
    }
    return findIn(this.strings(), value);
  }

  /** Whether a string may have the text in it; false is certain. */
  mayContain(needle: Uint8Array): boolean {
    const { prefix, form } = this.#head;
    return form !== TEXT || prefix.length > 0 || this.#hasBytes(needle);
  }

  /** Whether the bytes of a text section have these in a row anywhere. */
  #hasBytes(needle: Uint8Array): boolean {
    const { bytes } = this.#reader;
    return bufferOf(bytes).indexOf(needle, this.#start) >= 0;
  }

  #decimals(): Float64Array {
    this.#all ??= this.#numberColumn().shared().slice();
    return this.#all;
  }

  #numberColumn(): IntegerColumn {
    this.#numbers ??= new IntegerColumn(this.#rests(), this.count);
    return this.#numbers;
  }

  #numberText(i: number): string {
    const numbers = this.#numberColumn();
    const value = this.#all === undefined && numbers.isDirect ? numbers.at(i) : this.#decimals()[i];
    if (this.#head.form === DECIMAL) return String(value);
    if (!(value >= 0 && value < TWO_32)) this.#reader.fail('number out of range');
    return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
  }

  /** The raw bytes of hexadecimal strings, so many to each. */
  #hex(): { raw: Buffer; width: number } {
    const reader = this.#rests();
    const { form } = this.#head;
    const width = form === UUID ? UUID_BYTES : reader.bounded(reader.left, 'hex bytes');
    return { raw: bufferOf(reader.take(width * this.count)), width };
  }

  #hexText(i: number): string {
    const { raw, width } = this.#hex();
    const hex = raw.toString('hex', i * width, (i + 1) * width);
    if (this.#head.form !== UUID) return hex;
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      hex.slice(12, 16),
      hex.slice(16, 20),
      hex.slice(20),
    ].join('-');
  }

  #findHex(text: string): number {
    const { raw, width } = this.#hex();
    if (this.#head.form === UUID ? !UUID_TEXT.test(text) : !HEX_TEXT.test(text)) return -1;
    const wanted = Buffer.from(text.replaceAll('-', ''), 'hex');
    if (wanted.length !== width || text.length % 2 !== 0 || width === 0) return -1;
    let at = raw.indexOf(wanted);
    while (at >= 0 && at % width !== 0) at = raw.indexOf(wanted, at + 1);
    return at < 0 ? -1 : at / width;
  }

  #rests(): ByteReader {
    const { bytes, place } = this.#reader;
    return new ByteReader(bytes, place, this.#start);
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function textOf(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : bufferOf(bytes).toString('utf8');
}

function startsWith(value: Uint8Array, prefix: Uint8Array): boolean {
  if (value.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (value[i] !== prefix[i]) return false;
  return true;
}

/** Marks the strings [from, to) that contain the needle, searched over all of them at once; `bytes` begin at offset `base`. */
function searchIn(
  bytes: Buffer,
  base: number,
  offsets: Uint32Array,
  from: number,
  to: number,
  needle: Uint8Array,
  found: Uint8Array,
): boolean {
  const haystack = bytes.subarray(0, offsets[to] - base);
  let any = false;
  let string = from;
  for (let at = haystack.indexOf(needle, offsets[from] - base); at >= 0; ) {
    const place = at + base;
    while (offsets[string + 1] <= place) string++;
    let next = at + 1;
    // A match may run over the end of a string.
    if (place + needle.length <= offsets[string + 1]) {
      found[string] = 1;
      any = true;
      next = offsets[string + 1] - base;
    }
    at = haystack.indexOf(needle, next);
  }
  return any;
}

function findIn({ bytes, offsets, count }: Strings, wanted: Uint8Array): number {
  const { length } = wanted;
  for (let i = 0; i < count; i++) {
    const from = offsets[i];
    if (offsets[i + 1] - from !== length) continue;
    let k = 0;
    while (k < length && bytes[from + k] === wanted[k]) k++;
    if (k === length) return i;
  }
  return -1;
}
