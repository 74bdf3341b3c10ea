/** The graph of who calls whom, from the service graph's metrics. */
import type { QueryData } from '../api/prometheus.ts';

const requests = 'traces_service_graph_request_total';
const failures = 'traces_service_graph_request_failed_total';
const latency = 'traces_service_graph_request_server_seconds_bucket';

/** Rate, failed rate and p95 of every edge. */
export function graphQueries(window: string): readonly string[] {
  const by = 'client, server, connection_type';
  return [
    `sum by (${by}) (rate(${requests}[${window}]))`,
    `sum by (${by}) (rate(${failures}[${window}]))`,
    `histogram_quantile(0.95, sum by (${by}, le) (rate(${latency}[${window}])))`,
  ];
}

export interface Edge {
  readonly client: string;
  readonly server: string;
  /** `database`, `messaging_system` and others; empty for a plain call. */
  readonly type: string;
  /** Calls a second. */
  readonly rate: number;
  /** 0..1 */
  readonly errors: number;
  /** Seconds; NaN where nothing is known. */
  readonly p95: number;
}

function edgeKey(metric: Readonly<Record<string, string>>): string {
  return JSON.stringify([metric.client ?? '', metric.server ?? '', metric.connection_type ?? '']);
}

function edgeValues(data: QueryData | undefined): Map<string, number> {
  const values = new Map<string, number>();
  if (data?.resultType !== 'vector') return values;
  for (const { metric, value } of data.result)
    if (value !== undefined) values.set(edgeKey(metric), Number(value[1]));
  return values;
}

/** The edges on which something was called, from the answers to `graphQueries`. */
export function edgesOf(answers: readonly (QueryData | undefined)[]): readonly Edge[] {
  const [rates] = answers;
  const failed = edgeValues(answers[1]);
  const p95 = edgeValues(answers[2]);
  if (rates?.resultType !== 'vector') return [];
  return rates.result.flatMap(({ metric, value }) => {
    const rate = Number(value?.[1]);
    const { client = '', server = '', connection_type: type = '' } = metric;
    if (!(rate > 0) || client === '' || server === '') return [];
    const key = edgeKey(metric);
    const errors = Math.min(1, (failed.get(key) ?? 0) / rate);
    return [{ client, server, type, rate, errors, p95: p95.get(key) ?? Number.NaN }];
  });
}

const typeTexts = new Map([
  ['virtual_node', 'outside'],
  ['messaging_system', 'messages'],
]);

/** What kind of connection it is, for people. */
export function edgeTypeText(type: string): string {
  return typeTexts.get(type) ?? type.replaceAll('_', ' ');
}
