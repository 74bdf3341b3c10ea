/** Answers of Loki's, Tempo's and Prometheus' APIs as items of a search. What is not shaped as expected throws ZodError. */
import * as z from '../zod.ts';
import type { Signal } from './plan.ts';

const texts = z.record(z.string(), z.string());

export const searchItem = z.object({
  signal: z.enum(['logs', 'traces', 'metrics']),
  source: z.string().describe('`local`, or the name of a remote server'),
  time_ns: z
    .string()
    .nullable()
    .describe('Unix nanoseconds as decimal text; null for metrics, which have no one time'),
  service: z.string(),
  text: z.string().describe('The log line, the name of the root span, or the name of the metric'),
  trace_id: z.string(),
  duration_ms: z.number().nullable().describe('Of a trace'),
  labels: texts.describe(
    'Of a log record; `type`, `help` and `unit` of a metric; `spans`, `errors`, `span_id` and `span_name` (of a span that matches) of a trace',
  ),
});

export type SearchItem = z.output<typeof searchItem>;

const lokiAnswer = z.object({
  data: z.object({
    result: z.array(z.object({ stream: texts, values: z.array(z.array(z.unknown())) })),
  }),
});

/** Of `query_range`. */
export function logItems(answer: unknown, source: string): SearchItem[] {
  const { data } = lokiAnswer.parse(answer);
  return data.result.flatMap(({ stream, values }) =>
    values.map(([time, line]) => ({
      ...emptyItem('logs', source),
      time_ns: String(time),
      service: stream.service_name ?? '',
      text: String(line),
      trace_id: stream.trace_id ?? '',
      labels: stream,
    })),
  );
}

const spanSet = z.object({
  spans: z.array(z.object({ spanID: z.string(), name: z.string().optional() })),
});

const tempoTrace = z.object({
  traceID: z.string(),
  rootServiceName: z.string().optional(),
  rootTraceName: z.string().optional(),
  startTimeUnixNano: z.string().optional(),
  durationMs: z.number().optional(),
  spanSets: z.array(spanSet).nullish(),
  serviceStats: z
    .record(
      z.string(),
      z.object({ spanCount: z.number().optional(), errorCount: z.number().optional() }),
    )
    .nullish(),
});

const tempoAnswer = z.object({ traces: z.array(tempoTrace).nullish() });

/** Of `/api/search`. */
export function traceItems(answer: unknown, source: string): SearchItem[] {
  const { traces } = tempoAnswer.parse(answer);
  return (traces ?? []).map((trace) => ({
    ...emptyItem('traces', source),
    time_ns: trace.startTimeUnixNano ?? null,
    service: trace.rootServiceName ?? '',
    text: trace.rootTraceName ?? '',
    trace_id: trace.traceID.padStart(32, '0'),
    duration_ms: trace.durationMs ?? 0,
    labels: traceLabels(trace),
  }));
}

function traceLabels(trace: z.output<typeof tempoTrace>): Record<string, string> {
  const labels: Record<string, string> = {};
  const stats = Object.values(trace.serviceStats ?? {});
  if (stats.length > 0) {
    labels.spans = String(stats.reduce((sum, one) => sum + (one.spanCount ?? 0), 0));
    labels.errors = String(stats.reduce((sum, one) => sum + (one.errorCount ?? 0), 0));
  }
  const span = trace.spanSets?.[0]?.spans[0];
  if (span !== undefined) {
    labels.span_id = span.spanID;
    if (span.name !== undefined) labels.span_name = span.name;
  }
  return labels;
}

const namesAnswer = z.object({ data: z.array(z.string()) });
const metadataAnswer = z.object({
  data: z.record(
    z.string(),
    z.array(z.object({ type: z.string(), help: z.string(), unit: z.string() })),
  ),
});

/** Of `/label/__name__/values` and `/metadata`. */
export function metricItems(names: unknown, metadata: unknown, source: string): SearchItem[] {
  const known = new Map(Object.entries(metadataAnswer.parse(metadata).data));
  return namesAnswer.parse(names).data.map((name) => {
    const [family] =
      known.get(name) ?? known.get(name.replace(/_(total|bucket|count|sum)$/, '')) ?? [];
    const labels = family === undefined ? {} : { ...family };
    return { ...emptyItem('metrics', source), text: name, labels };
  });
}

function emptyItem(signal: Signal, source: string): SearchItem {
  return {
    signal,
    source,
    time_ns: null,
    service: '',
    text: '',
    trace_id: '',
    duration_ms: null,
    labels: {},
  };
}

/** The newest first; what has no time comes last; the rest in order of source and text, so that the order is always the same. */
export function compareItems(a: SearchItem, b: SearchItem): number {
  return (
    timeOrder(a.time_ns, b.time_ns) ||
    compareText(a.source, b.source) ||
    compareText(a.text, b.text) ||
    compareText(a.trace_id, b.trace_id)
  );
}

function timeOrder(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return b.length - a.length || compareText(b, a);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
