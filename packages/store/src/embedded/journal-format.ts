/**
 * The journal on disk: one file a head segment, `journal/<number>.log`, append only.
 *
 * Model: a header, then frames. A frame is one commit group: everything that was acknowledged together. Its payload is a sequence
 * of records: tenants and series are defined before their first use *in the same file* (under numbers local to the file; a
 * later definition of a number replaces the earlier), rows refer to them. All numbers are little-endian.
 *
 *     header   magic "SLJOURN\0" | u32 format version | u32 file number | f64 created, Unix ms | u32 continued | u32 CRC-32 of the 28 bytes before
 *     frame    u32 payload length | u32 CRC-32 of payload | payload
 *     record   u8 type, then
 *       1 tenant   u32 index | u32 length | name (UTF-8)
 *       2 series   u32 sid | u32 tenant index | u32 length | canonical labels (wire's label-set.ts)
 *       3 rows     u32 tenant index | u32 n | u32 flags (1 kinds, 2 start times) | u32 side length
 *                  | n u32 sid | n f64 t | n u32 lo | n u32 hi | [n u8 kind] | [n f64 start] | side bytes
 *       4 digest   16 bytes | f64 Unix ms of its request
 *       5 notes    u32 length | JSON {tenant, metadata, exemplars}
 *       6 logs     u32 tenant index | u32 n | u32 side length | n u32 sid | n u32 time low | n u32 time high | n u32 length
 *                  | n u8 severity | the records back to back (wire's log-batch.ts)
 *       7 spans    u32 tenant index | u32 n | u32 side length | n u32 sid | n u32 start low | n u32 start high | n u32 end low
 *                  | n u32 end high | n u32 length | n u8 kind | n u8 status | the records back to back (wire's span-batch.ts)
 *
 * `continued` is 0 while one process writes the file and 1 once another goes on with it after a restart: that one gives the numbers a
 * new meaning.
 *
 * Invariants: a frame is appended by one write; nothing after a torn frame at the end of a file was acknowledged. Damage elsewhere (the
 * medium lost what it had confirmed) costs the frames it hit: reading goes on behind them (journal-resync.ts), and the loss is reported
 * by file and offset. In a file that was not continued, a number means the same in every frame.
 */
import { crc32 } from 'node:zlib';

export const JOURNAL_VERSION = 1;
export const HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 8;
/** A frame is at most one group; groups are cut at this size, so a longer length is damage. */
export const MAX_FRAME_BYTES = 512 * 1024 * 1024;

export const RECORD_TENANT = 1;
export const RECORD_SERIES = 2;
export const RECORD_ROWS = 3;
export const RECORD_DIGEST = 4;
export const RECORD_NOTES = 5;
export const RECORD_LOGS = 6;
export const RECORD_SPANS = 7;

export const ROWS_KINDS = 1;
export const ROWS_STARTS = 2;

/** Bytes of a row in the columns of a record of type 6 and 7. */
export const LOG_ROW_BYTES = 17;
export const SPAN_ROW_BYTES = 26;

const CONTINUED_AT = 24;
const MAGIC = new TextEncoder().encode('SLJOURN\0');

export function journalFileName(number: number): string {
  return `${String(number).padStart(10, '0')}.log`;
}

/** The number in a journal file's name, or 0 when it is not one. */
export function journalNumber(fileName: string): number {
  return /^\d{10}\.log$/.test(fileName) ? Number(fileName.slice(0, 10)) : 0;
}

export function encodeHeader(number: number, createdMs: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.set(MAGIC, 0);
  header.writeUInt32LE(JOURNAL_VERSION, 8);
  header.writeUInt32LE(number, 12);
  header.writeDoubleLE(createdMs, 16);
  return sealed(header);
}

/** Notes in a sound header that a further process goes on with the file. */
export function markContinued(header: Buffer): Buffer {
  header.writeUInt32LE(1, CONTINUED_AT);
  return sealed(header);
}

export function isContinued(header: Buffer): boolean {
  return header.readUInt32LE(CONTINUED_AT) !== 0;
}

function sealed(header: Buffer): Buffer {
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

export type HeaderProblem = 'short' | 'magic' | 'checksum' | 'version';

/** null when the header is sound. */
export function checkHeader(header: Buffer): HeaderProblem | null {
  if (header.length < HEADER_BYTES) return 'short';
  if (MAGIC.some((byte, i) => header[i] !== byte)) return 'magic';
  if (crc32(header.subarray(0, 28)) !== header.readUInt32LE(28)) return 'checksum';
  return header.readUInt32LE(8) > JOURNAL_VERSION ? 'version' : null;
}
