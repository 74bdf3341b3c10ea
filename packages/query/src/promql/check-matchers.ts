/** Matchers as values: whether a pattern is valid, and whether a matcher accepts a missing label. */
import type { Matcher } from '@sightline/store';
import { RE2JS } from 're2js';

/** Why the pattern of a matcher cannot be compiled, or null. */
export function patternProblem(matcher: Matcher): string | null {
  if (matcher.op === '=' || matcher.op === '!=') return null;
  try {
    RE2JS.compile(matcher.value);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether a missing label satisfies the matcher. */
export function matchesEmpty(matcher: Matcher): boolean {
  switch (matcher.op) {
    case '=':
      return matcher.value === '';
    case '!=':
      return matcher.value !== '';
    case '=~':
      return RE2JS.compile(matcher.value).matches('');
    case '!~':
      return !RE2JS.compile(matcher.value).matches('');
  }
}
