/**
 * Appends commit groups to the active journal file (format: journal-format.ts).
 *
 * Model: callers encode records into one buffer; `commit` writes the buffer as one frame. Under `process` durability the frame is
 * acknowledged after the write (it survives the process) and synced at least every `syncMs`; under `power` it is acknowledged
 * after an fdatasync that began after the write.
 *
 * A file that is succeeded by the next is kept open: nearly always its rows are in partition files and it is deleted before its sync
 * would be due.
 *
 * Invariants: a failed write is cut off again, so a file never has a torn frame in its middle; syncs run one at a time, so none meets a
 * descriptor that was closed; a failed sync is final (`onFatal`): the kernel may have dropped the pages, so no later sync can
 * prove anything about them.
 */
import {
  closeSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  rm,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { LogBatch, type MetricBatch, type SpanBatch, viewOf } from '@sightline/wire';
import { copyRange } from './blocks/bytes.ts';
import {
  encodeHeader,
  FRAME_HEADER_BYTES,
  HEADER_BYTES,
  journalFileName,
  LOG_ROW_BYTES,
  markContinued,
  RECORD_DIGEST,
  RECORD_LOGS,
  RECORD_NOTES,
  RECORD_ROWS,
  RECORD_SERIES,
  RECORD_SPANS,
  RECORD_TENANT,
  ROWS_KINDS,
  ROWS_STARTS,
  SPAN_ROW_BYTES,
} from './journal-format.ts';

const INITIAL_BYTES = 256 * 1024;
/** Past this the buffer is given back after the group, so that one large request does not stay in memory. */
const KEPT_BYTES = 4 * 1024 * 1024;
/** A buffer of which so many groups in a row have needed less than a quarter is given back, too. */
const SMALL_GROUPS = 256;

export interface JournalOptions {
  dir: string;
  durability: 'process' | 'power';
  syncMs: number;
  onFatal: (error: Error) => void;
}

interface JournalFile {
  fd: number;
  number: number;
  /** Whether it was written since its last sync began. */
  dirty: boolean;
  /** Groups that are acknowledged by the next sync. */
  waiting: (() => void)[];
}

function acknowledge(file: JournalFile): void {
  for (const done of file.waiting.splice(0)) done();
}

/** Cuts the file behind its sound bytes. The header tells that its numbers get a new meaning before any of them does. */
function goOn(fd: number, size: number): void {
  ftruncateSync(fd, size);
  const header = Buffer.alloc(HEADER_BYTES);
  readSync(fd, header, 0, HEADER_BYTES, 0);
  writeSync(fd, markContinued(header), 0, HEADER_BYTES, 0);
}

export class JournalWriter {
  appends = 0;
  appendMsTotal = 0;
  appendMsMax = 0;
  readonly #options: JournalOptions;
  #active: JournalFile | undefined;
  readonly #succeeded: JournalFile[] = [];
  #size = 0;
  #buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  #view = new DataView(this.#buffer.buffer);
  #used = FRAME_HEADER_BYTES;
  #smallGroups = 0;
  #closed = false;
  /** The file whose sync is under way. */
  #syncing: JournalFile | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#syncNext(), options.syncMs);
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

  /** Begins file `number`, or goes on with it after `size` sound bytes. When it throws, the file before is still the active one. */
  open(number: number, size = 0): void {
    const fd = openSync(join(this.#options.dir, journalFileName(number)), size > 0 ? 'r+' : 'wx');
    try {
      if (size > 0) goOn(fd, size);
      else writeSync(fd, encodeHeader(number, Date.now()), 0, HEADER_BYTES, 0);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    if (this.#active !== undefined) this.#succeeded.push(this.#active);
    this.#active = { fd, number, dirty: true, waiting: [] };
    this.#size = Math.max(size, HEADER_BYTES);
  }

  /** Deletes a file that was succeeded: its rows are elsewhere. */
  discard(number: number): void {
    rm(join(this.#options.dir, journalFileName(number)), { force: true }, () => {});
    const file = this.#succeeded.find((one) => one.number === number);
    if (file === undefined) return;
    // What waited for a sync of this file is on stable storage with the partition files.
    acknowledge(file);
    file.dirty = false;
    this.#closeSucceeded();
  }

  tenant(index: number, name: string): void {
    const bytes = Buffer.from(name, 'utf8');
    const at = this.#reserve(9 + bytes.length);
    this.#buffer[at] = RECORD_TENANT;
    this.#buffer.writeUInt32LE(index, at + 1);
    this.#buffer.writeUInt32LE(bytes.length, at + 5);
    this.#buffer.set(bytes, at + 9);
  }

  /** Every series is defined anew in every file: its hundred bytes leave no view and no range behind. */
  series(sid: number, tenant: number, labels: Uint8Array, start: number, end: number): void {
    const at = this.#reserve(13 + end - start);
    const view = this.#view;
    view.setUint8(at, RECORD_SERIES);
    view.setUint32(at + 1, sid, true);
    view.setUint32(at + 5, tenant, true);
    view.setUint32(at + 9, end - start, true);
    copyRange(view, at + 13, viewOf(labels), start, end - start);
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

  /** Log records or spans. */
  records(tenant: number, batch: LogBatch | SpanBatch): void {
    const { n, sideLength } = batch;
    const isLogs = batch instanceof LogBatch;
    const rowBytes = isLogs ? LOG_ROW_BYTES : SPAN_ROW_BYTES;
    let at = this.#reserve(13 + n * rowBytes + sideLength);
    const buffer = this.#buffer;
    buffer[at] = isLogs ? RECORD_LOGS : RECORD_SPANS;
    buffer.writeUInt32LE(tenant, at + 1);
    buffer.writeUInt32LE(n, at + 5);
    buffer.writeUInt32LE(sideLength, at + 9);
    at += 13;
    const { stream, length } = batch;
    const words = isLogs
      ? [stream, batch.tLo, batch.tHi, length]
      : [stream, batch.startLo, batch.startHi, batch.endLo, batch.endHi, length];
    for (const column of words) at = this.#column(column, n * 4, at);
    const bytes = isLogs ? [batch.severity] : [batch.kind, batch.status];
    for (const column of bytes) at = this.#column(column, n, at);
    this.#column(batch.side, sideLength, at);
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
   * Writes what is encoded as one frame; `done` runs when it is durable as configured. Throws the system's error when
   * the write fails: the frame is gone from file and buffer, and nothing of it may be acknowledged.
   */
  commit(done: () => void): void {
    const length = this.#used - FRAME_HEADER_BYTES;
    if (length > 0) this.#write(length);
    if (this.#options.durability === 'process') {
      done();
      return;
    }
    this.#active?.waiting.push(done);
    this.#syncNext();
  }

  /** Syncs and closes all files; one whose sync is under way is closed when that ends. */
  close(): void {
    clearInterval(this.#timer);
    for (const file of [
      ...this.#succeeded,
      ...(this.#active === undefined ? [] : [this.#active]),
    ]) {
      try {
        fsyncSync(file.fd);
        acknowledge(file);
      } catch (error) {
        this.#options.onFatal(error instanceof Error ? error : new Error(String(error)));
      }
      if (file !== this.#syncing) closeSync(file.fd);
    }
    this.#active = undefined;
    this.#succeeded.length = 0;
    this.#closed = true;
  }

  #write(length: number): void {
    const file = this.#active;
    if (file === undefined) throw new Error('no journal file is open');
    const buffer = this.#buffer;
    const frame = this.#used;
    buffer.writeUInt32LE(length, 0);
    buffer.writeUInt32LE(crc32(buffer.subarray(FRAME_HEADER_BYTES, frame)), 4);
    const began = performance.now();
    this.#used = FRAME_HEADER_BYTES;
    try {
      for (let done = 0; done < frame; ) {
        done += writeSync(file.fd, buffer, done, frame - done, this.#size + done);
      }
    } catch (error) {
      ftruncateSync(file.fd, this.#size);
      throw error;
    }
    this.#size += frame;
    file.dirty = true;
    this.appends++;
    const took = performance.now() - began;
    this.appendMsTotal += took;
    if (took > this.appendMsMax) this.appendMsMax = took;
    this.#giveBack(frame);
  }

  /** Gives a large buffer back that is not needed; `frame` is what the last group took of it. */
  #giveBack(frame: number): void {
    const { length } = this.#buffer;
    this.#smallGroups = frame * 4 < length ? this.#smallGroups + 1 : 0;
    const isIdle = this.#smallGroups >= SMALL_GROUPS && length > INITIAL_BYTES;
    if (length > KEPT_BYTES || isIdle) this.#use(Buffer.allocUnsafeSlow(INITIAL_BYTES));
  }

  /** Begins a sync of the oldest file that needs one, unless one is under way. */
  #syncNext(): void {
    if (this.#syncing !== undefined) return;
    const file = [...this.#succeeded, this.#active].find((one) => one?.dirty === true);
    if (file === undefined) {
      if (this.#active !== undefined) acknowledge(this.#active);
      return;
    }
    this.#syncing = file;
    file.dirty = false;
    const covered = file.waiting.splice(0);
    fdatasync(file.fd, (error) => {
      this.#syncing = undefined;
      if (this.#closed) closeSync(file.fd);
      if (error !== null) return this.#options.onFatal(error);
      for (const done of covered) done();
      this.#closeSucceeded();
      if (this.#hasWaiting()) this.#syncNext();
    });
  }

  #hasWaiting(): boolean {
    return [...this.#succeeded, this.#active].some((file) => (file?.waiting.length ?? 0) > 0);
  }

  /** Closes succeeded files that need no sync any more; not while a sync runs, which may be theirs. */
  #closeSucceeded(): void {
    if (this.#syncing !== undefined) return;
    for (const file of this.#succeeded.splice(0)) {
      if (file.dirty || file.waiting.length > 0) this.#succeeded.push(file);
      else closeSync(file.fd);
    }
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
      this.#use(bigger);
    }
    this.#used = at + bytes;
    return at;
  }

  #use(buffer: Buffer<ArrayBuffer>): void {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer);
  }
}
