/**
 * Per value of a column the number of its string (layout: strings.ts), all at once or one by one.
 *
 * Model: where every value has a string of its own, the number is the value's own index; where numbers are stored as they are, one is
 * read in its place. Only what is left is decoded as a whole.
 *
 * Invariants: nobody writes to what `all` gives; damage may show as late as a value is asked for.
 */
import type { ByteReader } from '../blocks/bytes.ts';
import { MAX_BLOCK_ROWS } from './block-format.ts';
import { IntegerColumn } from './integer-reader.ts';
import { DIRECT, RECENT } from './strings.ts';

const OWN = Uint32Array.from({ length: MAX_BLOCK_ROWS }, (_, i) => i);

export class CodeColumn {
  readonly #reader: ByteReader;
  readonly #form: number;
  readonly #values: IntegerColumn;
  readonly #n: number;
  readonly #count: number;
  /** Whether code i is i. */
  readonly #isOwn: boolean;
  #all: Uint32Array | undefined;

  /** The codes of `n` values over `count` strings. Throws CorruptionError. */
  constructor(reader: ByteReader, n: number, count: number) {
    this.#form = reader.u8();
    if (this.#form > RECENT) reader.fail('unknown form of codes');
    this.#reader = reader;
    this.#values = new IntegerColumn(reader, n);
    this.#n = n;
    this.#count = count;
    this.#isOwn = this.#form === RECENT && this.#values.isZero && n <= MAX_BLOCK_ROWS;
    if (this.#isOwn && n > count) reader.fail('code of no string');
  }

  /** Approximate bytes of memory. */
  get bytes(): number {
    const made = this.#isOwn ? 0 : (this.#all?.byteLength ?? 0);
    return this.#reader.bytes.length + made;
  }

  at(i: number): number {
    if (this.#all !== undefined) return this.#all[i];
    if (this.#isOwn) return i;
    if (this.#form !== DIRECT || !this.#values.isDirect) return this.all()[i];
    const code = this.#values.at(i);
    if (!(code >= 0 && code < this.#count)) this.#reader.fail('code of no string');
    return code;
  }

  all(): Uint32Array {
    this.#all ??= this.#isOwn ? OWN.subarray(0, this.#n) : this.#read();
    return this.#all;
  }

  #read(): Uint32Array {
    const n = this.#n;
    const count = this.#count;
    const values = this.#values.shared();
    const codes = new Uint32Array(n);
    let seen = 0;
    for (let i = 0; i < n; i++) {
      const value = values[i];
      const code = this.#form === DIRECT ? value : value === 0 ? seen++ : seen - value;
      if (!(code >= 0 && code < count)) this.#reader.fail('code of no string');
      codes[i] = code;
    }
    return codes;
  }
}
