/**
 * A repeated 64-bit field (packed or not) as words: bucket counts, bounds, quantiles. One is made per field and reused.
 *
 * Invariant: at most MAX_ITEMS, and what a large point has taken is given back with the next one.
 */
import { DecodeError, RequestLimitError } from '../model/decode-error.ts';
import { type ProtobufReader, WIRE_FIXED64 } from '../protobuf/reader.ts';

/** Buckets of one histogram; each would be a series of its own. */
const MAX_ITEMS = 1_000_000;
const KEPT_ITEMS = 4096;

export class WordList {
  n = 0;
  low = new Uint32Array(32);
  high = new Uint32Array(32);

  /** Empties the list for the next point. */
  clear(): void {
    this.n = 0;
    if (this.low.length <= KEPT_ITEMS) return;
    this.low = new Uint32Array(32);
    this.high = new Uint32Array(32);
  }

  /** Appends the items of the reader's current field. */
  read(reader: ProtobufReader): void {
    if (reader.wireType === WIRE_FIXED64) {
      this.#push(reader, 1);
      return;
    }
    const length = reader.length();
    if (length % 8 !== 0) throw new DecodeError(`packed field of ${length} bytes`, reader.pos);
    this.#push(reader, length / 8);
  }

  /** Item `i` as an unsigned integer (exact to 2^53). */
  uint(i: number): number {
    return (this.high[i] ?? 0) * 4294967296 + (this.low[i] ?? 0);
  }

  /** Item `i` as a double. */
  double(i: number): number {
    words[0] = this.low[i] ?? 0;
    words[1] = this.high[i] ?? 0;
    return value[0] ?? 0;
  }

  /** Appends a zero, for `readAt` to fill. */
  pushZero(): void {
    this.#reserve(this.n + 1);
    this.low[this.n] = 0;
    this.high[this.n] = 0;
    this.n++;
  }

  /** Reads the current field, one 64-bit value, as item `i`. */
  readAt(reader: ProtobufReader, i: number): void {
    reader.expect(WIRE_FIXED64);
    reader.fixed64();
    this.low[i] = reader.low;
    this.high[i] = reader.high;
  }

  #reserve(n: number): void {
    if (n <= this.low.length) return;
    if (n > MAX_ITEMS) throw new RequestLimitError(`more than ${MAX_ITEMS} items in one point`);
    this.low = larger(this.low, n);
    this.high = larger(this.high, n);
  }

  #push(reader: ProtobufReader, items: number): void {
    const n = this.n + items;
    this.#reserve(n);
    for (let i = this.n; i < n; i++) {
      reader.fixed64();
      this.low[i] = reader.low;
      this.high[i] = reader.high;
    }
    this.n = n;
  }
}

const value = new Float64Array(1);
const words = new Uint32Array(value.buffer);

function larger(list: Uint32Array<ArrayBuffer>, n: number): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(Math.max(n, list.length * 2));
  bigger.set(list);
  return bigger;
}
