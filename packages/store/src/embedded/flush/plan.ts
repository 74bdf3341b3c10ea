/**
 * Which series of a frozen segment go to which partition.
 *
 * Model: nearly always all rows of a segment belong to one day, so its whole range is looked at first, then the range of each series, and
 * rows one by one only where the range of a series is wider than two days in a row.
 */
import type { HeadSegment, RowColumns } from '../head.ts';
import { isNextDay, isOf, type Partition, partitionOf } from '../partition.ts';
import type { SeriesView } from '../series.ts';

export interface PartitionPlan {
  tenant: number;
  partition: Partition;
  sids: number[];
  /** Whether some of the series also have rows in other partitions. */
  mixed: boolean;
}

/** Plans the flush of a segment at `nowMs`. */
export function planFlush(
  segment: HeadSegment,
  series: SeriesView,
  rows: RowColumns,
  nowMs: number,
): PartitionPlan[] {
  const plans = new Map<string, PartitionPlan>();
  const planFor = (tenant: number, partition: Partition): PartitionPlan => {
    const key = `${tenant}/${partition.name}`;
    let plan = plans.get(key);
    if (plan === undefined) {
      plan = { tenant, partition, sids: [], mixed: false };
      plans.set(key, plan);
    }
    return plan;
  };
  const count = segment.touchedCount;
  const whole = partitionOf(segment.tMin, nowMs);
  if (partitionOf(segment.tMax, nowMs).name === whole.name) {
    let plan: PartitionPlan | undefined;
    for (let i = 0; i < count; i++) {
      const sid = segment.touchedSid(i);
      const tenant = series.tenantOf(sid);
      if (plan?.tenant !== tenant) plan = planFor(tenant, whole);
      plan.sids.push(sid);
    }
    return [...plans.values()];
  }
  const range = new Float64Array(2);
  let last: PartitionPlan | undefined;
  let lastMin = 0;
  let lastMax = 0;
  for (let i = 0; i < count; i++) {
    const sid = segment.touchedSid(i);
    const tenant = series.tenantOf(sid);
    segment.timeRange(sid, range);
    const min = range[0];
    const max = range[1];
    if (last !== undefined && last.tenant === tenant && min >= lastMin && max <= lastMax) {
      last.sids.push(sid);
      continue;
    }
    const from = partitionOf(min, nowMs);
    const to = partitionOf(max, nowMs);
    if (to.name === from.name) {
      last = planFor(tenant, from);
      last.sids.push(sid);
      lastMin = min;
      lastMax = max;
      continue;
    }
    let partitions = [from, to];
    if (!isNextDay(from, to)) {
      segment.readRows(sid, segment.rows, rows);
      partitions = partitionsOf(rows, nowMs);
    }
    for (const partition of partitions) {
      const plan = planFor(tenant, partition);
      plan.mixed = true;
      plan.sids.push(sid);
    }
  }
  return [...plans.values()];
}

function partitionsOf(rows: RowColumns, nowMs: number): Partition[] {
  const found = new Map<string, Partition>();
  let last: Partition | undefined;
  for (let i = 0; i < rows.n; i++) {
    const time = rows.t[i] ?? 0;
    if (last !== undefined && isOf(last, time, nowMs)) continue;
    last = partitionOf(time, nowMs);
    found.set(last.name, last);
  }
  return [...found.values()];
}
