/**
 * Tempo's query API under `/tempo/api`: traces by id, search by TraceQL or tags, completion, TraceQL metrics.
 *
 * Model: a route reads parameters, a query thread makes the whole answer. Errors are plain text, as Tempo's are.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { textAnswer } from '../../queries/answers.ts';
import type { QueryAnswer } from '../../queries/requests.ts';
import type { TempoRequest } from '../../queries/traces/requests.ts';
import { pathParam, type TraceApiDeps, traceIdOf, traceRoute } from '../trace-runner.ts';
import { countOf, countOrAll, metricsRangeOf, rangeOf, searchQueryOf, stepOf } from './params.ts';

const PREFIX = '/tempo/api';
const MAX_TRACES = 10_000;
const MAX_SPANS_OF_SET = 10_000;
const MAX_VALUES = 100_000;
const DEFAULT_TRACES = 20;
const DEFAULT_SPANS_OF_SET = 3;
const DEFAULT_TAGS = 5000;
const MAX_EXEMPLARS = 1000;
const DEFAULT_EXEMPLARS = 100;

type Make = (params: URLSearchParams, request: FastifyRequest, nowMs: number) => TempoRequest;

const ROUTES: readonly (readonly [string, Make])[] = [
  ['traces/:traceId', (params, request) => traceRequest(params, request, 'v1')],
  ['v2/traces/:traceId', (params, request) => traceRequest(params, request, 'v2')],
  [
    'search',
    (params) => ({
      kind: 'tempo search',
      query: searchQueryOf(params),
      ...rangeOf(params),
      limit: countOf(params, 'limit', DEFAULT_TRACES, MAX_TRACES),
      spansPerSpanset: countOrAll(params, 'spss', DEFAULT_SPANS_OF_SET, MAX_SPANS_OF_SET),
    }),
  ],
  ['search/tags', (params) => tagsRequest(params, false)],
  ['v2/search/tags', (params) => tagsRequest(params, true)],
  ['search/tag/:tag/values', (params, request) => valuesRequest(params, request, false)],
  ['v2/search/tag/:tag/values', (params, request) => valuesRequest(params, request, true)],
  [
    'metrics/query_range',
    (params, _request, nowMs) => {
      const range = metricsRangeOf(params, nowMs);
      return metricsRequest(params, range, stepOf(params, range));
    },
  ],
  [
    'metrics/query',
    (params, _request, nowMs) => metricsRequest(params, metricsRangeOf(params, nowMs), 0),
  ],
];

export function registerTempo(app: FastifyInstance, deps: TraceApiDeps): void {
  for (const [path, make] of ROUTES) {
    const handler = traceRoute(
      deps,
      (params, request) => make(params, request, deps.now()),
      textError,
    );
    app.get(`${PREFIX}/${path}`, handler);
  }
  app.get(`${PREFIX}/echo`, (_request, reply) =>
    reply.type('text/plain; charset=utf-8').send('echo'),
  );
  app.get(`${PREFIX}/status/buildinfo`, (_request, reply) =>
    reply.type('application/json').send(
      JSON.stringify({
        version: deps.version,
        revision: '',
        branch: '',
        buildDate: '',
        buildUser: '',
        goVersion: '',
      }),
    ),
  );
}

function textError(status: number, message: string): QueryAnswer {
  return textAnswer(status, 'text/plain; charset=utf-8', `${message}\n`);
}

function traceRequest(
  params: URLSearchParams,
  request: FastifyRequest,
  version: 'v1' | 'v2',
): TempoRequest {
  // Checked, though a trace is always answered whole.
  rangeOf(params);
  const protobuf = request.headers.accept?.includes('application/protobuf') === true;
  const query = version === 'v2' ? (params.get('q') ?? '').trim() : '';
  return {
    kind: 'tempo trace',
    traceId: traceIdOf(pathParam(request, 'traceId')),
    form: `${version} ${protobuf ? 'protobuf' : 'json'}`,
    query,
    keepHierarchy: params.get('keep_hierarchy') !== 'false',
  };
}

function tagsRequest(params: URLSearchParams, v2: boolean): TempoRequest {
  const scope = params.get('scope') ?? '';
  return {
    kind: 'tempo tags',
    scope: scope === 'none' ? '' : scope,
    ...rangeOf(params),
    limit: countOrAll(params, 'limit', DEFAULT_TAGS, MAX_VALUES),
    v2,
  };
}

function valuesRequest(
  params: URLSearchParams,
  request: FastifyRequest,
  v2: boolean,
): TempoRequest {
  return {
    kind: 'tempo values',
    tag: pathParam(request, 'tag'),
    query: params.get('q') ?? '',
    ...rangeOf(params),
    limit: countOrAll(params, 'limit', DEFAULT_TAGS, MAX_VALUES),
    v2,
  };
}

function metricsRequest(
  params: URLSearchParams,
  range: { startMs: number; endMs: number },
  stepMs: number,
): TempoRequest {
  return {
    kind: 'tempo metrics',
    query: params.get('q') || params.get('query') || '',
    ...range,
    stepMs,
    exemplars: stepMs === 0 ? 0 : countOrAll(params, 'exemplars', DEFAULT_EXEMPLARS, MAX_EXEMPLARS),
  };
}
