/** Reads a journal file back, record by record (format and invariants: journal-format.ts). */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { MetricBatch } from '@sightline/wire';
import {
  checkHeader,
  FRAME_HEADER_BYTES,
  HEADER_BYTES,
  type HeaderProblem,
  MAX_FRAME_BYTES,
  RECORD_DIGEST,
  RECORD_NOTES,
  RECORD_ROWS,
  RECORD_SERIES,
  RECORD_TENANT,
  ROWS_KINDS,
  ROWS_STARTS,
} from './journal-format.ts';

/** Receives the records in order. `batch` is valid during the call only; its handles are the file's own sids. */
export interface JournalVisitor {
  tenant(index: number, name: string): void;
  series(sid: number, tenant: number, labels: Uint8Array): void;
  rows(tenant: number, batch: MetricBatch): void;
  digest(digest: Uint8Array, timeMs: number): void;
  notes(json: string): void;
}

export interface JournalReadResult {
  /** Bytes of the sound prefix; 0 when the header itself is unusable. */
  soundBytes: number;
  fileBytes: number;
  /** What ended the reading before the end of the file, or null. */
  problem: { offset: number; what: string } | null;
}

export class JournalVersionError extends Error {
  override readonly name = 'JournalVersionError';
}

/** Visits every record of the sound prefix. Throws JournalVersionError when the file was written by a newer version. */
export function readJournal(path: string, visitor: JournalVisitor): JournalReadResult {
  const fd = openSync(path, 'r');
  try {
    const fileBytes = fstatSync(fd).size;
    const header = Buffer.alloc(HEADER_BYTES);
    const got = readSync(fd, header, 0, HEADER_BYTES, 0);
    const wrong = checkHeader(header.subarray(0, got));
    if (wrong === 'version') {
      throw new JournalVersionError(
        `${path} was written by a newer version of Sightline (journal format ${header.readUInt32LE(8)}); start that version`,
      );
    }
    if (wrong !== null)
      return { soundBytes: 0, fileBytes, problem: { offset: 0, what: headerText(wrong) } };
    return readFrames(fd, fileBytes, visitor);
  } finally {
    closeSync(fd);
  }
}

function headerText(problem: HeaderProblem): string {
  return `unusable header (${problem})`;
}

function readFrames(fd: number, fileBytes: number, visitor: JournalVisitor): JournalReadResult {
  const head = Buffer.alloc(FRAME_HEADER_BYTES);
  const batch = new MetricBatch();
  let payload = Buffer.alloc(256 * 1024);
  let at = HEADER_BYTES;
  const stop = (what: string): JournalReadResult => ({
    soundBytes: at,
    fileBytes,
    problem: { offset: at, what },
  });
  while (at < fileBytes) {
    if (readSync(fd, head, 0, FRAME_HEADER_BYTES, at) < FRAME_HEADER_BYTES)
      return stop('torn frame header');
    const length = head.readUInt32LE(0);
    if (length === 0 || length > MAX_FRAME_BYTES) return stop(`frame length ${length}`);
    if (at + FRAME_HEADER_BYTES + length > fileBytes) return stop('torn frame');
    if (length > payload.length) payload = Buffer.alloc(length * 2);
    readSync(fd, payload, 0, length, at + FRAME_HEADER_BYTES);
    const body = payload.subarray(0, length);
    if (crc32(body) !== head.readUInt32LE(4)) return stop('frame checksum');
    visitRecords(body, batch, visitor);
    at += FRAME_HEADER_BYTES + length;
  }
  return { soundBytes: at, fileBytes, problem: null };
}

function visitRecords(body: Buffer, batch: MetricBatch, visitor: JournalVisitor): void {
  for (let at = 0; at < body.length; ) {
    const type = body[at];
    if (type === RECORD_TENANT) {
      const length = body.readUInt32LE(at + 5);
      visitor.tenant(body.readUInt32LE(at + 1), body.toString('utf8', at + 9, at + 9 + length));
      at += 9 + length;
    } else if (type === RECORD_SERIES) {
      const length = body.readUInt32LE(at + 9);
      visitor.series(
        body.readUInt32LE(at + 1),
        body.readUInt32LE(at + 5),
        body.subarray(at + 13, at + 13 + length),
      );
      at += 13 + length;
    } else if (type === RECORD_ROWS) {
      const tenant = body.readUInt32LE(at + 1);
      at = readRows(body, at, batch);
      visitor.rows(tenant, batch);
    } else if (type === RECORD_DIGEST) {
      visitor.digest(body.subarray(at + 1, at + 17), body.readDoubleLE(at + 17));
      at += 25;
    } else if (type === RECORD_NOTES) {
      const length = body.readUInt32LE(at + 1);
      visitor.notes(body.toString('utf8', at + 5, at + 5 + length));
      at += 5 + length;
    } else {
      throw new Error(`journal record of unknown type ${type} in a frame with a sound checksum`);
    }
  }
}

function readRows(body: Buffer, from: number, batch: MetricBatch): number {
  const n = body.readUInt32LE(from + 5);
  const flags = body.readUInt32LE(from + 9);
  const sideLength = body.readUInt32LE(from + 13);
  let at = from + 17;
  const column = (into: ArrayBufferView, bytes: number): void => {
    new Uint8Array(into.buffer, into.byteOffset, bytes).set(body.subarray(at, at + bytes));
    at += bytes;
  };
  batch.clear();
  batch.reserve(n);
  batch.n = n;
  column(batch.series, n * 4);
  column(batch.t, n * 8);
  column(batch.lo, n * 4);
  column(batch.hi, n * 4);
  if (flags & ROWS_KINDS) column(batch.kind, n);
  else batch.kind.fill(0, 0, n);
  batch.hasStart = (flags & ROWS_STARTS) !== 0;
  if (batch.hasStart) column(batch.st, n * 8);
  batch.reserveSide(sideLength);
  column(batch.side, sideLength);
  return at;
}
