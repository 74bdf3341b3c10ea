/** Columns of a block while it is being filled (layout: block-format.ts). */
import { FIELD_DOUBLE, FIELD_INT, FIELD_STRING } from '@sightline/wire';
import { ByteStrings } from '../blocks/byte-strings.ts';
import { ByteWriter, grown, MAX_VARINT_BYTES } from '../blocks/bytes.ts';
import {
  FRAME_HEADER_BYTES,
  FRAME_RECORD_SECTION,
  type FrameHead,
  type PackedPayload,
  packPayload,
  putFrame,
  sealFrame,
} from '../blocks/frame.ts';
import {
  COLUMN_FIELD,
  COLUMN_LEVEL,
  COLUMN_SHAPE,
  type FieldSample,
  hasWords,
} from './block-format.ts';
import { type Words, writeWords } from './integers.ts';
import { writeCodes, writeStrings } from './strings.ts';

/** Sections up to this size stand in the directory. */
const MAX_INLINE_BYTES = 64;
/** A piece is closed when it has reached this size. */
const PIECE_BYTES = 48 * 1024;
/** A section of this size has a piece of its own. */
const LARGE_BYTES = 24 * 1024;
/** A section of which compression takes off less than the 16th part is stored as it is: reading it is faster by half. */
const LEAST_GAIN = 16;
const LIKELY_SLOTS = 64;
const SECTION_LEVEL = 1;
const SECTION: FrameHead = {
  kind: FRAME_RECORD_SECTION,
  count: 0,
  firstDsid: 0,
  lastDsid: 0,
  tMin: Number.POSITIVE_INFINITY,
  tMax: Number.NEGATIVE_INFINITY,
};
/** A section buffer above this size is not kept. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** Values of a field that are kept for completion, the longest of them, and how many are looked at. */
const MAX_SAMPLE_VALUES = 64;
const MAX_SAMPLE_BYTES = 128;
const SAMPLE_SCAN = 256;
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Values of one column in order of rows. */
export class ColumnBuilder {
  readonly kind: number;
  type: number;
  key: Uint8Array;
  isWords: boolean;
  /** Of a field column: how its fields begin (wire's fields.ts), which is the key and the type. */
  #head: DataView = new DataView(new ArrayBuffer(0));
  count = 0;
  readonly strings = new ByteStrings();
  codes = new Uint32Array(64);
  /** Numbers + 1 of strings that were added lately. */
  readonly #likely = new Uint32Array(LIKELY_SLOTS);
  readonly words: Words = { lo: new Uint32Array(0), hi: new Uint32Array(0) };

  constructor(kind: number, type: number, key: Uint8Array) {
    this.kind = kind;
    this.type = type;
    this.key = key;
    this.isWords = hasWords(kind, type);
  }

  /** Adds a string; returns its number. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const { count } = this;
    if (count === this.codes.length) this.codes = grown(this.codes, count + 1);
    const code = this.#code(bytes, start, end);
    this.codes[count] = code;
    this.count = count + 1;
    return code;
  }

  /** Adds the string that was added last, which there is. */
  repeat(): void {
    const { count } = this;
    if (count === this.codes.length) this.codes = grown(this.codes, count + 1);
    this.codes[count] = this.codes[count - 1];
    this.count = count + 1;
  }

  /** Neighbours are often equal, and most columns have few strings: comparing with one that is likely is cheaper than hashing. */
  #code(bytes: Uint8Array, start: number, end: number): number {
    const { strings, count } = this;
    if (count > 0) {
      const last = this.codes[count - 1];
      if (strings.is(last, bytes, start, end)) return last;
    }
    const length = end - start;
    if (length === 0) return strings.id(bytes, start, end);
    const mixed = bytes[start] + bytes[end - 1] * 5 + bytes[start + (length >>> 1)] * 3 + length;
    const slot = mixed & (LIKELY_SLOTS - 1);
    const likely = this.#likely[slot] - 1;
    if (likely >= 0 && strings.is(likely, bytes, start, end)) return likely;
    const code = strings.id(bytes, start, end);
    this.#likely[slot] = code + 1;
    return code;
  }

  addWords(lo: number, hi: number): void {
    const at = this.count++;
    const { words } = this;
    if (at >= words.lo.length) {
      words.lo = grown(words.lo, Math.max(64, at + 1));
      words.hi = grown(words.hi, Math.max(64, at + 1));
    }
    words.lo[at] = lo;
    words.hi[at] = hi;
  }

  clear(): void {
    this.count = 0;
    this.strings.clear();
    this.#likely.fill(0);
  }

  /** Makes it the builder of another column of the same kind; it has been cleared. */
  begin(type: number, key: Uint8Array): void {
    this.type = type;
    this.key = key;
    this.isWords = hasWords(this.kind, type);
    const head = new ByteWriter(key.length + 1 + MAX_VARINT_BYTES);
    head.varint(key.length);
    head.append(key);
    head.u8(type);
    this.#head = new DataView(head.bytes.buffer, 0, head.length);
  }

  /** Where the value of the field at `at` begins, its length included, when it is one of this column; else -1. */
  valueOf(field: DataView, at: number, end: number): number {
    const head = this.#head;
    const length = head.byteLength;
    if (length === 0 || at + length >= end) return -1;
    const whole = length & ~3;
    for (let i = 0; i < whole; i += 4) {
      if (head.getInt32(i) !== field.getInt32(at + i)) return -1;
    }
    for (let i = whole; i < length; i++) {
      if (head.getUint8(i) !== field.getUint8(at + i)) return -1;
    }
    return at + length;
  }

  /** What is known of the field without reading it again. */
  sample(): FieldSample {
    const values: string[] = [];
    const key = textDecoder.decode(this.key);
    if (!this.isWords && this.type === FIELD_STRING) {
      const { bytes, offsets, count } = this.strings;
      for (let i = 0; i < count && i < SAMPLE_SCAN && values.length < MAX_SAMPLE_VALUES; i++) {
        if (offsets[i + 1] - offsets[i] > MAX_SAMPLE_BYTES) continue;
        values.push(textDecoder.decode(bytes.subarray(offsets[i], offsets[i + 1])));
      }
    }
    return { scope: '', key, type: this.type, count: this.count, values };
  }

  /** Appends the column's entry in the directory; its sections go to `pieces`. */
  write(directory: ByteWriter, pieces: PieceWriter): void {
    directory.u8(this.kind);
    if (this.kind === COLUMN_FIELD) {
      directory.u8(this.type);
      directory.varint(this.key.length);
      directory.append(this.key);
    }
    directory.varint(this.count);
    if (this.isWords) {
      this.#writeRange(directory);
      const isDouble = this.kind === COLUMN_FIELD && this.type === FIELD_DOUBLE;
      pieces.add(directory, (out) =>
        writeWords(out, this.words, this.count, isDouble, this.#isReadOften),
      );
      return;
    }
    pieces.add(directory, (out) => writeStrings(out, this.strings));
    pieces.add(directory, (out) => writeCodes(out, this.codes, this.count, this.#isReadOften));
  }

  get #isReadOften(): boolean {
    return this.kind === COLUMN_LEVEL || this.kind === COLUMN_SHAPE;
  }

  #writeRange(out: ByteWriter): void {
    const { lo, hi } = this.words;
    const isDouble = this.kind === COLUMN_FIELD && this.type === FIELD_DOUBLE;
    const isSigned = this.kind === COLUMN_FIELD && this.type === FIELD_INT;
    const { min, max } = isDouble
      ? doubleRange(this.words, this.count)
      : wordRange(this.words, this.count, isSigned);
    const any = this.count > 0;
    out.u32(any ? lo[min] : 0);
    out.u32(any ? hi[min] : 0);
    out.u32(any ? lo[max] : 0);
    out.u32(any ? hi[max] : 0);
  }
}

/** Which rows have the least and the greatest integer. */
function wordRange({ lo, hi }: Words, n: number, isSigned: boolean): { min: number; max: number } {
  const flip = isSigned ? 0 : -0x80000000;
  let min = 0;
  let max = 0;
  let least = hi[0] ^ flip;
  let greatest = least;
  for (let i = 1; i < n; i++) {
    const high = hi[i] ^ flip;
    if (high < least || (high === least && lo[i] < lo[min])) {
      least = high;
      min = i;
    } else if (high > greatest || (high === greatest && lo[i] > lo[max])) {
      greatest = high;
      max = i;
    }
  }
  return { min, max };
}

const float = new Float64Array(1);
const floatWords = new Uint32Array(float.buffer);

/** As wordRange, of doubles; those that are no number are left out. */
function doubleRange({ lo, hi }: Words, n: number): { min: number; max: number } {
  let min = 0;
  let max = 0;
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    floatWords[0] = lo[i];
    floatWords[1] = hi[i];
    const value = float[0];
    if (value < least) {
      least = value;
      min = i;
    }
    if (value > greatest) {
      greatest = value;
      max = i;
    }
  }
  return { min, max };
}

/** Packs sections into pieces. Its buffers are kept from block to block: growing them anew was most of what a block allocated. */
export class PieceWriter {
  #pieces: Uint8Array[] = [];
  #section = new ByteWriter(PIECE_BYTES);
  readonly #open = new ByteWriter(2 * PIECE_BYTES);

  /** Writes a section and its place; `write` tells whether what it has written is compressed already. */
  add(directory: ByteWriter, write: (out: ByteWriter) => boolean): void {
    const section = this.#section;
    section.clear();
    const isPacked = write(section);
    if (section.length <= MAX_INLINE_BYTES) {
      directory.varint(0);
      directory.varint(section.length);
      directory.append(section.view());
      return;
    }
    const packed = this.#pack(section.view(), isPacked);
    const length = FRAME_HEADER_BYTES + packed.stored.length;
    if (length >= LARGE_BYTES) {
      // A large section has a piece of its own; the small ones around it stay together.
      this.#close();
      const piece = new Uint8Array(length);
      putFrame(piece, 0, SECTION, packed);
      directory.varint(this.#pieces.push(piece));
      directory.varint(0);
      return;
    }
    const open = this.#open;
    directory.varint(this.#pieces.length + 1);
    directory.varint(open.length);
    open.reserve(length);
    putFrame(open.bytes, open.length, SECTION, packed);
    open.length += length;
    if (open.length >= PIECE_BYTES) this.#close();
  }

  #pack(section: Uint8Array, isPacked: boolean): PackedPayload {
    const packed = packPayload(section, isPacked ? 0 : SECTION_LEVEL);
    const gained = section.length - packed.stored.length;
    return gained * LEAST_GAIN < section.length ? packPayload(section, 0) : packed;
  }

  /** The pieces of all that has been added since the last call. */
  finish(): Uint8Array[] {
    this.#close();
    const pieces = this.#pieces;
    this.#pieces = [];
    if (this.#section.bytes.length > MAX_KEPT_BYTES) this.#section = new ByteWriter(PIECE_BYTES);
    return pieces;
  }

  #close(): void {
    if (this.#open.length === 0) return;
    this.#pieces.push(this.#open.copy());
    this.#open.clear();
  }
}

/** A frame of one section; with level 0 it is not compressed. */
export function sealSection(payload: Uint8Array, level: number = SECTION_LEVEL): Uint8Array {
  return sealFrame(SECTION, payload, level);
}
