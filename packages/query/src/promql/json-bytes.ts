/**
 * A growing JSON text in bytes.
 *
 * Model: text goes into a chunk of fixed size; a full chunk is put aside and a new one begun, so that nothing is ever copied twice and
 * the answer can be sent piece by piece. Only ASCII is written byte by byte; label texts are encoded once per distinct text.
 */
import { symbolText } from '@sightline/store';
import { formatSample } from './number-format.ts';

const CHUNK_BYTES = 256 * 1024;
/** No number, separator or key is longer. */
const ROOM_BYTES = 512;
const MAX_SMALL = 2 ** 31 - 1;

const encoder = new TextEncoder();

export class JsonBytes {
  readonly #chunks: Uint8Array[] = [];
  #chunk = new Uint8Array(CHUNK_BYTES);
  #length = 0;
  /** JSON strings of symbols that were written before. */
  readonly #symbols = new Map<number, Uint8Array>();

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#chunk.length) return;
    this.#chunks.push(this.#chunk.subarray(0, this.#length));
    this.#chunk = new Uint8Array(Math.max(CHUNK_BYTES, bytes));
    this.#length = 0;
  }

  /** ASCII text, no longer than ROOM_BYTES. */
  ascii(text: string): void {
    this.#room(ROOM_BYTES);
    const chunk = this.#chunk;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) chunk[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  #bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#chunk.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** JSON text of any length. */
  raw(json: string): void {
    this.#bytes(encoder.encode(json));
  }

  /** Any text as a JSON string. */
  text(text: string): void {
    this.#bytes(encoder.encode(JSON.stringify(text)));
  }

  /** The text of a symbol as a JSON string. */
  symbol(id: number): void {
    let bytes = this.#symbols.get(id);
    if (bytes === undefined) {
      bytes = encoder.encode(JSON.stringify(symbolText(id)));
      this.#symbols.set(id, bytes);
    }
    this.#bytes(bytes);
  }

  #digits(value: number): void {
    let divisor = 1;
    while (divisor * 10 <= value) divisor *= 10;
    let rest = value;
    let at = this.#length;
    for (; divisor >= 1; divisor /= 10) {
      const digit = Math.floor(rest / divisor);
      this.#chunk[at++] = 48 + digit;
      rest -= digit * divisor;
    }
    this.#length = at;
  }

  /** Unix ms as seconds, with three decimals unless they are all 0. */
  seconds(ms: number): void {
    this.#room(ROOM_BYTES);
    const size = Math.abs(ms);
    if (ms < 0) this.#chunk[this.#length++] = 45;
    const seconds = Math.floor(size / 1000);
    if (seconds > MAX_SMALL) this.ascii(String(seconds));
    else this.#digits(seconds);
    const rest = Math.floor(size - seconds * 1000);
    if (rest === 0) return;
    const chunk = this.#chunk;
    chunk[this.#length++] = 46;
    chunk[this.#length++] = 48 + Math.floor(rest / 100);
    chunk[this.#length++] = 48 + (Math.floor(rest / 10) % 10);
    chunk[this.#length++] = 48 + (rest % 10);
  }

  /** A sample value in quotes. */
  value(value: number): void {
    this.#room(ROOM_BYTES);
    this.#chunk[this.#length++] = 34;
    if (value >= 0 && value <= MAX_SMALL && value === Math.trunc(value) && !Object.is(value, -0)) {
      this.#digits(value);
    } else this.ascii(formatSample(value));
    this.#chunk[this.#length++] = 34;
  }

  /** Everything written, in order. The writer must not be used after it. */
  finish(): Uint8Array[] {
    if (this.#length > 0) this.#chunks.push(this.#chunk.subarray(0, this.#length));
    return this.#chunks;
  }
}
