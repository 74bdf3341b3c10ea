/**
 * A growing JSON text in bytes.
 *
 * Model: text goes into a chunk; a full chunk is put aside and a new one of twice the size begun, up to a bound, so that nothing is ever
 * copied twice, small answers take little memory and large ones can be sent piece by piece. Only ASCII is written byte by byte; label
 * texts are encoded once per distinct text.
 */
import { symbolText } from '@sightline/store';
import { formatSample } from './number-format.ts';

const FIRST_CHUNK_BYTES = 4096;
const CHUNK_BYTES = 256 * 1024;
/** No number, separator or key, nor a whole point, is longer. */
const ROOM_BYTES = 512;
const MAX_SMALL = 2 ** 31 - 1;
const QUOTE = 34;
const MINUS = 45;
const BACKSLASH = 92;
const MAX_PLAIN = 64;

const encoder = new TextEncoder();

export class JsonBytes {
  readonly #chunks: Uint8Array[] = [];
  #chunk = new Uint8Array(FIRST_CHUNK_BYTES);
  #length = 0;
  /** JSON strings of symbols that were written before, the short and plain ones apart. */
  readonly #symbols = new Map<number, Uint8Array>();

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#chunk.length) return;
    this.#chunks.push(this.#chunk.subarray(0, this.#length));
    const size = Math.min(CHUNK_BYTES, this.#chunk.length * 2);
    this.#chunk = new Uint8Array(Math.max(size, bytes));
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
    const known = this.#symbols.get(id);
    if (known !== undefined) {
      this.#bytes(known);
      return;
    }
    const text = symbolText(id);
    if (this.#plain(text)) return;
    const bytes = encoder.encode(JSON.stringify(text));
    this.#symbols.set(id, bytes);
    this.#bytes(bytes);
  }

  /** Writes a short text in quotes when it is ASCII with nothing to escape; the encoder costs more than such texts are long. */
  #plain(text: string): boolean {
    if (text.length > MAX_PLAIN) return false;
    this.#room(ROOM_BYTES);
    const chunk = this.#chunk;
    let at = this.#length;
    chunk[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < 32 || code > 126 || code === QUOTE || code === BACKSLASH) return false;
      chunk[at++] = code;
    }
    chunk[at++] = QUOTE;
    this.#length = at;
    return true;
  }

  /** A whole number from 0 to MAX_SMALL; the caller has made room. */
  #digits(value: number): void {
    let rest = value | 0;
    let size = 1;
    for (let bound = 10; size < 10 && rest >= bound; bound *= 10) size++;
    const chunk = this.#chunk;
    let at = this.#length + size;
    this.#length = at;
    do {
      const next = (rest / 10) | 0;
      chunk[--at] = 48 + rest - next * 10;
      rest = next;
    } while (rest > 0);
  }

  /** Unix ms as seconds, with three decimals unless they are all 0. */
  seconds(ms: number): void {
    this.#room(ROOM_BYTES);
    const size = Math.abs(ms);
    if (ms < 0) this.#chunk[this.#length++] = MINUS;
    const seconds = Math.floor(size / 1000);
    if (seconds > MAX_SMALL) this.ascii(String(seconds));
    else this.#digits(seconds);
    const rest = (size - seconds * 1000) | 0;
    if (rest === 0) return;
    const chunk = this.#chunk;
    chunk[this.#length++] = 46;
    chunk[this.#length++] = 48 + ((rest / 100) | 0);
    chunk[this.#length++] = 48 + (((rest / 10) | 0) % 10);
    chunk[this.#length++] = 48 + (rest % 10);
  }

  /** A sample value in quotes. */
  value(value: number): void {
    this.#room(ROOM_BYTES);
    this.#chunk[this.#length++] = QUOTE;
    const whole = value | 0;
    if (whole === value && (whole !== 0 || !Object.is(value, -0))) {
      if (whole < 0) this.#chunk[this.#length++] = MINUS;
      if (whole === -(2 ** 31)) this.ascii('2147483648');
      else this.#digits(Math.abs(whole));
    } else this.ascii(formatSample(value));
    this.#chunk[this.#length++] = QUOTE;
  }

  /** `[<seconds>,"<value>"]` */
  point(ms: number, value: number): void {
    this.#room(ROOM_BYTES);
    this.#chunk[this.#length++] = 91;
    this.seconds(ms);
    this.#chunk[this.#length++] = 44;
    this.value(value);
    this.#chunk[this.#length++] = 93;
  }

  /** Everything written, in order. The writer must not be used after it. */
  finish(): Uint8Array[] {
    if (this.#length > 0) this.#chunks.push(this.#chunk.subarray(0, this.#length));
    return this.#chunks;
  }
}
