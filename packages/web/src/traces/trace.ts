/**
 * A trace in memory: columns over rows, row i is span i in the order of their starts.
 *
 * Invariants: all columns have `n` places; times are finite microseconds from the start of the trace; `service` and `name` point into
 * their lists; `parent` is a row, or below 0 for a root. The server's answer is checked here once, so that nothing later has to.
 */
import type { TraceAnswer } from '../api/traces.ts';

export const ERROR_STATUS = 2;
/** The span names a parent that the trace does not hold. */
export const MISSING_PARENT = -2;

export interface Trace {
  readonly id: string;
  /** Unix milliseconds, with the part of microseconds that a double holds. */
  readonly startMs: number;
  readonly durationUs: number;
  readonly services: readonly string[];
  readonly names: readonly string[];
  readonly n: number;
  readonly ids: readonly string[];
  readonly parent: Int32Array;
  readonly service: Int32Array;
  readonly name: Int32Array;
  readonly startUs: Float64Array;
  readonly spanUs: Float64Array;
  readonly kind: Uint8Array;
  readonly status: Uint8Array;
  readonly events: Int32Array;
}

const kinds = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

/** The kind of a span in words; '' when unspecified. */
export function kindName(kind: number): string {
  return kinds[kind] ?? '';
}

/** Unix nanoseconds as decimal text to milliseconds. */
export function nanosToMs(text: string): number {
  // The last six digits are cut off as text: a double cannot hold nanoseconds since 1970.
  const whole = Number(text.slice(0, -6));
  return whole + Number(text.slice(-6)) / 1e6;
}

/** Takes an answer over. */
export function traceOf(answer: TraceAnswer): Trace {
  const { spans, services, names } = answer;
  const n = spans.id.length;
  const startUs = positive(spans.start_us, n);
  const spanUs = positive(spans.duration_us, n);
  let durationUs = answer.duration_ns / 1000;
  for (let row = 0; row < n; row += 1)
    durationUs = Math.max(durationUs, (startUs[row] ?? 0) + (spanUs[row] ?? 0));
  return {
    id: answer.trace_id,
    startMs: nanosToMs(answer.start_ns),
    durationUs,
    services,
    names,
    n,
    ids: spans.id,
    parent: Int32Array.from({ length: n }, (_, row) => parentOf(spans.parent[row], row, n)),
    service: within(spans.service, n, services.length),
    name: within(spans.name, n, names.length),
    startUs,
    spanUs,
    kind: Uint8Array.from(spans.kind),
    status: Uint8Array.from(spans.status),
    events: Int32Array.from(spans.events),
  };
}

function parentOf(parent: number | undefined, row: number, n: number): number {
  if (parent === undefined || parent >= n || parent === row) return MISSING_PARENT;
  return parent < 0 ? Math.max(parent, MISSING_PARENT) : parent;
}

function positive(values: readonly number[], n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, row) => Math.max(0, values[row] ?? 0));
}

function within(values: readonly number[], n: number, bound: number): Int32Array {
  return Int32Array.from({ length: n }, (_, row) => {
    const value = values[row] ?? 0;
    return value >= 0 && value < bound ? value : 0;
  });
}

/** The service of a span. */
export function serviceOf(trace: Trace, row: number): string {
  return trace.services[trace.service[row] ?? 0] ?? '';
}

/** The name of a span. */
export function nameOf(trace: Trace, row: number): string {
  return trace.names[trace.name[row] ?? 0] ?? '';
}

/** Microseconds from the start of the trace to the end of a span. */
export function endOf(trace: Trace, row: number): number {
  return (trace.startUs[row] ?? 0) + (trace.spanUs[row] ?? 0);
}

/** Row of a span by its id; -1 when the trace has none. */
export function rowOf(trace: Trace, spanId: string): number {
  return spanId === '' ? -1 : trace.ids.indexOf(spanId);
}
