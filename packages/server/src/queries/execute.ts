/** Runs one request in a query thread and makes its whole answer. Expected failures are answers; anything else is thrown. */
import {
  PatternError,
  QueryCancelledError,
  QueryLimitError,
  QueryTimeoutError,
} from '@sightline/store';
import { ApiError, errorAnswer } from './answers.ts';
import { answerCardinality } from './cardinality.ts';
import type { ExecuteContext } from './context.ts';
import { answerFederate } from './federate.ts';
import { answerLabels, answerSeries, answerValues } from './labels.ts';
import { answerLoki } from './loki/answer.ts';
import { answerExemplars, answerMetadata } from './metadata.ts';
import { answerFormat, answerParse, answerQuery, evaluationError } from './promql.ts';
import type { QueryAnswer, QueryRequest } from './requests.ts';
import { answerTraces } from './traces/answer.ts';

export function execute(request: QueryRequest, context: ExecuteContext): QueryAnswer {
  try {
    context.budget.poll();
    return answer(request, context);
  } catch (error) {
    const expected = expectedFailure(error);
    if (expected === undefined) throw error;
    return errorAnswer(expected.type, expected.message);
  }
}

function answer(request: QueryRequest, context: ExecuteContext): QueryAnswer {
  switch (request.kind) {
    case 'instant':
    case 'range':
      return answerQuery(request, context);
    case 'exemplars':
      return answerExemplars(request, context.querier);
    case 'format':
      return answerFormat(request.query);
    case 'parse':
      return answerParse(request.query);
    case 'series':
      return answerSeries(request, context);
    case 'labels':
      return answerLabels(request, context);
    case 'values':
      return answerValues(request, context);
    case 'metadata':
      return answerMetadata(request, context.querier);
    case 'federate':
      return answerFederate(request, context);
    case 'loki':
      return answerLoki(request.ask, context);
    case 'cardinality':
      return answerCardinality(request, context);
    case 'traces':
      return answerTraces(request.ask, context);
  }
}

function expectedFailure(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof QueryTimeoutError) return new ApiError('timeout', error.message);
  if (error instanceof QueryCancelledError) return new ApiError('canceled', error.message);
  if (error instanceof QueryLimitError || error instanceof PatternError) {
    return new ApiError('execution', error.message);
  }
  return evaluationError(error);
}
