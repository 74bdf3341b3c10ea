/** What the mixed bench asks while it loads, over the time since it began. */

export interface MixedQuery {
  name: string;
  ask(url: string, startMs: number, endMs: number): Promise<void>;
}

const get = async (url: string, path: string, params: Record<string, string>): Promise<string> => {
  const response = await fetch(`${url}${path}?${new URLSearchParams(params)}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
};

const seconds = (ms: number): string => String(Math.round(ms / 1000));
const stepOf = (startMs: number, endMs: number): string =>
  String(Math.max(5, Math.round((endMs - startMs) / 1000 / 60)));

const promql = (name: string, query: string): MixedQuery => ({
  name,
  ask: async (url, startMs, endMs) => {
    const range = { start: seconds(startMs), end: seconds(endMs), step: stepOf(startMs, endMs) };
    await get(url, '/api/v1/query_range', { query, ...range });
  },
});

const logql = (name: string, query: string): MixedQuery => ({
  name,
  ask: async (url, startMs, endMs) => {
    const range = { start: `${startMs}000000`, end: `${endMs}000000` };
    const step = stepOf(startMs, endMs);
    await get(url, '/loki/api/v1/query_range', { query, ...range, step, limit: '100' });
  },
});

const traceql = (name: string, q: string): MixedQuery => ({
  name,
  ask: async (url, startMs, endMs) => {
    const range = { start: seconds(startMs), end: seconds(endMs + 1000) };
    await get(url, '/tempo/api/search', { q, ...range, limit: '20' });
  },
});

export const MIXED_QUERIES: readonly MixedQuery[] = [
  promql('PromQL: rate of 1,000 series', 'sum(rate(bench_requests_7_total[1m]))'),
  promql('PromQL: one series', 'bench_requests_7_total{instance="host-77"}'),
  logql('LogQL: newest 100 of a service', '{service_name="checkout"}'),
  logql('LogQL: text in all', '{service_name=~".+"} |= "timed out after 2999"'),
  logql(
    'LogQL: count by level',
    'sum by (detected_level) (count_over_time({service_name=~".+"}[1m]))',
  ),
  logql('LogQL: an attribute', '{service_name=~".+"} | user_id="user-4711"'),
  traceql('TraceQL: newest with errors', '{status=error}'),
  traceql('TraceQL: slow ones of a service', '{resource.service.name="payments" && duration>55ms}'),
];

/** How much of what was sent since `startMs` is found. */
export async function mixedCounts(
  url: string,
  startMs: number,
  endMs: number,
): Promise<{ samples: number; logs: number; spans: number }> {
  const window = `${Math.ceil((endMs - startMs) / 1000) + 60}s`;
  const time = seconds(endMs + 1000);
  const vector = async (path: string, query: string): Promise<number> => {
    const text = await get(url, path, { query, time });
    const answer: { data: { result: { value: [number, string] }[] } } = JSON.parse(text);
    return Number(answer.data.result[0]?.value[1] ?? 0);
  };
  const range = { start: seconds(startMs - 5000), end: seconds(endMs + 5000) };
  const spans = await get(url, '/tempo/api/metrics/query', {
    q: '{} | count_over_time()',
    ...range,
  });
  const counted: { series: { value?: number; samples?: { value: number }[] }[] } =
    JSON.parse(spans);
  const [series] = counted.series;
  return {
    samples: await vector(
      '/api/v1/query',
      `sum(count_over_time({__name__=~"bench_requests_.+"}[${window}]))`,
    ),
    logs: await vector(
      '/loki/api/v1/query',
      `sum(count_over_time({service_name=~".+"}[${window}]))`,
    ),
    spans: series?.value ?? series?.samples?.[0]?.value ?? 0,
  };
}
