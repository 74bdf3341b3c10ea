/**
 * Writes the rows of a frozen companion (record-head.ts) into the partition files of their tenants and times.
 *
 * Invariant: a file that has the segment already (`flushed_seq`) is left alone, so a flush can be repeated.
 */
import { millisecondsOf } from '@sightline/wire';
import { isOf, type Partition, partitionOf } from '../partition.ts';
import type { RecordSegment } from '../record-head.ts';
import type { SeriesView } from '../series.ts';
import { orderRecords } from './record-order.ts';
import { encodeBlocks } from './record-rows.ts';
import type { RecordWriter } from './record-writer.ts';

/** The rows of a segment for one file. */
export interface RecordPlan {
  tenant: number;
  partition: Partition;
  /** Ascending. */
  rows: Uint32Array;
}

/** Plans the flush of a segment at `nowMs`. */
export function planRecords(segment: RecordSegment, view: SeriesView, nowMs: number): RecordPlan[] {
  const { rows, stream, lo, hi } = segment;
  const numbers = new Map<string, number>();
  const plans: { tenant: number; partition: Partition; count: number }[] = [];
  const planOf = new Uint32Array(rows);
  let last = -1;
  for (let row = 0; row < rows; row++) {
    const tenant = view.tenantOf(stream[row]);
    const timeMs = millisecondsOf(lo[row], hi[row]);
    const plan = plans[last];
    if (plan === undefined || plan.tenant !== tenant || !isOf(plan.partition, timeMs, nowMs)) {
      const partition = partitionOf(timeMs, nowMs);
      const key = `${tenant}/${partition.name}`;
      last = numbers.get(key) ?? plans.push({ tenant, partition, count: 0 }) - 1;
      numbers.set(key, last);
    }
    plans[last].count++;
    planOf[row] = last;
  }
  const chosen = plans.map(({ count }) => new Uint32Array(count));
  const filled = new Uint32Array(plans.length);
  for (let row = 0; row < rows; row++) {
    const plan = planOf[row];
    chosen[plan][filled[plan]++] = row;
  }
  return plans.map(({ tenant, partition }, i) => ({ tenant, partition, rows: chosen[i] }));
}

/** Adds the plan's rows to the file; returns how many records were added. `onLost` is told of records that cannot be encoded. */
export function flushRecords(
  writer: RecordWriter,
  segment: RecordSegment,
  plan: RecordPlan,
  onLost: (why: unknown) => void,
): number {
  if (writer.file.flushedSeq >= segment.number) return 0;
  const { rows } = plan;
  const streams = new Uint32Array(rows.length);
  const fresh = writer.streamIds(segment.stream, rows, streams);
  const order = orderRecords(segment, rows, streams);
  return writer.file.flush(
    segment.number,
    fresh,
    encodeBlocks(segment, rows, order, streams, onLost),
  );
}
