/** `/series`, `/labels` and `/label/:name/values`. */
import { Labels } from '@sightline/store';
import { successAnswer } from './answers.ts';
import type { ExecuteContext } from './context.ts';
import { forEachSeries, parseMatches } from './matches.ts';
import type { QueryAnswer, SeriesScope } from './requests.ts';

export function answerSeries(scope: SeriesScope, context: ExecuteContext): QueryAnswer {
  const found: Labels[] = [];
  const sets = parseMatches(scope.matches);
  forEachSeries(sets, scope.startMs, scope.endMs, context, (labels) => found.push(labels));
  found.sort(Labels.compare);
  return limited(found, scope.limit, (labels) => labels.toObject());
}

export function answerLabels(scope: SeriesScope, context: ExecuteContext): QueryAnswer {
  const sets = parseMatches(scope.matches);
  const names = context.querier.labelNames(sets, scope.startMs, scope.endMs);
  return limited(names, scope.limit, (name) => name);
}

export function answerValues(
  scope: SeriesScope & { name: string },
  context: ExecuteContext,
): QueryAnswer {
  const sets = parseMatches(scope.matches);
  const values = context.querier.labelValues(scope.name, sets, scope.startMs, scope.endMs);
  return limited(values, scope.limit, (value) => value);
}

function limited<T>(list: readonly T[], limit: number, show: (item: T) => unknown): QueryAnswer {
  const isCut = limit > 0 && list.length > limit;
  const kept = isCut ? list.slice(0, limit) : list;
  return successAnswer(kept.map(show), isCut ? ['results truncated due to limit'] : []);
}
