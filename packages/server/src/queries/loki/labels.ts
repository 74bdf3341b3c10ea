/** `/labels`, `/label/<name>/values` and `/series`. */
import { labelNames, labelValues, logSeries } from '@sightline/query';
import { Labels, type RecordQuerier } from '@sightline/store';
import { successAnswer } from '../answers.ts';
import type { QueryAnswer } from '../requests.ts';
import type { LokiRequest } from './requests.ts';
import { matchersOf, selectorOf } from './selectors.ts';

type Ask<K extends LokiRequest['kind']> = Extract<LokiRequest, { kind: K }>;

export function answerLogLabels(ask: Ask<'labels'>, records: RecordQuerier): QueryAnswer {
  return successAnswer(labelNames(records, ask.start, ask.end, matchersOf(ask.query)));
}

export function answerLogValues(ask: Ask<'values'>, records: RecordQuerier): QueryAnswer {
  const { name, start, end, query } = ask;
  return successAnswer(labelValues(records, name, start, end, matchersOf(query)));
}

export function answerLogSeries(ask: Ask<'series'>, records: RecordQuerier): QueryAnswer {
  const found = logSeries(records, ask, ask.matches.map(selectorOf));
  found.sort(Labels.compare);
  return successAnswer(found.map((labels) => labels.toObject()));
}
