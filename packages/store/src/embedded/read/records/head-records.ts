/**
 * The rows of one tenant in one pinned head segment, as they lie in shared memory.
 *
 * Invariants: rows at or past `rows` are not looked at; labels of a sid do not change while the segment is pinned.
 */
import type { RecordSegment } from '../../record-head.ts';

export class HeadRecords {
  readonly segment: RecordSegment;
  /** Rows that the snapshot may see, of all tenants. */
  readonly rows: number;
  /** Number of the head segment. */
  readonly number: number;
  readonly #streamOf: (sid: number) => number;

  /** `streamOf` gives the stream of a sid, or -1 for one of another tenant. */
  constructor(
    segment: RecordSegment,
    rows: number,
    number: number,
    streamOf: (sid: number) => number,
  ) {
    this.segment = segment;
    this.rows = rows;
    this.number = number;
    this.#streamOf = streamOf;
  }

  /** Stream (a number of the interner) of a sid, or -1 when it belongs to another tenant. */
  stream(sid: number): number {
    return this.#streamOf(sid);
  }
}
