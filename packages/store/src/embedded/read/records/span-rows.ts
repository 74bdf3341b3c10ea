/** Spans of a page as they were taken in. */
import type { Labels } from '../../../labels.ts';
import type { SpanRow } from '../../../records.ts';
import type { SpanRowsPage } from './span-page.ts';

const TWO_32 = 2 ** 32;

/** Of `rows`, ascending. Throws CorruptionError or DecodeError. */
export function spanRows(
  page: SpanRowsPage,
  rows: Uint32Array,
  labels: (stream: number) => Labels,
): SpanRow[] {
  const { lo, hi } = page.starts();
  const durations = page.durations();
  const kinds = page.kinds();
  const statuses = page.statuses();
  const streams = page.streams();
  return page.records(rows).map((record, i) => {
    const row = rows[i];
    // The end modulo 2^64: a duration below 2^53 is exact.
    const endLo = lo[row] + (durations[row] % TWO_32);
    const carry = endLo >= TWO_32 ? 1 : 0;
    return {
      record,
      stream: labels(streams[row]),
      startLo: lo[row],
      startHi: hi[row],
      endLo: endLo >>> 0,
      endHi: (hi[row] + Math.floor(durations[row] / TWO_32) + carry) >>> 0,
      kind: kinds[row],
      status: statuses[row],
    };
  });
}
