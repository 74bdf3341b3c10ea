/** Series by `match[]` parameters. */
import { matchesEmpty, PromqlParseError, parseMetricSelector } from '@sightline/query';
import type { Labels, Matcher, SampleBuffer } from '@sightline/store';
import { invalidParameter } from './answers.ts';
import type { ExecuteContext } from './context.ts';

/** The matchers of `match[]` parameters. Throws ApiError. */
export function parseMatches(matches: readonly string[]): Matcher[][] {
  let sets: Matcher[][];
  try {
    sets = matches.map((text) => parseMetricSelector(text));
  } catch (error) {
    if (error instanceof PromqlParseError) throw invalidParameter('match[]', error.message);
    throw error;
  }
  if (sets.every((set) => set.some((matcher) => !matchesEmpty(matcher)))) return sets;
  throw invalidParameter('match[]', 'match[] must contain at least one non-empty matcher');
}

/** Memory that one label set costs until it is answered, about. */
const LABELS_BYTES = 200;
const POLL_SERIES = 1024;

/** Visits each series of any of the sets once; `read` fills a buffer with its samples. The budget counts what the caller keeps. */
export function forEachSeries(
  sets: readonly (readonly Matcher[])[],
  startMs: number,
  endMs: number,
  context: ExecuteContext,
  visit: (labels: Labels, read: (into: SampleBuffer) => void) => void,
): void {
  const seen = sets.length > 1 ? new Set<string>() : undefined;
  for (const matchers of sets) {
    context.budget.poll();
    const series = context.querier.select(matchers, startMs, endMs);
    for (let i = 0; i < series.length; i++) {
      if (i % POLL_SERIES === 0) context.budget.poll();
      const labels = series.labels(i);
      if (seen?.has(labels.key) === true) continue;
      seen?.add(labels.key);
      context.budget.addBytes(LABELS_BYTES);
      visit(labels, (into) => series.read(i, into));
    }
  }
}
