/**
 * Whom a search asks: our own store, signal by signal, and the servers that the configuration names.
 *
 * Model: a side is one signal of one source. Our own store is asked through the query pool, a remote server through its HTTP API; both
 * answer in the shape of that API, so that one reader serves both (items.ts). A remote answer is bounded in size and time.
 */
import type { QueryPool } from '../queries/pool.ts';
import type { QueryRequest } from '../queries/requests.ts';
import { logItems, metricItems, type SearchItem, traceItems } from './items.ts';
import { logQuery, metricSelector, type SearchPlan, type Signal, traceQuery } from './plan.ts';
import type { SearchRemote } from './remotes.ts';

export interface Side {
  signal: Signal;
  source: string;
  /** null: the side has nothing to do with such a search. Rejects when it fails. */
  search(plan: SearchPlan, signal: AbortSignal): Promise<SearchItem[] | null>;
}

/** Bytes of a remote answer. */
const MAX_REMOTE_BYTES = 16 * 1024 * 1024;
const LOCAL = 'local';

export interface LocalDeps {
  queries: Pick<QueryPool, 'run'>;
  tenant: string;
  timeoutMs: number;
}

/** The three sides of our own store. */
export function localSides(deps: LocalDeps): Side[] {
  const ask = async (request: QueryRequest, signal: AbortSignal): Promise<unknown> => {
    const { tenant, timeoutMs } = deps;
    const answer = await deps.queries.run(request, { tenant, timeoutMs, signal });
    const text = Buffer.concat(answer.body).toString('utf8');
    if (answer.status >= 400) throw new Error(messageOf(text));
    return JSON.parse(text);
  };
  return [
    {
      signal: 'logs',
      source: LOCAL,
      search: async (plan, signal) => logItems(await ask(logRequest(plan), signal), LOCAL),
    },
    {
      signal: 'traces',
      source: LOCAL,
      search: async (plan, signal) => {
        const query = traceQuery(plan);
        if (query === null) return null;
        return traceItems(await ask(traceRequest(plan, query), signal), LOCAL);
      },
    },
    {
      signal: 'metrics',
      source: LOCAL,
      search: async (plan, signal) => {
        const selector = metricSelector(plan);
        if (selector === null) return null;
        const names = await ask(namesRequest(plan, selector), signal);
        const metadata: QueryRequest = {
          kind: 'metadata',
          metric: '',
          limit: 0,
          limitPerMetric: 1,
        };
        return metricItems(names, await ask(metadata, signal), LOCAL);
      },
    },
  ];
}

function logRequest(plan: SearchPlan): QueryRequest {
  const { fromMs, toMs, limit } = plan;
  return {
    kind: 'loki',
    ask: {
      kind: 'range',
      query: logQuery(plan),
      limit,
      maxEntries: limit,
      maxSeries: 1,
      direction: 'backward',
      categorize: false,
      start: nanosOf(fromMs),
      end: nanosOf(toMs + 1),
      startMs: fromMs,
      endMs: toMs,
      stepMs: 1000,
      intervalNs: 0,
    },
  };
}

function traceRequest({ fromMs, toMs, limit }: SearchPlan, query: string): QueryRequest {
  const range = { startMs: fromMs, endMs: toMs };
  return {
    kind: 'traces',
    ask: { kind: 'tempo search', query, limit, spansPerSpanset: 1, ...range },
  };
}

function namesRequest({ fromMs, toMs, limit }: SearchPlan, selector: string): QueryRequest {
  const range = { startMs: fromMs, endMs: toMs };
  return { kind: 'values', name: '__name__', matches: [selector], limit, ...range };
}

/** Unix nanoseconds in two words. */
function nanosOf(ms: number): { hi: number; lo: number } {
  const nanoseconds = BigInt(Math.round(ms)) * 1_000_000n;
  return { hi: Number(nanoseconds >> 32n), lo: Number(nanoseconds & 0xffffffffn) };
}

/** The side of a remote server. */
export function remoteSide(remote: SearchRemote): Side {
  const { name: source, type } = remote;
  const get = (path: string, params: Record<string, string>, signal: AbortSignal) =>
    fetchJson(remote, path, params, signal);
  switch (type) {
    case 'loki':
      return {
        signal: 'logs',
        source,
        search: async (plan, signal) => {
          const { fromMs, toMs, limit } = plan;
          const range = { start: `${fromMs}000000`, end: `${toMs}999999` };
          const params = { query: logQuery(plan), limit: String(limit), ...range };
          return logItems(await get('/loki/api/v1/query_range', params, signal), source);
        },
      };
    case 'tempo':
      return {
        signal: 'traces',
        source,
        search: async (plan, signal) => {
          const q = traceQuery(plan);
          if (q === null) return null;
          const params = { q, limit: String(plan.limit), ...secondsOf(plan) };
          return traceItems(await get('/api/search', params, signal), source);
        },
      };
    case 'prometheus':
      return {
        signal: 'metrics',
        source,
        search: async (plan, signal) => {
          const selector = metricSelector(plan);
          if (selector === null) return null;
          const params = {
            'match[]': selector,
            limit: String(plan.limit),
            ...secondsOf(plan),
          };
          const names = await get('/api/v1/label/__name__/values', params, signal);
          const metadata = await get('/api/v1/metadata', { limit_per_metric: '1' }, signal);
          return metricItems(names, metadata, source).slice(0, plan.limit);
        },
      };
  }
}

function secondsOf({ fromMs, toMs }: SearchPlan): { start: string; end: string } {
  return { start: String(Math.floor(fromMs / 1000)), end: String(Math.ceil(toMs / 1000)) };
}

async function fetchJson(
  { url, headers }: SearchRemote,
  path: string,
  params: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  const address = `${url.replace(/\/+$/, '')}${path}?${new URLSearchParams(params)}`;
  const response = await fetch(address, { headers, signal });
  const text = await boundedText(response);
  if (!response.ok) throw new Error(`answered ${response.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

async function boundedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > MAX_REMOTE_BYTES) throw new Error(`answered more than ${MAX_REMOTE_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The message of an error in the shape of the pool. */
function messageOf(text: string): string {
  const body: unknown = JSON.parse(text);
  const isError = typeof body === 'object' && body !== null && 'error' in body;
  return isError ? String(body.error) : 'the query failed';
}
