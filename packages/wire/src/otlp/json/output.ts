/**
 * The protobuf that a JSON body becomes.
 *
 * Model: an append-only buffer. A message reserves four bytes for its length, written as a padded varint when the message ends, so that
 * nothing large is ever moved. Messages under 128 bytes are moved back by three: readers are quickest with lengths of one byte.
 *
 * Invariants: at most `limit` bytes, which must be below 2^28 (what four bytes of varint can say).
 */
import { RequestLimitError } from '../../model/decode-error.ts';

const MOST = 2 ** 28 - 1;
/** Moves up to this size are a loop: a call costs more. */
const SHORT_MOVE = 32;

export class ProtobufOutput {
  bytes: Uint8Array = new Uint8Array(16_384);
  length = 0;
  #view = new DataView(this.bytes.buffer);
  #limit = 0;

  reset(limit: number): void {
    this.length = 0;
    this.#limit = Math.min(limit, MOST);
  }

  /** Writes a tag and reserves room for a length; returns the place for `endMessage`. */
  beginMessage(field: number): number {
    this.reserve(6);
    this.#tag(field, 2);
    this.length += 4;
    return this.length;
  }

  endMessage(start: number): void {
    const { bytes } = this;
    const length = this.length - start;
    if (length < 128) {
      bytes[start - 4] = length;
      if (length > SHORT_MOVE) bytes.copyWithin(start - 3, start, this.length);
      else for (let i = start; i < this.length; i++) bytes[i - 3] = bytes[i];
      this.length -= 3;
      return;
    }
    bytes[start - 4] = (length & 127) | 128;
    bytes[start - 3] = ((length >>> 7) & 127) | 128;
    bytes[start - 2] = ((length >>> 14) & 127) | 128;
    bytes[start - 1] = length >>> 21;
  }

  /** A field with the bytes `from[start, end)`. */
  bytesField(field: number, from: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > 127) {
      const message = this.beginMessage(field);
      this.copy(from, start, end);
      this.endMessage(message);
      return;
    }
    this.reserve(2);
    this.#tag(field, 2);
    this.bytes[this.length++] = length;
    this.copy(from, start, end);
  }

  /** A field of wire type 1. */
  fixed64(field: number, low: number, high: number): void {
    this.reserve(10);
    this.#tag(field, 1);
    this.#view.setUint32(this.length, low, true);
    this.#view.setUint32(this.length + 4, high, true);
    this.length += 8;
  }

  double(field: number, value: number): void {
    this.reserve(10);
    this.#tag(field, 1);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** A field of wire type 0 from two words. */
  varint(field: number, low: number, high: number): void {
    this.reserve(12);
    this.#tag(field, 0);
    const { bytes } = this;
    let at = this.length;
    let rest = low >>> 0;
    let above = high >>> 0;
    while (above !== 0 || rest > 127) {
      bytes[at++] = (rest & 127) | 128;
      rest = ((rest >>> 7) | (above << 25)) >>> 0;
      above >>>= 7;
    }
    bytes[at++] = rest;
    this.length = at;
  }

  copy(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    let at = this.length;
    if (end - start > 64) bytes.set(from.subarray(start, end), at);
    else for (let i = start; i < end; i++) bytes[at++] = from[i];
    this.length += end - start;
  }

  /** Makes room for `length` more bytes. */
  reserve(length: number): void {
    const needed = this.length + length;
    if (needed <= this.bytes.length) return;
    if (needed > this.#limit) {
      throw new RequestLimitError(`the JSON body stands for more than ${this.#limit} bytes`);
    }
    const bigger = new Uint8Array(Math.max(needed, Math.min(this.bytes.length * 2, this.#limit)));
    bigger.set(this.bytes.subarray(0, this.length));
    this.bytes = bigger;
    this.#view = new DataView(bigger.buffer);
  }

  #tag(field: number, wireType: number): void {
    // Field numbers here are below 16.
    this.bytes[this.length++] = (field << 3) | wireType;
  }
}
