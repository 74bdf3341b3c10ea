/** `/query`, `/query_range` and `/format_query` in a query thread. */
import {
  encodeQueryData,
  formatLogql,
  type LogExpr,
  LogqlEngine,
  type LogqlExpr,
  LogqlParseError,
  type LogSource,
  type LogStream,
  type MetricExpr,
  parseLogql,
  type QueryResult,
} from '@sightline/query';
import { ApiError, JSON_TYPE, successAnswer } from '../answers.ts';
import type { ThreadBudget } from '../budget.ts';
import type { QueryAnswer } from '../requests.ts';
import { MeasuredSource } from './measured-source.ts';
import type { LokiRequest } from './requests.ts';
import { statsOf } from './stats.ts';
import { writeStreams } from './streams-json.ts';

/** What a query runs with. */
export interface LokiContext {
  source: LogSource;
  budget: ThreadBudget;
  maxSamples: number;
  queuedMs: number;
}

type EvaluationRequest = Extract<LokiRequest, { kind: 'instant' | 'range' }>;

const INSTANT_LOGS_TEXT =
  'log queries are not supported as an instant query type, please change your query to a range query type';

/** Throws ApiError, and what the engine and the store throw. */
export function answerEvaluation(request: EvaluationRequest, context: LokiContext): QueryAnswer {
  const startedAt = performance.now();
  const expr = parsedQuery(request.query);
  const source = new MeasuredSource(context.source);
  const work = (returned: number, passed: number) => {
    return statsOf({
      lines: Math.max(source.lines, context.budget.samples),
      bytes: source.bytes,
      returned,
      passed,
      execSeconds: (performance.now() - startedAt) / 1000,
      queueSeconds: context.queuedMs / 1000,
    });
  };
  if (expr.kind === 'log') {
    if (request.kind === 'instant') throw new ApiError('bad_data', INSTANT_LOGS_TEXT);
    const streams = logs(expr, request, source, context);
    const entries = streams.reduce((sum, { lines }) => sum + lines.length, 0);
    return streamsAnswer(streams, request, work(entries, entries));
  }
  const result = metric(expr, request, source, context);
  let points = 0;
  if ('series' in result) for (const { t } of result.series) points += t.length;
  context.budget.addBytes(points * POINT_BYTES);
  const data = encodeQueryData(result, context.budget, work(points, source.lines));
  return successPieces(data);
}

/** Bytes of JSON that a point comes to, about. */
const POINT_BYTES = 32;

function logs(
  expr: LogExpr,
  request: Extract<EvaluationRequest, { kind: 'range' }>,
  source: LogSource,
  context: LokiContext,
): LogStream[] {
  const { start, end, direction, limit, maxEntries, intervalNs } = request;
  if (limit > maxEntries) {
    const text = `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${maxEntries})`;
    throw new ApiError('bad_data', text);
  }
  const range = { start, end, direction, limit, intervalNs };
  return engineOf(request, context).logs(expr, range, source, context.budget);
}

function metric(
  expr: MetricExpr,
  request: EvaluationRequest,
  source: LogSource,
  context: LokiContext,
): QueryResult {
  const engine = engineOf(request, context);
  const { budget } = context;
  if (request.kind === 'instant') return engine.instant(expr, request.timeMs, source, budget);
  const { startMs, endMs, stepMs } = request;
  return engine.range(expr, startMs, endMs, stepMs, source, budget);
}

function engineOf({ maxSeries }: EvaluationRequest, { maxSamples }: LokiContext): LogqlEngine {
  return new LogqlEngine({ maxSamples, maxSeries });
}

const encoder = new TextEncoder();

function streamsAnswer(
  streams: readonly LogStream[],
  { direction, categorize }: EvaluationRequest,
  stats: object,
): QueryAnswer {
  const pieces: Uint8Array[] = [];
  const write = (json: string) => {
    pieces.push(encoder.encode(json));
  };
  // Readers take the flags for what comes behind them.
  const flags = categorize ? '"encodingFlags":["categorize-labels"],' : '';
  write(`{"resultType":"streams",${flags}"result":[`);
  writeStreams(streams, direction, categorize, write);
  write(`],"stats":${JSON.stringify(stats)}}`);
  return successPieces(pieces);
}

function successPieces(data: readonly Uint8Array[]): QueryAnswer {
  const body = [encoder.encode('{"status":"success","data":'), ...data, encoder.encode('}')];
  return { status: 200, contentType: JSON_TYPE, body };
}

export function answerFormat(query: string): QueryAnswer {
  return successAnswer(formatLogql(parsedQuery(query)));
}

/** Trees of queries that this thread was asked last; nobody changes a tree. */
const trees = new Map<string, LogqlExpr>();
const MAX_TREES = 128;
const MAX_KEPT_LENGTH = 4096;

/** Throws ApiError in Loki's words. */
export function parsedQuery(query: string): LogqlExpr {
  const known = trees.get(query);
  if (known !== undefined) return known;
  const tree = orApiError(() => parseLogql(query));
  if (query.length > MAX_KEPT_LENGTH) return tree;
  if (trees.size >= MAX_TREES) trees.clear();
  trees.set(query, tree);
  return tree;
}

/** Runs a parser; its errors become the API's. */
export function orApiError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof LogqlParseError) throw new ApiError('bad_data', error.message);
    throw error;
  }
}
