/**
 * Reads a protobuf message where it lies, without making objects.
 *
 * Model: a cursor over `bytes[pos, end)`. `next()` steps to the next field and leaves its number in `field` and its wire type in
 * `wireType`; the caller then reads exactly one value (or `skip`s it). A nested message narrows `end` with `enter` and restores it
 * with `leave`. 64-bit values are left as two words in `low` and `high`.
 *
 * Invariants: `pos <= end <= bytes.length`; every read checks `end` first and throws DecodeError with its place; groups (the wire types
 * 3 and 4) are skipped to a depth of 100; so is nesting.
 */
import { DecodeError } from '../model/decode-error.ts';

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
const WIRE_GROUP = 3;
const WIRE_GROUP_END = 4;
const WIRE_FIXED32 = 5;

/** Nesting of messages and groups past which a body is refused. */
export const MAX_DEPTH = 100;

export class ProtobufReader {
  bytes: Uint8Array = new Uint8Array(0);
  pos = 0;
  end = 0;
  /** Number of the current field. */
  field = 0;
  /** Wire type of the current field. */
  wireType = 0;
  /** Words of the last 64-bit value. */
  low = 0;
  high = 0;
  /** A view of all of `bytes`. */
  view: DataView = new DataView(new ArrayBuffer(0));
  #depth = 0;

  /** Starts over on `bytes[start, end)`. */
  reset(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = start;
    this.end = end;
    this.#depth = 0;
  }

  /** Steps to the next field; false at the end of the message. */
  next(): boolean {
    if (this.pos >= this.end) return false;
    const at = this.pos;
    const tag = this.uint32();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) throw new DecodeError('field number 0', at);
    return true;
  }

  /** The current field as a nested message: call before reading its fields, keep the result for `leave`. */
  enter(): number {
    const length = this.length();
    if (++this.#depth > MAX_DEPTH) throw new DecodeError('nested too deep', this.pos);
    const outer = this.end;
    this.end = this.pos + length;
    return outer;
  }

  /** Ends the nested message; what was not read of it is skipped. */
  leave(outer: number): void {
    this.pos = this.end;
    this.end = outer;
    this.#depth--;
  }

  /** Checks the wire type of the current field. */
  expect(wireType: number): void {
    if (this.wireType !== wireType) {
      throw new DecodeError(
        `field ${this.field} has wire type ${this.wireType} where ${wireType} belongs`,
        this.pos,
      );
    }
  }

  /** Length of the bytes, string or message that begins at `pos` afterwards; all of it lies before `end`. */
  length(): number {
    this.expect(WIRE_BYTES);
    const at = this.pos;
    const length = this.uint32();
    if (length > this.end - this.pos) throw new DecodeError(`length ${length} past the end`, at);
    return length;
  }

  /** A varint below 2^32 (higher bits are dropped, as every protobuf runtime does). */
  uint32(): number {
    const bytes = this.bytes;
    const at = this.pos;
    if (at < this.end) {
      const first = bytes[at] ?? 0;
      if (first < 128) {
        this.pos = at + 1;
        return first;
      }
    }
    this.varint();
    if (this.high !== 0 && this.high !== 0xffffffff) {
      throw new DecodeError('number above 32 bits', at);
    }
    return this.low;
  }

  /** A signed 32-bit varint (int32, enum). */
  int32(): number {
    this.varint();
    return this.low | 0;
  }

  /** A zigzag 32-bit varint (sint32). */
  sint32(): number {
    this.varint();
    return (this.low >>> 1) ^ -(this.low & 1);
  }

  /** Reads a varint of up to 64 bits into `low` and `high`. */
  varint(): void {
    const bytes = this.bytes;
    const end = this.end;
    const start = this.pos;
    let at = start;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw new DecodeError('truncated number', start);
      const byte = bytes[at++] ?? 0;
      if (shift < 28) low |= (byte & 127) << shift;
      else if (shift === 28) {
        low |= (byte & 15) << 28;
        high = (byte & 127) >>> 4;
      } else high |= (byte & 127) << (shift - 32);
      if (byte < 128) {
        if (shift === 63 && byte > 1) break;
        this.pos = at;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new DecodeError('number above 64 bits', start);
  }

  /** A signed 64-bit varint as a double (exact to 2^53). */
  int64(): number {
    this.varint();
    return (this.high | 0) * 4294967296 + this.low;
  }

  /** An unsigned 64-bit varint as a double (exact to 2^53). */
  uint64(): number {
    this.varint();
    return this.high * 4294967296 + this.low;
  }

  /** A zigzag 64-bit varint as a double (exact to 2^53). */
  sint64(): number {
    this.varint();
    const negative = (this.low & 1) !== 0;
    const low = ((this.low >>> 1) | (this.high << 31)) >>> 0;
    const magnitude = (this.high >>> 1) * 4294967296 + low;
    return negative ? -magnitude - 1 : magnitude;
  }

  /** Narrows the reader to [start, end) of its bytes, for a caller that steps through the outer message by itself. */
  within(start: number, end: number): void {
    this.pos = start;
    this.end = end;
    this.#depth = 0;
  }

  /** Reads eight bytes (fixed64, sfixed64, double) into `low` and `high`. */
  fixed64(): void {
    const at = this.pos;
    if (this.end - at < 8) throw new DecodeError('truncated 64-bit value', at);
    this.low = this.view.getUint32(at, true);
    this.high = this.view.getUint32(at + 4, true);
    this.pos = at + 8;
  }

  /** A double as a number; use `fixed64` where NaN payloads must survive. */
  double(): number {
    const at = this.pos;
    if (this.end - at < 8) throw new DecodeError('truncated double', at);
    this.pos = at + 8;
    return this.view.getFloat64(at, true);
  }

  fixed32(): number {
    const at = this.pos;
    if (this.end - at < 4) throw new DecodeError('truncated 32-bit value', at);
    this.pos = at + 4;
    return this.view.getUint32(at, true);
  }

  /** Skips the value of the current field, whatever its type. */
  skip(): void {
    this.#skip(0);
  }

  #skip(depth: number): void {
    const wireType = this.wireType;
    if (wireType === WIRE_VARINT) this.varint();
    else if (wireType === WIRE_FIXED64) this.#advance(8);
    else if (wireType === WIRE_BYTES) this.#advance(this.length());
    else if (wireType === WIRE_FIXED32) this.#advance(4);
    else if (wireType === WIRE_GROUP) this.#skipGroup(depth + 1);
    else throw new DecodeError(`wire type ${wireType}`, this.pos);
  }

  #skipGroup(depth: number): void {
    if (depth > MAX_DEPTH) throw new DecodeError('nested too deep', this.pos);
    const group = this.field;
    while (this.next()) {
      if (this.wireType === WIRE_GROUP_END) {
        if (this.field !== group) throw new DecodeError('mismatched end of group', this.pos);
        return;
      }
      this.#skip(depth);
    }
    throw new DecodeError('unterminated group', this.pos);
  }

  #advance(bytes: number): void {
    if (bytes > this.end - this.pos) throw new DecodeError('truncated field', this.pos);
    this.pos += bytes;
  }
}
