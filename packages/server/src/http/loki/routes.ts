/**
 * Loki's query API under `/loki/api/v1`.
 *
 * Model: a route reads parameters, a query thread makes the whole answer, the main thread writes its bytes. What needs no stored data is
 * answered here (status.ts). Unknown parameters are ignored, as Loki does.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiError } from '../../queries/answers.ts';
import type { QueryAnswer } from '../../queries/requests.ts';
import { whileConnected } from '../client-signal.ts';
import { gzipFromBytes, sendAnswer } from '../compress.ts';
import type { LokiDeps } from './deps.ts';
import { inLokiShape, lokiErrorAnswer } from './errors.ts';
import { LokiParams } from './params.ts';
import { patternsAnswer } from './patterns.ts';
import {
  detected,
  detectedFieldsRequest,
  detectedLabelsRequest,
  formatRequest,
  instantRequest,
  labelsRequest,
  type Make,
  patternServicesRequest,
  rangeRequest,
  seriesRequest,
  statsRequest,
  valuesRequest,
  volumeRangeRequest,
  volumeRequest,
} from './query-requests.ts';
import { registerLokiStatus } from './status.ts';

/** A query is at most 128 KiB; a form holds it and some selectors. */
const MAX_FORM_BYTES = 1024 * 1024;

const ROUTES: readonly (readonly [string, Make])[] = [
  ['query', instantRequest],
  ['query_range', rangeRequest],
  ['format_query', formatRequest],
  ['labels', labelsRequest],
  ['label', labelsRequest],
  ['label/:name/values', (params, deps, request) => valuesRequest(nameOf(request), params, deps)],
  ['series', seriesRequest],
  ['index/stats', statsRequest],
  ['index/volume', volumeRequest],
  ['index/volume_range', volumeRangeRequest],
  ['detected_labels', detectedLabelsRequest],
  ['detected_fields', detectedFieldsRequest],
  [
    'detected_field/:name/values',
    (params, deps, request) => detected(nameOf(request), params, deps),
  ],
];

export function registerLoki(app: FastifyInstance, deps: LokiDeps): void {
  for (const [path, make] of ROUTES) {
    const url = `/loki/api/v1/${path}`;
    const handler = runner(deps, make);
    app.route({ method: ['GET', 'POST'], url, bodyLimit: MAX_FORM_BYTES, handler });
  }
  app.route({
    method: ['GET', 'POST'],
    url: '/loki/api/v1/patterns',
    bodyLimit: MAX_FORM_BYTES,
    handler: runner(deps, patternServicesRequest, (answer, request) =>
      patternsAnswer(answer, request, deps),
    ),
  });
  registerLokiStatus(app, deps);
}

function nameOf(request: FastifyRequest): string {
  const { params } = request;
  const name = typeof params === 'object' && params !== null && 'name' in params ? params.name : '';
  return typeof name === 'string' ? name : '';
}

type Reshape = (answer: QueryAnswer, request: FastifyRequest) => QueryAnswer;

function runner(deps: LokiDeps, make: Make, reshape?: Reshape) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const answer = await runQuery(deps, make, request, reply, reshape);
    if (answer.status === 503) reply.header('retry-after', '1');
    return sendAnswer(request, reply, answer);
  };
}

async function runQuery(
  deps: LokiDeps,
  make: Make,
  request: FastifyRequest,
  reply: FastifyReply,
  reshape: Reshape | undefined,
): Promise<QueryAnswer> {
  try {
    const ask = make(LokiParams.of(request, deps.now()), deps, request);
    const options = {
      tenant: request.tenant,
      timeoutMs: deps.limits().timeoutMs,
      // What is read here must be plain.
      ...(reshape === undefined ? { gzipFromBytes: gzipFromBytes(request) } : {}),
    };
    const answer = await whileConnected(reply, (signal) =>
      deps.queries.run({ kind: 'loki', ask }, { ...options, signal }),
    );
    if (answer.status !== 200) return inLokiShape(answer);
    return reshape === undefined ? answer : reshape(answer, request);
  } catch (error) {
    if (error instanceof ApiError) return lokiErrorAnswer(error);
    throw error;
  }
}
