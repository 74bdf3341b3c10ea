/** Numbers for the names of services and of what they talk to; past the bound all further names are `(other)`. */
import { hashBytes, hashWords, taggedSeed } from '@sightline/wire';
import { WordTable } from './word-table.ts';

export const OTHER = '(other)';
/** The number of OTHER. */
export const OTHER_NAME = 0;
const MAX_NAMES = 10_000;
/** Forms of names in bytes that are remembered. */
const MAX_FORMS = 20_000;
const MAX_BYTES = 256;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const seed = taggedSeed('names in spans');

export class Names {
  readonly texts: string[] = [OTHER];
  readonly #numbers = new Map<string, number>([[OTHER, OTHER_NAME]]);
  readonly #forms = new WordTable();

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.texts.length >= MAX_NAMES) return OTHER_NAME;
    const number = this.texts.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }

  /** As `number`, of the UTF-8 text in `bytes[start, end)`; makes a string only of what it has not seen. */
  numberOf(bytes: Uint8Array, start: number, end: number): number {
    const cut = Math.min(end, start + MAX_BYTES);
    hashBytes(bytes, start, cut, seed);
    const a = hashWords[0];
    const b = hashWords[1];
    const c = hashWords[2];
    const d = hashWords[3];
    const known = this.#forms.find(a, b, c, d);
    if (known >= 0) return known;
    if (this.#forms.size >= MAX_FORMS) this.#forms.clear();
    const number = this.number(decoder.decode(bytes.subarray(start, cut)));
    this.#forms.add(a, b, c, d, number);
    return number;
  }
}
