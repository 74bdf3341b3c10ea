/** What a search has found, as the list and the scatter show it. */
import type { TempoTrace } from '../api/tempo.ts';
import { nanosToMs } from './trace.ts';

interface FoundService {
  readonly name: string;
  readonly spans: number;
  readonly errors: number;
}

export interface FoundTrace {
  readonly id: string;
  /** Empty while the root has not arrived. */
  readonly service: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly spans: number;
  readonly errors: number;
  /** The most spans first. */
  readonly services: readonly FoundService[];
}

/** Takes an answer of Tempo's search over. */
export function foundTrace(trace: TempoTrace): FoundTrace {
  const services = Object.entries(trace.serviceStats ?? {})
    .map(([name, stats]) => ({
      name,
      spans: stats.spanCount ?? 0,
      errors: stats.errorCount ?? 0,
    }))
    .sort((a, b) => b.spans - a.spans || (a.name < b.name ? -1 : 1));
  return {
    id: trace.traceID,
    // Tempo writes this where the root is not there.
    service:
      trace.rootServiceName === '<root span not yet received>' ? '' : (trace.rootServiceName ?? ''),
    name: trace.rootTraceName ?? '',
    startMs: nanosToMs(trace.startTimeUnixNano),
    durationMs: exactDurationMs(trace) ?? trace.durationMs ?? 0,
    spans: services.reduce((sum, one) => sum + one.spans, 0),
    errors: services.reduce((sum, one) => sum + one.errors, 0),
    services,
  };
}

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** `1.5ms` or `1m2.5s` in milliseconds; undefined for anything else. */
function durationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, value, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(value) * (unitMs[unit] ?? 0);
  return sum;
}

function exactDurationMs(trace: TempoTrace): number | undefined {
  const attribute = trace.spanSets?.[0]?.spans[0]?.attributes?.find(
    ({ key }) => key === 'traceDuration',
  );
  return durationMs(attribute?.value.stringValue ?? '');
}

export const traceOrders = ['newest', 'longest', 'spans', 'errors'] as const;
export type TraceOrder = (typeof traceOrders)[number];

const measures: Readonly<Record<TraceOrder, (trace: FoundTrace) => number>> = {
  newest: (trace) => trace.startMs,
  longest: (trace) => trace.durationMs,
  spans: (trace) => trace.spans,
  errors: (trace) => trace.errors,
};

/** The greatest first by `order`; equal ones newest first. */
export function orderTraces(
  traces: readonly FoundTrace[],
  order: TraceOrder,
): readonly FoundTrace[] {
  const measure = measures[order];
  return traces.toSorted((a, b) => measure(b) - measure(a) || b.startMs - a.startMs);
}
