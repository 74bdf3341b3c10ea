/**
 * Reads JSON where it lies, token by token.
 *
 * Model: a cursor `at` over UTF-8 bytes; the caller knows from the schema what may come next and asks for it. Strings and numbers are left
 * as ranges of the body (`start`, `end`), so nothing is made of what is not needed and 64-bit numbers keep their digits.
 *
 * Invariants: the grammar is RFC 8259's, nothing more lenient; nesting is bounded at MAX_DEPTH; whatever does not fit throws
 * DecodeError with its place.
 */
import { DecodeError } from '../../model/decode-error.ts';
import { MAX_DEPTH } from '../../protobuf/reader.ts';

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const DOT = 0x2e;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

const TRUE = Uint8Array.from(Buffer.from('true'));
const FALSE = Uint8Array.from(Buffer.from('false'));
const NULL = Uint8Array.from(Buffer.from('null'));

export class JsonScanner {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** Range of the last string (without its quotes) or number. */
  start = 0;
  end = 0;
  /** Whether the last string has escapes. */
  escaped = false;
  #depth = 0;

  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.at = 0;
    this.#depth = 0;
  }

  fail(problem: string): never {
    throw new DecodeError(`JSON: ${problem}`, this.at);
  }

  /** The next byte that is no white space, which stays where it is; 0 at the end of the body. */
  peek(): number {
    const { bytes } = this;
    let at = this.at;
    while (at < bytes.length) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        this.at = at;
        return byte;
      }
      at++;
    }
    this.at = at;
    return 0;
  }

  /** Steps over white space up to the end of the body. */
  finish(): void {
    this.peek();
    if (this.at < this.bytes.length) this.fail('text after the end');
  }

  openObject(): void {
    this.#open(OPEN_OBJECT, 'an object');
  }

  openArray(): void {
    this.#open(OPEN_ARRAY, 'a list');
  }

  /**
   * Steps to the next key of an object, leaving its range and stepping over the colon; false at the end of the object.
   * `first` says that none has been read yet.
   */
  nextKey(first: boolean): boolean {
    if (!this.#nextItem(CLOSE_OBJECT, first)) return false;
    this.string();
    if (this.peek() !== COLON) this.fail('a colon belongs here');
    this.at++;
    return true;
  }

  /** Steps to the next item of a list; false at its end. */
  nextItem(first: boolean): boolean {
    return this.#nextItem(CLOSE_ARRAY, first);
  }

  /** Reads a string and leaves its range. */
  string(): void {
    if (this.peek() !== QUOTE) this.fail('a string belongs here');
    const { bytes } = this;
    let at = this.at + 1;
    this.start = at;
    this.escaped = false;
    while (at < bytes.length) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.end = at;
        this.at = at + 1;
        return;
      }
      if (byte < 0x20) break;
      if (byte === BACKSLASH) {
        this.escaped = true;
        at++;
      }
      at++;
    }
    this.at = Math.min(at, bytes.length);
    this.fail('string without an end');
  }

  /** Reads a number and leaves its range. */
  number(): void {
    this.peek();
    const { bytes } = this;
    let at = this.at;
    this.start = at;
    if (bytes[at] === MINUS) at++;
    if (bytes[at] === 0x30) at++;
    else at = this.#digits(at);
    if (bytes[at] === DOT) at = this.#digits(at + 1);
    if (bytes[at] === 0x65 || bytes[at] === 0x45) {
      at++;
      if (bytes[at] === MINUS || bytes[at] === 0x2b) at++;
      at = this.#digits(at);
    }
    this.end = at;
    this.at = at;
  }

  boolean(): boolean {
    const byte = this.peek();
    if (byte === TRUE[0]) {
      this.#word(TRUE);
      return true;
    }
    if (byte !== FALSE[0]) this.fail('true or false belongs here');
    this.#word(FALSE);
    return false;
  }

  /** Steps over `null` if it is next. */
  isNull(): boolean {
    if (this.peek() !== NULL[0]) return false;
    this.#word(NULL);
    return true;
  }

  /** Steps over a whole value, whatever it is. */
  skipValue(): void {
    switch (this.peek()) {
      case OPEN_OBJECT:
        this.openObject();
        for (let first = true; this.nextKey(first); first = false) this.skipValue();
        return;
      case OPEN_ARRAY:
        this.openArray();
        for (let first = true; this.nextItem(first); first = false) this.skipValue();
        return;
      case QUOTE:
        this.string();
        return;
      case TRUE[0]:
        this.#word(TRUE);
        return;
      case FALSE[0]:
        this.#word(FALSE);
        return;
      case NULL[0]:
        this.#word(NULL);
        return;
      default:
        this.number();
    }
  }

  #open(byte: number, what: string): void {
    if (this.peek() !== byte) this.fail(`${what} belongs here`);
    this.at++;
    if (++this.#depth > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH}`);
  }

  #nextItem(close: number, first: boolean): boolean {
    const byte = this.peek();
    if (byte === close) {
      this.at++;
      this.#depth--;
      return false;
    }
    if (first) return true;
    if (byte !== COMMA) this.fail('a comma belongs here');
    this.at++;
    if (this.peek() === close) this.fail('nothing follows the comma');
    return true;
  }

  #digits(from: number): number {
    const { bytes } = this;
    let at = from;
    while (bytes[at] >= 0x30 && bytes[at] <= 0x39) at++;
    if (at === from) {
      this.at = at;
      this.fail('a digit belongs here');
    }
    return at;
  }

  #word(word: Uint8Array): void {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[this.at + i] !== word[i]) this.fail('unknown word');
    }
    this.at += word.length;
  }
}
