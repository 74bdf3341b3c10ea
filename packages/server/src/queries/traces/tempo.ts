/** Answers of Tempo's API in a query thread. */
import {
  parseTraceql,
  queryMetrics,
  StoreTraceSource,
  searchTraces,
  TraceqlEvalError,
  TraceqlParseError,
  type TraceqlQuery,
} from '@sightline/query';
import { ApiError, JSON_TYPE, jsonAnswer } from '../answers.ts';
import type { ExecuteContext } from '../context.ts';
import type { QueryAnswer } from '../requests.ts';
import type { TempoRequest } from './requests.ts';
import { metricsJson } from './tempo-metrics.ts';
import { matchJson } from './tempo-search.ts';
import { tagsAnswer, valuesAnswer } from './tempo-tags.ts';
import { tempoTraceAnswer } from './tempo-trace.ts';
import { TextPieces } from './text-pieces.ts';

type Ask<K extends TempoRequest['kind']> = Extract<TempoRequest, { kind: K }>;

/** Throws ApiError, and what the store throws. */
export function answerTempo(ask: TempoRequest, context: ExecuteContext): QueryAnswer {
  try {
    switch (ask.kind) {
      case 'tempo trace':
        return tempoTraceAnswer(ask, context);
      case 'tempo search':
        return searchAnswer(ask, context);
      case 'tempo tags':
        return tagsAnswer(ask, context);
      case 'tempo values':
        return valuesAnswer(ask, context);
      case 'tempo metrics':
        return metricsAnswer(ask, context);
    }
  } catch (error) {
    if (error instanceof TraceqlParseError) {
      throw new ApiError('bad_data', `invalid TraceQL query: ${error.message}`);
    }
    if (error instanceof TraceqlEvalError) throw new ApiError('execution', error.message);
    throw error;
  }
}

function searchAnswer(
  { query, startMs, endMs, limit, spansPerSpanset }: Ask<'tempo search'>,
  { records, budget }: ExecuteContext,
): QueryAnswer {
  const parsed = parseTraceql(query === '' ? '{}' : query);
  if (parsed.kind === 'math' || parsed.metrics !== null) {
    throw new ApiError(
      'bad_data',
      'the query has a metrics function: ask /api/metrics/query_range for it',
    );
  }
  const source = new StoreTraceSource(records, budget);
  const matches = searchTraces(parsed, source, { startMs, endMs, limit, spansPerSpanset });
  const into = new TextPieces(budget);
  into.push('{"traces":[');
  matches.forEach((match, i) => {
    into.push((i > 0 ? ',' : '') + matchJson(match));
  });
  into.push(`],"metrics":{"inspectedTraces":${source.inspected},"completedJobs":1,"totalJobs":1}}`);
  return { status: 200, contentType: JSON_TYPE, body: into.finish() };
}

function metricsAnswer(
  { query, startMs, endMs, stepMs, exemplars }: Ask<'tempo metrics'>,
  { records, budget }: ExecuteContext,
): QueryAnswer {
  const parsed: TraceqlQuery = parseTraceql(query);
  if (parsed.kind === 'spans' && parsed.metrics === null) {
    throw new ApiError(
      'bad_data',
      'the query has no metrics function, such as rate(): ask /api/search for traces',
    );
  }
  const source = new StoreTraceSource(records, budget);
  const result = queryMetrics(parsed, source, { startMs, endMs, stepMs, exemplars });
  return jsonAnswer(200, metricsJson(result, stepMs === 0, source.inspected));
}
