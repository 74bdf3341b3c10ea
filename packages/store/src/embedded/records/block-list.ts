/** The blocks of a file, as its table tells them. */
import type { DatabaseSync } from 'node:sqlite';

/** A block as the file lists it. */
export interface RecordBlockInfo {
  id: number;
  /** Head segment that it came from. */
  seq: number;
  /** Unix ms around its times. */
  tMin: number;
  tMax: number;
  /** As tMax, of the ends of spans. */
  tEnd: number;
  rows: number;
  bytes: number;
  /** Dense ids around those of its streams. */
  streamMin: number;
  streamMax: number;
  /** Pages of its filters. */
  tokenPages: number;
  gramPages: number;
}

/** Blocks with ids above `after` that may have times in the range (Unix ms), in order of their flushes. */
export function listBlocks(
  db: DatabaseSync,
  minT: number,
  maxT: number,
  after: number,
): RecordBlockInfo[] {
  const rows = db
    .prepare(
      `SELECT id, flush, t_min, t_max, t_end, rows, bytes, stream_min, stream_max, token_pages, gram_pages FROM block
        WHERE id > ? AND t_max >= ? AND t_min <= ? ORDER BY flush, id`,
    )
    .all(after, minT, maxT);
  return rows.map((row) => ({
    id: Number(row.id),
    seq: Number(row.flush),
    tMin: Number(row.t_min),
    tMax: Number(row.t_max),
    tEnd: Number(row.t_end),
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    streamMin: Number(row.stream_min),
    streamMax: Number(row.stream_max),
    tokenPages: Number(row.token_pages),
    gramPages: Number(row.gram_pages),
  }));
}
