/** Loki's API in a query thread: one request, its whole answer. Throws ApiError, and what the engine and the store throw. */
import { LogqlEvalError, StoreLogSource } from '@sightline/query';
import { ApiError } from '../answers.ts';
import type { ExecuteContext } from '../context.ts';
import type { QueryAnswer } from '../requests.ts';
import { answerDetectedFields, answerDetectedLabels } from './detected.ts';
import { answerLogLabels, answerLogSeries, answerLogValues } from './labels.ts';
import { answerEvaluation, answerFormat } from './query.ts';
import type { LokiRequest } from './requests.ts';
import { answerLogStats, answerVolume } from './volume.ts';

export function answerLoki(ask: LokiRequest, context: ExecuteContext): QueryAnswer {
  try {
    return answer(ask, context);
  } catch (error) {
    if (error instanceof LogqlEvalError) throw new ApiError('bad_data', error.message);
    throw error;
  }
}

function answer(ask: LokiRequest, { records, budget, maxSamples, queuedMs }: ExecuteContext) {
  switch (ask.kind) {
    case 'instant':
    case 'range': {
      const source = new StoreLogSource(records);
      return answerEvaluation(ask, { source, budget, maxSamples, queuedMs });
    }
    case 'format':
      return answerFormat(ask.query);
    case 'labels':
      return answerLogLabels(ask, records);
    case 'values':
      return answerLogValues(ask, records);
    case 'series':
      return answerLogSeries(ask, records);
    case 'stats':
      return answerLogStats(ask, records, budget);
    case 'volume':
      return answerVolume(ask, records, budget);
    case 'detected_labels':
      return answerDetectedLabels(ask, records);
    case 'detected_fields':
      return answerDetectedFields(ask, records, budget);
  }
}
