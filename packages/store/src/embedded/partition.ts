/**
 * Which file a sample belongs to, by its time.
 *
 * Model: a partition is a UTC day; samples that arrive more than 32 days late go to the file of their month, more than 400 days late
 * to that of their year, so that a backfill of ten years does not create thousands of files. A time may therefore have data
 * in its day's, its month's and its year's file; queries read all of them and the sequence decides.
 *
 * File name: `<partition>.<generation>.db` with partition `2026-11-21`, `2026-11` or `2026`. Names are never reused: a file that is
 * rewritten or reopened gets the next generation. What a retention class keeps of a partition lies in `<partition>.<class>.<generation>.db`.
 */
const DAY_MS = 86_400_000;
const MONTH_AFTER_MS = 32 * DAY_MS;
const YEAR_AFTER_MS = 400 * DAY_MS;
const LONGEST_MONTH_MS = 31 * DAY_MS;

export interface Partition {
  name: string;
  /** Unix ms; start inclusive, end exclusive. */
  startMs: number;
  endMs: number;
}

/** The partition for a sample at `timeMs` that is stored at `nowMs`. */
export function partitionOf(timeMs: number, nowMs: number): Partition {
  const age = nowMs - timeMs;
  if (age <= MONTH_AFTER_MS) {
    const startMs = Math.floor(timeMs / DAY_MS) * DAY_MS;
    return { name: new Date(startMs).toISOString().slice(0, 10), startMs, endMs: startMs + DAY_MS };
  }
  const date = new Date(timeMs);
  const year = date.getUTCFullYear();
  if (age <= YEAR_AFTER_MS) return monthPartition(year, date.getUTCMonth());
  return yearPartition(year);
}

/** Whether `partition` is that of a sample at `timeMs` that is stored at `nowMs`: as `partitionOf`, without a name. */
export function isOf(partition: Partition, timeMs: number, nowMs: number): boolean {
  const { startMs, endMs } = partition;
  if (timeMs < startMs || timeMs >= endMs) return false;
  const age = nowMs - timeMs;
  const length = endMs - startMs;
  if (age <= MONTH_AFTER_MS) return length === DAY_MS;
  return age <= YEAR_AFTER_MS
    ? length > DAY_MS && length <= LONGEST_MONTH_MS
    : length > LONGEST_MONTH_MS;
}

/** Whether `to` is the day after the day `from`: then no other partition has a sample between them. */
export function isNextDay(from: Partition, to: Partition): boolean {
  return from.endMs === to.startMs && to.endMs - from.startMs === 2 * DAY_MS;
}

/** The range of a partition by its name; null when the name is not one. */
export function partitionByName(name: string): Partition | null {
  const parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(name);
  if (parts === null) return null;
  const year = Number(parts[1]);
  if (parts[2] === undefined) return yearPartition(year);
  const month = Number(parts[2]) - 1;
  if (parts[3] === undefined) return monthPartition(year, month);
  const startMs = utc(year, month, Number(parts[3]));
  return { name, startMs, endMs: startMs + DAY_MS };
}

export interface PartitionFile {
  partition: Partition;
  /** Name of a retention class; '' for a file that has everything. */
  retentionClass: string;
  generation: number;
  fileName: string;
}

/** Parses the name of a partition file; null for other names. */
export function parseFileName(fileName: string): PartitionFile | null {
  const parts = /^([\d-]+)(?:\.([a-z][a-z0-9_]*))?\.(\d+)\.db$/.exec(fileName);
  const partition = parts === null ? null : partitionByName(parts[1] ?? '');
  if (parts === null || partition === null) return null;
  return { partition, retentionClass: parts[2] ?? '', generation: Number(parts[3]), fileName };
}

export function partitionFileName(
  partition: Partition,
  generation: number,
  retentionClass = '',
): string {
  const middle = retentionClass === '' ? '' : `.${retentionClass}`;
  return `${partition.name}${middle}.${generation}.db`;
}

function monthPartition(year: number, month: number): Partition {
  const name = `${String(year).padStart(4, '0')}-${String(month + 1).padStart(2, '0')}`;
  return { name, startMs: utc(year, month, 1), endMs: utc(year, month + 1, 1) };
}

function yearPartition(year: number): Partition {
  return {
    name: String(year).padStart(4, '0'),
    startMs: utc(year, 0, 1),
    endMs: utc(year + 1, 0, 1),
  };
}

/** Date.UTC reads years 0..99 as 1900..1999. */
function utc(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime();
}
