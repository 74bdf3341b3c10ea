/**
 * Writes protobuf messages into one growing buffer; the counterpart of reader.ts for what we send ourselves.
 *
 * Model: `message(field, write)` reserves one byte for the length, lets `write` append the content, and moves the content when the
 * length needs more. Fields with their default value are left out by the caller, as proto3 does.
 */
export class ProtobufWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** An unsigned integer up to 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    this.#length = this.#put(this.#length, value);
  }

  /** A signed integer as int64 (negative numbers take ten bytes); a number is at most 2^53 in magnitude. */
  int64(value: number | bigint): void {
    if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.varint(Number(value));
      return;
    }
    this.#reserve(10);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }

  /** A signed integer below 2^52 in magnitude, zigzag (sint32, sint64). */
  sint(value: number): void {
    this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** Eight bytes from two words. */
  fixed64(low: number, high: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#length, low, true);
    this.#view.setUint32(this.#length + 4, high, true);
    this.#length += 8;
  }

  /** A string field; a lone surrogate becomes U+FFFD. */
  text(field: number, value: string): void {
    this.tag(field, 2);
    this.#reserve(value.length * 3 + 5);
    if (value.length < 128 && this.#shortAscii(value)) return;
    const start = ++this.#length;
    this.#length += encoder.encodeInto(value, this.#bytes.subarray(start)).written;
    this.#end(start);
  }

  /** Length and content of a text below 128 bytes; false (nothing is written) when it is not ASCII. */
  #shortAscii(value: string): boolean {
    const start = this.#length + 1;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      this.#bytes[start + i] = code;
    }
    this.#bytes[start - 1] = value.length;
    this.#length = start + value.length;
    return true;
  }

  /** A bytes field. */
  bytes(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A bytes field from hexadecimal digits, two for each byte. */
  hex(field: number, digits: string): void {
    const length = digits.length >> 1;
    this.tag(field, 2);
    this.varint(length);
    this.#reserve(length);
    for (let i = 0; i < length; i++) {
      const high = digitOf(digits.charCodeAt(2 * i));
      this.#bytes[this.#length++] = high * 16 + digitOf(digits.charCodeAt(2 * i + 1));
    }
  }

  /** What another has written, as it is. */
  append(other: ProtobufWriter): void {
    this.#reserve(other.#length);
    this.#bytes.set(other.#bytes.subarray(0, other.#length), this.#length);
    this.#length += other.#length;
  }

  /** A nested message or packed field whose content `write` appends. */
  message(field: number, write: () => void): void {
    this.tag(field, 2);
    this.#reserve(1);
    const start = ++this.#length;
    write();
    this.#end(start);
  }

  /** Writes the length of what was appended since `start` into the byte before it, moving it when the length needs more. */
  #end(start: number): void {
    const size = this.#length - start;
    let extra = 0;
    for (let rest = size; rest > 127; rest = Math.floor(rest / 128)) extra++;
    if (extra > 0) {
      this.#reserve(extra);
      this.#bytes.copyWithin(start + extra, start, this.#length);
    }
    this.#length += extra;
    // The room is there: to reserve more now would copy what lies before the length only.
    this.#put(start - 1, size);
  }

  /** Writes a varint at a place with room for it; returns the place behind it. */
  #put(at: number, value: number): number {
    let rest = value;
    let place = at;
    while (rest > 127) {
      this.#bytes[place++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[place++] = rest;
    return place;
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, needed));
    bigger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bigger;
    this.#view = new DataView(bigger.buffer);
  }
}

const encoder = new TextEncoder();

/** Of a character code of 0-9, a-f or A-F. */
function digitOf(code: number): number {
  return (code & 15) + (code >> 6) * 9;
}
