/** Ways from a trace to its logs and metrics. */
import type { Search } from '../app/search.ts';
import { absoluteRange } from '../time/range.ts';

/** Logs come a little before and after the spans that they belong to: clocks differ, and exporters batch. */
const aroundMs = 60_000;

/** LogQL for the lines of a trace, or of one span of it. */
export function logsQuery(traceId: string, spanId?: string): string {
  const ofTrace = `{service_name=~".+"} | trace_id="${traceId}"`;
  return spanId === undefined ? ofTrace : `${ofTrace} | span_id="${spanId}"`;
}

/** The time in which logs of something that began at `startMs` are looked for. */
export function logsTime(startMs: number, durationUs: number) {
  return { fromMs: startMs - aroundMs, toMs: startMs + durationUs / 1000 + aroundMs };
}

/** The Logs page with the lines of a trace or span. */
export function logsSearch(
  traceId: string,
  spanId: string | undefined,
  startMs: number,
  durationUs: number,
): Search {
  const { fromMs, toMs } = logsTime(startMs, durationUs);
  return {
    q: logsQuery(traceId, spanId),
    mode: 'logql',
    ...absoluteRange(Math.floor(fromMs), Math.ceil(toMs)),
  };
}

function label(name: string, value: string): string {
  return `${name}=${JSON.stringify(value)}`;
}

/** Explore with rate and duration of an operation, around the time of one of its spans. */
export function metricsSearch(service: string, name: string, startMs: number): Search {
  const selector = `{${label('service', service)}, ${label('span_name', name)}}`;
  return {
    a: `sum by (status_code) (rate(traces_spanmetrics_calls_total${selector}[5m]))`,
    b: `histogram_quantile(0.95, sum by (le) (rate(traces_spanmetrics_latency_bucket${selector}[5m])))`,
    ...absoluteRange(Math.floor(startMs) - 30 * 60_000, Math.ceil(startMs) + 30 * 60_000),
  };
}
