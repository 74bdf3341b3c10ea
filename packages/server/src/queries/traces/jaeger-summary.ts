/** What version 3 of Jaeger's API tells of a trace in a list. */

import type { FoundTrace } from './find-spans.ts';
import { serviceOf } from './jaeger-json.ts';
import { addNanos, nanosBetween, nanosText } from './times.ts';

const ERROR = 2;
const NO_PARENT = -1;
const MISSING_PARENT = -2;

interface Counts {
  name: string;
  spanCount: number;
  errorSpanCount: number;
}

/** Counts of 0 are left out, as protobuf's JSON does. */
export function summaryOf({ set, trace }: FoundTrace) {
  const { startLo, startHi, durationNs, status } = set;
  const [from, to] = [set.offsets[trace], set.offsets[trace + 1]];
  const streams = set.streams();
  const names = set.names();
  const parents = set.parents();
  const services = new Map<string, Counts>();
  let root = -1;
  let orphanSpanCount = 0;
  let first = from;
  for (let row = from; row < to; row++) {
    const name = serviceOf(streams.values[streams.codes[row]]);
    const counts = services.get(name) ?? { name, spanCount: 0, errorSpanCount: 0 };
    services.set(name, counts);
    counts.spanCount++;
    if (status[row] === ERROR) counts.errorSpanCount++;
    if (parents[row] === NO_PARENT && root < 0) root = row;
    if (parents[row] === MISSING_PARENT) orphanSpanCount++;
    if (nanosBetween(startLo[row], startHi[row], startLo[first], startHi[first]) > 0) first = row;
  }
  let lengthNs = 0;
  for (let row = from; row < to; row++) {
    const offset = nanosBetween(startLo[first], startHi[first], startLo[row], startHi[row]);
    lengthNs = Math.max(lengthNs, offset + durationNs[row]);
  }
  const end = addNanos(startLo[first], startHi[first], lengthNs);
  const list = [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const errorSpanCount = list.reduce((sum, counts) => sum + counts.errorSpanCount, 0);
  return {
    traceId: set.traceId(trace),
    ...(root < 0
      ? {}
      : {
          rootServiceName: serviceOf(streams.values[streams.codes[root]]),
          rootOperationName: names.values[names.codes[root]],
        }),
    minStartTimeUnixNano: nanosText(startLo[first], startHi[first]),
    maxEndTimeUnixNano: nanosText(end.lo, end.hi),
    spanCount: to - from,
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
