/** Head segments of log records and spans as a query thread sees them. */
import { RecordSegment, type SharedRecordSegment } from '../../record-head.ts';
import type { RecordSignal } from '../../records/block-format.ts';
import type { SegmentSnapshot } from '../../segments.ts';
import { SeriesView, type SharedSeries } from '../../series.ts';
import { HeadRecords } from './head-records.ts';

interface RecordHandle {
  series: SharedSeries;
  logs: readonly SharedRecordSegment[];
  spans: readonly SharedRecordSegment[];
}

export class RecordHead {
  readonly #series: SeriesView;
  /** By slot. */
  readonly #segments: Readonly<Record<RecordSignal, readonly RecordSegment[]>>;

  constructor({ series, logs, spans }: RecordHandle) {
    this.#series = new SeriesView(series);
    this.#segments = {
      logs: logs.map((shared) => new RecordSegment(shared)),
      spans: spans.map((shared) => new RecordSegment(shared)),
    };
  }

  /** The pinned segments that have rows, oldest first; `streamOf` gives the stream of a sid. */
  pinned(
    signal: RecordSignal,
    tenant: number,
    segments: readonly SegmentSnapshot[],
    streamOf: (sid: number) => number,
  ): HeadRecords[] {
    const own = (sid: number): number =>
      this.#series.tenantOf(sid) === tenant ? streamOf(sid) : -1;
    const heads: HeadRecords[] = [];
    for (const { slot, number, logRows, spanRows } of segments) {
      const rows = signal === 'logs' ? logRows : spanRows;
      if (rows > 0) heads.push(new HeadRecords(this.#segments[signal][slot], rows, number, own));
    }
    return heads;
  }
}
