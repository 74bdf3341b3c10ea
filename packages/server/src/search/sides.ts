/**
 * Whom a search asks: our own store, signal by signal, and the servers that the configuration names.
 *
 * Model: a side is one signal of one source. Our own store is asked through the query pool, a remote server through its HTTP API; both
 * answer in the shape of that API, so that one reader serves both (items.ts). A remote answer is bounded in size and time.
 */
import type { QueryPool } from '../queries/pool.ts';
import type { QueryRequest } from '../queries/requests.ts';
import { logItems, metricItems, type SearchItem, traceItems } from './items.ts';
import { logQueries, metricSelectors, type SearchPlan, type Signal, traceQuery } from './plan.ts';
import type { SearchRemote } from './remotes.ts';

export interface Side {
  signal: Signal;
  source: string;
  /** null: the side has nothing to do with such a search. Rejects when it fails. */
  search(plan: SearchPlan, signal: AbortSignal): Promise<Found | null>;
}

export interface Found {
  /** One more than the limit of the plan where the side has more. */
  items: SearchItem[];
  /** The side could not be asked for one more than the limit, and has given as many as it was asked for. */
  isCut: boolean;
}

/** Bytes of a remote answer. */
const MAX_REMOTE_BYTES = 16 * 1024 * 1024;
/** Loki's own limit of lines in one answer (`max_entries_limit_per_query`). */
const MAX_ASKED = 5000;
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
      search: async (plan, signal) => {
        const requests = logQueries(plan).map((query) => logRequest(plan, query));
        const answers = await Promise.all(requests.map((request) => ask(request, signal)));
        return found(plan, uniqueItems(answers.flatMap((answer) => logItems(answer, LOCAL))));
      },
    },
    {
      signal: 'traces',
      source: LOCAL,
      search: async (plan, signal) => {
        const query = traceQuery(plan);
        if (query === null) return null;
        return found(plan, traceItems(await ask(traceRequest(plan, query), signal), LOCAL));
      },
    },
    {
      signal: 'metrics',
      source: LOCAL,
      search: async (plan, signal) => {
        const matches = metricSelectors(plan);
        if (matches === null) return null;
        const names = await ask(namesRequest(plan, matches), signal);
        return found(plan, metricItems(names, await ask(metadataRequest, signal), LOCAL));
      },
    },
  ];
}

const metadataRequest: QueryRequest = {
  kind: 'metadata',
  metric: '',
  limit: 0,
  limitPerMetric: 1,
};

/** One more than wanted tells whether there are more. */
function askedFor({ limit }: SearchPlan): number {
  return Math.min(limit + 1, MAX_ASKED);
}

function found(plan: SearchPlan, items: SearchItem[]): Found {
  return { items, isCut: askedFor(plan) <= plan.limit && items.length >= plan.limit };
}

/** Two questions may find the same line. */
function uniqueItems(items: readonly SearchItem[]): SearchItem[] {
  const byKey = new Map<string, SearchItem>();
  for (const item of items) {
    byKey.set(JSON.stringify([item.time_ns, item.text, item.labels]), item);
  }
  return [...byKey.values()];
}

function logRequest(plan: SearchPlan, query: string): QueryRequest {
  const { fromMs, toMs } = plan;
  const limit = askedFor(plan);
  return {
    kind: 'loki',
    ask: {
      kind: 'range',
      query,
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

function traceRequest(plan: SearchPlan, query: string): QueryRequest {
  const range = { startMs: plan.fromMs, endMs: plan.toMs };
  const limit = askedFor(plan);
  return {
    kind: 'traces',
    ask: { kind: 'tempo search', query, limit, spansPerSpanset: 1, ...range },
  };
}

function namesRequest(plan: SearchPlan, matches: string[]): QueryRequest {
  const range = { startMs: plan.fromMs, endMs: plan.toMs };
  return { kind: 'values', name: '__name__', matches, limit: askedFor(plan), ...range };
}

/** Unix nanoseconds in two words. */
function nanosOf(ms: number): { hi: number; lo: number } {
  const nanoseconds = BigInt(Math.round(ms)) * 1_000_000n;
  return { hi: Number(nanoseconds >> 32n), lo: Number(nanoseconds & 0xffffffffn) };
}

/** The side of a remote server. */
export function remoteSide(remote: SearchRemote): Side {
  const { name: source, type } = remote;
  const get = (path: string, params: readonly Parameter[], signal: AbortSignal) =>
    fetchJson(remote, path, params, signal);
  switch (type) {
    case 'loki':
      return {
        signal: 'logs',
        source,
        search: async (plan, signal) => {
          const { fromMs, toMs } = plan;
          const common: Parameter[] = [
            ['limit', String(askedFor(plan))],
            ['start', `${fromMs}000000`],
            ['end', `${toMs + 1}000000`],
          ];
          const answers = await Promise.all(
            logQueries(plan).map((query) =>
              get('/loki/api/v1/query_range', [['query', query], ...common], signal),
            ),
          );
          return found(plan, uniqueItems(answers.flatMap((answer) => logItems(answer, source))));
        },
      };
    case 'tempo':
      return {
        signal: 'traces',
        source,
        search: async (plan, signal) => {
          const q = traceQuery(plan);
          if (q === null) return null;
          const limit: Parameter = ['limit', String(askedFor(plan))];
          const params: Parameter[] = [['q', q], limit, ['spss', '1'], ...secondsOf(plan)];
          return found(plan, traceItems(await get('/api/search', params, signal), source));
        },
      };
    case 'prometheus':
      return {
        signal: 'metrics',
        source,
        search: async (plan, signal) => {
          const selectors = metricSelectors(plan);
          if (selectors === null) return null;
          const matches = selectors.map((selector): Parameter => ['match[]', selector]);
          const limit: Parameter = ['limit', String(askedFor(plan))];
          const params = [...matches, limit, ...secondsOf(plan)];
          const names = await get('/api/v1/label/__name__/values', params, signal);
          const metadata = await get('/api/v1/metadata', [['limit_per_metric', '1']], signal);
          return found(plan, metricItems(names, metadata, source));
        },
      };
  }
}

type Parameter = [name: string, value: string];

function secondsOf({ fromMs, toMs }: SearchPlan): Parameter[] {
  return [
    ['start', String(Math.floor(fromMs / 1000))],
    ['end', String(Math.ceil(toMs / 1000))],
  ];
}

async function fetchJson(
  { url, headers }: SearchRemote,
  path: string,
  params: readonly Parameter[],
  signal: AbortSignal,
): Promise<unknown> {
  const address = `${url.replace(/\/+$/, '')}${path}?${new URLSearchParams([...params])}`;
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
