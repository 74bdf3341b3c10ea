/**
 * Jaeger's query API: the classic one under `/jaeger/api` and, where nothing else lies, `/api`; the third version under `/jaeger/api/v3` and
 * `/api/v3`.
 *
 * Model: a route reads parameters, a query thread makes the whole answer. Unknown parameters are ignored, as Jaeger does.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError, jsonAnswer } from '../../queries/answers.ts';
import type { QueryAnswer } from '../../queries/requests.ts';
import type { JaegerRequest } from '../../queries/traces/requests.ts';
import { pathParam, type TraceApiDeps, traceIdOf, traceRoute } from '../trace-runner.ts';
import { classicErrorText, v3ErrorText } from './errors.ts';
import { searchOf } from './params.ts';
import { checkTime, readParam, v3SearchOf } from './v3-params.ts';

const PREFIXES = ['/jaeger/api', '/api'];
/** What Jaeger looks back on for dependencies. */
const DEPENDENCIES_LOOKBACK_MS = 86_400_000;
const MAX_LOOKBACK_MS = 10 * 365 * 86_400_000;
/** The thread that transforms gets a copy. */
const MAX_TRANSFORM_BYTES = 32 * 1024 * 1024;
const MAX_TRACE_IDS = 1000;

type Make = (params: URLSearchParams, request: FastifyRequest, nowMs: number) => JaegerRequest;

const CLASSIC: readonly (readonly [string, Make])[] = [
  ['services', () => ({ kind: 'jaeger services', v3: false })],
  [
    'services/:service/operations',
    (_params, request) => operationsOf(pathParam(request, 'service'), '', 'names'),
  ],
  [
    'operations',
    (params) => operationsOf(params.get('service') ?? '', params.get('spanKind') ?? '', 'kinds'),
  ],
  ['traces', (params, _request, nowMs) => tracesOf(params, nowMs)],
  [
    'traces/:traceId',
    (_params, request) => {
      const traceIds = [traceIdOf(pathParam(request, 'traceId'))];
      return { kind: 'jaeger traces', traceIds, one: true, v3: false };
    },
  ],
  ['dependencies', (params, _request, nowMs) => dependenciesOf(params, nowMs)],
];

const V3: readonly (readonly [string, Make])[] = [
  ['services', () => ({ kind: 'jaeger services', v3: true })],
  [
    'operations',
    (params) => operationsOf(params.get('service') ?? '', readParam(params, 'spanKind'), 'v3'),
  ],
  ['traces', (params) => ({ kind: 'jaeger search', search: v3SearchOf(params), shape: 'v3' })],
  [
    'trace-summaries',
    (params) => ({ kind: 'jaeger search', search: v3SearchOf(params), shape: 'summaries' }),
  ],
  [
    'traces/:traceId',
    (params, request) => {
      checkTime(params, 'startTime');
      checkTime(params, 'endTime');
      const traceIds = [traceIdOf(pathParam(request, 'traceId'))];
      return { kind: 'jaeger traces', traceIds, one: true, v3: true };
    },
  ],
];

export function registerJaeger(app: FastifyInstance, deps: TraceApiDeps): void {
  for (const prefix of PREFIXES) {
    register(prefix, CLASSIC, classicErrorText);
    const transform = traceRoute(deps, (_params, { body }) => transformOf(body), classicAnswer);
    app.post(`${prefix}/transform`, { bodyLimit: MAX_TRANSFORM_BYTES }, transform);
    register(`${prefix}/v3`, V3, v3ErrorText);
  }

  function register(
    prefix: string,
    routes: readonly (readonly [string, Make])[],
    errorText: (status: number, message: string) => string,
  ): void {
    for (const [path, make] of routes) {
      const handler = traceRoute(
        deps,
        (params, request) => make(params, request, deps.now()),
        (status, message) => jsonAnswer(status, errorText(status, message)),
      );
      app.get(`${prefix}/${path}`, handler);
    }
  }
}

function classicAnswer(status: number, message: string): QueryAnswer {
  return jsonAnswer(status, classicErrorText(status, message));
}

/** What Jaeger's page sends when a file of OTLP/JSON is opened in it. */
function transformOf(body: unknown): JaegerRequest {
  if (!Buffer.isBuffer(body)) throw new ApiError('bad_data', 'the body is empty');
  return { kind: 'jaeger transform', body };
}

function operationsOf(
  service: string,
  spanKind: string,
  shape: 'names' | 'kinds' | 'v3',
): JaegerRequest {
  if (service === '') throw new ApiError('bad_data', "parameter 'service' is required");
  return { kind: 'jaeger operations', service, spanKind: spanKind.toLowerCase(), shape };
}

function tracesOf(params: URLSearchParams, nowMs: number): JaegerRequest {
  const ids = params.getAll('traceID');
  if (ids.length === 0) {
    return { kind: 'jaeger search', search: searchOf(params, nowMs), shape: 'classic' };
  }
  if (ids.length > MAX_TRACE_IDS) {
    throw new ApiError('bad_data', `more than ${MAX_TRACE_IDS} trace ids`);
  }
  return { kind: 'jaeger traces', traceIds: ids.map(traceIdOf), one: false, v3: false };
}

function dependenciesOf(params: URLSearchParams, nowMs: number): JaegerRequest {
  const lookbackMs = milliseconds(params, 'lookback', DEPENDENCIES_LOOKBACK_MS);
  return {
    kind: 'jaeger dependencies',
    endMs: milliseconds(params, 'endTs', nowMs),
    lookbackMs: Math.min(MAX_LOOKBACK_MS, Math.max(1, lookbackMs)),
    service: params.get('service') ?? '',
  };
}

function milliseconds(params: URLSearchParams, name: string, fallback: number): number {
  const text = params.get(name) ?? '';
  if (text === '') return fallback;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const shown = JSON.stringify(text.slice(0, 100));
  throw new ApiError('bad_data', `unable to parse param '${name}': ${shown} is not a whole number`);
}
