/**
 * Bytes of the block codecs: a growable writer, a bounds-checked reader, varints of doubles.
 *
 * Model: integers are little-endian. A varint is 7 bits a byte, low bits first, the top bit set on all but the last byte; zigzag
 * maps 0, -1, 1, -2... to 0, 1, 2, 3... Integers are JavaScript doubles, exact up to 2^53; no BigInt.
 *
 * Invariants: `ByteReader` never reads past its end: it throws `CorruptionError` with the offset instead.
 */
import { CorruptionError } from './errors.ts';

/** Number of bytes of a varint of an integer in [0, 2^53]. */
export function varintLength(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  if (value < 0x10000000) return 4;
  if (value < 0x800000000) return 5;
  if (value < 0x40000000000) return 6;
  if (value < 0x2000000000000) return 7;
  return 8;
}

/** Ranges up to this size are copied in a loop: a view costs more. */
const SHORT_COPY = 64;

/** The longest varint: 2^53 takes 8 bytes. */
export const MAX_VARINT_BYTES = 8;

export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}

export function unzigzag(value: number): number {
  if (value < 0x80000000) return (value >>> 1) ^ -(value & 1);
  return value % 2 === 0 ? value / 2 : (value + 1) / -2;
}

/** Writes a varint of an integer in [0, 2^53] at `at`; returns the offset behind it. The caller has made room. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  let to = at;
  while (rest >= 0x80000000) {
    const high = Math.floor(rest / 128);
    bytes[to++] = (rest - high * 128) | 0x80;
    rest = high;
  }
  while (rest >= 0x80) {
    bytes[to++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[to++] = rest;
  return to;
}

/** The column itself when it has room for `length` elements, or a copy of at least twice the size. */
export function grown<Column extends Uint8Array | Uint32Array>(
  column: Column,
  length: number,
): Column;
export function grown(column: Uint8Array | Uint32Array, length: number): Uint8Array | Uint32Array {
  if (length <= column.length) return column;
  const size = Math.max(length, column.length * 2);
  const bigger = column instanceof Uint8Array ? new Uint8Array(size) : new Uint32Array(size);
  bigger.set(column);
  return bigger;
}

/** Copies a range of any length by words: short ones in less than `set` takes for its view. */
export function copyRange(
  to: DataView,
  toStart: number,
  from: DataView,
  fromStart: number,
  length: number,
): void {
  const last = length - 4;
  if (last < 0) {
    for (let i = 0; i < length; i++) to.setUint8(toStart + i, from.getUint8(fromStart + i));
    return;
  }
  for (let i = 0; i < last; i += 4) {
    to.setInt32(toStart + i, from.getInt32(fromStart + i, true), true);
  }
  // Overlaps the word before by what the length is short of a whole word.
  to.setInt32(toStart + last, from.getInt32(fromStart + last, true), true);
}

export class ByteWriter {
  bytes: Uint8Array;
  length = 0;
  #view: DataView;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  clear(): void {
    this.length = 0;
  }

  /** Makes room for `count` more bytes. `bytes` may be replaced. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const bigger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
    this.#view = new DataView(bigger.buffer);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** A double by value; the payload of a NaN is not kept (use two `u32`). */
  f64(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** An integer in [0, 2^53]. */
  varint(value: number): void {
    this.reserve(MAX_VARINT_BYTES);
    this.length = putVarint(this.bytes, this.length, value);
  }

  /** An integer in [-2^52, 2^52]. */
  zigzag(value: number): void {
    this.varint(zigzag(value));
  }

  append(from: Uint8Array, start = 0, end = from.length): void {
    this.reserve(end - start);
    if (end - start <= SHORT_COPY) {
      const { bytes } = this;
      for (let i = start, to = this.length; i < end; i++, to++) bytes[to] = from[i];
    } else {
      const isWhole = start === 0 && end === from.length;
      this.bytes.set(isWhole ? from : from.subarray(start, end), this.length);
    }
    this.length += end - start;
  }

  /** A view of what has been written; valid until the next write. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** A copy of what has been written. */
  copy(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

export class ByteReader {
  bytes: Uint8Array;
  end: number;
  /** Names the source in errors. */
  readonly place: string;
  at: number;
  /** Made when first needed: most readers only read varints. */
  #lazyView: DataView | undefined;

  constructor(bytes: Uint8Array, place: string, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.place = place;
    this.at = start;
    this.end = end;
  }

  /** Makes it the reader of bytes[start, end): for loops that would make a reader for each few bytes. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== this.bytes) this.#lazyView = undefined;
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get #view(): DataView {
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.#lazyView ??= new DataView(buffer, byteOffset, byteLength);
    return this.#lazyView;
  }

  get left(): number {
    return this.end - this.at;
  }

  fail(problem: string): never {
    throw new CorruptionError(problem, this.place, this.at);
  }

  u8(): number {
    if (this.at >= this.end) this.fail('unexpected end');
    return this.bytes[this.at++];
  }

  u32(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  f64(): number {
    this.#need(8);
    const value = this.#view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  varint(): number {
    const { bytes, end } = this;
    let at = this.at;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      if (at >= end) this.fail('unexpected end');
      const byte = bytes[at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.at = at;
        return value;
      }
      scale *= 128;
    }
    return this.fail('varint longer than 8 bytes');
  }

  zigzag(): number {
    return unzigzag(this.varint());
  }

  /** A varint that must not be above `max`: counts and lengths, so that damage cannot ask for memory without bound. */
  bounded(max: number, what: string): number {
    const value = this.varint();
    if (value > max) this.fail(`${what} ${value} is above ${max}`);
    return value;
  }

  /** A view of the next `count` bytes. */
  take(count: number): Uint8Array {
    this.#need(count);
    const part = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    return part;
  }

  /** Passes over the next `count` bytes. */
  skip(count: number): void {
    this.#need(count);
    this.at += count;
  }

  /** Reads one varint per element of `into`. */
  varints(into: Uint32Array | Float64Array): void {
    const { bytes, end } = this;
    let at = this.at;
    for (let i = 0; i < into.length; i++) {
      // Behind the end of the array bytes are undefined, which ends the varint; behind this reader's end they belong to others.
      let value = bytes[at++];
      if (value >= 0x80) {
        value = (value & 0x7f) | (bytes[at++] << 7);
        if (value >= 0x4000) {
          value = (value & 0x3fff) | (bytes[at++] << 14);
          if (value >= 0x200000) {
            this.at = at - 3;
            value = this.varint();
            at = this.at;
          }
        }
      }
      into[i] = value;
    }
    this.at = at;
    if (at > end) this.fail('unexpected end');
  }

  /** A reader of the next `count` bytes, with offsets of the same source. */
  section(count: number): ByteReader {
    this.#need(count);
    const part = new ByteReader(this.bytes, this.place, this.at, this.at + count);
    this.at += count;
    return part;
  }

  #need(count: number): void {
    if (count > this.end - this.at) this.fail('unexpected end');
  }
}
