/** Reads a journal file back, record by record (format and invariants: journal-format.ts). */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  checkHeader,
  FRAME_HEADER_BYTES,
  HEADER_BYTES,
  isContinued,
  MAX_FRAME_BYTES,
} from './journal-format.ts';
import { ReadBatches, type RecordVisitor, visitRecords } from './journal-records.ts';
import { resynchronise } from './journal-resync.ts';

export interface JournalVisitor extends RecordVisitor {
  /**
   * Frames are lost here. `forget`: among them may be one that gave numbers a new meaning, so that nothing which was defined before
   * may be used after.
   */
  gap(forget: boolean): void;
}

/** A part of the file that is damaged. */
export interface JournalLoss {
  offset: number;
  /** How much cannot be read; 0 when the content is whole all the same. */
  bytes: number;
  /** Begins with `torn` where the file just ends too early. */
  what: string;
}

export interface JournalReadResult {
  fileBytes: number;
  /** Bytes before the first loss: all, when there is none. */
  soundBytes: number;
  /** Frames that were read. */
  frames: number;
  /** In order of their places. */
  losses: JournalLoss[];
}

export class JournalVersionError extends Error {
  override readonly name = 'JournalVersionError';
}

/** Visits the records of every sound frame. Throws JournalVersionError when the file was written by a newer version. */
export function readJournal(path: string, visitor: JournalVisitor): JournalReadResult {
  const fd = openSync(path, 'r');
  try {
    const result = { fileBytes: fstatSync(fd).size, soundBytes: 0, frames: 0, losses: [] };
    const header = Buffer.alloc(HEADER_BYTES);
    const wrong = checkHeader(header.subarray(0, readSync(fd, header, 0, HEADER_BYTES, 0)));
    if (wrong === 'version') {
      throw new JournalVersionError(
        `${path} was written by a newer version of Sightline (journal format ${header.readUInt32LE(8)}); start that version`,
      );
    }
    const reader = new FrameReader(fd, result, visitor);
    if (wrong === 'short') {
      reader.lose(0, result.fileBytes, 'torn header');
      return result;
    }
    // Frames are checked one by one: they can be read without the header.
    if (wrong !== null) reader.lose(0, 0, `unusable header (${wrong})`);
    reader.read(wrong !== null || isContinued(header));
    return result;
  } finally {
    closeSync(fd);
  }
}

class FrameReader {
  readonly #fd: number;
  readonly #result: JournalReadResult;
  readonly #visitor: JournalVisitor;
  readonly #batches = new ReadBatches();
  readonly #head = Buffer.alloc(FRAME_HEADER_BYTES);
  #payload = Buffer.alloc(256 * 1024);

  constructor(fd: number, result: JournalReadResult, visitor: JournalVisitor) {
    this.#fd = fd;
    this.#result = result;
    this.#visitor = visitor;
  }

  /** `continued`: more than one process may have written the file. */
  read(continued: boolean): void {
    const { fileBytes } = this.#result;
    for (let at = HEADER_BYTES; at < fileBytes; ) {
      const frame = this.#frameAt(at);
      if (typeof frame !== 'string') {
        this.#visit(frame);
        at += FRAME_HEADER_BYTES + frame.length;
        continue;
      }
      at = this.#goOn(at, frame, continued);
    }
    if (this.#result.losses.length === 0) this.#result.soundBytes = fileBytes;
  }

  lose(offset: number, bytes: number, what: string): void {
    if (this.#result.losses.length === 0) this.#result.soundBytes = offset;
    this.#result.losses.push({ offset, bytes, what });
  }

  /** The payload of the frame, or what is wrong with it. */
  #frameAt(at: number): Buffer | string {
    const head = this.#head;
    if (readSync(this.#fd, head, 0, FRAME_HEADER_BYTES, at) < FRAME_HEADER_BYTES)
      return 'torn frame header';
    const length = head.readUInt32LE(0);
    if (length === 0 || length > MAX_FRAME_BYTES) return `frame length ${length}`;
    if (at + FRAME_HEADER_BYTES + length > this.#result.fileBytes) return 'torn frame';
    if (length > this.#payload.length) this.#payload = Buffer.alloc(length * 2);
    readSync(this.#fd, this.#payload, 0, length, at + FRAME_HEADER_BYTES);
    const body = this.#payload.subarray(0, length);
    return crc32(body) === head.readUInt32LE(4) ? body : 'frame checksum';
  }

  /** Where frames go on after the damaged one at `at`. */
  #goOn(at: number, what: string, continued: boolean): number {
    const { fileBytes } = this.#result;
    const rest = Buffer.alloc(fileBytes - at);
    readSync(this.#fd, rest, 0, rest.length, at);
    const resync = resynchronise(rest);
    if (resync === undefined) {
      this.lose(at, rest.length, what);
      return fileBytes;
    }
    // More follows: it is not the end of the file that is missing.
    const cause = what.startsWith('torn') ? 'frame length' : what;
    if (resync.payload === undefined) {
      this.lose(at, resync.next, cause);
      if (at + resync.next < fileBytes) this.#visitor.gap(continued);
    } else {
      this.lose(at, 0, `${cause}, content whole`);
      this.#visit(resync.payload);
    }
    return at + resync.next;
  }

  #visit(payload: Buffer): void {
    visitRecords(payload, this.#batches, this.#visitor);
    this.#result.frames++;
  }
}
