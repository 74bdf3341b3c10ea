/** Traces for tests. */
import fc from 'fast-check';
import { type Trace, traceOf } from '../trace.ts';

export interface TestSpan {
  readonly name: string;
  /** Row of the parent; -1 for none. */
  readonly parent?: number;
  readonly start: number;
  readonly duration: number;
  readonly service?: string;
  readonly status?: number;
}

/** A trace of these spans, in the order given. */
export function traceWith(spans: readonly TestSpan[]): Trace {
  const services = [...new Set(spans.map((span) => span.service ?? 'shop'))];
  const names = [...new Set(spans.map((span) => span.name))];
  return traceOf({
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    start_ns: '1700000000000000000',
    duration_ns: 0,
    services,
    names,
    spans: {
      id: spans.map((_, row) => String(row).padStart(16, '0')),
      parent: spans.map((span) => span.parent ?? -1),
      service: spans.map((span) => services.indexOf(span.service ?? 'shop')),
      name: spans.map((span) => names.indexOf(span.name)),
      start_us: spans.map((span) => span.start),
      duration_us: spans.map((span) => span.duration),
      kind: spans.map(() => 1),
      status: spans.map((span) => span.status ?? 0),
      events: spans.map(() => 0),
    },
  });
}

/** Any trace at all: parents may be missing, later, or run in circles; spans may outlive their parents. */
export const anyTrace: fc.Arbitrary<Trace> = fc
  .array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      parent: fc.integer({ min: -2, max: 40 }),
      start: fc.integer({ min: 0, max: 100 }),
      duration: fc.integer({ min: 0, max: 60 }),
      service: fc.constantFrom('web', 'cart'),
      status: fc.integer({ min: 0, max: 2 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((spans) => traceWith(spans.sort((one, other) => one.start - other.start)));
