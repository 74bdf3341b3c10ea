/** From parameters to the request for a query thread. Every function throws ApiError in Prometheus' words. */
import { ApiError, invalidParameter } from '../../queries/answers.ts';
import type { EvaluationOptions, QueryRequest, SeriesScope } from '../../queries/requests.ts';
import type { PrometheusDeps } from './deps.ts';
import { unescapeLabelName } from './label-name.ts';
import { MAX_TIME_MS, MIN_TIME_MS, type Params, quote } from './params.ts';

/** Enough for 60 s resolution over a week or 1 h over a year (web/api/v1/api.go). */
const MAX_POINTS = 11_000;
/** `/status/tsdb` counts the series of this time. */
const CARDINALITY_MS = 3_600_000;
const MAX_CARDINALITY_ENTRIES = 10_000;

export function instantRequest(params: Params, deps: PrometheusDeps): QueryRequest {
  const limit = params.limit();
  const timeMs = params.time('time', deps.now());
  return { kind: 'instant', timeMs, ...evaluation(params, deps, limit) };
}

export function rangeRequest(params: Params, deps: PrometheusDeps): QueryRequest {
  const limit = params.limit();
  const startMs = params.requiredTime('start');
  const endMs = params.requiredTime('end');
  if (endMs < startMs) {
    throw invalidParameter('end', 'end timestamp must not be before start time');
  }
  const stepMs = params.duration('step');
  if (stepMs <= 0) {
    const message =
      'zero or negative query resolution step widths are not accepted. Try a positive integer';
    throw invalidParameter('step', message);
  }
  if (Math.floor((endMs - startMs) / stepMs) > MAX_POINTS) {
    const message =
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)';
    throw new ApiError('bad_data', message);
  }
  // The engine counts whole milliseconds, as Prometheus' does.
  const wholeStepMs = Math.max(1, Math.trunc(stepMs));
  return { kind: 'range', startMs, endMs, stepMs: wholeStepMs, ...evaluation(params, deps, limit) };
}

function evaluation(params: Params, deps: PrometheusDeps, limit: number): EvaluationOptions {
  return {
    query: params.get('query'),
    lookbackMs: params.lookback() ?? deps.limits().lookbackMs,
    limit,
    stats: params.get('stats'),
  };
}

export function exemplarsRequest(params: Params): QueryRequest {
  const startMs = params.time('start', MIN_TIME_MS);
  const endMs = params.time('end', MAX_TIME_MS);
  if (endMs < startMs) {
    throw invalidParameter('end', 'end timestamp must not be before start timestamp');
  }
  return { kind: 'exemplars', query: params.get('query'), startMs, endMs };
}

export function textRequest(kind: 'format' | 'parse', params: Params): QueryRequest {
  return { kind, query: params.get('query') };
}

export function scopeRequest(kind: 'series' | 'labels', params: Params): QueryRequest {
  return { kind, ...scopeOf(params) };
}

export function seriesRequest(params: Params): QueryRequest {
  if (params.all('match[]').length === 0) {
    throw new ApiError('bad_data', 'no match[] parameter provided');
  }
  return scopeRequest('series', params);
}

/** `escaped` as it stands in the path: `U__...` for names that are no plain identifiers. */
export function valuesRequest(escaped: string, params: Params): QueryRequest {
  const name = unescapeLabelName(escaped);
  if (name === '') throw new ApiError('bad_data', `invalid label name: ${quote(escaped)}`);
  return { kind: 'values', name, ...scopeOf(params) };
}

function scopeOf(params: Params): SeriesScope {
  const limit = params.limit();
  const startMs = params.time('start', MIN_TIME_MS);
  const endMs = params.time('end', MAX_TIME_MS);
  if (endMs < startMs) {
    throw invalidParameter('end', 'end timestamp must not be before start timestamp');
  }
  return { matches: params.all('match[]'), startMs, endMs, limit };
}

export function metadataRequest(params: Params): QueryRequest {
  return {
    kind: 'metadata',
    metric: params.get('metric'),
    limit: numberOf(params, 'limit'),
    limitPerMetric: numberOf(params, 'limit_per_metric'),
  };
}

function numberOf(params: Params, name: string): number {
  const text = params.get(name);
  if (text === '') return 0;
  if (!/^[+-]?\d+$/.test(text)) throw new ApiError('bad_data', `${name} must be a number`);
  return Number(text);
}

export function federateRequest(params: Params, deps: PrometheusDeps): QueryRequest {
  const { lookbackMs } = deps.limits();
  return { kind: 'federate', matches: params.all('match[]'), nowMs: deps.now(), lookbackMs };
}

export function cardinalityRequest(params: Params, deps: PrometheusDeps): QueryRequest {
  const text = params.get('limit');
  const limit = text === '' ? 10 : Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new ApiError('bad_data', 'limit must be a positive number');
  }
  const endMs = deps.now();
  const startMs = endMs - CARDINALITY_MS;
  return { kind: 'cardinality', startMs, endMs, limit: Math.min(limit, MAX_CARDINALITY_ENTRIES) };
}
