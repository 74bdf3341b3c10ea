/**
 * Small kernel files (/proc, /sys), read again and again.
 *
 * Model: the descriptor stays open and every read starts at offset 0, which makes the kernel produce the file anew; the
 * bytes land in one reused buffer and are scanned in place with a cursor. A file that is missing or may not be read is absent, and is not asked for
 * again; one that could not be opened for want of descriptors or memory is.
 *
 * Invariants: no strings and no objects per read; the buffer grows to at most MAX_BYTES, the rest of a longer file is not seen.
 */
import { closeSync, openSync, readSync } from 'node:fs';

const MAX_BYTES = 1 << 20;
const MINUS = 0x2d;
const LF = 0x0a;
const PASSING: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EINTR', 'EAGAIN']);

export class ProcFile {
  readonly path: string;
  bytes = new Uint8Array(4096);
  /** Cursor and end of what was read last. */
  at = 0;
  end = 0;
  #fd = -1;
  #absent = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Reads the file and puts the cursor at its start; false when there is no such file. */
  read(): boolean {
    this.at = 0;
    this.end = 0;
    if (this.#absent) return false;
    try {
      if (this.#fd < 0) this.#fd = openSync(this.path, 'r');
      this.end = this.#readAll();
      return true;
    } catch (error) {
      this.close();
      this.#absent = !isPassing(error);
      return false;
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #readAll(): number {
    while (true) {
      const length = readSync(this.#fd, this.bytes, 0, this.bytes.length, 0);
      if (length < this.bytes.length || length >= MAX_BYTES) return length;
      // A short buffer may have cut the file: kernel files have no size to ask for.
      this.bytes = new Uint8Array(this.bytes.length * 4);
    }
  }

  /** Whether the bytes at the cursor are this text; moves behind it if so. */
  skip(text: Uint8Array): boolean {
    if (this.at + text.length > this.end) return false;
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text[i]) return false;
    this.at += text.length;
    return true;
  }

  /** Moves to the start of the next line; false at the end of the file. */
  nextLine(): boolean {
    const at = this.bytes.indexOf(LF, this.at);
    this.at = at < 0 || at >= this.end ? this.end : at + 1;
    return this.at < this.end;
  }

  get atLineEnd(): boolean {
    return this.at >= this.end || this.bytes[this.at] === LF;
  }

  /** The next number on this line (digits, a sign, a fraction); NaN when the line has no more. Stops behind it. */
  number(): number {
    const bytes = this.bytes;
    let at = this.at;
    let c = 0;
    for (; at < this.end; at++) {
      c = bytes[at] ?? 0;
      if ((c >= 0x30 && c <= 0x39) || c === LF) break;
    }
    if (at >= this.end || c === LF) {
      this.at = at;
      return Number.NaN;
    }
    const negative = at > 0 && bytes[at - 1] === MINUS;
    let value = 0;
    for (; c >= 0x30 && c <= 0x39; c = bytes[++at] ?? 0) value = value * 10 + (c - 0x30);
    if (c === 0x2e) {
      let scale = 1;
      c = bytes[++at] ?? 0;
      for (; c >= 0x30 && c <= 0x39; c = bytes[++at] ?? 0) {
        value = value * 10 + (c - 0x30);
        scale *= 10;
      }
      value /= scale;
    }
    this.at = Math.min(at, this.end);
    return negative ? -value : value;
  }

  /** Skips `count` numbers on this line. */
  skipNumbers(count: number): void {
    for (let i = 0; i < count; i++) this.number();
  }

  /** Moves over blanks. */
  skipBlanks(): void {
    while (this.at < this.end && (this.bytes[this.at] === 0x20 || this.bytes[this.at] === 0x09)) {
      this.at++;
    }
  }

  /** Moves to the end of the word (a blank, `stop` or the line's end) and returns its start. */
  word(stop = 0x20): number {
    this.skipBlanks();
    const start = this.at;
    while (this.at < this.end) {
      const c = this.bytes[this.at] ?? 0;
      if (c === 0x20 || c === 0x09 || c === LF || c === stop) break;
      this.at++;
    }
    return start;
  }

  text(start: number, end: number): string {
    return Buffer.from(this.bytes.buffer, start, end - start).toString('utf8');
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && PASSING.has(error.code);
}

/** The bytes of an ASCII text, for `skip`. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}
