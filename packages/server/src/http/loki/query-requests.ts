/** From parameters to the request for a query thread. Every function throws ApiError, in Loki's words where Loki has them. */
import { ceilMs, compareTimes, floorMs } from '@sightline/wire';
import type { FastifyRequest } from 'fastify';
import { formatDurationMs } from '../../config/duration.ts';
import type { LokiRange, LokiRequest } from '../../queries/loki/requests.ts';
import type { LokiDeps, LokiLimits } from './deps.ts';
import { invalid, type LokiParams } from './params.ts';

const HOUR_MS = 3_600_000;
/** How far back queries look when they do not say, and lists of labels. */
const SINCE_MS = HOUR_MS;
const LABELS_SINCE_MS = 6 * HOUR_MS;
/** pkg/loghttp/query.go. */
const MAX_POINTS = 11_000;
const DEFAULT_ENTRIES = 100;
const DEFAULT_VOLUMES = 100;
const DEFAULT_FIELDS = 1000;
const DEFAULT_FIELD_LINES = 1000;
const MAX_FIELD_LINES = 5000;
/** Without `step`, a range has so many steps. */
const DEFAULT_STEPS = 250;

const CATEGORIZE_HEADER = 'x-loki-response-encoding-flags';
const CATEGORIZE = 'categorize-labels';

export type Make = (params: LokiParams, deps: LokiDeps, request: FastifyRequest) => LokiRequest;

export const instantRequest: Make = (params, deps, request) => {
  const time = params.time('time');
  const timeMs = time === undefined ? deps.now() : floorMs(time.hi, time.lo);
  return { kind: 'instant', timeMs, ...shown(params, deps, request) };
};

export const rangeRequest: Make = (params, deps, request) => {
  const range = checked(params.range(SINCE_MS), deps.limits());
  if (compareTimes(range.start, range.end) >= 0) {
    throw invalid('end timestamp must not be before or equal to start time');
  }
  const { startMs, endMs } = msOf(range);
  const stepMs = stepOf(params, startMs, endMs);
  const intervalMs = params.durationMs('interval') ?? 0;
  if (intervalMs < 0) throw invalid('interval must be >= 0');
  return {
    kind: 'range',
    ...range,
    startMs,
    endMs,
    stepMs,
    intervalNs: Math.round(intervalMs * 1e6),
    ...shown(params, deps, request),
  };
};

function shown(params: LokiParams, deps: LokiDeps, request: FastifyRequest) {
  const { maxEntries, maxSeries } = deps.limits();
  return {
    query: queryOf(params),
    limit: params.limit(DEFAULT_ENTRIES),
    direction: params.direction(),
    categorize: wantsCategories(request),
    maxEntries,
    maxSeries,
  };
}

/** Whether the client takes structured metadata and parsed labels apart from those of the stream. */
export function wantsCategories(request: Pick<FastifyRequest, 'headers'>): boolean {
  const flags = request.headers[CATEGORIZE_HEADER];
  const text = Array.isArray(flags) ? flags.join(',') : (flags ?? '');
  return text.split(',').some((flag) => flag.trim() === CATEGORIZE);
}

/** `query`, which must be there. */
export function queryOf(params: LokiParams): string {
  const query = params.get('query');
  if (query.trim() === '') throw invalid('parse error : queries require a text in parameter query');
  return query;
}

export function stepOf(params: LokiParams, startMs: number, endMs: number): number {
  const fallback = Math.max(1, Math.floor((endMs - startMs) / 1000 / DEFAULT_STEPS)) * 1000;
  const stepMs = params.durationMs('step') ?? fallback;
  if (stepMs <= 0) {
    throw invalid(
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  if ((endMs - startMs) / stepMs > MAX_POINTS) {
    throw invalid(
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
    );
  }
  // The engine counts whole milliseconds.
  return Math.max(1, Math.trunc(stepMs));
}

function msOf({ start, end }: LokiRange): { startMs: number; endMs: number } {
  return { startMs: floorMs(start.hi, start.lo), endMs: ceilMs(end.hi, end.lo) };
}

/** Throws when the range is longer than any may be. */
function checked(range: LokiRange, { maxRangeMs }: LokiLimits): LokiRange {
  const { startMs, endMs } = msOf(range);
  if (endMs - startMs <= maxRangeMs) return range;
  const [length, limit] = [endMs - startMs, maxRangeMs].map(formatDurationMs);
  throw invalid(
    `the query time range exceeds the limit (query length: ${length}, limit: ${limit})`,
  );
}

export const formatRequest: Make = (params) => ({ kind: 'format', query: queryOf(params) });

export const labelsRequest: Make = (params, deps) => {
  return { kind: 'labels', ...selected(params, deps, LABELS_SINCE_MS) };
};

export function valuesRequest(name: string, params: LokiParams, deps: LokiDeps): LokiRequest {
  return { kind: 'values', name, ...selected(params, deps, LABELS_SINCE_MS) };
}

/** Which services' patterns are asked for. */
export const patternServicesRequest: Make = (params, deps) => {
  const query = queryOf(params);
  const range = checked(params.range(SINCE_MS), deps.limits());
  return { kind: 'values', name: 'service_name', query, ...range };
};

export const seriesRequest: Make = (params, deps) => {
  const matches = [...params.all('match[]'), ...params.all('match')].filter((text) => text !== '');
  return { kind: 'series', matches, ...checked(params.range(LABELS_SINCE_MS), deps.limits()) };
};

export const statsRequest: Make = (params, deps) => {
  return { kind: 'stats', ...selected(params, deps, SINCE_MS) };
};

export const volumeRequest: Make = (params, deps) => volumes(params, deps, 0);

export const volumeRangeRequest: Make = (params, deps) => {
  const { startMs, endMs } = msOf(params.range(SINCE_MS));
  return volumes(params, deps, stepOf(params, startMs, endMs));
};

function volumes(params: LokiParams, deps: LokiDeps, stepMs: number): LokiRequest {
  const targets = params.get('targetLabels').split(',');
  const aggregateBy = params.get('aggregateBy') || 'series';
  if (aggregateBy !== 'series' && aggregateBy !== 'labels') {
    throw invalid("invalid aggregation option: aggregateBy must be 'series' or 'labels'");
  }
  return {
    kind: 'volume',
    stepMs,
    limit: params.limit(DEFAULT_VOLUMES),
    targetLabels: targets.map((name) => name.trim()).filter((name) => name !== ''),
    aggregateBy,
    ...selected(params, deps, SINCE_MS),
  };
}

export const detectedLabelsRequest: Make = (params, deps) => {
  return { kind: 'detected_labels', ...selected(params, deps, SINCE_MS) };
};

export const detectedFieldsRequest: Make = (params, deps) => detected('', params, deps);

/** `field` '' asks for the fields themselves. */
export function detected(field: string, params: LokiParams, deps: LokiDeps): LokiRequest {
  const lineLimit = params.whole('line_limit', DEFAULT_FIELD_LINES);
  if (lineLimit <= 0) throw invalid('line_limit must be a positive value');
  // `field_limit` is the older name.
  const limit = params.limit(params.whole('field_limit', DEFAULT_FIELDS));
  return {
    kind: 'detected_fields',
    field,
    lineLimit: Math.min(lineLimit, MAX_FIELD_LINES),
    limit,
    ...selected(params, deps, SINCE_MS),
  };
}

function selected(params: LokiParams, deps: LokiDeps, sinceMs: number) {
  const range = checked(params.range(sinceMs), deps.limits());
  return { query: params.get('query'), ...range };
}
