/** `/query`, `/query_range`, `/format_query` and `/parse_query` in a query thread. */
import {
  DEFAULT_SUBQUERY_STEP_MS,
  DurationError,
  Engine,
  type Expr,
  PromqlEvalError,
  PromqlParseError,
  parsePromql,
  prettyPromql,
  type QueryResult,
  toParseTree,
} from '@sightline/query';
import { ApiError, invalidParameter, successAnswer } from './answers.ts';
import type { ExecuteContext } from './context.ts';
import type { QueryAnswer, QueryRequest } from './requests.ts';
import { resultAnswer } from './result-answer.ts';

type EvaluationRequest = Extract<QueryRequest, { kind: 'instant' | 'range' }>;

/** Evaluates an instant or range query. Throws ApiError, and what the engine and the store throw. */
export function answerQuery(request: EvaluationRequest, context: ExecuteContext): QueryAnswer {
  const startedAt = performance.now();
  const expr = parsed(request.query);
  const preparedAt = performance.now();
  const result = evaluate(expr, request, context);
  if ('series' in result && request.limit > 0 && result.series.length > request.limit) {
    result.series.length = request.limit;
    result.warnings.push('results truncated due to limit');
  }
  const times = { startedAt, preparedAt, evaluatedAt: performance.now() };
  const stats = request.stats === '' ? undefined : statistics(context, times);
  return resultAnswer(result, stats, context.budget);
}

function evaluate(
  expr: Expr,
  request: EvaluationRequest,
  { querier, budget, maxSamples }: ExecuteContext,
): QueryResult {
  const { query, lookbackMs } = request;
  const defaultSubqueryStepMs = DEFAULT_SUBQUERY_STEP_MS;
  const engine = new Engine({ lookbackMs, defaultSubqueryStepMs, maxSamples });
  if (request.kind === 'instant') {
    return engine.instant(expr, request.timeMs, querier, budget, query);
  }
  const { startMs, endMs, stepMs } = request;
  return engine.range(expr, startMs, endMs, stepMs, querier, budget, query);
}

export function answerFormat(query: string): QueryAnswer {
  return successAnswer(prettyPromql(parsed(query)));
}

export function answerParse(query: string): QueryAnswer {
  return successAnswer(toParseTree(parsed(query)));
}

/** Trees of queries that this thread was asked last; nobody changes a tree. */
const trees = new Map<string, Expr>();
const MAX_TREES = 128;
const MAX_KEPT_LENGTH = 4096;

/** Throws ApiError. */
function parsed(query: string): Expr {
  const known = trees.get(query);
  if (known !== undefined) return known;
  const tree = parse(query);
  if (query.length > MAX_KEPT_LENGTH) return tree;
  if (trees.size >= MAX_TREES) trees.clear();
  trees.set(query, tree);
  return tree;
}

function parse(query: string): Expr {
  try {
    return parsePromql(query);
  } catch (error) {
    if (error instanceof PromqlParseError) throw invalidParameter('query', error.message);
    throw error;
  }
}

/** The API error for a failure of the engine; undefined when it is none that is expected. */
export function evaluationError(error: unknown): ApiError | undefined {
  if (error instanceof DurationError) return invalidParameter('query', error.message);
  if (!(error instanceof PromqlEvalError)) return undefined;
  if (error.kind === 'bad_data') return invalidParameter('query', error.message);
  return new ApiError('execution', error.message);
}

/** `stats` of the answer, as Prometheus names it (util/stats); times in seconds. */
function statistics(
  { budget, queuedMs }: ExecuteContext,
  times: { startedAt: number; preparedAt: number; evaluatedAt: number },
) {
  const total = (times.evaluatedAt - times.startedAt) / 1000;
  const inner = (times.evaluatedAt - times.preparedAt) / 1000;
  return {
    timings: {
      evalTotalTime: total,
      resultSortTime: 0,
      queryPreparationTime: total - inner,
      innerEvalTime: inner,
      execQueueTime: queuedMs / 1000,
      execTotalTime: total + queuedMs / 1000,
    },
    samples: { totalQueryableSamples: budget.samples, peakSamples: budget.samples },
  };
}
