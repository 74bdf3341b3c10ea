/**
 * The Prometheus HTTP API under `/api/v1` and `/prometheus/api/v1`, and `/federate`.
 *
 * Model: a route reads parameters, a query thread makes the whole answer, the main thread writes its bytes. What needs no data is
 * answered here. Unknown parameters are ignored, as Prometheus does.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError, errorAnswer } from '../../queries/answers.ts';
import type { QueryAnswer, QueryRequest } from '../../queries/requests.ts';
import { whileConnected } from '../client-signal.ts';
import { gzipFromBytes, sendAnswer } from '../compress.ts';
import type { PrometheusDeps } from './deps.ts';
import { Params } from './params.ts';
import {
  cardinalityRequest,
  exemplarsRequest,
  federateRequest,
  instantRequest,
  metadataRequest,
  rangeRequest,
  scopeRequest,
  seriesRequest,
  textRequest,
  valuesRequest,
} from './query-requests.ts';
import { registerStatus } from './status.ts';

/** A query is at most 64 KiB; a form holds it and some selectors. */
const MAX_FORM_BYTES = 1024 * 1024;

const PREFIXES = ['', '/prometheus'];

type Make = (params: Params, deps: PrometheusDeps, request: FastifyRequest) => QueryRequest;

const GET_AND_POST: readonly (readonly [string, Make])[] = [
  ['query', instantRequest],
  ['query_range', rangeRequest],
  ['query_exemplars', exemplarsRequest],
  ['series', seriesRequest],
  ['labels', (params) => scopeRequest('labels', params)],
  ['format_query', (params) => textRequest('format', params)],
  ['parse_query', (params) => textRequest('parse', params)],
];

const GET_ONLY: readonly (readonly [string, Make])[] = [
  ['label/:name/values', (params, _deps, request) => valuesRequest(nameOf(request), params)],
  ['metadata', metadataRequest],
  ['status/tsdb', cardinalityRequest],
];

export function registerPrometheus(app: FastifyInstance, deps: PrometheusDeps): void {
  for (const prefix of PREFIXES) {
    for (const [path, make] of GET_AND_POST) {
      const url = `${prefix}/api/v1/${path}`;
      const handler = runner(deps, make);
      app.route({ method: ['GET', 'POST'], url, bodyLimit: MAX_FORM_BYTES, handler });
    }
    for (const [path, make] of GET_ONLY) {
      app.get(`${prefix}/api/v1/${path}`, runner(deps, make));
    }
    app.get(`${prefix}/federate`, runner(deps, federateRequest, asText));
    registerStatus(app, `${prefix}/api/v1`, deps);
  }
}

function nameOf(request: FastifyRequest): string {
  const { params } = request;
  const name = typeof params === 'object' && params !== null && 'name' in params ? params.name : '';
  return typeof name === 'string' ? name : '';
}

function runner(
  deps: PrometheusDeps,
  make: Make,
  shape: (answer: QueryAnswer) => QueryAnswer = (answer) => answer,
) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const answer = await runQuery(deps, make, request, reply);
    if (answer.status === 204) return reply.code(204).send();
    if (answer.status === 503) reply.header('retry-after', '1');
    return sendAnswer(request, reply, shape(answer));
  };
}

async function runQuery(
  deps: PrometheusDeps,
  make: Make,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<QueryAnswer> {
  try {
    const params = Params.of(request);
    const query = make(params, deps, request);
    const timeoutMs = timeoutOf(params, deps.limits().timeoutMs);
    const { tenant } = request;
    const options = { tenant, timeoutMs, gzipFromBytes: gzipFromBytes(request) };
    return await whileConnected(reply, (signal) => deps.queries.run(query, { ...options, signal }));
  } catch (error) {
    if (error instanceof ApiError) return errorAnswer(error.type, error.message);
    throw error;
  }
}

/** A request may shorten the timeout, not lengthen it. */
function timeoutOf(params: Params, longestMs: number): number {
  if (params.get('timeout') === '') return longestMs;
  return Math.min(longestMs, Math.max(0, params.duration('timeout')));
}

/** `/federate` tells its errors as plain text. */
function asText(answer: QueryAnswer): QueryAnswer {
  if (answer.status === 200) return answer;
  const parsed: unknown = JSON.parse(Buffer.concat(answer.body).toString('utf8'));
  const isError = typeof parsed === 'object' && parsed !== null && 'error' in parsed;
  const body = [Buffer.from(`${isError ? parsed.error : 'failed'}\n`)];
  return { status: answer.status, contentType: 'text/plain; charset=utf-8', body };
}
