/** Ways from a service to its traces, logs and metrics over the same time. */
import type { Search } from '../app/search.ts';
import type { TimeRange } from '../time/range.ts';

interface Wanted {
  readonly service: string;
  readonly operation?: string;
  readonly errors?: boolean;
}

/** The search of the Traces page. */
export function tracesSearch({ service, operation, errors }: Wanted, range: TimeRange): Search {
  const parts = [
    `resource.service.name = ${JSON.stringify(service)}`,
    ...(operation === undefined ? [] : [`name = ${JSON.stringify(operation)}`]),
    ...(errors === true ? ['status = error'] : []),
  ];
  return { q: `{ ${parts.join(' && ')} }`, ...range };
}

/** The search of the Logs page. */
export function logsSearch(service: string, range: TimeRange): Search {
  return { q: `{service_name=${JSON.stringify(service)}}`, ...range };
}

/** Explore with rate and p95 of the service, or of one of its operations. */
export function metricsSearch({ service, operation }: Wanted, range: TimeRange): Search {
  const parts = [
    `service=${JSON.stringify(service)}`,
    ...(operation === undefined ? [] : [`span_name=${JSON.stringify(operation)}`]),
  ];
  const selector = `{${parts.join(', ')}}`;
  return {
    a: `histogram_quantile(0.95, sum by (le) (rate(traces_spanmetrics_latency_bucket${selector}[5m])))`,
    ...range,
  };
}
