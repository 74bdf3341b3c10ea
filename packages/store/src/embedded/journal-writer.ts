/**
 * Appends commit groups to the active journal file (format: journal-format.ts).
 *
 * Model: callers encode records into one buffer; `commit` writes the buffer as one frame. Under `process` durability the frame is
 * acknowledged after the write (it survives the process) and synced at least every `syncMs`; under `power` it is acknowledged
 * after an fdatasync that began after the write.
 *
 * Invariants: a failed write is cut off again, so a file never has a torn frame in its middle; a failed sync is final
 * (`onFatal`): the kernel may have dropped the pages, so no later sync can prove anything about them.
 */
import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { MetricBatch } from '@sightline/wire';
import {
  encodeHeader,
  FRAME_HEADER_BYTES,
  HEADER_BYTES,
  journalFileName,
  RECORD_DIGEST,
  RECORD_NOTES,
  RECORD_ROWS,
  RECORD_SERIES,
  RECORD_TENANT,
  ROWS_KINDS,
  ROWS_STARTS,
} from './journal-format.ts';

const INITIAL_BYTES = 256 * 1024;
/** Past this the buffer is given back after the group, so that one large request does not stay in memory. */
const KEPT_BYTES = 4 * 1024 * 1024;

export interface JournalOptions {
  dir: string;
  durability: 'process' | 'power';
  syncMs: number;
  onFatal: (error: Error) => void;
}

export class JournalWriter {
  appends = 0;
  appendMsTotal = 0;
  appendMsMax = 0;
  readonly #options: JournalOptions;
  #fd = -1;
  #size = 0;
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #used = FRAME_HEADER_BYTES;
  #dirty = false;
  #syncing = false;
  #waiting: (() => void)[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#syncSoon(), options.syncMs);
    this.#timer.unref();
  }

  /** Bytes of the active file. */
  get size(): number {
    return this.#size;
  }

  /** Bytes encoded and not yet written. */
  get pendingBytes(): number {
    return this.#used - FRAME_HEADER_BYTES;
  }

  /** Begins file `number`, or goes on with it after `size` sound bytes. The file before it is synced and closed. */
  open(number: number, size = 0): void {
    this.#finish();
    this.#fd = openSync(join(this.#options.dir, journalFileName(number)), size > 0 ? 'r+' : 'wx');
    if (size > 0) ftruncateSync(this.#fd, size);
    else writeSync(this.#fd, encodeHeader(number, Date.now()), 0, HEADER_BYTES, 0);
    this.#size = Math.max(size, HEADER_BYTES);
    this.#dirty = true;
  }

  tenant(index: number, name: string): void {
    const bytes = Buffer.from(name, 'utf8');
    const at = this.#reserve(9 + bytes.length);
    this.#buffer[at] = RECORD_TENANT;
    this.#buffer.writeUInt32LE(index, at + 1);
    this.#buffer.writeUInt32LE(bytes.length, at + 5);
    this.#buffer.set(bytes, at + 9);
  }

  series(sid: number, tenant: number, labels: Uint8Array, start: number, end: number): void {
    const at = this.#reserve(13 + end - start);
    const buffer = this.#buffer;
    buffer[at] = RECORD_SERIES;
    buffer.writeUInt32LE(sid, at + 1);
    buffer.writeUInt32LE(tenant, at + 5);
    buffer.writeUInt32LE(end - start, at + 9);
    buffer.set(labels.subarray(start, end), at + 13);
  }

  rows(tenant: number, batch: MetricBatch): void {
    const n = batch.n;
    const hasKinds = batch.sideLength > 0;
    const rowBytes = 20 + (hasKinds ? 1 : 0) + (batch.hasStart ? 8 : 0);
    let at = this.#reserve(17 + n * rowBytes + batch.sideLength);
    const buffer = this.#buffer;
    buffer[at] = RECORD_ROWS;
    buffer.writeUInt32LE(tenant, at + 1);
    buffer.writeUInt32LE(n, at + 5);
    buffer.writeUInt32LE((hasKinds ? ROWS_KINDS : 0) | (batch.hasStart ? ROWS_STARTS : 0), at + 9);
    buffer.writeUInt32LE(batch.sideLength, at + 13);
    at += 17;
    at = this.#column(batch.series, n * 4, at);
    at = this.#column(batch.t, n * 8, at);
    at = this.#column(batch.lo, n * 4, at);
    at = this.#column(batch.hi, n * 4, at);
    if (hasKinds) at = this.#column(batch.kind, n, at);
    if (batch.hasStart) at = this.#column(batch.st, n * 8, at);
    this.#column(batch.side, batch.sideLength, at);
  }

  digest(digest: Uint8Array, timeMs: number): void {
    const at = this.#reserve(25);
    this.#buffer[at] = RECORD_DIGEST;
    this.#buffer.set(digest.subarray(0, 16), at + 1);
    this.#buffer.writeDoubleLE(timeMs, at + 17);
  }

  notes(json: string): void {
    const bytes = Buffer.from(json, 'utf8');
    const at = this.#reserve(5 + bytes.length);
    this.#buffer[at] = RECORD_NOTES;
    this.#buffer.writeUInt32LE(bytes.length, at + 1);
    this.#buffer.set(bytes, at + 5);
  }

  /**
   * Writes what is encoded as one frame; `acknowledge` runs when it is durable as configured. Throws the system's error when
   * the write fails: the frame is gone from file and buffer, and nothing of it may be acknowledged.
   */
  commit(acknowledge: () => void): void {
    const length = this.#used - FRAME_HEADER_BYTES;
    if (length > 0) this.#write(length);
    if (this.#options.durability === 'process') {
      acknowledge();
      return;
    }
    this.#waiting.push(acknowledge);
    this.#syncSoon();
  }

  /** Syncs and closes the active file. */
  close(): void {
    clearInterval(this.#timer);
    this.#finish();
  }

  #write(length: number): void {
    const buffer = this.#buffer;
    const frame = this.#used;
    buffer.writeUInt32LE(length, 0);
    buffer.writeUInt32LE(crc32(buffer.subarray(FRAME_HEADER_BYTES, frame)), 4);
    const began = performance.now();
    this.#used = FRAME_HEADER_BYTES;
    try {
      for (let done = 0; done < frame; ) {
        done += writeSync(this.#fd, buffer, done, frame - done, this.#size + done);
      }
    } catch (error) {
      ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += frame;
    this.#dirty = true;
    this.appends++;
    const took = performance.now() - began;
    this.appendMsTotal += took;
    if (took > this.appendMsMax) this.appendMsMax = took;
    if (buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  #syncSoon(): void {
    if (this.#syncing || !this.#dirty) {
      if (!this.#syncing) this.#acknowledge(this.#waiting.splice(0));
      return;
    }
    this.#syncing = true;
    this.#dirty = false;
    const covered = this.#waiting.splice(0);
    const fd = this.#fd;
    fdatasync(fd, (error) => {
      this.#syncing = false;
      // A file that was closed meanwhile has been synced by `#finish`.
      if (error !== null && fd === this.#fd) return this.#options.onFatal(error);
      this.#acknowledge(covered);
      if (this.#waiting.length > 0) this.#syncSoon();
    });
  }

  #acknowledge(waiting: (() => void)[]): void {
    for (const acknowledge of waiting) acknowledge();
  }

  #finish(): void {
    if (this.#fd < 0) return;
    try {
      fsyncSync(this.#fd);
    } catch (error) {
      this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
    }
    closeSync(this.#fd);
    this.#fd = -1;
    this.#dirty = false;
    this.#acknowledge(this.#waiting.splice(0));
  }

  #column(from: ArrayBufferView, bytes: number, at: number): number {
    this.#buffer.set(new Uint8Array(from.buffer, from.byteOffset, bytes), at);
    return at + bytes;
  }

  #reserve(bytes: number): number {
    const at = this.#used;
    if (at + bytes > this.#buffer.length) {
      const bigger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, at + bytes));
      bigger.set(this.#buffer.subarray(0, at));
      this.#buffer = bigger;
    }
    this.#used = at + bytes;
    return at;
  }
}
