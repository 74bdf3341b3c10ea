/**
 * `POST /api/v1/search`: one search over logs, traces and metrics, here and on the remote servers of the configuration.
 *
 * The answer is JSON with the items of all sides merged, or, for `Accept: application/x-ndjson`, lines: `{"kind":"side",...}` as soon as a
 * side has answered, and at the end `{"kind":"summary",...}` with the sides and warnings. The first line, `{"kind":"begin",...}`, names
 * the sides that are asked.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { QueryPool } from '../../queries/pool.ts';
import { searchItem } from '../../search/items.ts';
import { filtersOf, type SearchPlan, wordsOf } from '../../search/plan.ts';
import type { SearchRemote } from '../../search/remotes.ts';
import { search } from '../../search/search.ts';
import { localSides, remoteSide, type Side } from '../../search/sides.ts';
import * as z from '../../zod.ts';
import { whileConnected } from '../client-signal.ts';
import type { ApiRoutes } from '../openapi.ts';
import { sendProblem } from '../problem.ts';

const HOUR_MS = 3_600_000;
const MAX_TEXT = 1000;
const MAX_FILTERS = 32;
const MAX_WORDS = 32;
const MAX_LIMIT = 5000;
const NDJSON = 'application/x-ndjson';

const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

const time = z
  .union([z.number(), z.string()])
  .describe('Unix milliseconds, or a date and time of ISO 8601, in UTC unless it names its zone');

export const searchRequest = z.strictObject({
  freeText: z
    .string()
    .max(MAX_TEXT)
    .optional()
    .describe('Words and "quoted phrases"; all must be found'),
  type: z.enum(['logs', 'metrics', 'traces', 'all']).optional().describe('Default: all'),
  timeRange: z
    .strictObject({ from: time.optional(), to: time.optional() })
    .optional()
    .describe('Default: the last hour'),
  limit: z
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .optional()
    .describe(
      'Most items, shared between the signals; in an answer of lines, of each side. Default: 100',
    ),
  filters: z
    .record(
      z.string().min(1).max(256),
      z.union([z.string().max(MAX_TEXT), z.number(), z.boolean()]),
    )
    .optional()
    .describe(
      '`service`, `level`, `trace_id`, `span_id`, or names of attributes, with the value that each must have',
    ),
});

const side = z.object({
  source: z.string(),
  signal: z.enum(['logs', 'traces', 'metrics']),
  took_ms: z.number(),
  count: z.number().describe('Items that the side has found, at most the limit'),
  more: z.boolean().describe('The side has more than the limit'),
  skipped: z.string().describe('Why the side was not asked, for it has no such thing; else empty'),
  error: z.string().describe('Empty when all went well'),
});

export const searchAnswer = z.object({
  items: z.array(searchItem).describe('The newest first; what has no time comes last'),
  sides: z.array(side),
  warnings: z.array(z.string()).describe('Sides that failed or were late, and why'),
});

export interface SearchDeps {
  queries: Pick<QueryPool, 'run'>;
  /** Read on every request, so that a reload can change them. */
  limits(): { timeoutMs: number; sideTimeoutMs: number; remotes: readonly SearchRemote[] };
  /** Unix ms. */
  now(): number;
}

export function registerSearch(routes: ApiRoutes, deps: SearchDeps): void {
  routes.serve(
    {
      path: '/api/v1/search',
      operation: 'search',
      summary: 'One search over logs, traces and metrics',
      body: searchRequest,
      answer: searchAnswer,
    },
    (request, reply) => answer(deps, request, reply),
  );
}

async function answer(
  deps: SearchDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const parsed = readRequest(request.body);
  if ('problem' in parsed) return sendProblem(reply, 400, parsed.problem);
  const plan = planOf(parsed, deps.now());
  if ('problem' in plan) return sendProblem(reply, 400, plan.problem);
  const { timeoutMs, sideTimeoutMs, remotes } = deps.limits();
  const { type = 'all' } = parsed;
  const own = localSides({ queries: deps.queries, tenant: request.tenant, timeoutMs });
  const sides = [...own, ...remotes.map(remoteSide)].filter(
    ({ signal }) => type === 'all' || signal === type,
  );
  return whileConnected(reply, async (signal) => {
    const options = { sideTimeoutMs, signal };
    if (!wantsLines(request)) {
      const result = await search(sides, plan, options);
      return reply.type('application/json').send(JSON.stringify(result));
    }
    await sendLines(reply, sides, plan, options);
    return reply;
  });
}

/** Writes each side as a line as soon as it is there. */
async function sendLines(
  reply: FastifyReply,
  sides: readonly Side[],
  plan: SearchPlan,
  options: { sideTimeoutMs: number; signal: AbortSignal },
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, { 'content-type': NDJSON, 'cache-control': 'no-store' });
  const line = (value: object): void => {
    if (!raw.destroyed) raw.write(`${JSON.stringify(value)}\n`);
  };
  line({ kind: 'begin', sides: sides.map(({ source, signal }) => ({ source, signal })) });
  const { warnings, sides: all } = await search(sides, plan, {
    ...options,
    onSide: ({ items, ...rest }) => line({ kind: 'side', ...rest, count: items.length, items }),
  });
  line({ kind: 'summary', sides: all, warnings });
  raw.end();
}

function wantsLines(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes(NDJSON);
}

function readRequest(body: unknown): z.output<typeof searchRequest> | { problem: string } {
  let json: unknown;
  try {
    json = JSON.parse(body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '');
  } catch {
    return { problem: 'the body must be a JSON object such as {"freeText":"timeout"}' };
  }
  const parsed = searchRequest.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue === undefined ? '' : issue.path.join('.');
  return { problem: `${place === '' ? 'the body' : place}: ${issue?.message ?? 'is not valid'}` };
}

function planOf(
  request: z.output<typeof searchRequest>,
  nowMs: number,
): SearchPlan | { problem: string } {
  const { freeText = '', timeRange = {}, limit = 100, filters = {} } = request;
  const toMs = timeOf(timeRange.to, nowMs);
  const fromMs = timeOf(timeRange.from, toMs - HOUR_MS);
  if (Number.isNaN(fromMs) || Number.isNaN(toMs)) {
    return { problem: 'timeRange: from and to must be Unix milliseconds or ISO 8601' };
  }
  if (toMs < fromMs) return { problem: 'timeRange: to is before from' };
  const words = wordsOf(freeText);
  if (words.length > MAX_WORDS) return { problem: `freeText: more than ${MAX_WORDS} words` };
  if (Object.keys(filters).length > MAX_FILTERS) {
    return { problem: `filters: more than ${MAX_FILTERS}` };
  }
  return { words, filters: filtersOf(filters), fromMs, toMs, limit };
}

function timeOf(value: number | string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  const ms = typeof value === 'number' ? value : isoTime(value);
  return ms >= 0 && ms < 8.64e15 ? Math.floor(ms) : Number.NaN;
}

/** What JavaScript reads beyond ISO 8601 hangs on its engine, and a time without a zone on where the server stands. */
function isoTime(text: string): number {
  const found = ISO_TIME.exec(text);
  if (found === null) return Number.NaN;
  const isLocal = found[1] !== undefined && found[4] === undefined;
  return Date.parse(`${text.replace(',', '.')}${isLocal ? 'Z' : ''}`);
}
