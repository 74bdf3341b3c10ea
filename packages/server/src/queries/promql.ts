/** `/query`, `/query_range`, `/format_query` and `/parse_query` in a query thread. */
import { PromqlParseError, parsePromql, prettyPromql, toParseTree } from '@sightline/query';
import { ApiError, invalidParameter, successAnswer } from './answers.ts';
import type { QueryAnswer } from './requests.ts';

export function answerFormat(query: string): QueryAnswer {
  return successAnswer(prettyPromql(parsed(query)));
}

export function answerParse(query: string): QueryAnswer {
  return successAnswer(toParseTree(parsed(query)));
}

/** Throws ApiError. */
function parsed(query: string) {
  try {
    return parsePromql(query);
  } catch (error) {
    if (error instanceof PromqlParseError) throw invalidParameter('query', error.message);
    throw error;
  }
}

/** Evaluates an instant or range query. */
export function answerQuery(): QueryAnswer {
  throw new ApiError('internal', 'queries are not evaluated yet');
}

/** The API error for a failure of the evaluation; undefined when it is none that is expected. */
export function evaluationError(_error: unknown): ApiError | undefined {
  return undefined;
}
