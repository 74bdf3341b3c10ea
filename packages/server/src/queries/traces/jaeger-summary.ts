/** What version 3 of Jaeger's API tells of a trace in a list. */
import type { SpanRow } from '@sightline/store';
import { serviceOf } from './jaeger-json.ts';
import { compareNanos, nanosText } from './times.ts';

const ERROR = 2;

interface Counts {
  name: string;
  spanCount: number;
  errorSpanCount: number;
}

/** Counts of 0 are left out, as protobuf's JSON does. */
export function summaryOf(traceId: string, rows: readonly SpanRow[]) {
  const known = new Set(rows.map(({ record }) => record.spanId));
  const services = new Map<string, Counts>();
  let root: SpanRow | undefined;
  let orphanSpanCount = 0;
  let [first, last] = [rows[0], rows[0]];
  for (const row of rows) {
    const name = serviceOf(row.stream);
    const counts = services.get(name) ?? { name, spanCount: 0, errorSpanCount: 0 };
    services.set(name, counts);
    counts.spanCount++;
    if (row.status === ERROR) counts.errorSpanCount++;
    const { parentId } = row.record;
    if (parentId === '') root ??= row;
    else if (!known.has(parentId)) orphanSpanCount++;
    if (compareNanos(row.startLo, row.startHi, first.startLo, first.startHi) < 0) first = row;
    if (compareNanos(row.endLo, row.endHi, last.endLo, last.endHi) > 0) last = row;
  }
  const list = [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const errorSpanCount = list.reduce((sum, counts) => sum + counts.errorSpanCount, 0);
  return {
    traceId,
    ...(root === undefined
      ? {}
      : { rootServiceName: serviceOf(root.stream), rootOperationName: root.record.name }),
    minStartTimeUnixNano: nanosText(first.startLo, first.startHi),
    maxEndTimeUnixNano: nanosText(last.endLo, last.endHi),
    spanCount: rows.length,
    ...positive({ errorSpanCount, orphanSpanCount }),
    services: list.map(({ name, spanCount, errorSpanCount: errors }) => ({
      name,
      spanCount,
      ...positive({ errorSpanCount: errors }),
    })),
  };
}

function positive(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}
