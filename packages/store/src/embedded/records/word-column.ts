/**
 * A column of 64-bit words, all at once or one by one (layout: integers.ts).
 *
 * Model: words that do not build on each other are read in their place; only what is left is decoded as a whole.
 *
 * Invariants: nobody writes to what `all` gives; all that throws is CorruptionError.
 */
import { ByteReader } from '../blocks/bytes.ts';
import { IntegerColumn, readWords } from './integer-reader.ts';
import { WORDS_DECIMAL, WORDS_DIFFERENCES, WORDS_RAW, type Words } from './integers.ts';

const TWO_32 = 2 ** 32;
const WORD_BYTES = 8;

export class WordColumn {
  readonly #section: ByteReader;
  readonly #start: number;
  readonly #n: number;
  #all: Words | undefined;
  #put: ((index: number, into: DataView) => void) | undefined;

  constructor(section: ByteReader, n: number) {
    this.#section = section;
    this.#start = section.at;
    this.#n = n;
  }

  /** Approximate bytes of memory. */
  get bytes(): number {
    return this.#all === undefined ? this.#section.bytes.length : this.#n * WORD_BYTES;
  }

  all(): Words {
    this.#all ??= readWords(this.#reader(), this.#n);
    return this.#all;
  }

  /** Writes the 8 bytes of a word, low first. */
  put(index: number, into: DataView): void {
    this.#put ??= this.#putter();
    this.#put(index, into);
  }

  #reader(): ByteReader {
    const { bytes, place, end } = this.#section;
    return new ByteReader(bytes, place, this.#start, end);
  }

  #putter(): (index: number, into: DataView) => void {
    const reader = this.#reader();
    const form = this.#all === undefined ? reader.u8() : -1;
    const n = this.#n;
    if (form === WORDS_RAW) {
      const planes = reader.take(WORD_BYTES * n);
      return (index, into) => {
        for (let k = 0; k < WORD_BYTES; k++) into.setUint8(k, planes[k * n + index]);
      };
    }
    if (form === WORDS_DECIMAL) {
      const power = 10 ** reader.u8();
      const numbers = new IntegerColumn(reader, n);
      if (numbers.isDirect) {
        return (index, into) => into.setFloat64(0, numbers.at(index) / power, true);
      }
    }
    if (form === WORDS_DIFFERENCES) {
      const firstLo = reader.u32();
      const firstHi = reader.u32();
      const numbers = new IntegerColumn(reader, n);
      if (numbers.isDirect) {
        return (index, into) => {
          const sum = firstLo + numbers.at(index);
          into.setUint32(0, sum, true);
          into.setUint32(4, firstHi + Math.floor(sum / TWO_32), true);
        };
      }
    }
    const { lo, hi } = this.all();
    return (index, into) => {
      into.setUint32(0, lo[index], true);
      into.setUint32(4, hi[index], true);
    };
  }
}
