/** `GET /api/v1/traces/{traceId}` and `/api/v1/traces/{traceId}/spans/{spanId}`: what the page shows of a trace. */
import type { FastifyRequest } from 'fastify';
import { ApiError, textAnswer } from '../../queries/answers.ts';
import type { QueryAnswer } from '../../queries/requests.ts';
import * as z from '../../zod.ts';
import type { ApiRoutes } from '../openapi.ts';
import { problemBody } from '../problem.ts';
import { pathParam, type TraceApiDeps, traceIdOf, traceRoute } from '../trace-runner.ts';

const indexes = z.array(z.int());
const nanoseconds = z.string().describe('Unix nanoseconds as decimal text');

export const traceColumns = z.object({
  trace_id: z.string(),
  start_ns: nanoseconds,
  duration_ns: z.number().describe('From the first start to the last end'),
  services: z.array(z.string()),
  names: z.array(z.string()),
  spans: z
    .object({
      id: z.array(z.string()),
      parent: indexes.describe(
        'Row of the parent; -1 for none, -2 for one that is not in the trace',
      ),
      service: indexes.describe('Index into services'),
      name: indexes.describe('Index into names'),
      start_us: z.array(z.number()).describe('Microseconds since the start of the trace'),
      duration_us: z.array(z.number()),
      kind: indexes.describe(
        '0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer',
      ),
      status: indexes.describe('0 unset, 1 ok, 2 error'),
      events: indexes.describe('Number of events'),
    })
    .describe('Columns: element i of each is span i, in order of start'),
});

const attributes = z.array(
  z.object({
    name: z.string(),
    type: z.enum(['string', 'bool', 'int', 'double', 'bytes', 'json']),
    value: z.string().describe('As text; bytes in base64, lists and maps as JSON'),
  }),
);
const count = z.int().nonnegative();

export const spanDetail = z.object({
  trace_id: z.string(),
  span_id: z.string(),
  parent_id: z.string().describe('Empty for a root'),
  name: z.string(),
  service: z.string(),
  kind: z.int(),
  status: z.int(),
  status_message: z.string(),
  trace_state: z.string(),
  start_ns: nanoseconds,
  duration_ns: z.number(),
  resource: attributes,
  scope: z.object({ name: z.string(), version: z.string() }),
  attributes,
  events: z.array(
    z.object({
      time_ns: nanoseconds,
      name: z.string(),
      attributes,
      dropped_attributes: count,
    }),
  ),
  links: z.array(
    z.object({
      trace_id: z.string(),
      span_id: z.string(),
      trace_state: z.string(),
      attributes,
      dropped_attributes: count,
    }),
  ),
  dropped_attributes: count.describe('Attributes that the sender or a limit left out'),
  dropped_events: count,
  dropped_links: count,
});

const traceId = '1 to 32 hex digits';

export function registerTraceRoutes(routes: ApiRoutes, deps: TraceApiDeps): void {
  routes.serve(
    {
      path: '/api/v1/traces/{traceId}',
      operation: 'getTrace',
      summary: 'The spans of a trace as columns',
      parameters: { traceId },
      answer: traceColumns,
    },
    traceRoute(
      deps,
      (_params, request) => ({ kind: 'trace columns', traceId: idOf(request) }),
      problemAnswer,
    ),
  );
  routes.serve(
    {
      path: '/api/v1/traces/{traceId}/spans/{spanId}',
      operation: 'getSpan',
      summary: 'Everything about one span',
      parameters: { traceId, spanId: '1 to 16 hex digits' },
      answer: spanDetail,
    },
    traceRoute(
      deps,
      (_params, request) => ({
        kind: 'span detail',
        traceId: idOf(request),
        spanId: spanIdOf(pathParam(request, 'spanId')),
      }),
      problemAnswer,
    ),
  );
}

function idOf(request: FastifyRequest): string {
  return traceIdOf(pathParam(request, 'traceId'));
}

function spanIdOf(text: string): string {
  if (/^[0-9a-f]{1,16}$/i.test(text)) return text.toLowerCase().padStart(16, '0');
  const shown = JSON.stringify(text.slice(0, 64));
  throw new ApiError('bad_data', `span id must be 1 to 16 hex digits, not ${shown}`);
}

function problemAnswer(status: number, message: string): QueryAnswer {
  return textAnswer(status, 'application/problem+json', problemBody(status, message));
}
