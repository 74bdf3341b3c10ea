/**
 * Decimal text to 64-bit integers as two words, without losing a digit. The result of a parse is left in `parsedLow` and
 * `parsedHigh` of the parser.
 */
import { nanos, setNanos } from '../../model/nanos.ts';

const SHORT_DIGITS = 19;

export class IntegerParser {
  low = 0;
  high = 0;

  /**
   * Parses the decimal integer in `bytes[start, end)`: the two's complement of a negative one. False when the text is no
   * integer or does not fit into 64 bits (signed or unsigned).
   */
  parse(bytes: Uint8Array, start: number, end: number, signed: boolean): boolean {
    const negative = bytes[start] === 0x2d;
    const from = negative ? start + 1 : start;
    if (from === end) return false;
    if (end - from <= SHORT_DIGITS) return this.#parseShort(bytes, start, end, signed);
    let low = 0;
    let high = 0;
    for (let i = from; i < end; i++) {
      const digit = bytes[i] - 0x30;
      if (!(digit >= 0 && digit <= 9)) return this.#parseFloat(bytes, start, end, signed);
      low = low * 10 + digit;
      high = high * 10 + Math.floor(low / 4294967296);
      low %= 4294967296;
      if (high > 0xffffffff) return false;
    }
    return this.#set(low, high, negative, signed);
  }

  /** At most 19 digits: the last nine and those before them are exact as doubles. */
  #parseShort(bytes: Uint8Array, start: number, end: number, signed: boolean): boolean {
    const negative = bytes[start] === 0x2d;
    const from = negative ? start + 1 : start;
    const middle = Math.max(from, end - 9);
    let above = 0;
    let below = 0;
    for (let i = from; i < end; i++) {
      const digit = bytes[i] - 0x30;
      if (!(digit >= 0 && digit <= 9)) return this.#parseFloat(bytes, start, end, signed);
      if (i < middle) above = above * 10 + digit;
      else below = below * 10 + digit;
    }
    setNanos(above, 1e9, below);
    return this.#set(nanos[0], nanos[1], negative, signed);
  }

  /** Integers that are written as `1e3` or `2.0` are integers too. */
  #parseFloat(bytes: Uint8Array, start: number, end: number, signed: boolean): boolean {
    const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 64)));
    if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return false;
    const value = Math.abs(Number(text));
    if (!Number.isInteger(value) || value >= 2 ** 64) return false;
    const high = Math.floor(value / 4294967296);
    return this.#set(value - high * 4294967296, high, text.startsWith('-'), signed);
  }

  #set(low: number, high: number, negative: boolean, signed: boolean): boolean {
    if (negative) {
      if (!signed) return low === 0 && high === 0 && this.#store(0, 0);
      if (high > 0x80000000 || (high === 0x80000000 && low > 0)) return false;
      const carry = low === 0 ? 1 : 0;
      return this.#store(-low >>> 0, (~high + carry) >>> 0);
    }
    if (signed && high > 0x7fffffff) return false;
    return this.#store(low, high);
  }

  #store(low: number, high: number): boolean {
    this.low = low;
    this.high = high;
    return true;
  }
}
