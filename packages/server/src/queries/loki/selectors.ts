/** Which streams a request is about. */
import { LogqlParseError, parseLogSelector } from '@sightline/query';
import type { Matcher } from '@sightline/store';
import { ApiError } from '../answers.ts';
import { orApiError, parsedQuery } from './query.ts';

/** The matchers of a selector, or of the selector of a log query; none for '' and `{}`. Throws ApiError. */
export function matchersOf(query: string): readonly Matcher[] {
  const text = query.trim();
  if (text === '' || /^\{\s*\}$/.test(text)) return [];
  try {
    return parseLogSelector(text);
  } catch (error) {
    if (!(error instanceof LogqlParseError)) throw error;
  }
  const expr = parsedQuery(text);
  if (expr.kind === 'log') return expr.matchers;
  throw new ApiError('bad_data', 'only label matchers are supported');
}

/** As `matchersOf`, for a selector alone. Throws ApiError. */
export function selectorOf(text: string): readonly Matcher[] {
  return /^\s*\{\s*\}\s*$/.test(text) ? [] : orApiError(() => parseLogSelector(text));
}
